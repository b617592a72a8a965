"""Where failures concentrate: slices of the data that can be described in a few words."""

from __future__ import annotations

from dataclasses import replace

from analysis.failures.properties import properties_of
from analysis.failures.slices.clusters import NAME, groups_of, looked_at
from analysis.failures.slices.find import Slice, Slices, find_slices, least_size
from analysis.failures.slices.predicates import Predicates, cut, none_of, rows_of_slice
from analysis.progress import Progress
from analysis.sampling import Drawn
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
    mine, groups = _measured(predictions, dataset, candidate, pipeline, progress)
    found = replace(find_slices(predictions, mine), predicates=mine.beside(groups))
    if not groups.columns:
        return found
    # Looked for apart: they often are the answers once more, and would crowd out what a person can name.
    looked = looked_at(dataset, len(predictions))
    alike = _found_among(looked, predictions, groups)
    tried = found.tried + alike.tried
    mine_now, groups_now = (
        [replace(one, p_adjusted=min(1.0, one.p_value * tried)) for one in slices.found] for slices in (found, alike)
    )
    sure = [one for one in (*mine_now, *groups_now) if one.significant]
    rest = [one for one in mine_now if not one.significant]
    return replace(found, found=(*sure, *rest), tried=tried, groups_drawn=looked.sentence)


def _found_among(looked: Drawn, predictions: Predictions, groups: Predicates) -> Slices:
    """Find slices among some examples, and compare each with the others of these."""
    if looked.all:
        return find_slices(predictions, groups)
    found = find_slices(predictions.take(looked.rows), groups.take(looked.rows))
    return replace(found, found=tuple(replace(one, rows=looked.rows[one.rows]) for one in found.found))


def predicates_of(
    predictions: Predictions,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
) -> Predicates:
    """Measure the properties of a run's examples, and cut them. Parameters and errors are those of `slices_of`."""
    mine, groups = _measured(predictions, dataset, candidate, pipeline, progress)
    return mine.beside(groups)


def _measured(
    predictions: Predictions, dataset: Dataset, candidate: Candidate, pipeline: Pipeline, progress: Progress | None
) -> tuple[Predicates, Predicates]:
    """Return what can be named, and the groups that are alike to the model."""
    rows = dataset.rows_of(predictions)
    properties = properties_of(dataset, rows, candidate, pipeline, progress=progress)
    mine = cut(properties, least=least_size(len(rows)))
    if NAME in properties.table.columns:  # The data have something else of that name.
        return mine, none_of(len(rows))
    return mine, groups_of(predictions, dataset, rows, candidate, pipeline, progress=progress)
