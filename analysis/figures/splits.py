"""Splits side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.wording import shorten
from analysis.figures.figure import Figure
from analysis.figures.labels import number, percent, safe
from analysis.figures.template import PALETTES, Theme, around, framed, legend_of, value_axis
from analysis.types import Kind
from analysis.validation.validate import Validation


def splits(found: Validation, *, theme: Theme = "light") -> Figure:
    """Draw the score of each split with its 95 % interval, with and without leaking examples.

    Parameters
    ----------
    found : Validation
    theme : "light" or "dark"
    """
    palette = PALETTES[theme]
    rate = found.kind is Kind.CLASSIFICATION
    show = percent if rate else number
    plot = go.Figure()
    sides = (("●", palette.accent, "all examples", 0.0, [s.score for s in found.splits]),
             ("◆", palette.doubt, "without leaks", 0.22, [s.clean for s in found.splits]))  # fmt: skip
    for sign, colour, name, shift, estimates in sides:
        shown = [i for i, s in enumerate(found.splits) if np.isfinite(estimates[i].value) and (not shift or s.leaking)]
        plot.add_scatter(
            x=[estimates[i].value for i in shown],
            y=[i + shift for i in shown],
            mode="markers",
            marker={"size": 10, "color": colour, "symbol": "circle" if sign == "●" else "diamond"},
            error_x={
                "type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 0,
                "array": [estimates[i].high - estimates[i].value for i in shown],
                "arrayminus": [estimates[i].value - estimates[i].low for i in shown],
            },
            hovertext=[
                f"<b>{safe(found.splits[i].split, 60)}</b>, {name}<br>{show(estimates[i].value)} "
                f"({show(estimates[i].low)} to {show(estimates[i].high)}), n = {estimates[i].n}"
                for i in shown
            ],
            hoverinfo="text",
            customdata=[[found.splits[i].split] for i in shown],
        )  # fmt: skip
    title = _title(found)
    ends = around(end for *_, estimates in sides for e in estimates for end in (e.value, e.low, e.high))
    plot = framed(
        plot,
        title,
        theme,
        height=80 + 50 * max(1, len(found.splits)),
        legend=legend_of([side[:3] for side in sides], palette) if any(s.leaking for s in found.splits) else "",
        xaxis=value_axis(f"{'Accuracy' if rate else 'Mean absolute error'}, with 95 % interval", *ends, rate=rate),
        yaxis={"tickvals": list(range(len(found.splits))), "ticktext": [safe(s.split) for s in found.splits],
               "range": [len(found.splits) - 0.4, -0.6], "showgrid": False, "fixedrange": True},
    )  # fmt: skip
    rows = [
        (s.split, kind, e.value, e.low, e.high, e.n)
        for s in found.splits
        for kind, e in (("all", s.score), ("without leaks", s.clean))
    ]
    data = pd.DataFrame(rows, columns=["split", "examples", "score", "low", "high", "n"])
    listed = "; ".join(f"{s.split}: {show(s.score.value)}, n = {s.score.n}" for s in found.splits)
    return Figure(plot, title, f"{title}. {listed}.", data)


def _title(found: Validation) -> str:
    gaps = [s for s in found.splits if s.gap is not None]
    if not gaps and len(found.splits) > 1:
        return "Too few examples are no leaks to compare the splits"
    if not gaps:
        return "One split only: there is no other to compare it with"
    worst = max(gaps, key=lambda s: s.gap.value if s.gap is not None else 0.0)
    assert worst.gap is not None
    if worst.gap.low > 0:
        return f"Worse on “{shorten(worst.split)}” than on “{shorten(found.reference)}”"
    return f"No split is clearly worse than “{shorten(found.reference)}”"
