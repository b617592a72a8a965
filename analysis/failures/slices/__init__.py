"""Where failures concentrate: slices of the data that can be described in a few words."""

from __future__ import annotations

from dataclasses import replace

from analysis.failures.properties import properties_of
from analysis.failures.slices.clusters import NAME, with_groups
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
    predicates = predicates_of(predictions, dataset, candidate, pipeline, progress=progress)
    mine, groups = (
        predicates.only([column for column in predicates.columns if (column == NAME) == of_groups])
        for of_groups in (False, True)
    )
    found = find_slices(predictions, mine)
    if not groups.columns:
        return found
    # Looked for apart: they often are the answers once more, and would crowd out what a person can name.
    alike = find_slices(predictions, groups)
    tried = found.tried + alike.tried
    mine_now, groups_now = (
        [replace(one, p_adjusted=min(1.0, one.p_value * tried)) for one in slices.found] for slices in (found, alike)
    )
    sure = [one for one in (*mine_now, *groups_now) if one.significant]
    rest = [one for one in mine_now if not one.significant]
    return replace(found, found=(*sure, *rest), tried=tried, predicates=predicates)


def predicates_of(
    predictions: Predictions,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
) -> Predicates:
    """Measure the properties of a run's examples, and cut them. Parameters and errors are those of `slices_of`."""
    rows = dataset.rows_of(predictions)
    properties = properties_of(dataset, rows, candidate, pipeline, progress=progress)
    properties = with_groups(properties, predictions, dataset, rows, candidate, pipeline, progress=progress)
    return cut(properties, least=least_size(len(predictions)))
