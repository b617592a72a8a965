"""Charts of the report as plain values that its template draws as HTML and SVG: no script, any width, on paper too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.diligence.cost import Cost
    from analysis.diligence.cost.result import Group
    from analysis.figures import Figure
    from analysis.preprocessing.doctor.sides import Sides
    from analysis.types import Predictions

#: The plane that a chart is drawn on, and what is left free of it for the axes, in its own units.
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 420, 210, 52, 40, 10, 14
#: Tiles and points that are drawn at most; the share of the height, and of the width, that a tile's name takes.
TILES, POINTS, TALL, WIDE = 40, 400, 0.085, 0.07


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what stands there."""

    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """One line through points (x, y) of the plane."""

    name: str
    kind: str
    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        """The points as SVG reads them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


@dataclass(frozen=True)
class Chart:
    """Lines or single points in a plane with two axes.

    Attributes
    ----------
    title, text : str
        The finding, and the chart in words.
    across, up : str
        Names of the axes with their units.
    x_ticks, y_ticks : tuple of Tick
    lines : tuple of Line
    points : tuple of (float, float)
    """

    title: str
    text: str
    across: str
    up: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...] = ()
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Tile:
    """One group of layers: its parameters and their share of all; the groups within it; whether its name fits."""

    name: str
    parameters: int
    share: float
    named: bool = True
    inner: tuple[Tile, ...] = ()


@dataclass(frozen=True)
class Treemap:
    """Parameters by group of layers; areas are numbers of parameters."""

    title: str
    text: str
    tiles: tuple[Tile, ...]


def nice_ticks(high: float, low: float = 0.0) -> tuple[float, ...]:
    """Return about five round values from `low` or below to `high` or above."""
    from matplotlib.ticker import MaxNLocator

    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        low, high = 0.0, 1.0
    return tuple(float(value) for value in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))


def _text(value: float) -> str:
    return f"{value + 0.0:,.4g}".replace("-", "−")


class _Plane:
    """Turns values into places of the plane."""

    def __init__(self, across: Sequence[float], up: Sequence[float]) -> None:
        self.across, self.up = across, up

    def x(self, value: float) -> float:
        low, high = min(self.across), max(self.across)
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        low, high = min(self.up), max(self.up)
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP)


def latency_charts(cost: Cost) -> tuple[Chart, ...]:
    """Return latency by batch size, and for texts by their length."""
    from analysis.figures.cost import latency_lines, length_lines

    sizes = [str(x.batch) for x in cost.latency if not x.length]
    places = [0.5 + i for i in range(len(sizes))]
    names = ("examples a call", "ms an example")
    charts = [_lines(latency_lines(cost), names, (places, sizes, float(len(sizes))), ("p50_ms_each", "p95_ms_each"))]
    if any(x.length for x in cost.latency):
        tokens = [float(x.length) for x in cost.latency if x.length]
        names = ("tokens of a text, one at a time", "ms")
        at = (tokens, [_text(t) for t in tokens], max(tokens))
        charts.append(_lines(length_lines(cost), names, at, ("p50_ms", "p95_ms")))
    return tuple(charts)


def _lines(
    figure: Figure, axes: tuple[str, str], at: tuple[Sequence[float], Sequence[str], float], columns: tuple[str, str]
) -> Chart:
    """Draw two columns of a figure's data at places of the x axis, which have names and end somewhere."""
    places, names, end = at
    values = [[float(v) for v in figure.data[column]] for column in columns]
    ticks = nice_ticks(max(values[1]))
    plane = _Plane((0.0, end), ticks)
    lines = tuple(
        Line(name, kind, tuple((plane.x(x), plane.y(y)) for x, y in zip(places, column, strict=True)))
        for name, kind, column in zip(("median", "95 % of the calls"), ("median", "limit"), values, strict=True)
    )
    shown = _apart([Tick(plane.x(x), name) for x, name in zip(places, names, strict=True)])
    y_ticks = tuple(Tick(plane.y(t), _text(t)) for t in ticks)
    return Chart(figure.title, figure.text, *axes, shown, y_ticks, lines)


def _apart(ticks: Sequence[Tick]) -> tuple[Tick, ...]:
    """Leave out marks whose texts would touch: the last one always stays."""
    kept: list[Tick] = []
    for tick in reversed(ticks):
        if not kept or kept[-1].at - tick.at >= 34:
            kept.append(tick)
    return tuple(reversed(kept))


def treemap(cost: Cost) -> Treemap | None:
    """Return parameters by group of layers, the largest first; None for estimators."""
    if not cost.groups:
        return None
    from analysis.figures.cost import parameter_treemap

    drawn, total = parameter_treemap(cost), max(1, cost.parameters)
    outer: dict[str, list[Group]] = {}
    for group in cost.groups:
        outer.setdefault(group.path[0], []).append(group)
    tiles = []
    for name, groups in outer.items():
        number = sum(group.parameters for group in groups)
        wide = number / total >= WIDE
        inner = [
            Tile(g.path[-1], g.parameters, g.parameters / total, wide and g.parameters >= TALL * number) for g in groups
        ]
        tiles.append(Tile(name, number, number / total, wide, _largest(inner) if len(inner) > 1 else ()))
    return Treemap(drawn.title, drawn.text, _largest(tiles))


def _largest(tiles: Sequence[Tile]) -> tuple[Tile, ...]:
    """Sort by size, and sum up what is too small to be seen."""
    ordered = sorted(tiles, key=lambda tile: -tile.parameters)
    kept, rest = ordered[:TILES], ordered[TILES:]
    if rest:
        kept.append(Tile(f"{len(rest)} more", sum(t.parameters for t in rest), sum(t.share for t in rest), False))
    return tuple(kept)


def before_and_after(sides: Sides) -> tuple[Chart, Chart]:
    """Return predicted against true values under both pipelines, on the same axes."""
    values = [np.asarray(v, dtype=np.float64) for p in (sides.before, sides.after) for v in (p.values, p.truth)]
    low, high = min(float(v.min()) for v in values), max(float(v.max()) for v in values)
    ticks = nice_ticks(high, low)
    return (
        _scatter("As it is fed now", sides.before, ticks),
        _scatter("Fed the best way found", sides.after, ticks),
    )


def _scatter(title: str, predictions: Predictions, ticks: Sequence[float]) -> Chart:
    plane = _Plane(ticks, ticks)
    chosen = np.linspace(0, len(predictions) - 1, min(POINTS, len(predictions))).round().astype(np.int64)
    truth = np.asarray(predictions.truth, dtype=np.float64)
    error = float(np.abs(predictions.values - truth).mean())
    return Chart(
        title=title,
        text=f"{title}: mean absolute error {_text(error)} on {len(predictions):,} examples.",
        across="true value",
        up="predicted value",
        x_ticks=_apart([Tick(plane.x(t), _text(t)) for t in ticks]),
        y_ticks=tuple(Tick(plane.y(t), _text(t)) for t in ticks),
        lines=(
            Line(
                "right",
                "limit",
                ((plane.x(ticks[0]), plane.y(ticks[0])), (plane.x(ticks[-1]), plane.y(ticks[-1]))),
            ),
        ),
        points=tuple((plane.x(float(truth[i])), plane.y(float(predictions.values[i]))) for i in chosen),
    )
