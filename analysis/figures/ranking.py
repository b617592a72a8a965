"""Candidates in order, with those that can't be told apart joined."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from analysis.comparison.ranking import CandidateRanking
from analysis.failures.wording import shorten
from analysis.figures.figure import Figure
from analysis.figures.labels import number, percent, safe
from analysis.figures.template import PALETTES, Theme, around, framed, legend_of, named_rows, value_axis
from analysis.metrics import METRICS

#: Lines of tied groups that stand side by side; further ones begin at the first place again.
_LANES = 4


def candidate_ranking(found: CandidateRanking, *, theme: Theme = "light") -> Figure:
    """Draw the score of each candidate with its 95 % interval; a line beside them joins those that are tied.

    Parameters
    ----------
    found : CandidateRanking
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Points carry ``customdata = [place]``.
    """
    palette, about = PALETTES[theme], METRICS[found.metric]
    rate = about.is_rate
    show, shown = percent if rate else number, found.ranked
    colours = [palette.accent if one.best == 1 else palette.neutral for one in shown]
    plot = go.Figure()
    for place, (one, colour) in enumerate(zip(shown, colours, strict=True)):
        plot.add_scatter(
            x=[one.score.low, one.score.high], y=[place, place], mode="lines",
            line={"color": colour, "width": 2}, hoverinfo="skip",
        )  # fmt: skip
    plot.add_scatter(
        x=[one.score.value for one in shown], y=list(range(len(shown))), mode="markers",
        marker={"size": 10, "color": colours}, customdata=[[place] for place in range(len(shown))], hoverinfo="text",
        hovertext=[
            f"<b>{safe(one.name, 60)}</b><br>{show(one.score.value)} ({show(one.score.low)} to "
            f"{show(one.score.high)}), n = {one.score.n}<br>rank {_places(one.best, one.worst)} of {len(shown)}"
            for one in shown
        ],
    )  # fmt: skip
    ends = around(end for one in shown for end in (one.score.low, one.score.high))
    for lane, group in enumerate(group for group in found.groups if len(group) > 1):
        plot.add_scatter(
            x=[lane % _LANES] * 2, xaxis="x2", y=[group[0] - 0.22, group[-1] + 0.22], mode="lines",
            line={"color": palette.doubt, "width": 4}, hoverinfo="skip",
        )  # fmt: skip
    title = ranking_title(found)
    entries = [("●", palette.accent, "may be the best"), ("●", palette.neutral, "surely behind another"),
               ("┃", palette.doubt, "can’t be told apart")]  # fmt: skip
    axis = f"{about.title}, with 95 % interval" + ("" if about.higher_is_better else "; less is better")
    plot = framed(
        plot, title, theme, height=70 + 44 * len(shown), legend=legend_of(entries, palette),
        xaxis={**value_axis(safe(axis, 90), *ends, rate=rate), "domain": [0, 0.87]},
        xaxis2={"domain": [0.89, 1], "range": [-0.6, _LANES - 0.4], "anchor": "y", "showticklabels": False,
                "showgrid": False, "fixedrange": True},
        yaxis=named_rows([safe(one.name, 26) for one in shown]),
    )  # fmt: skip
    rows = [(o.name, o.score.value, o.score.low, o.score.high, o.score.n, o.best, o.worst) for o in shown]
    data = pd.DataFrame(rows, columns=["candidate", "score", "low", "high", "n", "best_rank", "worst_rank"])
    listed = "; ".join(f"{o.name}: {show(o.score.value)}, rank {_places(o.best, o.worst)}" for o in shown[:8])
    return Figure(plot, title, f"{title}. {listed}.", data)


def _places(best: int, worst: int) -> str:
    return str(best) if best == worst else f"{best} to {worst}"


def ranking_title(found: CandidateRanking) -> str:
    """Return who is best, or who may be, in one plain sentence."""
    top = [one.name for one in found.ranked if one.best == 1]
    if len(top) == 1:
        return f"“{shorten(top[0], 30)}” is the best of {len(found.ranked)}"
    if len(top) == len(found.ranked):
        return f"None of the {len(top)} can be told to be the best"
    if len(top) == 2:
        first, second = (shorten(name, 26) for name in top)
        return f"“{first}” or “{second}” is the best of {len(found.ranked)}: can’t tell which"
    return f"{len(top)} of {len(found.ranked)} may be the best: chance alone could have ordered them"
