"""Scores before and after an edit, label by label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.wording import shorten
from analysis.figures.figure import Figure
from analysis.figures.labels import full, percent, safe
from analysis.figures.template import PALETTES, Theme, framed, legend_of, named_rows, value_axis
from analysis.types import FloatArray

#: Labels that are drawn: those with the highest scores, before or after.
LABELS = 6


def before_after(
    labels: Sequence[str], before: FloatArray, after: FloatArray, *, theme: Theme = "light", limit: int = LABELS
) -> Figure:
    """Draw the scores of the top labels before (hollow) and after (filled) an edit.

    Parameters
    ----------
    labels : sequence of str
    before, after : ndarray of float32, shape (k,)
        Probabilities.
    theme : "light" or "dark"
    limit : int
        Labels that are drawn.
    """
    palette = PALETTES[theme]
    order = np.argsort(-np.maximum(before, after), kind="stable")[:limit].tolist()
    places = list(range(len(order)))
    plot = go.Figure()
    for place, i in enumerate(order):
        plot.add_scatter(
            x=[float(before[i]), float(after[i])], y=[place, place], mode="lines", hoverinfo="skip",
            line={"color": palette.neutral, "width": 3},
        )  # fmt: skip
    hover = [f"<b>{full(labels[i])}</b><br>{percent(float(before[i]))} → {percent(float(after[i]))}" for i in order]
    for values, symbol in ((before, "circle-open"), (after, "circle")):
        plot.add_scatter(
            x=[float(values[i]) for i in order], y=places, mode="markers", hovertext=hover, hoverinfo="text",
            marker={"size": 12, "symbol": symbol, "color": palette.accent, "line": {"width": 2}},
        )  # fmt: skip
    title = _title(labels, before, after)
    plot = framed(
        plot,
        title,
        theme,
        height=60 + 34 * max(1, len(order)),
        legend=legend_of([("○", palette.accent, "before"), ("●", palette.accent, "after")], palette),
        xaxis=value_axis("Score", -0.04, 1.04),
        yaxis=named_rows([safe(labels[i]) for i in order]),
    )  # fmt: skip
    said = "; ".join(
        f"{labels[i]}: {percent(float(before[i]))} before, {percent(float(after[i]))} after" for i in order
    )
    data = pd.DataFrame({"label": list(labels), "before": np.asarray(before), "after": np.asarray(after)})
    return Figure(plot, title, f"{title}. {said}.", data)


def _title(labels: Sequence[str], before: FloatArray, after: FloatArray) -> str:
    first, then = int(np.argmax(before)), int(np.argmax(after))
    moved = f"{percent(float(before[first]))} → {percent(float(after[first]))}"
    if first == then:
        return f"Still “{shorten(labels[first])}”: {moved}"
    return f"“{shorten(labels[then])}” instead of “{shorten(labels[first])}” ({moved})"
