"""Columns scaled that should be raw, raw that should be scaled, or scaled twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.seen import FAR, Floats, Seen, distance
from analysis.preprocessing.edits.tables import fed_columns, raw_numbers, received, seen_by_position
from analysis.types import Json, Modality, Params, Pipeline

NONE: Params = {"mode": "none"}
#: Share of the columns that may lie elsewhere without a doubt of all: units and sentinels are others' business.
MOVED = 0.25
_MODES = {"none": "as they are", "standard": "standardised", "minmax": "scaled to 0–1"}
_TIMES = {1: "", 2: " twice", -1: ", undone"}


def words(params: Params) -> str:
    """Return in words what a ``scaling`` step does."""
    mode, times = str(params.get("mode", "none")), times_of(params)
    return _MODES.get(mode, mode) + ("" if mode == "none" else _TIMES.get(times, f" {times} times"))


def times_of(params: Params) -> int:
    """Return how often a scaling is applied; negative undoes it as often."""
    times = params.get("times")
    return 1 if times is None else int(times)


def standard(mean: dict[str, float], std: dict[str, float], times: int = 1) -> dict[str, Json]:
    """Return the parameters of ``(value − mean) / std``, applied or (with −1) undone."""
    return {"mode": "standard", "mean": mean, "std": std, "times": times}


def minmax(low: dict[str, float], high: dict[str, float]) -> dict[str, Json]:
    """Return the parameters of ``(value − min) / (max − min)``."""
    return {"mode": "minmax", "min": low, "max": high, "times": 1}


def table_statistics(pipeline: Pipeline, context: Context) -> dict[str, Floats]:
    """Return the known values of each column of numbers that varies."""
    numbers = raw_numbers(context)
    columns = [name for name in fed_columns(pipeline, context) if name in numbers]
    known = {name: numbers[name][np.isfinite(numbers[name])] for name in columns}
    return {name: values for name, values in known.items() if np.ptp(values) > 0}


def from_rows(columns: dict[str, Floats]) -> Iterator[Params]:
    """Yield standardisation and min-max with the statistics of the rows at hand."""
    means = {name: _tidy(float(values.mean())) for name, values in columns.items()}
    yield standard(means, {name: _tidy(float(values.std())) for name, values in columns.items()})
    lows = {name: float(values.min()) for name, values in columns.items()}
    yield minmax(lows, {name: float(values.max()) for name, values in columns.items()})


def model_moments(pipeline: Pipeline, context: Context) -> tuple[dict[str, float], dict[str, float]]:
    """Return means and deviations that the model has seen, by column; empty where it tells nothing.

    A scaler knows them to the last digit. Thresholds of trees give them roughly: enough to see that columns were
    scaled, not to undo it well.
    """
    names = fed_columns(pipeline, context)
    seen = seen_by_position(context)
    moments = {names[place]: known for place, known in seen.items() if place < len(names) and known.spread > 0}
    return {n: _tidy(k.mean) for n, k in moments.items()}, {n: _tidy(k.spread) for n, k in moments.items()}


def _tidy(value: float) -> float:
    return float(f"{value:.10g}")


def fits_what_was_seen(pipeline: Pipeline, context: Context) -> bool:
    """Return whether nearly all columns, as the model receives them, lie where it has seen them.

    Standardised values lie about 0, and so do some columns by nature: a few that fit say nothing.
    """
    values, columns = received(pipeline, context), fed_columns(pipeline, context)
    seen: dict[int, Seen] = seen_by_position(context)
    far = [distance(values[columns[j]], s) for j, s in seen.items() if j < len(columns) and columns[j] in values]
    return bool(far) and float(np.mean(np.array(far) > FAR)) <= MOVED


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    mode = pipeline.param("scaling", "mode", "none")
    if mode != "none":
        yield NONE
        yield from ({"times": times} for times in (1, 2, -1))
    if fits_what_was_seen(pipeline, context):
        return
    mean, std = model_moments(pipeline, context)
    if mean:
        # Values were scaled before they came, and the model scales them again: undo the first time.
        yield standard(mean, std, -1)
        yield standard(mean, std)
    columns = table_statistics(pipeline, context)
    if columns:
        yield from from_rows(columns)


#: The statistics of the model, undone or applied, and two ways with those of the rows.
WAYS = 4

SCALING = Alternatives(
    step="scaling",
    title="scaling of columns",
    changes="Columns are standardised before a model that does so itself, or not before one that doesn't, or with "
    "the statistics of other rows; the edit scales otherwise.",
    modalities=(Modality.TABULAR,),
    keys=("mode", "mean", "std", "min", "max", "times"),
    values=_values,
    unscreened=lambda _pipeline, _context: WAYS,
    phrase=words,
)
