"""What can be told without labels: how far a table's columns lie from what the model has seen of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.errors import UnusableInput
from analysis.preprocessing.doctor.hypothesis import Hypothesis
from analysis.preprocessing.doctor.proposals import extend, single_edits
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.missing import without_sentinels
from analysis.preprocessing.edits.seen import Floats, Seen, distance, seen_columns
from analysis.types import Edit, Modality, Pipeline

#: Edits that a descent may add up; each must bring the columns nearer by this share.
STEPS, NEARER = 10, 0.05
#: Distance at which a column counts as unlike anything seen.
FAR = 10.0
#: Descents from other orders of the columns that are worth a look at the labels, and how much farther they may end.
OTHERS, FARTHER = 4, 1.25
#: Families that change what a column holds; the outputs' names and units can't be told from inputs.
FAMILIES = ("column_order", "missing", "units", "encoding", "scaling")
#: What a logarithm or its inverse counts for: it is rarer than another unit.
ODD = 3


def nearest_to_seen(origin: Pipeline, context: Context) -> list[Hypothesis]:
    """Return the edits that bring a table's columns nearest to what the model has seen, the nearest first.

    Greedy descents on the mean distance of the columns; they ask for no labels and no pass through the model.
    Several faults at once, each of which hides the others from the labels, are told apart this way. A descent
    takes the edit that gains most for each thing that it changes: two columns exchanged are one change, two units
    are two. Standardised columns all look alike, so that descents begin from other orders of the columns as well.

    Parameters
    ----------
    origin : Pipeline
        The one in use.
    context : Context

    Returns
    -------
    list of Hypothesis
        Empty for anything but tables, and for models that tell nothing of their columns.
    """
    candidate = context.candidate
    if candidate.task.modality is not Modality.TABULAR:
        return []
    seen = seen_columns(getattr(candidate, "estimator", None), getattr(candidate, "columns", ()))
    if not seen:
        return []
    orders = [e for e in single_edits(origin, context) if e.step == "column_order"]
    starts = [Hypothesis(), *(extend(Hypothesis(), (order,), origin) for order in orders)]
    ends = [_descend(start, origin, context, seen) for start in starts]
    found: dict[frozenset[str], tuple[float, int, Hypothesis]] = {}
    for number, (distance_left, end) in enumerate(ends):
        if end.edits:
            found.setdefault(end.key, (distance_left, number, end))
    ranked = sorted(found.values(), key=lambda item: (round(item[0], 2), item[1]))
    return [end for left, _, end in ranked[: 1 + OTHERS] if left <= FARTHER * ranked[0][0]]


def _descend(start: Hypothesis, origin: Pipeline, context: Context, seen: dict[int, Seen]) -> tuple[float, Hypothesis]:
    """Return the distance at which a descent ends, and the hypothesis there."""
    best, nearest = start, table_distance(start.apply(origin), context, seen)
    for _ in range(STEPS):
        pipeline = best.apply(origin)
        edits = [e for e in single_edits(pipeline, context) if e.step in FAMILIES]
        runners = [(extend(best, (edit,), origin), changes(edit)) for edit in edits]
        after = [(table_distance(r.apply(origin), context, seen), cost, n) for n, (r, cost) in enumerate(runners)]
        gains = [((nearest - left) / cost, left, n) for left, cost, n in after if left <= nearest * (1 - NEARER)]
        if not gains:
            break
        _, nearest, chosen = max(gains, key=lambda gain: (gain[0], -gain[2]))
        best = runners[chosen][0]
    return nearest, best


def changes(edit: Edit) -> int:
    """Return how many things an edit changes: columns for units and codes, otherwise one."""
    if edit.step not in ("units", "encoding"):
        return 1
    costs: dict[str, int] = {}
    for key, values in edit.after.items():
        before = edit.before.get(key)
        new, old = (v if isinstance(v, dict) else {} for v in (values, before))
        for name in {*new, *old}:
            if new.get(name) != old.get(name):
                costs[name] = max(costs.get(name, 1), ODD if key == "logs" else 1)
    return max(1, sum(costs.values()))


def table_distance(pipeline: Pipeline, context: Context, seen: dict[int, Seen]) -> float:
    """Return the mean distance of the prepared columns from what was seen; infinity where they can't be prepared."""
    columns = prepared_columns(pipeline, context, seen)
    return float("inf") if columns is None else columns_distance(columns, seen)


def prepared_columns(pipeline: Pipeline, context: Context, seen: dict[int, Seen]) -> list[Floats] | None:
    """Return the values of the columns that the model tells something of, or None where they can't be prepared."""
    try:
        frame = context.candidate.prepare(context.dataset.inputs(context.rows), pipeline)
    except UnusableInput:
        return None
    data = frame.data  # type: ignore[attr-defined]
    return [data.iloc[:, p].to_numpy(dtype=np.float64, na_value=np.nan) for p in seen]


def columns_distance(columns: Sequence[Floats], seen: dict[int, Seen]) -> float:
    """Return how far columns lie from what was seen, on average."""
    # The means see sentinels; the quantiles don't, so that a column's unit is told also beneath sentinels.
    shape = [distance(without_sentinels(values), known) for values, known in zip(columns, seen.values(), strict=True)]
    place = [
        abs(float(np.nanmean(values)) - known.mean) / (known.spread or 1.0)
        for values, known in zip(columns, seen.values(), strict=True)
    ]
    return float(np.mean(np.minimum(shape, FAR)) + np.mean(np.minimum(place, FAR)))
