"""Which columns a model takes, and the rows that a view looks at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.types import Dataset, IntArray, Modality, Pipeline, Predictions


def columns_of(dataset: Dataset, pipeline: Pipeline) -> tuple[str, ...]:
    """Return the columns of the data that a model is fed, in the order of the data.

    Raises
    ------
    UnusableInput
        If the data are no table.
    """
    if dataset.modality is not Modality.TABULAR:
        raise UnusableInput(f"{dataset.name} holds no table.", "Photos and texts are explained one by one.")
    frame = dataset.inputs(np.zeros(1, dtype=np.int64))
    assert isinstance(frame, pd.DataFrame)
    wanted = pipeline.param("column_order", "columns")
    return tuple(name for name in map(str, frame.columns) if not wanted or name in wanted)


def drawn_rows(predictions: Predictions, most: int, seed: int) -> IntArray:
    """Return positions in the predictions whose truth the model knows, at most so many, ascending.

    Where no row has a label, all count.

    Raises
    ------
    UnusableInput
        If there are fewer than two.
    """
    judged = predictions.has_labels
    known = np.flatnonzero(predictions.known).astype(np.int64) if judged else np.arange(len(predictions))
    if len(known) < 2:
        least = "two with a label are the least" if judged else "two are the least"
        raise UnusableInput(f"There are too few rows to look at: {least}.", "Select more.")
    if len(known) <= most:
        return known
    return np.sort(np.random.default_rng(seed).choice(known, most, replace=False)).astype(np.int64)


def raw_rows(dataset: Dataset, predictions: Predictions, places: IntArray) -> pd.DataFrame:
    """Return the raw rows of some positions in the predictions."""
    frame = dataset.inputs(predictions.ids.take(places).positions_in(dataset.ids))
    assert isinstance(frame, pd.DataFrame)
    return frame.reset_index(drop=True)
