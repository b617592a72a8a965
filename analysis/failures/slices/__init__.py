"""Where failures concentrate: slices of the data that can be described in a few words."""

from __future__ import annotations

import numpy as np

from analysis.failures.properties import properties_of
from analysis.failures.slices.find import Slice, Slices, find_slices, least_size
from analysis.failures.slices.predicates import Predicates, cut, rows_of_slice
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Pipeline, Predictions

__all__ = ["Slice", "Slices", "find_slices", "predicates_of", "rows_of_slice", "slices_of"]


def slices_of(
    predictions: Predictions,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
) -> Slices:
    """Measure the properties of a run's examples, and find the slices in which it fails more than elsewhere.

    Parameters
    ----------
    predictions : Predictions
    dataset, candidate, pipeline
        What the run was made with.
    progress : Progress, optional

    Raises
    ------
    Cancelled
    """
    return find_slices(predictions, predicates_of(predictions, dataset, candidate, pipeline, progress=progress))


def predicates_of(
    predictions: Predictions,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
) -> Predicates:
    """Measure the properties of a run's examples, and cut them. Parameters and errors are those of `slices_of`."""
    place = {str(example): row for row, example in enumerate(dataset.table["id"])}
    rows = np.array([place[example] for example in predictions.ids], dtype=np.int64)
    properties = properties_of(dataset, rows, candidate, pipeline, progress=progress)
    return cut(properties, least=least_size(len(predictions)))
