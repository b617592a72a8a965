"""A table as its model receives it, beside what the model has seen of each column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.evidence import looked_at, remember
from analysis.preprocessing.edits.seen import Floats, Seen, seen_columns
from analysis.types import Pipeline

#: Rows that are looked at, spread evenly over the search's examples.
ROWS = 2000
#: Rows that show whether a model takes a table at all.
FEW = 20


def raw_table(context: Context) -> pd.DataFrame:
    """Return the rows that the search may look at, as the data set hands them out."""
    return remember(_raw_table, context)


def _raw_table(context: Context) -> pd.DataFrame:
    return cast("pd.DataFrame", context.dataset.inputs(looked_at(context, ROWS)))


def raw_numbers(context: Context) -> dict[str, Floats]:
    """Return the values of every column that holds numbers; not-a-number where one is missing."""
    return remember(_raw_numbers, context)


def _raw_numbers(context: Context) -> dict[str, Floats]:
    numbers = {}
    for name, column in raw_table(context).items():
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
        if np.isfinite(values).mean() > 0.5:
            numbers[str(name)] = values
    return numbers


def fed_columns(pipeline: Pipeline, context: Context) -> tuple[str, ...]:
    """Return the data's column for each input of the model."""
    columns: Sequence[str] = pipeline.param("column_order", "columns") or ()
    return tuple(columns) or tuple(str(name) for name in raw_table(context).columns)


def model_names(pipeline: Pipeline, context: Context) -> tuple[str, ...]:
    """Return what the model calls each of its inputs: by itself, by the pipeline, or else as the data do."""
    columns = fed_columns(pipeline, context)
    known = tuple(getattr(context.candidate, "columns", ()))
    return known if len(known) == len(columns) else tuple(pipeline.param("column_order", "names") or columns)


def seen_by_position(context: Context) -> dict[int, Seen]:
    """Return what the model has seen at each position of its input; empty where it tells nothing."""
    return remember(_seen_by_position, context)


def _seen_by_position(context: Context) -> dict[int, Seen]:
    estimator = getattr(context.candidate, "estimator", None)
    return {} if estimator is None else seen_columns(estimator, getattr(context.candidate, "columns", ()))


def received(pipeline: Pipeline, context: Context) -> dict[str, Floats]:
    """Return the values of each column as the model receives them, by the column's name in the data.

    Empty where the rows can't be prepared, or don't come out as numbers.
    """
    return remember(lambda seen: _received(pipeline, seen), context, f"received {pipeline.forward_fingerprint}")


def _received(pipeline: Pipeline, context: Context) -> dict[str, Floats]:
    from analysis.candidates.batches import Frame

    columns = fed_columns(pipeline, context)
    try:
        prepared = context.candidate.prepare(raw_table(context), pipeline)
        assert isinstance(prepared, Frame)
        if prepared.data.shape[1] != len(columns):
            return {}
        values = prepared.data.to_numpy(dtype=np.float64)
    except (UnusableInput, ValueError, TypeError):
        return {}
    return {name: values[:, j] for j, name in enumerate(columns)}


def runs(pipeline: Pipeline, context: Context) -> bool:
    """Return whether the model takes the rows that come out of a pipeline."""
    return remember(lambda seen: _runs(pipeline, seen), context, f"runs {pipeline.forward_fingerprint}")


def _runs(pipeline: Pipeline, context: Context) -> bool:
    from analysis.candidates.batches import Frame

    try:
        prepared = context.candidate.prepare(raw_table(context), pipeline)
        assert isinstance(prepared, Frame)
        context.candidate.forward(Frame(prepared.data.head(FEW)))
    except UnusableInput:
        return False
    return True
