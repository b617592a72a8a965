"""What failures share that right ones do not: differences of means with their intervals, the clearest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.figure import Figure
from analysis.figures.labels import full, number, safe, wrapped
from analysis.figures.template import PALETTES, Theme, framed, legend_of, named_rows

if TYPE_CHECKING:
    from analysis.patterns import Ranking

#: Units that are drawn.
SHOWN = 14


def group_differences(ranking: Ranking, *, theme: Theme = "light", limit: int = SHOWN) -> Figure:
    """Draw by how much failures differ from the others, unit by unit, with 95 % intervals; clear ones in colour.

    Parameters
    ----------
    ranking : Ranking
    theme : "light" or "dark"
    limit : int
        Units that are drawn: the clearest.

    Returns
    -------
    Figure
        Points carry ``customdata = [unit]``.
    """
    palette, found = PALETTES[theme], ranking.differences
    clear = set(found.standing_out.tolist())
    width = np.maximum(np.nan_to_num(found.high - found.low, nan=np.inf), 1e-300)
    order = np.argsort(-np.abs(np.nan_to_num(found.difference)) / width, kind="stable")
    kept = sorted(order.tolist(), key=lambda i: i not in clear)[:limit]
    names = [_name(ranking, i) for i in kept]
    differences = [float(found.difference[i]) for i in kept]
    plot = go.Figure(
        go.Scatter(
            x=differences,
            y=list(range(len(kept))),
            mode="markers",
            marker={"size": 10, "color": [palette.wrong if i in clear else palette.neutral for i in kept]},
            error_x={
                "type": "data", "symmetric": False, "thickness": 2, "width": 0, "color": palette.muted,
                "array": _lengths(found.high - found.difference, kept),
                "arrayminus": _lengths(found.difference - found.low, kept),
            },
            hovertext=[_hover(ranking, i) for i in kept],
            hoverinfo="text",
            customdata=[[ranking.units[i]] for i in kept],
        )
    )  # fmt: skip
    title = _title(ranking, len(clear))
    entries = [
        ("●", palette.wrong, "clearer than chance, corrected for all"),
        ("●", palette.neutral, "may be chance"),
    ]
    plot = framed(
        plot,
        title,
        theme,
        height=70 + 28 * max(1, len(kept)),
        legend=legend_of(entries, palette),
        xaxis={"title": {"text": wrapped(f"Failures minus others: {ranking.unit}", 36)}, "zeroline": True,
               "zerolinecolor": palette.muted, "fixedrange": True},
        yaxis=named_rows(names),
    )  # fmt: skip
    listed = "; ".join(_words(ranking, i) for i in kept[:5])
    return Figure(plot, title, f"{title}. {listed}." if listed else f"{title}.", _data(ranking))


def _lengths(sides: npt.NDArray[np.float64], kept: Sequence[int]) -> list[float]:
    """Return the arms of some intervals; none where nothing can be told."""
    return [float(sides[i]) if np.isfinite(sides[i]) else 0.0 for i in kept]


def _title(ranking: Ranking, clear: int) -> str:
    n, m = ranking.differences.n
    if not ranking.units:
        return f"{ranking.title}: there is nothing to compare"
    if not ranking.differences.tells:
        return f"{ranking.title}: too few to tell ({n} against {m})"
    said = f"{clear} of {len(ranking.units)} clearer than chance" if clear else f"none of {len(ranking.units)} is clear"
    return f"{ranking.title}: {said} ({n} against {m})"


def _name(ranking: Ranking, i: int) -> str:
    name = safe(ranking.units[i], 26)
    return name if ranking.counts is None else f"{name} ({ranking.counts[i, 0]} : {ranking.counts[i, 1]})"


def _words(ranking: Ranking, i: int) -> str:
    return f"{ranking.units[i]}: {_sure(ranking, i)}"


def _sure(ranking: Ranking, i: int) -> str:
    """Return a difference with how sure it is, as far as that can be told."""
    found = ranking.differences
    difference = number(float(found.difference[i]))
    if not found.tells:
        return f"{difference}, too few to tell"
    interval = f"{number(float(found.low[i]))} to {number(float(found.high[i]))}"
    return f"{difference} ({interval}), corrected p {found.p[i]:.3f}"


def _hover(ranking: Ranking, i: int) -> str:
    found = ranking.differences
    counts = ""
    if ranking.counts is not None:
        counts = f"<br>in {ranking.counts[i, 0]} failures and {ranking.counts[i, 1]} others"
    return (
        f"<b>{full(ranking.units[i])}</b><br>failures {number(float(found.failures[i]))}, "
        f"others {number(float(found.others[i]))}<br>difference {_sure(ranking, i)}{counts}"
    )


def _data(ranking: Ranking) -> pd.DataFrame:
    found = ranking.differences
    data = pd.DataFrame(
        {
            "unit": list(ranking.units),
            "failures": found.failures,
            "others": found.others,
            "difference": found.difference,
            "low": found.low,
            "high": found.high,
            "corrected_p": found.p,
        }
    )
    if ranking.counts is not None:
        data["in_failures"], data["in_others"] = ranking.counts[:, 0], ranking.counts[:, 1]
    return data
