"""What failures are put down to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from analysis.figures.figure import Figure
from analysis.figures.labels import percent
from analysis.figures.template import PALETTES, Palette, Theme, framed, legend_of, named_rows, value_axis

if TYPE_CHECKING:
    from analysis.failures.causes import CauseShare


def causes(shares: Sequence[CauseShare], *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw how many failures each cause has, with the 95 % interval of its share.

    Parameters
    ----------
    shares : sequence of CauseShare
    selected : str, optional
        Key of the cause that is selected; the others are pale.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Bars carry ``customdata = [key]``.
    """
    from analysis.failures.causes import CAUSES

    palette = PALETTES[theme]
    failures = sum(s.n for s in shares)
    names = [CAUSES[s.cause].title for s in shares]
    plot = go.Figure(
        go.Bar(
            x=[s.share.value for s in shares],
            y=list(range(len(shares))),
            orientation="h",
            width=0.62,
            marker={
                "color": [_colour(s.cause, palette) for s in shares],
                "opacity": [1.0 if selected in (None, s.cause) else 0.35 for s in shares],
            },
            error_x={
                "type": "data", "symmetric": False, "color": palette.ink, "thickness": 1.2, "width": 0,
                "array": [s.share.high - s.share.value for s in shares],
                "arrayminus": [s.share.value - s.share.low for s in shares],
            },
            hovertext=[_hover(s, failures) for s in shares],
            hoverinfo="text",
            customdata=[[s.cause] for s in shares],
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    )  # fmt: skip
    rows = [f"{name} ({s.n})" for name, s in zip(names, shares, strict=True)]
    title = _title(shares, names, failures)
    plot = framed(
        plot,
        title,
        theme,
        height=64 + 34 * max(1, len(shares)),
        legend=legend_of([("—", palette.ink, "95 % interval of the share")], palette),
        xaxis=value_axis("Share of the failures", 0, min(1.02, max([s.share.high for s in shares] + [0.1]) * 1.08)),
        yaxis=named_rows(rows, above=0.6, below=0.6),
    )
    listed = "; ".join(
        f"{name}: {s.n} ({percent(s.share.value)}, {percent(s.share.low)} to {percent(s.share.high)})"
        for name, s in zip(names, shares, strict=True)
    )
    data = [
        (s.cause, name, s.n, s.also, s.share.value, s.share.low, s.share.high)
        for name, s in zip(names, shares, strict=True)
    ]
    columns = ["cause", "title", "n", "also", "share", "low", "high"]
    return Figure(plot, title, f"{title}. {listed or 'No failure'}.", pd.DataFrame(data, columns=columns))


def _colour(cause: str, palette: Palette) -> str:
    if cause == "weakness":
        return palette.wrong
    return palette.neutral if cause == "unknown" else palette.accent


def _title(shares: Sequence[CauseShare], names: Sequence[str], failures: int) -> str:
    if not failures:
        return "Nothing failed"
    most = max(range(len(shares)), key=lambda i: shares[i].n)
    return f"Most often: {names[most].lower()}, {shares[most].n} of {failures}"


def _hover(share: CauseShare, failures: int) -> str:
    from analysis.failures.causes import CAUSES

    cause = CAUSES[share.cause]
    behind = f"<br>beside another cause: {share.also}" if share.also else ""
    return (
        f"<b>{cause.title}</b>: {share.n} of {failures}, {percent(share.share.value)} "
        f"({percent(share.share.low)} to {percent(share.share.high)}){behind}"
    )
