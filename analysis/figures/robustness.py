"""What one corruption costs, as a curve over its severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from analysis.failures.parts import CHANGED, Part
from analysis.figures.figure import Figure
from analysis.figures.labels import number, percent, safe
from analysis.figures.template import PALETTES, Palette, Theme, framed, value_axis
from analysis.types import Kind

if TYPE_CHECKING:
    from analysis.robustness import Curve, Point, Robustness

AS_IT_IS = "as it is"


def robustness_curve(found: Robustness, curve: Curve, *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw the accuracy (or the mean absolute error) at each level, with the interval of the paired difference.

    Parameters
    ----------
    found : Robustness
    curve : Curve
        One of its curves, with points.
    selected : str, optional
        The part of the run that is looked at.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Levels carry ``customdata = [part]``: the examples that they make the model answer otherwise.
    """
    from analysis.robustness.words import sentence, short

    palette, base = PALETTES[theme], found.baseline.value
    rate = found.kind is Kind.CLASSIFICATION
    show = percent if rate else number
    values = [base + p.difference.difference for p in curve.points]
    title = short(found, curve)
    plot = _levels(
        curve,
        [(v, base + p.difference.low, base + p.difference.high) for v, p in zip(values, curve.points, strict=True)],
        base=base,
        colours=[palette.wrong if p.significant else palette.neutral for p in curve.points],
        hover=[f"as it is: {show(base)}", *(_hover(found, p, base) for p in curve.points)],
        selected=selected,
        palette=palette,
    )
    plot.add_hline(y=base, line={"color": palette.muted, "width": 1.5, "dash": "dot"})
    plot = _framed(plot, title, theme, curve, value_axis(
        "Accuracy" if rate else "Mean absolute error", *_reach(found), rate=rate
    ))  # fmt: skip
    listed = "; ".join(f"{p.label}: {show(v)}" for p, v in zip(curve.points, values, strict=True))
    return Figure(plot, title, f"{sentence(found, curve)} As it is {show(base)}; {listed}.", curve_table(found, curve))


def changed_curve(found: Robustness, curve: Curve, *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw the share of answers that change at each level, with its interval: where no label tells what it costs.

    Parameters
    ----------
    found : Robustness
    curve : Curve
        One of its curves, with points.
    selected : str, optional
        The part of the run that is looked at.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Levels carry ``customdata = [part]``, as those of `robustness_curve`.
    """
    from analysis.robustness.unjudged import changed, sentence, short

    palette, title = PALETTES[theme], short(found, curve)
    shares = [changed(found, p) for p in curve.points]
    plot = _levels(
        curve,
        [(s.value, s.low, s.high) for s in shares],
        base=0.0,
        colours=[palette.accent] * len(shares),
        hover=[
            "as it is",
            *(
                f"<b>{safe(p.label)}</b>: {percent(s.value)}<br>{p.changed} of {found.n} answers differ"
                f"<br>95 % interval {percent(s.low)} to {percent(s.high)}"
                for p, s in zip(curve.points, shares, strict=True)
            ),
        ],
        selected=selected,
        palette=palette,
    )
    plot = _framed(plot, title, theme, curve, value_axis("Answers that change", -0.03, 1.03))
    listed = "; ".join(f"{p.label}: {percent(s.value)}" for p, s in zip(curve.points, shares, strict=True))
    return Figure(plot, title, f"{sentence(found, curve)} {listed}.", changed_table(found, curve))


def _levels(
    curve: Curve,
    values: Sequence[tuple[float, float, float]],
    *,
    base: float,
    colours: Sequence[str],
    hover: Sequence[str],
    selected: str | None,
    palette: Palette,
) -> go.Figure:
    """Draw (value, low, high) of each level, after the inputs as they are; what a level changes is selectable."""
    # A level that changes no answer selects nothing.
    parts = [str(Part(CHANGED, p.level, p.level, curve.name)) if p.altered else None for p in curve.points]
    plot = go.Figure()
    plot.add_scatter(
        x=[AS_IT_IS, *(safe(p.label) for p in curve.points)],
        y=[base, *(value for value, _, _ in values)],
        mode="lines+markers",
        line={"color": palette.neutral, "width": 2},
        marker={
            "size": 9,
            "color": [palette.ink, *colours],
            "line": {
                "width": [0, *(3 * (part is not None and part == selected) for part in parts)],
                "color": palette.ink,
            },
        },
        customdata=[[None], *([part] for part in parts)],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [0, *(high - value for value, _, high in values)],
            "arrayminus": [0, *(value - low for value, low, _ in values)],
            "color": palette.neutral,
            "thickness": 1.5,
            "width": 3,
        },
        hovertext=list(hover),
        hoverinfo="text",
    )
    return plot


def _framed(plot: go.Figure, title: str, theme: Theme, curve: Curve, yaxis: dict[str, Any]) -> go.Figure:
    xaxis = {"title": {"text": safe(curve.unit, 60)}, "type": "category", "fixedrange": True}
    return framed(plot, title, theme, height=210, xaxis=xaxis, yaxis=yaxis)


def changed_table(found: Robustness, curve: Curve) -> pd.DataFrame:
    """Return one row a level: the numbers behind a curve of answers that change."""
    from analysis.robustness.unjudged import changed

    shares = [(p, changed(found, p)) for p in curve.points]
    rows = [(curve.name, p.level, p.label, s.value, s.low, s.high, p.changed, p.unanswered, found.n) for p, s in shares]
    columns = ["corruption", "level", "label", "share", "low", "high", "changed", "unanswered", "n"]
    return pd.DataFrame(rows, columns=columns)


def _reach(found: Robustness) -> tuple[float, float]:
    """Return one scale for all curves, since they stand side by side."""
    if found.kind is Kind.CLASSIFICATION:
        return -0.03, 1.03
    base = found.baseline.value
    ends = [base + e for c in found.curves for p in c.points for e in (p.difference.low, p.difference.high)]
    return 0.0, 1.05 * max([base, *ends, 1e-9])


def _hover(found: Robustness, point: Point, base: float) -> str:
    from analysis.robustness.words import loss_in_words

    show = percent if found.kind is Kind.CLASSIFICATION else number
    p = "p < 0.001" if point.p_adjusted < 0.001 else f"p = {point.p_adjusted:.2g}"
    value = base + point.difference.difference
    return (
        f"<b>{safe(point.label)}</b>: {show(value)}<br>{safe(loss_in_words(found, point), 80)}<br>"
        f"{point.changed} of {found.n} answers differ<br>{p.replace('<', '&lt;')}, corrected for all levels"
    )


def curve_table(found: Robustness, curve: Curve) -> pd.DataFrame:
    """Return one row a level: the numbers behind a curve."""
    rows = [
        (curve.name, p.level, p.label, p.score.value, *found.loss(p), p.p_adjusted, p.changed, p.unanswered, found.n)
        for p in curve.points
    ]
    columns = ["corruption", "level", "label", "score", "loss", "low", "high", "p_holm", "changed", "unanswered", "n"]
    return pd.DataFrame(rows, columns=columns)
