"""What a model answers, without a word on what is right: how many examples got which answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.answers import AnswerCount
from analysis.failures.wording import shorten
from analysis.figures.figure import Figure
from analysis.figures.histogram import histogram
from analysis.figures.labels import number, percent, safe
from analysis.figures.template import PALETTES, Theme, framed, named_rows
from analysis.types import Predictions

#: Answers that one figure shows; the most frequent are kept.
SHOWN = 30


def answer_bars(counts: Sequence[AnswerCount], *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw how many examples got which answer, the most frequent first.

    Parameters
    ----------
    counts : sequence of AnswerCount
    selected : str, optional
        The answer whose examples are looked at: the others step back.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Bars carry ``customdata = [label]``. ``data`` has all answers.
    """
    palette, shown, total = PALETTES[theme], counts[:SHOWN], sum(c.n for c in counts)
    plot = go.Figure(
        go.Bar(
            x=[c.n for c in shown],
            y=list(range(len(shown))),
            orientation="h",
            marker={
                "color": [palette.accent if selected in (None, c.label) else palette.neutral for c in shown],
                "cornerradius": 3,
            },
            text=[f"{c.n:,}" for c in shown],
            textposition="outside",
            cliponaxis=False,
            customdata=[[c.label] for c in shown],
            hovertext=[
                f"<b>{safe(c.label, 60)}</b><br>{c.n:,} of {total:,}, {percent(c.n / total)}"
                f"<br>half of them surer than {percent(c.confidence)}"
                for c in shown
            ],
            hoverinfo="text",
        )
    )
    title = _title(counts, total)
    plot = framed(
        plot,
        title,
        theme,
        height=70 + 26 * max(1, len(shown)),
        xaxis={"title": {"text": "Examples"}, "range": [0, 1.14 * max((c.n for c in shown), default=1)],
               "fixedrange": True},
        yaxis=named_rows([safe(c.label) for c in shown]),
        dragmode=False,
    )  # fmt: skip
    listed = ", ".join(f"{c.label} {c.n:,}" for c in shown)
    data = pd.DataFrame([(c.label, c.n, c.confidence) for c in counts], columns=["answer", "n", "median_score"])
    return Figure(plot, title, f"{title}. {listed}.", data)


def _title(counts: Sequence[AnswerCount], total: int) -> str:
    if not counts:
        return "There is no answer to count"
    if len(counts) == 1:
        return f"Every example got the same answer, “{shorten(counts[0].label)}”"
    more = f"; the {SHOWN} most frequent of {len(counts)} answers" if len(counts) > SHOWN else ""
    return f"{percent(counts[0].n / total)} are called “{shorten(counts[0].label)}”{more}"


def answer_histogram(predictions: Predictions, *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw how the answers of a regression are spread.

    Parameters
    ----------
    predictions : Predictions
    selected : str, optional
        The part of the run that is looked at.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Bars carry ``customdata = [part]``, see `analysis.failures.parts`.
    """
    values = predictions.values
    name = safe(predictions.task.labels[0] if predictions.task.labels else "value", 40)
    low, high = np.quantile(values, [0.25, 0.75]).tolist()
    return histogram(
        "answer", values, noun="answer", height=320, selected=selected, theme=theme,
        title=f"Half of the answers lie between {number(low)} and {number(high)}",
        xaxis={"title": {"text": f"Predicted {name}"}, "fixedrange": True},
    )  # fmt: skip
