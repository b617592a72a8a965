"""Faults of how a model's outputs are read."""

from __future__ import annotations

from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.label_order import order_edit
from analysis.preprocessing.edits.planting.fault import Fault, each_deployed
from analysis.preprocessing.edits.positive_class import POSITIVE_CLASS
from analysis.preprocessing.edits.target_scale import TARGET_SCALE
from analysis.types import Kind


def label_faults(context: Context) -> list[Fault]:
    """Return label lists in another order; of two classes, the positive one flipped."""
    names = list(context.documented.labels)
    if context.candidate.task.kind is not Kind.CLASSIFICATION or len(set(names)) < len(names):
        return []
    if len(names) == 2:
        return [
            Fault("positive class flipped", ("positive_class",), POSITIVE_CLASS.propose(context.documented, context))
        ]
    orders = {
        "labels reversed": names[::-1],
        "labels one too far": names[1:] + names[:1],
        "labels one too early": names[-1:] + names[:-1],
        "labels in alphabetical order": sorted(names),
        # No structure at all: what only the best assignment finds.
        "two labels exchanged": [names[1], names[0], *names[2:]],
        "labels shuffled": names[len(names) // 2 :: -1] + names[: len(names) // 2 : -1],
    }
    found: dict[tuple[str, ...], Fault] = {}
    for name, order in orders.items():
        edit = order_edit(names, order, name)
        if edit is not None:
            found.setdefault(tuple(order), Fault(name, ("label_order",), (edit,)))
    return list(found.values())


def target_faults(context: Context) -> list[Fault]:
    """Return a regression's answers in another unit than the labels."""
    if context.candidate.task.kind is not Kind.REGRESSION:
        return []
    truth = context.dataset.table["label"].astype(float)
    return [
        *each_deployed(
            context,
            TARGET_SCALE,
            {
                "answers a hundred times too large": {"scale": 100.0},
                "answers a tenth": {"scale": 0.1},
                "answers shifted": {"offset": float(2 * truth.std())},
                "answers still standardised": {
                    "scale": float(1 / truth.std()),
                    "offset": float(-truth.mean() / truth.std()),
                },
            },
        ),
        Fault("labels in thousands", ("target_scale",), (), (), 0.001),
    ]
