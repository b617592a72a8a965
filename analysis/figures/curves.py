"""One class against the rest: its ROC and precision-recall curves, and the cost of each threshold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.parts import Part
from analysis.failures.wording import shorten
from analysis.figures.figure import Figure
from analysis.figures.labels import number, percent
from analysis.figures.template import CLICKABLE, PALETTES, Palette, Theme, framed, legend_of, value_axis
from analysis.metrics.averages import Floats
from analysis.metrics.curves import Curves
from analysis.metrics.thresholds import Thresholds
from analysis.types import Estimate


def roc(curves: Curves, *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw the ROC curve of one class, with the line that chance would give.

    Parameters
    ----------
    curves : Curves
    selected : str, optional
        The part of the run that is looked at.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Points carry ``customdata = [part]``: the examples that count as the class from their score on.
    """
    palette = PALETTES[theme]
    x, y, at = curves.roc.T
    title = f"ROC area of “{shorten(curves.label)}”: {_area(curves.area)}"
    plot = go.Figure()
    plot.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        hoverinfo="skip",
        line={"color": palette.neutral, "dash": "dash", "width": 1.5},
    )
    hover = [
        f"from a score of {t:.3g}: finds {percent(b)}, falsely calls {percent(a)} of the others"
        for a, b, t in zip(x, y, at, strict=True)
    ]
    _line(plot, x, y, {"color": palette.accent, "width": 2.5}, hover, called_from(curves.label, at), selected, palette)
    plot = _framed(plot, title, theme, "False positive rate: of the others, called so", "Recall: of the class, found")
    data = pd.DataFrame(curves.roc, columns=["false_positive_rate", "true_positive_rate", "threshold"])
    return Figure(plot, title, f"{title}. {_about(curves)} Chance gives 0.5.", data)


def precision_recall(curves: Curves, *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw precision against recall of one class, with the precision that chance would give. See `roc`."""
    palette = PALETTES[theme]
    x, y, at = curves.pr.T
    chance = curves.positives / curves.n
    title = f"Average precision of “{shorten(curves.label)}”: {_area(curves.average_precision)}"
    plot = go.Figure()
    plot.add_scatter(
        x=[0, 1], y=[chance, chance], mode="lines", hoverinfo="skip",
        line={"color": palette.neutral, "dash": "dash", "width": 1.5},
    )  # fmt: skip
    hover = [
        f"from a score of {t:.3g}: finds {percent(a)}, and {percent(b)} of what is called so is right"
        for a, b, t in zip(x, y, at, strict=True)
    ]
    line = {"color": palette.accent, "width": 2.5, "shape": "hv"}
    _line(plot, x, y, line, hover, called_from(curves.label, at), selected, palette)
    plot = _framed(plot, title, theme, "Recall: of the class, found", "Precision: of what is called so, right")
    data = pd.DataFrame(curves.pr, columns=["recall", "precision", "threshold"])
    return Figure(plot, title, f"{title}. {_about(curves)} Chance gives {percent(chance)}.", data)


def threshold_costs(found: Thresholds, *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw the mean cost at each threshold on the half that it was chosen on and on the other. See `roc`."""
    palette = PALETTES[theme]
    best = found.best
    title = f"Cheapest from a score of {best.threshold:.2f}: {number(best.cost.value)} an example"
    plot = go.Figure()
    for costs, colour, dash, name in (
        (found.chosen_costs, palette.neutral, "dash", "half that it is chosen on"),
        (found.judged_costs, palette.accent, "solid", "half that judges it"),
    ):
        hover = [f"from {t:.2f}: {number(c)} on the {name}" for t, c in zip(found.grid, costs, strict=True)]
        line = {"color": colour, "dash": dash, "width": 2.5}
        _line(plot, found.grid, costs, line, hover, called_from(found.label, found.grid), selected, palette)
    plot.add_vline(x=best.threshold, line={"color": palette.ink, "width": 1.5, "dash": "dot"})
    top = float(max(found.chosen_costs.max(), found.judged_costs.max()))
    plot = framed(
        plot,
        title,
        theme,
        height=300,
        legend=legend_of(
            [("┄", palette.neutral, "chosen on"), ("—", palette.accent, "judged on"), ("┊", palette.ink, "chosen")],
            palette,
        ),
        xaxis={"title": {"text": "Threshold: called so from this score on"},
               "range": [-0.01, 1.01], "fixedrange": True},
        yaxis={"title": {"text": "Mean cost of an example"}, "range": [0, top * 1.05 or 1], "fixedrange": True},
    )  # fmt: skip
    columns = {"threshold": found.grid, "cost_chosen_on": found.chosen_costs, "cost_judged_on": found.judged_costs}
    text = (
        f"{title} on the half that it was not chosen on (n = {found.judged_on}); at 0.5 it is "
        f"{number(found.usual.cost.value)}."
    )
    return Figure(plot, title, text, pd.DataFrame({k: np.asarray(v) for k, v in columns.items()}))


def called_from(label: str, thresholds: Floats) -> list[str]:
    """Return the part of a run that counts as a class from each threshold on."""
    return [str(Part("score", float(t), math.inf, label)) for t in thresholds]


def _line(
    plot: go.Figure,
    x: Floats,
    y: Floats,
    line: dict[str, Any],
    hover: list[str],
    parts: list[str],
    selected: str | None,
    palette: Palette,
) -> None:
    """Add a line whose points can be clicked; the selected one shows."""
    plot.add_scatter(
        x=x, y=y, line=line, hovertext=hover, hoverinfo="text", customdata=[[part] for part in parts], **CLICKABLE
    )
    if selected in parts:
        at = parts.index(selected)
        plot.add_scatter(
            x=[x[at]], y=[y[at]], mode="markers", marker={"size": 11, "color": palette.ink}, hoverinfo="skip"
        )


def _area(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _about(curves: Curves) -> str:
    few = " Too few to judge." if curves.few else ""
    return f"{curves.positives} of {curves.n} examples are of this class.{few}"


def _framed(plot: go.Figure, title: str, theme: Theme, x: str, y: str) -> go.Figure:
    return framed(plot, title, theme, height=320, xaxis=value_axis(x), yaxis=value_axis(y))
