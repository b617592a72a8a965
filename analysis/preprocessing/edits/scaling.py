"""Columns scaled that should be raw, raw that should be scaled, or scaled twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.seen import Floats, Seen, distance
from analysis.preprocessing.edits.tables import fed_columns, fed_names, raw_numbers, received, seen_by_position
from analysis.preprocessing.edits.units import FAR
from analysis.types import Json, Modality, Params, Pipeline

#: Everything that a scaling may say; what a mode has no use for is null.
NONE: Params = {"mode": "none", "mean": None, "std": None, "min": None, "max": None, "times": None}
_MODES = {"standard": "standardised", "minmax": "scaled to 0–1"}


def words(params: Params) -> str:
    """Return in words what a ``scaling`` step does."""
    mode, times = params.get("mode", "none"), params.get("times")
    if mode == "none":
        return "as they are"
    times = 1 if times is None else int(times)
    count = {1: "", 2: " twice", -1: " and so undone"}.get(times, f" {times} times")
    return f"{_MODES.get(mode, mode)}{count}"


def standard(mean: dict[str, float], std: dict[str, float], times: int = 1) -> dict[str, Json]:
    """Return the parameters of ``(value − mean) / std``, applied or (with −1) undone."""
    return {**NONE, "mode": "standard", "mean": mean, "std": std, "times": times}


def minmax(low: dict[str, float], high: dict[str, float], times: int = 1) -> dict[str, Json]:
    """Return the parameters of ``(value − min) / (max − min)``, applied or (with −1) undone."""
    return {**NONE, "mode": "minmax", "min": low, "max": high, "times": times}


def table_statistics(pipeline: Pipeline, context: Context) -> dict[str, Floats]:
    """Return the known values of each column of numbers that varies, by the name that the step knows it by."""
    numbers = raw_numbers(context)
    pairs = zip(fed_names(pipeline, context), fed_columns(pipeline, context), strict=True)
    known = {name: numbers[column][np.isfinite(numbers[column])] for name, column in pairs if column in numbers}
    return {name: values for name, values in known.items() if np.ptp(values) > 0}


def from_rows(columns: dict[str, Floats], times: int = 1) -> Iterator[Params]:
    """Yield standardisation and min-max with the statistics of the rows at hand."""
    means = {name: float(values.mean()) for name, values in columns.items()}
    yield standard(means, {name: float(values.std()) for name, values in columns.items()}, times)
    lows = {name: float(values.min()) for name, values in columns.items()}
    yield minmax(lows, {name: float(values.max()) for name, values in columns.items()}, times)


def model_moments(pipeline: Pipeline, context: Context) -> tuple[dict[str, float], dict[str, float]]:
    """Return means and deviations that the model's own scaler knows, by column; empty where it has none."""
    names = fed_names(pipeline, context)
    moments = {
        names[place]: known
        for place, known in seen_by_position(context).items()
        if place < len(names) and known.thresholds is None and known.spread > 0
    }
    return {n: _tidy(k.mean) for n, k in moments.items()}, {n: _tidy(k.spread) for n, k in moments.items()}


def _tidy(value: float) -> float:
    return float(f"{value:.10g}")


def fits_what_was_seen(pipeline: Pipeline, context: Context) -> bool:
    """Return whether most columns, as the model receives them, lie where it has seen them."""
    values, columns = received(pipeline, context), fed_columns(pipeline, context)
    seen: dict[int, Seen] = seen_by_position(context)
    far = [distance(values[columns[j]], s) for j, s in seen.items() if j < len(columns) and columns[j] in values]
    return bool(far) and float(np.median(far)) <= FAR


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    mode = pipeline.param("scaling", "mode", "none")
    if mode != "none":
        yield NONE
        times = int(pipeline.param("scaling", "times") or 1)
        yield from ({"times": other} for other in (1, 2, -1) if other != times)
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


SCALING = Alternatives(
    step="scaling",
    title="scaling of columns",
    changes="Columns are standardised before a model that does so itself, or not before one that doesn't, or with "
    "the statistics of other rows; the edit scales otherwise.",
    modalities=(Modality.TABULAR,),
    keys=tuple(NONE),
    values=_values,
    phrase=words,
)
