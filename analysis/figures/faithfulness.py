"""How far explanations can be believed: curves against random orders, agreement, randomised networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.faithfulness import Faithfulness
from analysis.faithfulness.agreement import Agreement
from analysis.figures.colour import ink_on, mixed
from analysis.figures.figure import Figure
from analysis.figures.labels import number, safe
from analysis.figures.template import PALETTES, Palette, Theme, framed, legend_of


def deletion_curve(found: Faithfulness, *, theme: Theme = "light") -> Figure:
    """Draw the answer while parts are removed in the map's order, over the same for random orders.

    Parameters
    ----------
    found : Faithfulness
    theme : "light" or "dark"
    """
    return _curve(found, theme, deletion=True)


def insertion_curve(found: Faithfulness, *, theme: Theme = "light") -> Figure:
    """Draw the answer while parts are shown in the map's order, over the same for random orders."""
    return _curve(found, theme, deletion=False)


def _curve(found: Faithfulness, theme: Theme, *, deletion: bool) -> Figure:
    palette = PALETTES[theme]
    compared = found.deletion if deletion else found.insertion
    low, high = np.quantile(compared.chance, [0.05, 0.95], axis=0)
    middle = np.median(compared.chance, axis=0)
    x = compared.shares
    hover = f"%{{x:.0%}} of the {found.noun}: %{{y:.3g}}<extra></extra>"
    band = {"x": [*x, *x[::-1]], "y": [*high, *low[::-1]], "fill": "toself", "mode": "lines", "hoverinfo": "skip"}
    line = {"color": palette.neutral, "dash": "dash", "width": 1.5}
    ours = palette.wrong if deletion else palette.right
    plot = go.Figure(
        [
            go.Scatter(**band, line={"width": 0}, fillcolor=_clear(palette)),
            go.Scatter(x=x, y=middle, mode="lines", line=line, hoverinfo="skip"),
            go.Scatter(x=x, y=compared.ours, mode="lines+markers", line={"color": ours, "width": 2.5},
                       marker={"size": 5, "color": ours}, hovertemplate=hover),
        ]
    )  # fmt: skip
    n = len(compared.gains)
    done, way = ("Removed", "falls") if deletion else ("Shown", "rises")
    title = f"{done} in the map's order, the answer {way} faster than in {compared.wins} of {n} random orders"
    probability = found.outcome == "probability"
    axis = {"tickformat": ".0%", "fixedrange": True}
    plot = framed(
        plot,
        title,
        theme,
        height=240,
        legend=legend_of(
            [("●", ours, "this map"), ("┄", palette.muted, "random"), ("■", palette.neutral, "nine in ten of them")],
            palette,
        ),
        xaxis={**axis, "range": [-0.02, 1.02], "title": {"text": f"Share of the {found.noun} {done.lower()}"}},
        yaxis={**(axis if probability else {"fixedrange": True}), "title": {"text": _outcome(found)}},
    )
    text = (
        f"{title}. Area under the curve {number(compared.auc)}, of random orders {number(compared.chance_auc)} on "
        f"average, p = {compared.p_value:.2g}."
    )
    data = pd.DataFrame(
        {"share": x, "this_map": compared.ours, "random_median": middle, "random_5": low, "random_95": high}
    )
    return Figure(plot, title, text, data)


def _outcome(found: Faithfulness) -> str:
    return "Probability of the answer" if found.outcome == "probability" else "Predicted value"


def _clear(palette: Palette) -> str:
    return mixed(palette.neutral, palette.paper, 0.35)


def agreement_matrix(found: Agreement, titles: Sequence[str], *, theme: Theme = "light") -> Figure:
    """Draw how far methods agree, two by two: rank correlation, and how many of the strongest parts are the same.

    Parameters
    ----------
    found : Agreement
    titles : sequence of str
        What the methods are called, in the order of ``found.methods``.
    theme : "light" or "dark"
    """
    palette, size = PALETTES[theme], len(found.methods)
    below = np.tril(np.ones((size, size), dtype=bool), -1)
    # Each pair once: below the diagonal.
    shown = np.where(below, found.correlation, np.nan)[1:, : size - 1]
    cells = [(row, column) for row in range(1, size) for column in range(row)]
    plot = go.Figure(
        [
            go.Heatmap(
                z=shown, zmin=-1, zmax=1, colorscale=list(palette.diverging), showscale=False, hoverinfo="skip",
                xgap=2, ygap=2,
            ),
            go.Scatter(
                x=[column for _, column in cells],
                y=[row - 1 for row, _ in cells],
                mode="text",
                text=[
                    f"<b>{number(_cut(found.correlation[c]))}</b><br>{found.overlap[c]} of {found.strongest}"
                    for c in cells
                ],
                textfont={"size": 12, "color": [_ink(found.correlation[c], palette) for c in cells]},
                hovertext=[_pair(found, titles, *c) for c in cells],
                hoverinfo="text",
            ),
        ]
    )  # fmt: skip
    title = _title(found, titles, cells)
    side = {"fixedrange": True, "showgrid": False, "showline": False, "ticks": ""}
    names = [safe(title, 24) for title in titles]
    plot = framed(
        plot,
        title,
        theme,
        height=70 + 54 * (size - 1),
        xaxis={**side, "tickvals": list(range(size - 1)), "ticktext": names[:-1], "range": [-0.5, size - 1.5],
               "title": {"text": f"Rank correlation; how many of the strongest {found.noun} are the same"}},
        yaxis={**side, "tickvals": list(range(size - 1)), "ticktext": names[1:], "range": [size - 1.5, -0.5]},
    )  # fmt: skip
    text = title + ". " + " ".join(f"{_pair(found, titles, *c)}.".replace("<br>", " ") for c in cells)
    rows = [(titles[r], titles[c], found.correlation[r, c], found.overlap[r, c], found.strongest) for r, c in cells]
    data = pd.DataFrame(rows, columns=["method", "other", "rank_correlation", "same", "of"])
    return Figure(plot, title, text, data)


def _cut(value: float) -> float:
    return round(float(value), 2)


def _ink(value: float, palette: Palette) -> str:
    if not np.isfinite(value):
        return palette.muted
    end = palette.diverging[-1] if value > 0 else palette.diverging[0]
    return ink_on(mixed(end, palette.paper, min(1.0, abs(value))))


def _pair(found: Agreement, titles: Sequence[str], row: int, column: int) -> str:
    value, same = found.correlation[row, column], int(found.overlap[row, column])
    said = (
        f"rank correlation {number(_cut(value))}" if np.isfinite(value) else "one of them says the same of everything"
    )
    return (
        f"{safe(titles[row], 40)} and {safe(titles[column], 40)}: {said};<br>"
        f"{same} of their {found.strongest} strongest {found.noun} are the same"
    )


def _title(found: Agreement, titles: Sequence[str], cells: Sequence[tuple[int, int]]) -> str:
    known = [c for c in cells if np.isfinite(found.correlation[c])]
    if not known:
        return "Whether these methods agree can't be told"
    row, column = min(known, key=lambda c: float(found.correlation[c]))
    least = float(found.correlation[row, column])
    if least >= 0.7:
        return f"All {len(titles)} methods tell the same story" if len(titles) > 2 else "Both tell the same story"
    return f"{titles[row]} and {titles[column]} agree least: rank correlation {number(_cut(least))}"
