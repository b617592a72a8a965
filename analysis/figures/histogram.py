"""How a number of each example is spread, as bars that select their examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.parts import between
from analysis.figures.figure import Figure
from analysis.figures.labels import number
from analysis.figures.template import PALETTES, Theme, framed
from analysis.metrics.averages import Floats
from analysis.types import IntArray


def histogram(
    of: str,
    values: Floats,
    *,
    noun: str,
    title: str,
    height: int,
    xaxis: dict[str, Any],
    selected: str | None,
    theme: Theme,
) -> Figure:
    """Draw how many examples have which number.

    Parameters
    ----------
    of : str
        What the number is, a key of `analysis.failures.parts.QUANTITIES`.
    values : ndarray of float64, shape (n,)
    noun : str
        What one is called: "error".
    title : str
    height : int
    xaxis : dict
    selected : str or None
        The part of the run that is looked at.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Bars carry ``customdata = [part]``, see `analysis.failures.parts`.
    """
    palette, (counts, edges) = PALETTES[theme], _counted(values)
    parts = between(of, edges.tolist())
    hover = [
        f"<b>{n} examples</b><br>with an {noun} from {number(a)} to {number(b)}"
        for n, a, b in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    plot = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges), hovertext=hover, hoverinfo="text",
            marker={"color": [palette.ink if part == selected else palette.accent for part in parts],
                    "line": {"width": 0}},
            customdata=[[part] for part in parts],
        )
    )  # fmt: skip
    yaxis = {"title": {"text": "Examples"}, "rangemode": "tozero", "fixedrange": xaxis.get("fixedrange", False)}
    plot = framed(plot, title, theme, height=height, xaxis=xaxis, yaxis=yaxis, bargap=0.04, dragmode=False)
    data = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": counts})
    return Figure(plot, title, f"Histogram of the {noun}s of {len(values)} examples. {title}.", data)


def _counted(values: Floats) -> tuple[IntArray, Floats]:
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(1)
    # Freedman and Diaconis' rule asks for thousands of bars when a few values lie far out.
    bars = int(np.clip(len(np.histogram_bin_edges(values[:100_000], "sturges")) * 2, 8, 60))
    counts, edges = np.histogram(values, bars)
    return counts.astype(np.int64), edges
