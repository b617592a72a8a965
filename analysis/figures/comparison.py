"""Two candidates side by side: paired differences, and where they are right together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.comparison.compare import Agreement, ClassDifference
from analysis.comparison.slices import SliceDifference
from analysis.failures.wording import shorten
from analysis.figures.colour import ink_on
from analysis.figures.figure import Figure
from analysis.figures.labels import number, percent, safe
from analysis.figures.template import PALETTES, Theme, framed, legend_of, named_rows, value_axis
from analysis.types import Kind

#: Classes that one figure shows.
SHOWN = 25


def points(share: float) -> str:
    """Return a difference of two shares in points, with its sign: "+4 points"."""
    shown = 100 * share
    text = f"{shown:+.1f}" if 0 < abs(shown) < 1 else f"{shown:+.0f}"
    return f"{text.replace('-', '−')} points"


def class_differences(
    classes: Sequence[ClassDifference], names: tuple[str, str], *, theme: Theme = "light", limit: int = SHOWN
) -> Figure:
    """Draw for each class how much more of it the first candidate finds, with the 95 % interval.

    Parameters
    ----------
    classes : sequence of ClassDifference
        In the order drawn.
    names : (str, str)
        Of the two candidates.
    theme : "light" or "dark"
    limit : int
        Classes that are shown.

    Returns
    -------
    Figure
        Points carry ``customdata = [label]``. ``data`` has all classes.
    """
    palette = PALETTES[theme]
    first, second = (shorten(name, 20) for name in names)
    shown = classes[:limit]
    colours = [{"a": palette.accent, "b": palette.doubt, "": palette.neutral}[c.winner] for c in shown]
    plot = go.Figure()
    plot.add_vline(x=0, line={"color": palette.muted, "width": 1.5, "dash": "dot"})
    for place, (row, colour) in enumerate(zip(shown, colours, strict=True)):
        d = row.recall
        plot.add_scatter(
            x=[d.low, d.high], y=[place, place], mode="lines", line={"color": colour, "width": 2}, hoverinfo="skip"
        )
    plot.add_scatter(
        x=[c.recall.difference for c in shown],
        y=list(range(len(shown))),
        mode="markers",
        marker={"size": 9, "color": colours, "symbol": ["circle-open" if c.few else "circle" for c in shown]},
        hovertext=[_class_hover(c, names) for c in shown],
        hoverinfo="text",
        customdata=[[c.label] for c in shown],
    )
    title = _class_title(classes, first, second)
    reach = max([0.1, *(abs(end) for c in shown for end in (c.recall.low, c.recall.high))]) * 1.06
    entries = [("●", palette.accent, "first is better"), ("●", palette.doubt, "second is better"),
               ("●", palette.neutral, "can’t tell"), ("○", palette.neutral, "too few to judge")]  # fmt: skip
    plot = framed(
        plot,
        title,
        theme,
        height=74 + 26 * max(1, len(shown)),
        legend=legend_of(entries, palette),
        xaxis=value_axis(f"Share found: {safe(first, 20)} minus {safe(second, 20)}", -reach, reach, signed=True),
        yaxis=named_rows([f"{safe(c.label)} ({c.recall.n})" for c in shown], above=0.6, below=0.6),
    )
    listed = "; ".join(f"{c.label}: {points(c.recall.difference)}, n = {c.recall.n}" for c in shown[:5])
    rows = [
        (c.label, d.n, d.a, d.b, d.difference, d.low, d.high, d.p_value, c.p_adjusted, c.few)
        for c in classes
        for d in [c.recall]
    ]
    columns = ["class", "n", "first", "second", "difference", "low", "high", "p_value", "p_adjusted", "few"]
    return Figure(plot, title, f"{title}. {listed or 'No class'}.", pd.DataFrame(rows, columns=columns))


def _class_title(classes: Sequence[ClassDifference], first: str, second: str) -> str:
    won = {side: [c for c in classes if c.winner == side] for side in ("a", "b")}
    if not won["a"] and not won["b"]:
        tested = sum(not c.few for c in classes)
        return f"No class tells them apart ({tested} of {len(classes)} have examples enough to be tested)"
    return f"“{first}” finds more of {len(won['a'])} classes, “{second}” of {len(won['b'])}"


def _class_hover(row: ClassDifference, names: tuple[str, str]) -> str:
    d = row.recall
    few = "<br>too few to judge" if row.few else f"<br>p = {row.p_adjusted:.2g}, corrected for all classes"
    return (
        f"<b>{safe(row.label, 60)}</b>, {d.n} examples<br>{safe(names[0], 30)} finds {percent(d.a)}, "
        f"{safe(names[1], 30)} {percent(d.b)}<br>{points(d.difference)} ({points(d.low)} to {points(d.high)}){few}"
    )


def slice_differences(
    found: Sequence[SliceDifference], names: tuple[str, str], *, theme: Theme = "light", limit: int = 12
) -> Figure:
    """Draw on each slice the difference of two candidates' accuracies, or mean absolute errors, with its interval.

    Parameters
    ----------
    found : sequence of SliceDifference
        In the order drawn.
    names : (str, str)
        Of the two candidates.
    theme : "light" or "dark"
    limit : int
        Slices that are shown.

    Returns
    -------
    Figure
        Points carry ``customdata = [name of the slice]``. ``data`` has all slices.
    """
    palette, shown = PALETTES[theme], found[:limit]
    rate = not shown or shown[0].kind is Kind.CLASSIFICATION
    first, second = (shorten(name, 20) for name in names)
    colours = [{"a": palette.accent, "b": palette.doubt, "": palette.neutral}[s.winner] for s in shown]
    plot = go.Figure()
    plot.add_vline(x=0, line={"color": palette.muted, "width": 1.5, "dash": "dot"})
    for place, (one, colour) in enumerate(zip(shown, colours, strict=True)):
        ends = [one.found.low, one.found.high]
        plot.add_scatter(x=ends, y=[place, place], mode="lines", line={"color": colour, "width": 2}, hoverinfo="skip")
    plot.add_scatter(
        x=[s.found.difference for s in shown],
        y=list(range(len(shown))),
        mode="markers",
        marker={"size": 9, "color": colours},
        hovertext=[_slice_hover(s, names) for s in shown],
        hoverinfo="text",
        customdata=[[s.name] for s in shown],
    )
    won = {side: sum(s.winner == side for s in found) for side in ("a", "b")}
    better = [f"“{n}” is better on {won[side]}" for n, side in ((first, "a"), (second, "b")) if won[side]]
    title = (
        f"{' and '.join(better)} of {len(found)} slices" if better else f"None of {len(found)} slices tells them apart"
    )
    reach = max([0.0, *(abs(end) for s in shown for end in (s.found.low, s.found.high))]) * 1.06 or 1.0
    entries = [("●", palette.accent, "first is better"), ("●", palette.doubt, "second is better"),
               ("●", palette.neutral, "can’t tell")]  # fmt: skip
    axis = f"{'Accuracy' if rate else 'Mean absolute error'}: {safe(first, 20)} minus {safe(second, 20)}"
    plot = framed(
        plot, title, theme, height=74 + 26 * max(1, len(shown)), legend=legend_of(entries, palette),
        xaxis=value_axis(axis, -reach, reach, rate=rate, signed=True),
        yaxis=named_rows([f"{safe(s.name, 40)} ({s.found.n})" for s in shown], above=0.6, below=0.6),
    )  # fmt: skip
    rows = [
        (s.name, d.n, d.a, d.b, d.difference, d.low, d.high, d.p_value, s.p_adjusted) for s in found for d in [s.found]
    ]
    columns = ["slice", "n", "first", "second", "difference", "low", "high", "p_value", "p_adjusted"]
    listed = "; ".join(f"{s.name}: {_apart(s)}, n = {s.found.n}" for s in shown[:5])
    return Figure(plot, title, f"{title}. {listed or 'No slice'}.", pd.DataFrame(rows, columns=columns))


def _apart(one: SliceDifference) -> str:
    d = one.found.difference
    return points(d) if one.kind is Kind.CLASSIFICATION else number(d)


def _slice_hover(one: SliceDifference, names: tuple[str, str]) -> str:
    d, show = one.found, percent if one.kind is Kind.CLASSIFICATION else number
    values = f"{safe(names[0], 30)} {show(d.a)}, {safe(names[1], 30)} {show(d.b)}"
    return (
        f"<b>{safe(one.name, 60)}</b>, {d.n} examples<br>{values}<br>p = {one.p_adjusted:.2g}, corrected for all slices"
    )


def agreement(found: Agreement, names: tuple[str, str], *, theme: Theme = "light") -> Figure:
    """Draw how many examples both, one, or neither gets right.

    Parameters
    ----------
    found : Agreement
    names : (str, str)
        Of the two candidates.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Cells carry ``customdata = [key]``: "both", "a", "b" or "none".
    """
    palette = PALETTES[theme]
    counts = np.array(
        [[len(found.both_right), len(found.only_a)], [len(found.only_b), len(found.both_wrong)]], dtype=np.int64
    )
    n = max(1, int(counts.sum()))
    fills = [[palette.right_faint, palette.quiet], [palette.quiet, palette.wrong_faint]]
    plot = go.Figure()
    corners, keys = [(0, 0), (1, 0), (0, 1), (1, 1)], ["both", "a", "b", "none"]
    outcomes = ["both right", "only the first right", "only the second right", "both wrong"]
    for x, y in corners:
        plot.add_shape(
            type="rect", x0=x - 0.48, x1=x + 0.48, y0=y - 0.48, y1=y + 0.48, line={"width": 0},
            fillcolor=fills[y][x], layer="below",
        )  # fmt: skip
    plot.add_scatter(
        x=[x for x, _ in corners],
        y=[y for _, y in corners],
        mode="text",
        text=[f"<b>{counts[y, x]}</b><br>{percent(counts[y, x] / n)}" for x, y in corners],
        textfont={"size": 17, "color": [ink_on(fills[y][x]) for x, y in corners]},
        hoverinfo="skip",
    )
    # A text alone takes no click: an unseen marker in the middle of each cell does, however far from it.
    plot.add_scatter(
        x=[x for x, _ in corners], y=[y for _, y in corners], mode="markers", customdata=[[key] for key in keys],
        marker={"size": 10, "opacity": 0, "color": palette.neutral}, selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}}, hoverinfo="text",
        hovertext=[f"{words}: {counts[y, x]} examples" for (x, y), words in zip(corners, outcomes, strict=True)],
    )  # fmt: skip
    first, second = (shorten(name, 18) for name in names)
    same = percent(found.same_answer / n)
    title = f"They give the same answer to {same} of {int(counts.sum())} examples"
    plot = framed(
        plot,
        title,
        theme,
        height=250,
        hovermode="closest",
        hoverdistance=-1,
        xaxis={"title": {"text": safe(second)}, "tickvals": [0, 1], "ticktext": ["right", "wrong"],
               "range": [-0.5, 1.5], "showgrid": False, "fixedrange": True},
        yaxis={"title": {"text": safe(first)}, "tickvals": [0, 1], "ticktext": ["right", "wrong"],
               "range": [1.5, -0.5], "showgrid": False, "fixedrange": True},
    )  # fmt: skip
    data = pd.DataFrame({"outcome": outcomes, "examples": counts.ravel()})
    words = f"{title}: both right {counts[0, 0]}; only {names[0]} {counts[0, 1]}; only {names[1]} {counts[1, 0]}; "
    return Figure(plot, title, f"{words}both wrong {counts[1, 1]}.", data)
