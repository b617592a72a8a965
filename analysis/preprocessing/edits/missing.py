"""Stand-ins for missing values taken for measurements, and gaps filled otherwise than in training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.seen import FAR, Floats, distance
from analysis.preprocessing.edits.tables import fed_columns, raw_numbers, runs, seen_by_position
from analysis.types import Json, Modality, Params, Pipeline

#: What stands for "missing" in other people's files.
SENTINELS = (-999.0, -9999.0, -99.0, -1.0, 999.0, 9999.0, 99999.0, 0.0)
#: A sentinel stands apart: its gap to all other values of its column, in their standard deviations.
GAP = 1.0
#: A zero or −1 may be a measurement or a code: it must occur in this share of the rows, beside some other values.
SHARE, FREQUENT = 0.02, (0.0, -1.0)
#: Any other value counts as one if it comes so often, so far from so many other values (in standard deviations).
REPEATED, DISTINCT, FAR_GAP = 3, 5, 3.0


def words(params: Params) -> str:
    """Return in words what a ``missing`` step does."""
    sentinels, fill = params.get("sentinels") or [], params.get("fill")
    shown = ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in sentinels)
    taken = f"{shown} taken for missing" if sentinels else "nothing taken for missing"
    if fill is None:
        return taken
    return f"{taken}, gaps filled with {'a value for each column' if isinstance(fill, dict) else fill}"


def stands_apart(values: Floats, sentinel: float) -> bool:
    """Return whether a value occurs in a column, outside of all others and at a distance from them."""
    known = values[np.isfinite(values)]
    there = known == sentinel
    others = known[~there]
    if not there.any() or len(others) < 2:
        return False
    if sentinel in FREQUENT and (there.mean() < SHARE or len(np.unique(others)) < DISTINCT):
        return False
    gap = max(float(others.min()) - sentinel, sentinel - float(others.max()))
    return gap > GAP * max(float(others.std()), 1e-12)


def sentinels_in(values: Floats) -> list[float]:
    """Return what stands for "missing" in a column: usual sentinels, and any end that is one value again and again.

    −999 that was converted with its column, to another unit or by a scaler, is no usual number any more.
    """
    found = [s for s in SENTINELS if stands_apart(values, s)]
    known = values[np.isfinite(values)]
    for end in {float(known.min()), float(known.max())} if len(known) else set():
        there = known == end
        others = known[~there]
        repeated = there.sum() >= REPEATED and len(np.unique(others)) >= DISTINCT
        if end not in found and repeated and np.abs(others - end).min() > FAR_GAP * others.std():
            found.append(end)
    return found


def found_sentinels(columns: dict[str, Floats]) -> list[float]:
    """Return the sentinels of all columns, the usual ones first."""
    found = {s for values in columns.values() for s in sentinels_in(values)}
    return [*(s for s in SENTINELS if s in found), *sorted(found - set(SENTINELS))]


def without_sentinels(values: Floats) -> Floats:
    """Return a column in which what stands for "missing" is not-a-number: a sentinel is in no unit."""
    there = sentinels_in(values)
    return np.where(np.isin(values, there), np.nan, values) if there else values


def typical(pipeline: Pipeline, context: Context, sentinels: list[float]) -> Iterator[dict[str, float]]:
    """Yield what gaps of each column may be filled with: the mean that the model has seen, medians of the rows.

    Gaps are filled before units are changed: a column that lies elsewhere is filled with its own mean.
    """
    numbers, seen = raw_numbers(context), seen_by_position(context)
    means: dict[str, float] = {}
    medians: dict[str, float] = {}
    for place, name in enumerate(fed_columns(pipeline, context)):
        values = numbers.get(name, np.empty(0))
        known = values[np.isfinite(values) & ~np.isin(values, sentinels)]
        if len(known):
            medians[name] = float(f"{np.median(known):.10g}")
            near = place in seen and distance(known, seen[place]) <= FAR
            means[name] = float(f"{seen[place].mean if near else known.mean():.10g}")
    yield means
    yield medians


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    present: list[Json] = list(pipeline.param("missing", "sentinels") or [])
    numbers = raw_numbers(context)
    columns = {name: numbers[name] for name in fed_columns(pipeline, context) if name in numbers}
    found = found_sentinels(columns)
    gaps = any(not np.isfinite(values).all() for values in columns.values())
    wanted = [*present, *(s for s in found if s not in present)]
    if wanted or gaps:
        yield {"sentinels": wanted, "fill": None}
        fills: list[Json] = [*typical(pipeline, context, found), 0.0, -1.0]
        yield from ({"sentinels": wanted, "fill": fill} for fill in fills)
    if present:
        yield {"sentinels": []}


#: Ways of filling gaps: none, two values of each column's own, 0 and −1.
FILLS = 5

MISSING = Alternatives(
    step="missing",
    title="missing values",
    changes="−999 and the like are taken for measurements, or gaps are filled otherwise than in training; the edit "
    "takes such values for missing and fills gaps otherwise.",
    modalities=(Modality.TABULAR,),
    keys=("sentinels", "fill"),
    values=_values,
    unscreened=lambda _pipeline, _context: len(SENTINELS) * FILLS,
    phrase=words,
    fits=runs,
)
