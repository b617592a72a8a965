"""Curves of two candidates in one frame, so that one scale holds for both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.parts import Part
from analysis.failures.wording import shorten
from analysis.figures.curves import called_from
from analysis.figures.figure import Figure
from analysis.figures.labels import percent, safe
from analysis.figures.template import CLICKABLE, PALETTES, Palette, Theme, framed, legend_of, value_axis
from analysis.metrics.curves import Curves
from analysis.metrics.reliability import ReliabilityBin

#: Height of the frames, which stand three in a row.
HEIGHT = 280


def two_roc(pair: tuple[Curves, Curves], names: tuple[str, str], *, theme: Theme = "light") -> Figure:
    """Draw the ROC curves of one class by two candidates.

    Parameters
    ----------
    pair : (Curves, Curves)
        Over the same examples.
    names : (str, str)
        Of the two candidates.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Points of the first candidate's curve carry ``customdata = [part]``, see `analysis.failures.parts`.
    """
    areas = [curves.area.value for curves in pair]
    title = f"ROC area of “{shorten(pair[0].label)}”: {areas[0]:.3f} and {areas[1]:.3f}"
    plot = _frame(PALETTES[theme], [0, 1], [0, 1])
    hover = "from a score of {:.3g}: finds {}, falsely calls {} of the others"
    for curves, name, colour in _each(pair, names, PALETTES[theme]):
        x, y, at = curves.roc.T
        words = [hover.format(t, percent(b), percent(a)) for a, b, t in zip(x, y, at, strict=True)]
        _line(plot, curves.roc, name, colour, words, parts=_parts(pair, curves, at))
    plot = _framed(plot, title, theme, "False positive rate", "Recall")
    columns = ["false_positive_rate", "true_positive_rate", "threshold"]
    return Figure(plot, title, f"{title}. {_about(pair, names)} Chance gives 0.5.", _data(pair, names, "roc", columns))


def two_precision_recall(pair: tuple[Curves, Curves], names: tuple[str, str], *, theme: Theme = "light") -> Figure:
    """Draw precision against recall of one class by two candidates. See `two_roc`."""
    areas = [curves.average_precision.value for curves in pair]
    chance = pair[0].positives / pair[0].n
    title = f"Average precision of “{shorten(pair[0].label)}”: {areas[0]:.3f} and {areas[1]:.3f}"
    plot = _frame(PALETTES[theme], [0, 1], [chance, chance])
    hover = "from a score of {:.3g}: finds {}, and {} of what is called so is right"
    for curves, name, colour in _each(pair, names, PALETTES[theme]):
        x, y, at = curves.pr.T
        words = [hover.format(t, percent(a), percent(b)) for a, b, t in zip(x, y, at, strict=True)]
        _line(plot, curves.pr, name, colour, words, shape="hv", parts=_parts(pair, curves, at))
    plot = _framed(plot, title, theme, "Recall", "Precision")
    data = _data(pair, names, "pr", ["recall", "precision", "threshold"])
    return Figure(plot, title, f"{title}. {_about(pair, names)} Chance gives {percent(chance)}.", data)


def two_reliability(
    pair: tuple[Sequence[ReliabilityBin], Sequence[ReliabilityBin]], names: tuple[str, str], *, theme: Theme = "light"
) -> Figure:
    """Draw accuracy against confidence of two candidates, with 95 % intervals.

    Parameters
    ----------
    pair : (sequence of ReliabilityBin, sequence of ReliabilityBin)
    names : (str, str)
    theme : "light" or "dark"
    """
    palette = PALETTES[theme]
    plot = _frame(palette, [0, 1], [0, 1])
    said = []
    for (bins, name), colour, shift in zip(
        zip(pair, names, strict=True), (palette.accent, palette.doubt), (-0.006, 0.006), strict=True
    ):
        plot.add_scatter(
            # Drawn a little apart, so that the intervals of the one don't hide those of the other.
            x=[b.confidence + shift for b in bins],
            y=[b.accuracy.value for b in bins],
            mode="lines+markers",
            line={"color": colour, "width": 1.5},
            marker={"size": 7},
            customdata=[[str(Part("confidence", b.low, b.high)) if bins is pair[0] else None] for b in bins],
            error_y={
                "type": "data", "symmetric": False, "thickness": 1.2, "width": 0, "color": colour,
                "array": [b.accuracy.high - b.accuracy.value for b in bins],
                "arrayminus": [b.accuracy.value - b.accuracy.low for b in bins],
            },
            hovertext=[
                f"<b>{safe(name, 30)}</b>: {b.n} examples, {percent(b.confidence)} sure, "
                f"{percent(b.accuracy.value)} right"
                for b in bins
            ],
            hoverinfo="text",
        )  # fmt: skip
        n = max(1, sum(b.n for b in bins))
        sure, right = (sum(value(b) * b.n for b in bins) / n for value in (_confidence, _accuracy))
        said.append((percent(sure), percent(right)))
    title = f"{said[0][0]} sure and {said[0][1]} right; {said[1][0]} sure and {said[1][1]} right"
    plot = _framed(plot, title, theme, "Confidence", "Accuracy")
    rows = [
        (name, b.low, b.high, b.n, b.confidence, b.accuracy.value, b.accuracy.low, b.accuracy.high)
        for bins, name in zip(pair, names, strict=True)
        for b in bins
    ]
    columns = ["candidate", "low", "high", "n", "confidence", "accuracy", "accuracy_low", "accuracy_high"]
    text = f"On average “{names[0]}” is {said[0][0]} sure and {said[0][1]} right, “{names[1]}” {said[1][0]} sure and "
    return Figure(plot, title, f"{text}{said[1][1]} right.", pd.DataFrame(rows, columns=columns))


def _confidence(one: ReliabilityBin) -> float:
    return one.confidence


def _accuracy(one: ReliabilityBin) -> float:
    return one.accuracy.value


def _each(pair: tuple[Curves, Curves], names: tuple[str, str], palette: Palette) -> list[tuple[Curves, str, str]]:
    """Return both with their names and colours; the first comes last, on top, since its points answer clicks."""
    return list(zip(pair, names, (palette.accent, palette.doubt), strict=True))[::-1]


def _frame(palette: Palette, x: list[float], y: list[float]) -> go.Figure:
    """Return a frame with the line that chance, or perfect calibration, would give."""
    plot = go.Figure()
    plot.add_scatter(
        x=x, y=y, mode="lines", hoverinfo="skip", line={"color": palette.neutral, "dash": "dash", "width": 1.5}
    )
    return plot


def _line(
    plot: go.Figure,
    points: npt.NDArray[np.float64],
    name: str,
    colour: str,
    words: list[str],
    *,
    parts: list[str] | None,
    shape: str = "linear",
) -> None:
    hover = [f"<b>{safe(name, 30)}</b>: {line}" for line in words]
    line = {"color": colour, "width": 2.5, "shape": shape}
    carried = {"customdata": [[part] for part in parts], **CLICKABLE} if parts is not None else {"mode": "lines"}
    plot.add_scatter(x=points[:, 0], y=points[:, 1], line=line, hovertext=hover, hoverinfo="text", **carried)


def _parts(pair: tuple[Curves, Curves], curves: Curves, thresholds: npt.NDArray[np.float64]) -> list[str] | None:
    """Return what the points of the first candidate's curve stand for; the second's run is not the one that is open."""
    return called_from(curves.label, thresholds) if curves is pair[0] else None


def _framed(plot: go.Figure, title: str, theme: Theme, across: str, up: str) -> go.Figure:
    palette = PALETTES[theme]
    legend = legend_of([("●", palette.accent, "first"), ("●", palette.doubt, "second")], palette)
    x, y = value_axis(across), value_axis(up)
    return framed(plot, title, theme, height=HEIGHT, legend=legend, xaxis=x, yaxis=y)


def _about(pair: tuple[Curves, Curves], names: tuple[str, str]) -> str:
    first = pair[0]
    few = " Too few to judge." if first.few else ""
    return (
        f"First is “{names[0]}”, second “{names[1]}”; {first.positives} of {first.n} examples are of this class.{few}"
    )


def _data(pair: tuple[Curves, Curves], names: tuple[str, str], which: str, columns: list[str]) -> pd.DataFrame:
    frames = [
        pd.DataFrame(getattr(curves, which), columns=columns).assign(candidate=name)
        for curves, name in zip(pair, names, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)
