"""Slices of the data with the error in each."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from analysis.failures.slices import Slice, Slices
from analysis.failures.wording import shorten
from analysis.figures.figure import Figure
from analysis.figures.labels import number, percent, safe
from analysis.figures.template import PALETTES, Theme, framed, legend_of, named_rows, value_axis
from analysis.types import Kind


def slices(found: Slices, *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw the error of each slice with its 95 % interval, and the error of all examples as a line.

    Parameters
    ----------
    found : Slices
    selected : str, optional
        Name of the slice that is selected.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Points carry ``customdata = [name]``.
    """
    palette = PALETTES[theme]
    rate = found.kind is Kind.CLASSIFICATION
    show = percent if rate else number
    shown = found.found
    colours = [palette.wrong if s.significant else palette.neutral for s in shown]
    highest = max([s.rate.high for s in shown] + [found.overall.value * 1.5, 1e-9])
    plot = go.Figure()
    if shown:
        plot.add_vline(x=found.overall.value, line={"color": palette.muted, "width": 1.5, "dash": "dash"})
    for place, (one, colour) in enumerate(zip(shown, colours, strict=True)):
        plot.add_scatter(
            x=[one.rate.low, one.rate.high], y=[place, place], mode="lines",
            line={"color": colour, "width": 2}, hoverinfo="skip",
        )  # fmt: skip
    plot.add_scatter(
        x=[s.rate.value for s in shown],
        y=list(range(len(shown))),
        mode="markers",
        marker={
            "size": [8 + 22 * s.share_of_errors**0.5 for s in shown],
            "color": colours,
            "opacity": 1,
            "line": {"width": [3 if s.name == selected else 0 for s in shown], "color": palette.accent},
        },
        hovertext=[_hover(s, found, rate) for s in shown],
        hoverinfo="text",
        customdata=[[s.name] for s in shown],
    )
    plot.add_scatter(
        x=[0.0] * len(shown),
        y=[place - 0.34 for place in range(len(shown))],
        mode="text",
        text=[safe(s.name, 50) for s in shown],
        textposition="middle right",
        textfont={"color": palette.ink, "size": 12},
        hoverinfo="skip",
        customdata=[[s.name] for s in shown],
    )
    title = _title(found, show)
    entries = [("●", palette.wrong, "more than chance"), ("●", palette.neutral, "may be chance"),
               ("┆", palette.muted, "all examples")]  # fmt: skip
    axis = "Share wrong, with 95 % interval" if rate else "Mean absolute error, with 95 % interval"
    plot = framed(
        plot,
        title,
        theme,
        height=60 + 56 * max(1, len(shown)),
        legend=legend_of(entries, palette),
        xaxis=value_axis(f"{axis}; larger: covers more of all errors", 0, highest * 1.06, rate=rate),
        yaxis={"title": {"text": "Slice"},
               **named_rows([str(i + 1) for i in range(len(shown))], above=0.75, below=0.6)},
    )  # fmt: skip
    listed = "; ".join(f"{s.name}: {show(s.rate.value)}, n = {s.rate.n}" for s in shown[:5])
    rows = [
        (s.name, s.rate.n, s.rate.value, s.rate.low, s.rate.high, s.rest.value, s.share_of_errors,
         s.share_of_examples, s.p_value, s.p_adjusted)
        for s in shown
    ]  # fmt: skip
    columns = ["slice", "n", "error", "low", "high", "error_of_rest", "share_of_errors", "share_of_examples",
               "p_value", "p_adjusted"]  # fmt: skip
    return Figure(plot, title, f"{title}. {listed or 'No slice'}.", pd.DataFrame(rows, columns=columns))


def _title(found: Slices, show: object) -> str:
    assert callable(show)
    sure = len(found.significant)
    if not found.found:
        return "No slice is worse than the rest"
    if not sure:
        return f"No slice stands out after correction for the {found.tried} that were tried"
    worst = found.significant[0]
    return f"{shorten(worst.name, 60)}: {show(worst.rate.value)} against {show(worst.rest.value)} elsewhere"


def _hover(one: Slice, found: Slices, rate: bool) -> str:
    show = percent if rate else number
    e = one.rate
    wrong = f"{one.failures} of {e.n} wrong" if rate else f"{e.n} examples"
    return (
        f"<b>{safe(one.name, 60)}</b><br>{wrong}: {show(e.value)} ({show(e.low)} to {show(e.high)}); "
        f"elsewhere {show(one.rest.value)}<br>{percent(one.share_of_errors)} of all errors in "
        f"{percent(one.share_of_examples)} of the examples<br>p = {one.p_adjusted:.2g}, corrected for {found.tried}"
    )
