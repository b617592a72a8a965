"""Columns of a table fed in another order: the model takes them by position and can't object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.seen import Floats, Seen, distance
from analysis.preprocessing.edits.tables import fed_columns, model_names, raw_table, received, seen_by_position
from analysis.types import Modality, Params, Pipeline

#: Distances above this are all one: far off.
FARTHEST = 8.0
#: What a column's present place is worth, so that columns of the same kind don't change places by chance.
PRESENT = 0.5
#: Single swaps that are proposed, and how much nearer they must bring two columns together.
SWAPS, SWAP_GAIN = 4, 1.0

#: The model's own, the file's, alphabetical, reversed, shifted either way.
PLAIN_ORDERS = 6

Columns = tuple[str, ...]


def words(params: Params) -> str:
    """Return in words the order that a ``column_order`` step feeds."""
    columns = params.get("columns") or ()
    if not columns:
        return "as in the data"
    shown = ", ".join(str(name) for name in columns[:4])
    return shown if len(columns) <= 4 else f"{shown} … ({len(columns)} columns)"


def exchange(before: Params, after: Params) -> str | None:
    """Return in words which two columns change places, or None where it is more than two."""
    old, new = before.get("columns") or (), after.get("columns") or ()
    moved = [(a, b) for a, b in zip(old, new, strict=False) if a != b]
    if len(old) == len(new) and len(moved) == 2:
        return f"{moved[0][0]} and {moved[0][1]} change places"
    return None


def distances(columns: Sequence[str], values: dict[str, Floats], seen: dict[int, Seen]) -> Floats:
    """Return float64 (columns, places): how far each column's values lie from what each place has seen.

    Places that the model tells nothing of are at no distance from any column.
    """
    table = np.zeros((len(columns), len(columns)))
    for place, known in seen.items():
        if place < len(columns):
            table[:, place] = [min(distance(values[name], known), FARTHEST) for name in columns]
    return table


def matched(columns: Sequence[str], table: Floats) -> Columns:
    """Return the columns in the order whose values fit best with what each place has seen."""
    favoured = table - PRESENT * np.eye(len(columns))
    rows, places = linear_sum_assignment(favoured)
    order = [""] * len(columns)
    for row, place in zip(rows, places, strict=True):
        order[int(place)] = columns[int(row)]
    return tuple(order)


def swaps(columns: Sequence[str], table: Floats) -> Iterator[Columns]:
    """Yield orders with two columns swapped whose values fit clearly better in each other's place."""
    own = np.diag(table)
    gains = np.triu(own[:, None] + own[None, :] - table - table.T, k=1)
    best = np.argsort(gains, axis=None)[::-1][:SWAPS]
    for i, j in (divmod(int(position), len(columns)) for position in best):
        if gains[i, j] > SWAP_GAIN:
            order = list(columns)
            order[i], order[j] = order[j], order[i]
            yield tuple(order)


def _orders(pipeline: Pipeline, context: Context) -> Iterator[Columns]:
    columns = fed_columns(pipeline, context)
    values, seen = received(pipeline, context), seen_by_position(context)
    if values and seen:
        table = distances(columns, values, seen)
        yield matched(columns, table)
        yield from swaps(columns, table)
    known = tuple(getattr(context.candidate, "columns", ()))
    if sorted(known) == sorted(columns):
        yield known
    yield tuple(str(name) for name in raw_table(context).columns if name in columns)
    yield tuple(sorted(columns))
    yield columns[::-1]
    yield columns[1:] + columns[:1]
    yield columns[-1:] + columns[:-1]


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    present = list(fed_columns(pipeline, context))
    # The model must know its inputs by its own names, or it would object to columns that change places.
    names = list(model_names(pipeline, context))
    for order in _orders(pipeline, context):
        if list(order) != present and len(order) == len(present):
            yield {"columns": list(order), "names": names}


def _unscreened(pipeline: Pipeline, context: Context) -> int:
    """All pairs that may have changed places; beside them the orders that need no look at the data."""
    n = len(fed_columns(pipeline, context))
    return n * (n - 1) // 2 + PLAIN_ORDERS


COLUMN_ORDER = Alternatives(
    step="column_order",
    title="column order",
    changes="A table is exported with its columns in another order, and the model takes them by position; the edit "
    "feeds them in another order.",
    modalities=(Modality.TABULAR,),
    keys=("columns", "names"),
    values=_values,
    unscreened=_unscreened,
    phrase=words,
    whole=exchange,
)
