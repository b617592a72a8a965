"""Ambiguous: two answers near equal, and among the nearest examples both occur."""

from __future__ import annotations

import numpy as np

from analysis.failures.causes.base import Material, Reason
from analysis.failures.wording import number, percent, quoted

KEY = "ambiguous"
#: Two scores that differ by less than this (70 against 30 %) are near enough for either.
MARGIN = 0.4
#: Share of the neighbours that each of both labels must have at least.
SHARE = 0.2
#: Regression: the neighbours' targets spread by this much of all targets' spread.
SPREAD = 0.8


def ambiguous(material: Material) -> dict[int, Reason]:
    """Failures in which the inputs hardly tell two answers apart."""
    if material.space is None:
        return {}
    judge = _value if material.regression else _classes
    found = {}
    for row in material.remaining.tolist():
        reason = judge(material, row)
        if reason is not None:
            found[row] = reason
    return found


def _classes(material: Material, row: int) -> Reason | None:
    run = material.repaired
    truth = int(run.truth[row])
    if truth < 0 or run.scores.shape[1] < 2:
        return None
    scores = np.asarray(run.scores[row], dtype=np.float64)
    answer = int(scores.argmax())
    margin = float(scores[answer] - scores[truth])
    # The true class is the second highest: what lies between is that class, no third one.
    if not margin < MARGIN or (scores > scores[truth]).sum() > 1:
        return None
    assert material.space is not None
    near = [run.truth_labels[i] for i in material.space.neighbours[row]]
    names = run.task.labels[answer], run.truth_labels[row]
    counts = [near.count(name) for name in names]
    if not near or min(counts) < SHARE * len(near):
        return None
    sentence = (
        f"{quoted(names[0])} ({percent(scores[answer])}) and {quoted(names[1])} ({percent(scores[truth])}) are both "
        f"likely, and of the {len(near)} examples nearest to it {counts[0]} are the one and {counts[1]} the other."
    )
    evidence = {"margin": margin, "neighbours": len(near), "with_answer": counts[0], "with_label": counts[1]}
    return Reason(KEY, sentence, evidence)


def _value(material: Material, row: int) -> Reason | None:
    assert material.space is not None
    truth = np.asarray(material.repaired.truth, dtype=np.float64)
    near = truth[material.space.neighbours[row]]
    if len(near) < 5:
        return None
    low, high = float(near.min()), float(near.max())
    spread, all_of_it = float(near.std()), float(truth.std())
    if not (all_of_it > 0 and spread >= SPREAD * all_of_it and low <= truth[row] <= high):
        return None
    sentence = (
        f"The {len(near)} examples most like it have targets from {number(low)} to {number(high)}, nearly as different "
        f"as all targets are: the inputs hardly tell."
    )
    return Reason(KEY, sentence, {"neighbours": len(near), "spread": spread, "spread_of_all": all_of_it})
