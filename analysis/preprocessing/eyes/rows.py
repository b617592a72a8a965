"""Rows of a table as a model receives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.preprocessing.describe import describe_step
from analysis.preprocessing.eyes.stages import stages_of
from analysis.preprocessing.tabular import apply_table
from analysis.types import Candidate, Pipeline


@dataclass(frozen=True)
class TableStage:
    """What one step did to a row.

    Attributes
    ----------
    step, sentence : str
    changed : int
        Inputs whose value or place it changed.
    """

    step: str
    sentence: str
    changed: int


@dataclass(frozen=True)
class SeenRow:
    """What one pipeline makes of a row.

    Attributes
    ----------
    stages : tuple of TableStage
    inputs : pandas.Series
        What the model receives, in its order, under its own names.
    """

    stages: tuple[TableStage, ...]
    inputs: pd.Series


def see_row(candidate: Candidate, row: pd.DataFrame, pipeline: Pipeline) -> SeenRow:
    """Follow a table of one row through a pipeline.

    Raises
    ------
    UnusableInput
        If a column isn't there or can't be used; the message names it.
    """
    from analysis.candidates.batches import Frame

    stages, before = [], row.iloc[0]
    for step, prefix in stages_of(pipeline):
        now = apply_table(row, prefix).iloc[0]
        stages.append(TableStage(step.name, describe_step(step), _changes(before, now)))
        before = now
    received = cast("Frame", candidate.prepare(row, pipeline)).data
    return SeenRow(tuple(stages), received.iloc[0])


def _changes(before: pd.Series, after: pd.Series) -> int:
    if len(before) != len(after):
        return abs(len(before) - len(after))
    return sum(not _same(a, b) for a, b in zip(before, after, strict=True))


def _same(a: object, b: object) -> bool:
    if pd.isna(a) and pd.isna(b):  # type: ignore[call-overload]
        return True
    x, y = pd.to_numeric(pd.Series([a, b]), errors="coerce").tolist()
    return bool(np.isclose(x, y, rtol=1e-9, atol=0)) if not (pd.isna(x) or pd.isna(y)) else str(a) == str(b)


def compare_rows(left: SeenRow, right: SeenRow) -> pd.DataFrame:
    """Return one row an input of the model: input, left, right, difference (float64), changed.

    Raises
    ------
    UnusableInput
        If the pipelines hand over different numbers of inputs.
    """
    if len(left.inputs) != len(right.inputs):
        raise UnusableInput(
            f"One pipeline hands over {len(left.inputs)} inputs, the other {len(right.inputs)}.",
            "Correct the column_order step of one of them.",
        )
    a, b = list(left.inputs), list(right.inputs)
    x, y = (pd.to_numeric(pd.Series(values, dtype=object), errors="coerce") for values in (a, b))
    return pd.DataFrame(
        {
            "input": [str(name) for name in right.inputs.index],
            "left": a,
            "right": b,
            "difference": (y - x).astype(np.float64),
            "changed": [not _same(p, q) for p, q in zip(a, b, strict=True)],
        }
    )
