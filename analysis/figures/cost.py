"""What a model costs: parameters as a treemap, latency, and smaller variants beside what they lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from analysis.figures.figure import Figure
from analysis.figures.labels import percent, safe
from analysis.figures.template import PALETTES, Theme, framed

if TYPE_CHECKING:
    from analysis.diligence.cost import Cost


def parameter_treemap(cost: Cost, *, theme: Theme = "light") -> Figure:
    """Draw parameters by layer group; areas are numbers of parameters.

    Parameters
    ----------
    cost : Cost
        With at least one group.
    theme : "light" or "dark"
    """
    palette = PALETTES[theme]
    outer: dict[str, int] = {}
    for group in cost.groups:
        outer[group.path[0]] = outer.get(group.path[0], 0) + group.parameters
    ids, names, parents, values = list(outer), list(outer), [""] * len(outer), list(outer.values())
    for group in cost.groups:
        if len(group.path) > 1:
            ids.append("/".join(group.path))
            names.append(group.path[-1])
            parents.append(group.path[0])
            values.append(group.parameters)
    largest = max(outer, key=lambda name: outer[name])
    share = outer[largest] / max(1, cost.parameters)
    title = f"{percent(share)} of {cost.parameters:,} parameters are in “{largest}”"
    plot = go.Figure(
        go.Treemap(
            ids=ids,
            labels=[safe(name) for name in names],
            parents=parents,
            values=values,
            branchvalues="total",
            marker={
                "colors": values,
                "colorscale": [list(stop) for stop in zip((0, 0.25, 0.5, 0.75, 1), palette.sequential, strict=True)],
                "line": {"color": palette.paper, "width": 1},
            },
            hovertemplate="%{label}: %{value:,} parameters<extra></extra>",
            tiling={"pad": 1},
            pathbar={"visible": False},
            root={"color": palette.paper},
        )
    )
    plot = framed(plot, title, theme, height=320)
    data = pd.DataFrame([("/".join(g.path), g.parameters) for g in cost.groups], columns=["group", "parameters"])
    listed = "; ".join(f"{name}: {number:,}" for name, number in outer.items())
    return Figure(plot, title, f"{title}. By group: {listed}.", data)


def latency_lines(cost: Cost, *, theme: Theme = "light") -> Figure:
    """Draw milliseconds an example by batch size: median, and where 95 % of the calls end."""
    palette = PALETTES[theme]
    found = [x for x in cost.latency if not x.length]
    each = [(x.batch, 1e3 * x.p50 / x.batch, 1e3 * x.p95 / x.batch, x.throughput, x.runs) for x in found]
    best = min(each, key=lambda row: row[1])
    title = f"Fastest in batches of {best[0]}: {best[1]:.3g} ms each"
    plot = go.Figure()
    for column, name, colour, dash in ((1, "median", palette.accent, "solid"), (2, "95 %", palette.muted, "dot")):
        plot.add_scatter(
            x=[str(row[0]) for row in each],
            y=[row[column] for row in each],
            name=name,
            mode="lines+markers",
            line={"color": colour, "dash": dash},
            hovertemplate=f"batches of %{{x}}: %{{y:.3g}} ms each ({name})<extra></extra>",
        )
    plot = framed(plot, title, theme, height=240)
    plot.update_xaxes(title_text="Examples a call", type="category")
    plot.update_yaxes(title_text="Milliseconds an example", rangemode="tozero")
    data = pd.DataFrame(each, columns=["batch", "p50_ms_each", "p95_ms_each", "examples_a_second", "runs"])
    listed = "; ".join(f"{row[0]}: {row[1]:.3g} ms, 95 % within {row[2]:.3g} ms" for row in each)
    return Figure(plot, title, f"{title}. Milliseconds an example by batch size: {listed}.", data)


def length_lines(cost: Cost, *, theme: Theme = "light") -> Figure:
    """Draw milliseconds of one text by its length in tokens: median, and where 95 % of the calls end.

    Parameters
    ----------
    cost : Cost
        Of a model for texts, with at least one length.
    theme : "light" or "dark"
    """
    palette = PALETTES[theme]
    each = [(x.length, 1e3 * x.p50, 1e3 * x.p95, x.runs) for x in cost.latency if x.length]
    first, last = each[0], each[-1]
    title = f"{first[1]:.3g} ms at {first[0]} tokens, {last[1]:.3g} ms at {last[0]}"
    plot = go.Figure()
    for column, name, colour, dash in ((1, "median", palette.accent, "solid"), (2, "95 %", palette.muted, "dot")):
        plot.add_scatter(
            x=[row[0] for row in each],
            y=[row[column] for row in each],
            name=name,
            mode="lines+markers",
            line={"color": colour, "dash": dash},
            hovertemplate=f"%{{x}} tokens: %{{y:.3g}} ms ({name})<extra></extra>",
        )
    plot = framed(plot, title, theme, height=240)
    plot.update_xaxes(title_text="Tokens of a text, one at a time", rangemode="tozero")
    plot.update_yaxes(title_text="Milliseconds", rangemode="tozero")
    data = pd.DataFrame(each, columns=["tokens", "p50_ms", "p95_ms", "runs"])
    listed = "; ".join(f"{row[0]} tokens: {row[1]:.3g} ms, 95 % within {row[2]:.3g} ms" for row in each)
    return Figure(plot, title, f"{title}. By length: {listed}.", data)
