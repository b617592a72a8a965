"""Examples where the model's embeddings lay them, coloured by what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.figure import Figure
from analysis.figures.labels import full, percent, safe
from analysis.figures.template import PALETTES, Palette, Theme, framed, legend_of
from analysis.neighbours.plane import Plane, Region
from analysis.strings import as_strings
from analysis.types import FloatArray, IntArray

#: Points up to which each is an element of the page with words of its own; above, the graphics card draws them.
POINTS = 3_000
_SIZES = ((500, 9, 0.85), (3_000, 6, 0.7), (15_000, 4, 0.5), (10**9, 3, 0.4))


@dataclass(frozen=True)
class Colouring:
    """What colours the points.

    Attributes
    ----------
    title : str
        What it is, plain text: "answer", "label".
    names : tuple of str
        Groups, as they are in the data; those after the first lie above it. Empty where `values` colour.
    codes : ndarray of int64, shape (n,)
        Group of each example.
    tones : tuple of str
        Name of a colour of `Palette` for each group; those after its end take the categorical colours.
    values : ndarray of float32, shape (n,), or None
        Numbers instead of groups, coloured from light to dark.
    """

    title: str
    names: tuple[str, ...]
    codes: IntArray
    tones: tuple[str, ...] = ()
    values: FloatArray | None = None


#: Opacity of points that are not selected.
FAINT = 0.08


def embedding_map(
    plane: Plane,
    axes: tuple[int, int],
    colouring: Colouring,
    ids: Sequence[str],
    *,
    title: str,
    words: Sequence[str] = (),
    region: Region | None = None,
    shown: IntArray | None = None,
    chosen: IntArray | None = None,
    around: bool = True,
    theme: Theme = "light",
) -> Figure:
    """Draw each example as a point. Points carry ``customdata = row``.

    Parameters
    ----------
    plane : Plane
    axes : (int, int)
        The two directions, counted from 0.
    colouring : Colouring
    ids : sequence of str
    title : str
        The finding, plain text.
    words : sequence of str
        What a hover says of each example, plain text; only looked at up to `POINTS` examples.
    region : Region, optional
        The part that is selected.
    shown : ndarray of int64, optional
        The examples that are drawn and stand in the figure's data, ascending; all where it isn't given. Counts are
        always of all.
    chosen : ndarray of int64, optional
        The examples that are selected elsewhere, ascending: all others are faint.
    around : bool
        Whether the pointer draws around points; else it moves the map and clicks on points.
    theme : "light" or "dark"
    """
    palette = PALETTES[theme]
    x, y = (np.asarray(plane.positions[:, axis]) for axis in axes)
    shown = np.arange(len(x), dtype=np.int64) if shown is None else shown
    n = len(shown)
    size, opacity = next((s, o) for most, s, o in _SIZES if n <= most)
    plot, legend = go.Figure(), []
    counts = np.bincount(colouring.codes, minlength=len(colouring.names)).tolist()[: len(colouring.names)]
    for place, (name, rows, marker) in enumerate(_layers(colouring, palette, shown)):
        if not len(rows):
            continue
        hover: dict[str, Any] = {"hovertemplate": f"{safe(name, 40)}<br>row %{{customdata}}<extra></extra>"}
        if n <= POINTS and len(words):
            hover = {"hovertext": [full(words[row]) for row in rows], "hoverinfo": "text"}
        picked = None if chosen is None else np.flatnonzero(np.isin(rows, chosen, assume_unique=True))
        draw = plot.add_scattergl if n > POINTS else plot.add_scatter
        draw(
            x=x[rows], y=y[rows], mode="markers", customdata=rows.astype(np.int32),
            marker={"size": size, "opacity": opacity, **marker}, name=safe(name, 40),
            selected={"marker": {"opacity": opacity}}, selectedpoints=picked,
            unselected={"marker": {"opacity": opacity if picked is None else FAINT}}, **hover,
        )  # fmt: skip
        if colouring.values is None:
            legend.append(("●", str(marker["color"]), f"{safe(name, 22)} {counts[place]}"))
    shapes = [_outline(plane, region, palette)] if region is not None and region.axes == axes else []
    low, high = plane.bounds(axes)
    plot = framed(
        plot, title, theme, height=460, legend=_wrapped(legend, palette), dragmode="lasso" if around else "pan",
        hovermode="closest",
        shapes=shapes, newselection={"line": {"color": palette.accent, "width": 2}},
        xaxis={**_axis(plane, axes[0]), "range": [float(low[0]), float(high[0])]},
        yaxis={**_axis(plane, axes[1]), "range": [float(low[1]), float(high[1])]},
    )  # fmt: skip
    names = list(as_strings(ids).take(shown))
    data = pd.DataFrame({"id": names, "x": x[shown], "y": y[shown], colouring.title: _words(colouring, shown)})
    listed = "; ".join(f"{name}: {count}" for name, count in zip(colouring.names, counts, strict=True))
    held = percent(plane.variance[axes[0]] + plane.variance[axes[1]])
    drawn = "" if n == len(x) else f"{n} of them are drawn, at random. "
    text = f"{title}. {len(x)} examples along two directions that hold {held} of the variance. {drawn}{listed}"
    return Figure(plot, title, text.strip(), data)


def _layers(colouring: Colouring, palette: Palette, shown: IntArray) -> list[tuple[str, IntArray, dict[str, Any]]]:
    """Return the groups with the rows that are shown of them and what colours these, in the order of drawing."""
    if colouring.values is not None:
        scale = {
            "color": colouring.values[shown],
            "colorscale": [[i / 4, colour] for i, colour in enumerate(palette.sequential)],
            "colorbar": {"title": {"text": safe(colouring.title, 30)}, "thickness": 10, "len": 0.6, "outlinewidth": 0},
            "line": {"width": 0},
        }
        return [(colouring.title, shown, scale)]
    layers = []
    for place, name in enumerate(colouring.names):
        if place < len(colouring.tones):
            colour = getattr(palette, colouring.tones[place])
        else:
            colour = palette.categorical[(place - len(colouring.tones)) % len(palette.categorical)]
        layers.append((name, shown[colouring.codes[shown] == place], {"color": colour, "line": {"width": 0}}))
    return layers


def _wrapped(entries: list[tuple[str, str, str]], palette: Palette, most: int = 4) -> str:
    lines = [legend_of(entries[i : i + most], palette) for i in range(0, len(entries), most)]
    return "<br>".join(lines)


def _axis(plane: Plane, axis: int) -> dict[str, Any]:
    held = percent(plane.variance[axis])
    return {
        "title": {"text": f"Direction {axis + 1}: {held} of the variance"},
        "showticklabels": False, "showgrid": False, "zeroline": False,
    }  # fmt: skip


def _outline(plane: Plane, region: Region, palette: Palette) -> dict[str, Any]:
    corners = plane.off_grid(region.corners, region.axes)
    path = "M " + " L ".join(f"{float(x):.6g} {float(y):.6g}" for x, y in corners) + " Z"
    return {"type": "path", "path": path, "line": {"color": palette.accent, "width": 2.5}, "layer": "above"}


def _words(colouring: Colouring, shown: IntArray) -> Any:
    if colouring.values is not None:
        return colouring.values[shown]
    return np.array([*colouring.names, ""], dtype=object)[colouring.codes[shown]]
