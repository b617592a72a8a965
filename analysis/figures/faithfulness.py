"""How far explanations can be believed: curves against random orders, agreement, randomised networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.faithfulness import Faithfulness
from analysis.faithfulness.agreement import Agreement
from analysis.faithfulness.randomisation import RandomisationTest, Sensitivity
from analysis.figures.colour import ink_on, mixed
from analysis.figures.figure import Figure
from analysis.figures.labels import number, percent, safe
from analysis.figures.template import PALETTES, Palette, Theme, around, framed, legend_of, value_axis

#: From more methods than this on, a cell of the agreement holds one number.
CROWDED = 4


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
    hover = [f"{percent(s)} of the {found.noun}: {number(y)}" for s, y in zip(x, compared.ours, strict=True)]
    band = {"x": [*x, *x[::-1]], "y": [*high, *low[::-1]], "fill": "toself", "mode": "lines", "hoverinfo": "skip"}
    line = {"color": palette.neutral, "dash": "dash", "width": 1.5}
    ours = palette.wrong if deletion else palette.right
    plot = go.Figure(
        [
            go.Scatter(**band, line={"width": 0}, fillcolor=_clear(palette)),
            go.Scatter(x=x, y=middle, mode="lines", line=line, hoverinfo="skip"),
            go.Scatter(x=x, y=compared.ours, mode="lines+markers", line={"color": ours, "width": 2.5},
                       marker={"size": 5, "color": ours}, hovertext=hover, hoverinfo="text"),
        ]
    )  # fmt: skip
    n = len(compared.gains)
    done, way = ("Removed", "falls") if deletion else ("Shown", "rises")
    title = f"{done} in the map's order, the answer {way} faster than in {compared.wins} of {n} random orders"
    ends = around([*compared.ours, *low, *high])
    plot = framed(
        plot,
        title,
        theme,
        height=240,
        legend=legend_of(
            [("●", ours, "this map"), ("┄", palette.muted, "random"), ("■", palette.neutral, "nine in ten of them")],
            palette,
        ),
        xaxis=value_axis(f"Share of the {found.noun} {done.lower()}"),
        yaxis=value_axis(_outcome(found), *ends, rate=found.outcome == "probability"),
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
                text=[_cell(found, *c) for c in cells],
                textfont={"size": 12, "color": [_ink(found.correlation[c], palette) for c in cells]},
                hovertext=[_pair(found, titles, *c) for c in cells],
                hoverinfo="text",
            ),
        ]
    )  # fmt: skip
    title = _title(found, titles, cells)
    side = {"fixedrange": True, "showgrid": False, "showline": False, "ticks": ""}
    names = [safe(title, 24) for title in titles]
    second = "" if size > CROWDED else f"; strongest {found.noun} in common"
    plot = framed(
        plot,
        title,
        theme,
        height=70 + 54 * (size - 1),
        xaxis={**side, "tickvals": list(range(size - 1)), "ticktext": names[:-1], "range": [-0.5, size - 1.5],
               "tickangle": -90 if size > CROWDED else 0,
               "title": {"text": "Rank correlation" + second}},
        yaxis={**side, "tickvals": list(range(size - 1)), "ticktext": names[1:], "range": [size - 1.5, -0.5]},
    )  # fmt: skip
    text = title + ". " + " ".join(f"{_pair(found, titles, *c)}.".replace("<br>", " ") for c in cells)
    rows = [(titles[r], titles[c], found.correlation[r, c], found.overlap[r, c], found.strongest) for r, c in cells]
    data = pd.DataFrame(rows, columns=["method", "other", "rank_correlation", "same", "of"])
    return Figure(plot, title, text, data)


def _cell(found: Agreement, row: int, column: int) -> str:
    value = found.correlation[row, column]
    text = f"<b>{number(_cut(value))}</b>" if np.isfinite(value) else "–"
    same = f"<br>{found.overlap[row, column]} of {found.strongest}"
    return text if len(found.methods) > CROWDED else text + same


def _cut(value: float) -> float:
    # Without a minus before zero.
    return round(float(value), 2) + 0.0


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
    if len(titles) == 2:
        return _pair(found, titles, *known[0]).replace("<br>", " ")
    row, column = min(known, key=lambda c: float(found.correlation[c]))
    least = float(found.correlation[row, column])
    if least >= 0.7:
        return f"All {len(titles)} methods tell the same story"
    return f"{titles[row]} and {titles[column]} agree least: rank correlation {number(_cut(least))}"


def randomisation_curves(found: RandomisationTest, titles: Sequence[str], *, theme: Theme = "light") -> Figure:
    """Draw how much maps still look like the true ones when more and more layers are random.

    Parameters
    ----------
    found : RandomisationTest
    titles : sequence of str
        What the methods are called, in the order of ``found.methods``.
    theme : "light" or "dark"
    """
    palette = PALETTES[theme]
    shares = [0.0, *(layers / found.total for layers in found.layers)]
    lines, entries, rows = [], [], []
    for place, (method, title) in enumerate(zip(found.methods, titles, strict=True)):
        colour = palette.categorical[place % len(palette.categorical)]
        means = [1.0, *(_mean(stage) for stage in method.correlation)]
        similar = [1.0, *(_mean(stage) for stage in method.ssim)] if method.ssim is not None else [np.nan] * len(means)
        lines.append(
            go.Scatter(
                x=shares, y=means, mode="lines+markers", line={"color": colour, "width": 2},
                marker={"size": 6, "color": colour},
                hovertext=[
                    f"<b>{safe(title, 40)}</b><br>{percent(s)} of the layers random: {number(_cut(m))}"
                    for s, m in zip(shares, means, strict=True)
                ],
                hoverinfo="text",
            )
        )  # fmt: skip
        entries.append(("●", colour, safe(title, 30)))
        rows += [(title, round(s * found.total), m, q) for s, m, q in zip(shares, means, similar, strict=True)]
    title = _randomised_title(found, titles)
    plot = framed(
        go.Figure(lines),
        title,
        theme,
        height=280,
        # Two names a line fit a phone.
        legend="<br>".join(legend_of(entries[i : i + 2], palette) for i in range(0, len(entries), 2)),
        xaxis=value_axis(f"Random layers (of {found.total}), from the output on"),
        yaxis={"title": {"text": "Rank correlation with the true map"}, "range": [-0.6, 1.05], "fixedrange": True},
    )  # fmt: skip
    said = [
        f"{t}: {number(_cut(m.mean))} ({number(_cut(m.low))} to {number(_cut(m.high))})"
        for m, t in zip(found.methods, titles, strict=True)
    ]
    all_random = f"Rank correlation with all layers random, 95 % interval, n = {len(found.examples)}"
    text = f"{title}. {all_random}: {'; '.join(said)}."
    columns = ["method", "random_layers", "rank_correlation", "ssim"]
    return Figure(plot, title, text, pd.DataFrame(rows, columns=columns))


def _mean(values: Sequence[float]) -> float:
    known = np.asarray(values)[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _randomised_title(found: RandomisationTest, titles: Sequence[str]) -> str:
    follow = [t for m, t in zip(found.methods, titles, strict=True) if m.sensitivity is Sensitivity.FOLLOWS]
    alike = [t for m, t in zip(found.methods, titles, strict=True) if m.sensitivity is Sensitivity.IGNORES]
    if alike:
        return f"{' and '.join(alike)}: maps look alike whatever the network learned"
    if len(follow) == len(titles):
        return "These maps follow what the network learned" if len(titles) > 1 else f"{titles[0]} follows the network"
    unsure = [t for t in titles if t not in follow]
    return f"Whether {' and '.join(unsure)} follows the network can't be told from {len(found.examples)} examples"
