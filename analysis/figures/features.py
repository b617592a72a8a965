"""Columns of a table over all of the data: how much each matters, which way it moves answers, what a model holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.wording import shorten
from analysis.figures.figure import Figure
from analysis.figures.labels import full, number, percent, safe, wrapped
from analysis.figures.template import (
    CLICKABLE,
    PALETTES,
    Palette,
    Theme,
    around,
    framed,
    legend_of,
    named_rows,
    value_axis,
)

if TYPE_CHECKING:
    from analysis.features import Coefficients, Dependence, Importance

#: Columns that are drawn: the first of the order that the result has.
SHOWN = 15
#: Curves of single examples that are drawn; more are a grey mass.
CURVES = 60


def feature_importance(
    found: Importance, *, selected: str | None = None, theme: Theme = "light", limit: int = SHOWN
) -> Figure:
    """Draw by how much answers become worse without each column, or how far they move, with 95 % intervals.

    Parameters
    ----------
    found : Importance
    selected : str, optional
        The column that is looked at.
    theme : "light" or "dark"
    limit : int
        Columns that are drawn.

    Returns
    -------
    Figure
        Points carry ``customdata = [column]``.
    """
    palette, kept = PALETTES[theme], list(range(min(limit, len(found.features))))
    rises = [found.rises[i] for i in kept]
    plot = go.Figure(
        go.Scatter(
            x=[rise.value for rise in rises],
            y=kept,
            mode="markers",
            marker={
                "size": 10,
                "color": [palette.accent if found.clear[i] else palette.neutral for i in kept],
                "line": {"width": [3 if found.features[i] == selected else 0 for i in kept], "color": palette.ink},
            },
            error_x={
                "type": "data", "symmetric": False, "thickness": 2, "width": 0, "color": palette.muted,
                "array": [_arm(rise.high - rise.value) for rise in rises],
                "arrayminus": [_arm(rise.value - rise.low) for rise in rises],
            },
            hovertext=[_importance_hover(found, i) for i in kept],
            hoverinfo="text",
            customdata=[[found.features[i]] for i in kept],
        )
    )  # fmt: skip
    title = _importance_title(found)
    clear, doubtful = "clearer than chance, corrected for all", "may be chance"
    if not found.judged:
        clear, doubtful = "clearly more than nothing", "may move nothing on other examples"
    entries = [("●", palette.accent, clear), ("●", palette.neutral, doubtful)]
    unit = found.unit[0].upper() + found.unit[1:]
    plot = framed(
        plot,
        title,
        theme,
        height=60 + 26 * max(1, len(kept)),
        legend=legend_of(entries, palette),
        xaxis={"title": {"text": wrapped(f"{unit} when shuffled, with 95 % interval", 36)}, "zeroline": True,
               "zerolinecolor": palette.muted, "fixedrange": True},
        yaxis=named_rows([safe(found.features[i], 26) for i in kept]),
    )  # fmt: skip
    listed = "; ".join(_importance_words(found, i) for i in kept[:5])
    return Figure(plot, title, f"{title}. {listed or 'No column'}.", _importance_data(found))


def _arm(length: float) -> float:
    return length if np.isfinite(length) else 0.0


def _importance_title(found: Importance) -> str:
    if not found.features:
        return "The model is fed no column"
    first, rise = found.features[0], found.rises[0]
    if not found.judged:
        moved = percent(rise.value) if found.unit.startswith("share") else number(rise.value)
        return f"“{shorten(first)}” moves answers most: {moved} when shuffled, n = {found.n}"
    if not any(found.clear):
        return f"No column alone matters clearly, n = {found.n}"
    if found.clear[0]:
        return f"“{shorten(first)}” matters most: {found.unit} {number(rise.value)} without it, n = {found.n}"
    return f"{sum(found.clear)} of {len(found.features)} columns matter clearly, n = {found.n}"


def _importance_words(found: Importance, i: int) -> str:
    rise = found.rises[i]
    return f"{found.features[i]}: {number(rise.value)} ({number(rise.low)} to {number(rise.high)})"


def _importance_hover(found: Importance, i: int) -> str:
    rise, partner = found.rises[i], found.together[i]
    beside = ""
    if partner is not None:
        beside = f"<br>goes together with {safe(partner[0], 40)} (rank correlation {number(partner[1])})"
    return (
        f"<b>{full(found.features[i])}</b><br>{found.unit}: {number(rise.value)} ({number(rise.low)} to "
        f"{number(rise.high)})<br>p = {found.p_values[i]:.2g}, corrected for {len(found.features)}{beside}"
    )


def _importance_data(found: Importance) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "feature": list(found.features),
            "measure": found.measure,
            "value": [rise.value for rise in found.rises],
            "low": [rise.low for rise in found.rises],
            "high": [rise.high for rise in found.rises],
            "p_adjusted": list(found.p_values),
            "goes_together_with": [partner[0] if partner else "" for partner in found.together],
            "rank_correlation": [partner[1] if partner else np.nan for partner in found.together],
        }
    )


def feature_dependence(
    found: Dependence, *, selected: str | None = None, theme: Theme = "light", limit: int = CURVES
) -> Figure:
    """Draw the mean answer over a column's values with its interval, over the curves of single examples.

    Parameters
    ----------
    found : Dependence
    selected : str, optional
        Id of the example that is looked at; its curve stands out.
    theme : "light" or "dark"
    limit : int
        Curves that are drawn.

    Returns
    -------
    Figure
        Curves of single examples carry ``customdata = [example id]``.
    """
    palette = PALETTES[theme]
    axis: list[Any] = [float(v) for v in found.values] if found.numeric else list(range(len(found.values)))
    plot = go.Figure()
    plot.add_scatter(**_single_curves(found, axis, limit, palette))
    if selected in found.ids:
        own = found.curves[found.ids.index(selected)].tolist()
        plot.add_scatter(x=axis, y=own, mode="lines", line={"color": palette.ink, "width": 2}, hoverinfo="skip")
    mode = "lines+markers" if found.numeric else "markers"
    plot.add_scatter(
        x=axis, y=found.mean.tolist(), mode=mode,
        line={"color": palette.accent, "width": 3}, marker={"size": 7, "color": palette.accent},
        error_y={"type": "data", "symmetric": False, "thickness": 1.5, "width": 0, "color": palette.accent,
                 "array": [_arm(v) for v in found.high - found.mean],
                 "arrayminus": [_arm(v) for v in found.mean - found.low]},
        hovertext=[_dependence_hover(found, i) for i in range(len(axis))], hoverinfo="text",
    )  # fmt: skip
    title = _dependence_title(found)
    entries = [("━", palette.accent, "mean, with 95 % interval"), ("━", palette.neutral, "single examples")]
    shown = np.vstack([found.curves, found.mean, found.low, found.high])
    said = "Predicted value" if found.regression else f"Score of “{shorten(found.target, 30)}”"
    across: dict[str, Any] = {
        "title": {"text": f"{safe(found.feature, 40)}: quantiles of the data"},
        "fixedrange": True,
    }
    if not found.numeric:
        names = [safe(str(v), 14) for v in found.values]
        across |= {"title": {"text": safe(found.feature, 40)}, "tickvals": axis, "ticktext": names}
    plot = framed(
        plot,
        title,
        theme,
        height=360,
        legend=legend_of(entries, palette),
        xaxis=across,
        yaxis=value_axis(safe(said, 60), *around(shown.ravel()), rate=not found.regression),
    )
    ends = ", ".join(f"{_shown(found.values[i])}: {_answer(found, found.mean[i])}" for i in (found.start, found.end))
    text = (
        f"{title}. Mean answer of {len(found.ids)} examples at {ends}; "
        f"{percent(found.opposite)} of them move the other way."
    )
    data = pd.DataFrame(
        {"value": list(found.values), "mean": found.mean, "low": found.low, "high": found.high}
        | {f"example {name}": curve for name, curve in zip(found.ids, found.curves, strict=True)}
    )
    return Figure(plot, title, text, data)


def _single_curves(found: Dependence, axis: Sequence[Any], limit: int, palette: Palette) -> dict[str, Any]:
    """Return all curves as one line with gaps: sixty traces would make the page slow."""
    step = max(1, -(-len(found.curves) // limit))
    across: list[Any] = []
    up: list[Any] = []
    carried: list[list[str | None]] = []
    hover: list[str] = []
    for example, curve in zip(found.ids[::step], found.curves[::step], strict=True):
        across += [*axis, None]
        up += [*curve.tolist(), None]
        carried.extend([example] for _ in axis)
        carried.append([None])
        name = full(example)
        hover += [*(f"<b>{name}</b><br>{_answer(found, value)}" for value in curve.tolist()), ""]
    return {
        "x": across, "y": up, "hovertext": hover, "hoverinfo": "text", "opacity": 0.35, "customdata": carried,
        "line": {"color": palette.neutral, "width": 1}, **CLICKABLE,
    }  # fmt: skip


def _answer(found: Dependence, value: float) -> str:
    return number(value) if found.regression else percent(value)


def _shown(value: Any) -> str:
    return number(float(value)) if isinstance(value, int | float | np.number) else shorten(str(value))


def _dependence_title(found: Dependence) -> str:
    name, target = shorten(found.feature), shorten(found.target)
    size = abs(found.moved.value)
    # A value changed by less than rounding shows in no figure.
    scale = 1.0 if not found.regression else max(1e-12, float(np.abs(found.curves).max()))
    if size <= 1e-6 * scale:
        return f"“{name}” alone moves no answer"
    first, last = _answer(found, found.mean[found.start]), _answer(found, found.mean[found.end])
    who = "the value" if found.regression else f"“{target}”"
    if not found.numeric:
        a, b = _shown(found.values[found.start]), _shown(found.values[found.end])
        return f"From “{a}” to “{b}” {who} moves from {first} to {last}"
    way = "rises" if found.moved.value > 0 else "falls"
    return f"As “{name}” grows, {who} {way} from {first} to {last}"


def _dependence_hover(found: Dependence, i: int) -> str:
    return (
        f"<b>{safe(found.feature, 40)} = {safe(_shown(found.values[i]), 40)}</b><br>mean "
        f"{_answer(found, found.mean[i])} ({_answer(found, found.low[i])} to {_answer(found, found.high[i])})"
    )


def coefficient_bars(found: Coefficients, *, theme: Theme = "light", limit: int = SHOWN) -> Figure:
    """Draw the standardised weights of a linear model, the largest first; orange speaks for the target.

    Parameters
    ----------
    found : Coefficients
    theme : "light" or "dark"
    limit : int
        Inputs that are drawn.

    Returns
    -------
    Figure
        Bars carry ``customdata = [input]``.
    """
    palette, kept = PALETTES[theme], list(range(min(limit, len(found.names))))
    bars = [float(found.standardised[i]) for i in kept]
    plot = go.Figure(
        go.Bar(
            x=bars, y=kept, orientation="h",
            marker={"color": [palette.diverging[-1] if bar > 0 else palette.diverging[0] for bar in bars],
                    "cornerradius": 3},
            text=[number(bar) for bar in bars], textposition="outside", cliponaxis=False,
            hovertext=[_coefficient_hover(found, i) for i in kept], hoverinfo="text",
            customdata=[[found.names[i]] for i in kept],
        )
    )  # fmt: skip
    title = _coefficient_title(found)
    low, high = min([0.0, *bars]), max([0.0, *bars])
    room = 0.35 * ((high - low) or 1.0)
    plot = framed(
        plot,
        title,
        theme,
        height=60 + 26 * max(1, len(kept)),
        xaxis={"title": {"text": f"Weight × standard deviation, in {found.output}"},
               "range": [low - room * (low < 0), high + room * (high > 0)], "fixedrange": True,
               "zeroline": True, "zerolinecolor": palette.muted},
        yaxis=named_rows([safe(found.names[i], 26) for i in kept]),
    )  # fmt: skip
    listed = "; ".join(f"{found.names[i]}: {number(bars[i])}" for i in kept[:5])
    data = pd.DataFrame(
        {
            "input": ["(intercept)", *found.names],
            "weight": [found.intercept, *found.weights.tolist()],
            "standardised": [np.nan, *found.standardised.tolist()],
        }
    )
    return Figure(plot, title, f"{title}. {listed}. Intercept {number(found.intercept)}.", data)


def _coefficient_title(found: Coefficients) -> str:
    if not len(found.standardised) or not np.any(found.standardised):
        return "All weights are zero"
    way = "for" if found.standardised[0] > 0 else "against"
    against = f" rather than “{shorten(found.against)}”" if found.against else ""
    if found.output.endswith("value") and found.output != "decision value":
        return f"“{shorten(found.names[0])}” weighs most: it {'raises' if way == 'for' else 'lowers'} the value"
    return f"“{shorten(found.names[0])}” weighs most, {way} “{shorten(found.target)}”{against}"


def _coefficient_hover(found: Coefficients, i: int) -> str:
    return (
        f"<b>{full(found.names[i])}</b><br>weight {number(float(found.weights[i]))}, "
        f"for one standard deviation {number(float(found.standardised[i]))}"
    )
