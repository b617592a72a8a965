"""What can be told without labels: how far a table's columns lie from what the model has seen of them."""

from __future__ import annotations

import numpy as np

from analysis.errors import UnusableInput
from analysis.preprocessing.doctor.hypothesis import Hypothesis
from analysis.preprocessing.doctor.proposals import extend, single_edits
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.seen import Seen, distance, seen_columns
from analysis.types import Modality, Pipeline

#: Edits that the descent may add up; each must bring the columns nearer by this share.
STEPS, NEARER = 6, 0.05
#: Distance at which a column counts as unlike anything seen.
FAR = 10.0
#: Families that change what a column holds; the outputs' names and units can't be told from inputs.
FAMILIES = ("column_order", "missing", "units", "encoding", "scaling")


def nearest_to_seen(origin: Pipeline, context: Context) -> Hypothesis | None:
    """Return the edits that bring a table's columns nearest to what the model has seen, or None.

    Greedy descent on the mean distance of the columns; it asks for no labels and no pass through the model.
    Several faults at once, each of which hides the others from the labels, are told apart this way.

    Parameters
    ----------
    origin : Pipeline
        The one in use.
    context : Context

    Returns
    -------
    Hypothesis or None
        None for anything but tables, and for models that tell nothing of their columns.
    """
    candidate = context.candidate
    if candidate.task.modality is not Modality.TABULAR:
        return None
    seen = seen_columns(getattr(candidate, "estimator", None), getattr(candidate, "columns", ()))
    if not seen:
        return None
    best, nearest = Hypothesis(), table_distance(origin, context, seen)
    for _ in range(STEPS):
        pipeline = best.apply(origin)
        runners = [extend(best, (edit,), origin) for edit in single_edits(pipeline, context) if edit.step in FAMILIES]
        distances = [(table_distance(r.apply(origin), context, seen), n) for n, r in enumerate(runners)]
        if not distances or min(distances)[0] > nearest * (1 - NEARER):
            break
        nearest, chosen = min(distances)
        best = runners[chosen]
    return best if best.edits else None


def table_distance(pipeline: Pipeline, context: Context, seen: dict[int, Seen]) -> float:
    """Return the mean distance of the prepared columns from what was seen; infinity where they can't be prepared."""
    try:
        frame = context.candidate.prepare(context.dataset.inputs(context.rows), pipeline)
    except UnusableInput:
        return float("inf")
    data = frame.data  # type: ignore[attr-defined]
    columns = [data.iloc[:, p].to_numpy(dtype=np.float64, na_value=np.nan) for p in seen]
    shape = [distance(values, known) for values, known in zip(columns, seen.values(), strict=True)]
    # The quantiles are blind to a few wild values, such as sentinels; the means are not.
    place = [
        abs(float(np.nanmean(values)) - known.mean) / (known.spread or 1.0)
        for values, known in zip(columns, seen.values(), strict=True)
    ]
    return float(np.mean(np.minimum(shape, FAR)) + np.mean(np.minimum(place, FAR)))
