"""What can be said of each example without the model: metadata, and properties of its text, picture or row.

One file a kind of data; `PROPERTIES` is the registry that the docs list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.failures.properties import images, tables, texts
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, IntArray, Modality, Pipeline

#: From the data, the rows wanted, the model and its pipeline to one row an example, one column a property.
Measure = Callable[[Dataset, IntArray, Candidate, Pipeline, Progress], pd.DataFrame]

#: Kind of data → its properties' names with what they mean, and how they are measured.
PROPERTIES: dict[Modality, tuple[dict[str, str], Measure]] = {
    Modality.TEXT: (texts.MEANINGS, texts.measure),
    Modality.IMAGE: (images.MEANINGS, images.measure),
    Modality.TABULAR: (tables.MEANINGS, tables.measure),
}
#: Columns of a data set's table that are no metadata.
_OWN = ("id", "label")


@dataclass(frozen=True)
class Properties:
    """Properties of the examples of a run.

    Attributes
    ----------
    table : pandas.DataFrame
        One row an example in the run's order; numbers, or texts for categories; NaN or None where unknown.
    meanings : dict of str to str
        What the measured columns mean; columns that are not in it are metadata of the data themselves.
    """

    table: pd.DataFrame
    meanings: dict[str, str]


def properties_of(
    dataset: Dataset,
    rows: IntArray,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
) -> Properties:
    """Return metadata and measured properties of some examples.

    Parameters
    ----------
    dataset : Dataset
    rows : ndarray of int64, shape (n,)
        Positions in ``dataset.table``.
    candidate, pipeline
        Only for what depends on them: tokens unknown to the tokenizer.
    progress : Progress, optional

    Raises
    ------
    Cancelled
    """
    rows = np.asarray(rows, dtype=np.int64)
    meanings, measure = PROPERTIES[dataset.modality]
    metadata = dataset.table.drop(columns=list(_OWN)).iloc[rows].reset_index(drop=True)
    if metadata["split"].nunique() < 2:
        metadata = metadata.drop(columns="split")
    measured = measure(dataset, rows, candidate, pipeline, progress or Progress())
    taken = {column: f"{column} (metadata)" for column in metadata.columns if column in measured.columns}
    table = pd.concat([measured, metadata.rename(columns=taken)], axis=1)
    return Properties(table, {name: meanings.get(name, "") for name in measured.columns})
