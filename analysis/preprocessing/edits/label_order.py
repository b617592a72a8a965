"""The list of labels in another order than the network's outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analysis.preprocessing.edits.base import MOST, Context
from analysis.preprocessing.edits.known_labels import canonical_orders, is_alphabetical
from analysis.types import Edit, Kind, Modality, Pipeline

Order = tuple[str, ...]


def structured_orders(names: Sequence[str], documented: Sequence[str] = ()) -> Iterator[tuple[str, Order]]:
    """Yield orders that mistakes lead to, each with a few words for it; the present order may be among them.

    Parameters
    ----------
    names : sequence of str
        The labels as they are ordered now.
    documented : sequence of str
        The labels in the order of the model's own configuration.
    """
    names = tuple(names)
    if sorted(documented) == sorted(names):
        yield "as documented", tuple(documented)
    for number, order in enumerate(canonical_orders(names)):
        yield ("another usual order" if number else "the usual order") + " of this label set", order
    yield "moved up by one", names[1:] + names[:1]
    yield "moved down by one", names[-1:] + names[:-1]
    yield "reversed", names[::-1]
    yield "alphabetical", tuple(sorted(names))
    yield "alphabetical regardless of case", tuple(sorted(names, key=str.casefold))
    yield "by the numbers in the names", tuple(sorted(names, key=_natural))
    as_text = sorted(range(len(names)), key=str)
    back = sorted(range(len(names)), key=as_text.__getitem__)
    yield "positions sorted as text (0, 1, 10, 11, 2 …)", tuple(names[i] for i in as_text)
    yield "positions sorted as text, undone", tuple(names[i] for i in back)


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def order_edit(names: Sequence[str], order: Sequence[str], words: str) -> Edit | None:
    """Return the edit that gives the outputs these names, or None where they have them."""
    if list(names) == list(order):
        return None
    after = words or "another order"
    before = "alphabetical" if is_alphabetical(names) else "as it is"
    return Edit("label_order", {"labels": list(names)}, {"labels": list(order)}, f"label order: {before} → {after}")


@dataclass(frozen=True)
class LabelOrder:
    """Structured orders only; the best assignment of outputs to labels belongs to the doctor."""

    step: str = "label_order"
    title: str = "label order"
    changes: str = (
        "The list of class names is sorted or shifted, so right answers get wrong names; the edit gives the "
        "outputs their names in another order."
    )
    modalities: tuple[Modality, ...] = tuple(Modality)

    def propose(self, pipeline: Pipeline, context: Context) -> tuple[Edit, ...]:
        """Return the orders worth trying; two classes are left to `PositiveClass`."""
        names = pipeline.labels
        if context.candidate.task.kind is not Kind.CLASSIFICATION or len(names) < 3 or len(set(names)) < len(names):
            return ()
        orders = structured_orders(names, context.documented.labels)
        return _distinct(order_edit(names, order, words) for words, order in orders)


def _distinct(edits: Iterable[Edit | None]) -> tuple[Edit, ...]:
    found: dict[Order, Edit] = {}
    for edit in edits:
        if edit is not None:
            found.setdefault(tuple(edit.after["labels"]), edit)
    return tuple(found.values())[:MOST]


LABEL_ORDER = LabelOrder()
