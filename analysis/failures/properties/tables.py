"""Properties of a table's rows: the features themselves, and how many are missing."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from analysis.progress import Progress
from analysis.types import Candidate, Dataset, IntArray, Pipeline

MEANINGS = {
    "missing values": "Features without a value; given where some are missing.",
    "(each feature)": "The feature as it is in the data: its ranges, or its categories.",
}


def measure(
    dataset: Dataset, rows: IntArray, candidate: Candidate, pipeline: Pipeline, progress: Progress
) -> pd.DataFrame:
    """Return the features of some rows; columns of texts that are numbers become numbers."""
    del candidate, pipeline
    progress.start("Reading rows", len(rows))
    given = cast("pd.DataFrame", dataset.inputs(rows)).reset_index(drop=True)
    table = given.copy()
    for column in table.columns:
        if not pd.api.types.is_numeric_dtype(table[column]):
            # Looked at once for each different value, however many rows hold it.
            codes, different = pd.factorize(table[column])
            values = pd.Series(different, dtype=object)
            values = values.where(values.astype(str).str.strip() != "", np.nan)
            numbers = pd.to_numeric(values, errors="coerce")
            read = numbers if (numbers.notna() | values.isna()).all() else values
            table[column] = read.reindex(codes).to_numpy()  # Code −1, a missing value, is in no index.
    missing = table.isna().sum(axis=1)
    if missing.any():
        table["missing values"] = missing.astype(float)
    progress.advance(len(rows))
    return table
