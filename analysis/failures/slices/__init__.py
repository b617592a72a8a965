"""Where failures concentrate: slices of the data that can be described in a few words."""

from __future__ import annotations

from analysis.failures.properties import properties_of
from analysis.failures.slices.find import Slice, Slices, find_slices, least_size
from analysis.failures.slices.predicates import cut, rows_of_slice
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Pipeline, Predictions

__all__ = ["Slice", "Slices", "find_slices", "rows_of_slice", "slices_of"]


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
    rows = dataset.rows_of(predictions)
    properties = properties_of(dataset, rows, candidate, pipeline, progress=progress)
    return find_slices(predictions, cut(properties, least=least_size(len(predictions))))
