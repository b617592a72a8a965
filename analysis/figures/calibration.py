"""Confidence against accuracy."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from analysis.failures.parts import Part
from analysis.figures.figure import Figure
from analysis.figures.labels import percent
from analysis.figures.template import PALETTES, Theme, framed, legend_of, value_axis
from analysis.metrics.reliability import ReliabilityBin

_COLUMNS = ["low", "high", "n", "confidence", "accuracy", "accuracy_low", "accuracy_high"]


def reliability(bins: Sequence[ReliabilityBin], *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw accuracy against confidence, bin by bin, with the line on which both are equal.

    Parameters
    ----------
    bins : sequence of ReliabilityBin
    selected : str, optional
        The part of the run that is looked at.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Points carry ``customdata = [part]``, see `analysis.failures.parts`.
    """
    parts = [str(Part("confidence", b.low, b.high)) for b in bins]
    palette = PALETTES[theme]
    n = sum(b.n for b in bins)
    most = max((b.n for b in bins), default=1)
    plot = go.Figure(
        [
            go.Scatter(
                x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip",
                line={"color": palette.neutral, "dash": "dash", "width": 1.5},
            ),
            go.Scatter(
                x=[b.confidence for b in bins],
                y=[b.accuracy.value for b in bins],
                mode="markers",
                marker={
                    "color": palette.accent, "size": [7 + 12 * (b.n / most) ** 0.5 for b in bins], "opacity": 1,
                    "line": {"width": [3 if part == selected else 0 for part in parts], "color": palette.ink},
                },
                error_y={
                    "type": "data", "symmetric": False, "color": palette.accent, "thickness": 1.5, "width": 0,
                    "array": [b.accuracy.high - b.accuracy.value for b in bins],
                    "arrayminus": [b.accuracy.value - b.accuracy.low for b in bins],
                },
                hovertext=[_hover(b) for b in bins],
                hoverinfo="text",
                customdata=[[part] for part in parts],
            ),
        ]
    )  # fmt: skip
    title = _title(bins, n)
    plot = framed(
        plot,
        title,
        theme,
        height=340,
        legend=legend_of(
            [("●", palette.accent, "larger: more examples"), ("┄", palette.muted, "as sure as right")], palette
        ),
        xaxis=value_axis("Confidence: score of the answer"),
        yaxis=value_axis("Accuracy, with 95 % interval"),
    )
    rows = [(b.low, b.high, b.n, b.confidence, b.accuracy.value, b.accuracy.low, b.accuracy.high) for b in bins]
    listed = "; ".join(f"{percent(b.confidence)} sure, {percent(b.accuracy.value)} right (n = {b.n})" for b in bins)
    return Figure(plot, title, f"{title}. By confidence: {listed}.", pd.DataFrame(rows, columns=_COLUMNS))


def _title(bins: Sequence[ReliabilityBin], n: int) -> str:
    if not n:
        return "No examples to judge the confidence on"
    sure = sum(b.confidence * b.n for b in bins) / n
    right = sum(b.accuracy.value * b.n for b in bins) / n
    return f"{percent(sure)} sure on average, {percent(right)} right (n = {n})"


def _hover(b: ReliabilityBin) -> str:
    low, high = percent(b.accuracy.low), percent(b.accuracy.high)
    return (
        f"<b>{b.n} examples</b>, {percent(b.confidence)} sure on average<br>"
        f"{percent(b.accuracy.value)} of them are right ({low} to {high})"
    )
