"""Columns scaled that should be raw, raw that should be scaled, or scaled twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.seen import Floats, Seen, distance
from analysis.preprocessing.edits.tables import fed_columns, fed_names, raw_numbers, received, runs, seen_by_position
from analysis.preprocessing.edits.units import FAR
from analysis.types import Json, Modality, Params, Pipeline

#: Everything that a scaling may say.
NONE: Params = {"mode": "none", "times": 1, "mean": {}, "scale": {}, "min": {}, "range": {}}
_MODES = {
    "none": "as they are",
    "standard": "standardised",
    "minmax": "scaled to 0–1",
    "unstandard": "standardisation undone",
    "unminmax": "scaling to 0–1 undone",
}
UNDONE = {"standard": "unstandard", "minmax": "unminmax", "unstandard": "standard", "unminmax": "minmax"}


def words(params: Params) -> str:
    """Return in words what a ``scaling`` step does."""
    mode, times = str(params.get("mode", "none")), int(params.get("times") or 1)
    count = "" if times == 1 or mode == "none" else " twice" if times == 2 else f" {times} times"
    return f"{_MODES.get(mode, mode)}{count}"


def standard(mean: dict[str, float], scale: dict[str, float], mode: str = "standard") -> dict[str, Json]:
    """Return the parameters of ``(value − mean) / scale``, or with mode ``unstandard`` of its inverse."""
    return {**NONE, "mode": mode, "mean": mean, "scale": scale}


def minmax(low: dict[str, float], width: dict[str, float]) -> dict[str, Json]:
    """Return the parameters of ``(value − min) / range``."""
    return {**NONE, "mode": "minmax", "min": low, "range": width}


def table_statistics(pipeline: Pipeline, context: Context) -> dict[str, Floats]:
    """Return the known values of each column of numbers that varies, by the name that the step knows it by."""
    numbers = raw_numbers(context)
    pairs = zip(fed_names(pipeline, context), fed_columns(pipeline, context), strict=True)
    known = {name: numbers[column][np.isfinite(numbers[column])] for name, column in pairs if column in numbers}
    return {name: values for name, values in known.items() if np.ptp(values) > 0}


def from_rows(columns: dict[str, Floats]) -> Iterator[Params]:
    """Yield standardisation and min-max with the statistics of the rows at hand."""
    means = {name: _tidy(float(values.mean())) for name, values in columns.items()}
    yield standard(means, {name: _tidy(float(values.std())) for name, values in columns.items()})
    lows = {name: float(values.min()) for name, values in columns.items()}
    yield minmax(lows, {name: float(np.ptp(values)) for name, values in columns.items()})


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
        yield {"times": 1}
        yield {"times": 2}
        yield {"mode": UNDONE[mode]}
    if fits_what_was_seen(pipeline, context):
        return
    mean, std = model_moments(pipeline, context)
    if mean:
        # Values were scaled before they came, and the model scales them again: undo the first time.
        yield standard(mean, std, "unstandard")
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
    fits=runs,
)
