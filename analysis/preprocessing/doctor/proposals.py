"""Which edits are worth trying from where the search stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analysis.preprocessing.doctor.hypothesis import LABEL_STEPS, Hypothesis
from analysis.preprocessing.edits import FAMILIES, propose_presets
from analysis.preprocessing.edits.base import Alternatives, Context, EditFamily, same
from analysis.types import Edit, Pipeline

_BY_STEP = {family.step: family for family in FAMILIES}


def rebase(edit: Edit, origin: Pipeline) -> Edit | None:
    """Return the edit as one of `origin`, or None where `origin` has these values already."""
    before = {key: origin.param(edit.place, key) for key in edit.after}
    changed = {key: value for key, value in edit.after.items() if not same(before[key], value)}
    if not changed:
        return None
    return replace(edit, before={key: before[key] for key in changed}, after=changed)


def single_edits(pipeline: Pipeline, context: Context) -> tuple[Edit, ...]:
    """Return every edit that the families propose for `pipeline`, label edits included."""
    modality = context.candidate.task.modality
    return tuple(
        edit for family in FAMILIES if modality in family.modalities for edit in family.propose(pipeline, context)
    )


def extend(current: Hypothesis, edits: Iterable[Edit], origin: Pipeline) -> Hypothesis:
    """Return `current` with further edits, all of them told as edits of `origin`."""
    earlier = {e.step: e for e in current.edits}
    told, undone = [], []
    for edit in edits:
        # A proposal names what it changes of the pipeline as already edited: both edits of a step become one.
        both = {**earlier[edit.step].after, **edit.after} if edit.step in earlier else edit.after
        rebased = rebase(replace(edit, after=both), origin)
        if rebased is None:
            undone.append(edit.step)
            continue
        family = _BY_STEP.get(edit.step)
        if edit.step in earlier and isinstance(family, Alternatives):
            # Two edits of one step (a second column's unit) are told as one.
            retold = family.edit(origin, both)
            rebased = rebased if retold is None else replace(rebased, sentence=retold.sentence)
        told.append(rebased)
    result = current
    for step in undone:
        result = result.without(step)
    return result.adding(tuple(told))


def starting_points(origin: Pipeline, context: Context) -> list[Hypothesis]:
    """Return the joint changes to begin with: the documented pipeline, and the well-known conventions."""
    found = [extend(Hypothesis(), edits, origin) for edits in propose_presets(origin, context)]
    documented = differences_to(context.documented, origin)
    return _distinct([extend(Hypothesis(), documented, origin), *found])


def differences_to(documented: Pipeline, origin: Pipeline) -> tuple[Edit, ...]:
    """Return the edits that lead from `origin` to the documented pipeline, labels left alone."""
    from analysis.preprocessing.describe import diff

    return tuple(e for e in diff(origin, documented) if e.step not in LABEL_STEPS)


def input_neighbours(current: Hypothesis, origin: Pipeline, context: Context) -> list[Hypothesis]:
    """Return `current` with one more input edit, and with one fewer."""
    pipeline = current.apply(origin)
    proposed = [e for e in single_edits(pipeline, context) if e.step not in LABEL_STEPS]
    more = [extend(current, (edit,), origin) for edit in proposed]
    fewer = [current.without(e.step) for e in current.input_edits]
    return [h for h in _distinct([*more, *fewer]) if h.key != current.key]


def label_edits(origin: Pipeline, context: Context) -> tuple[Edit, ...]:
    """Return the label orders worth trying that need no fitting: reversed, off by one, canonical …"""
    return tuple(e for e in single_edits(origin, context) if e.step in LABEL_STEPS)


def _distinct(hypotheses: Iterable[Hypothesis]) -> list[Hypothesis]:
    return list({h.key: h for h in hypotheses if h.edits}.values())


#: Edits that the grid combines: as many as faults that are expected to come together.
TOGETHER = 3
OUTPUT_STEPS = {*LABEL_STEPS, "target_scale"}


def grid_size(origin: Pipeline, context: Context) -> int:
    """Return how many pipelines a full grid over up to three edits, one a step, would run.

    It tries all that the families know; what the data make unlikely is left out by the search alone. Steps after the
    network (the order of the labels, the unit of the answers) need no pass of their own, in a grid neither.
    """
    counts: dict[str, int] = {}
    for family in FAMILIES:
        if context.candidate.task.modality in family.modalities and family.step not in OUTPUT_STEPS:
            counts[family.step] = counts.get(family.step, 0) + _known(family, origin, context)
    # Elementary symmetric polynomials of the counts: combinations of 0, 1, 2 and 3 steps.
    combinations = [1] + [0] * TOGETHER
    for alternatives in counts.values():
        for size in range(TOGETHER, 0, -1):
            combinations[size] += alternatives * combinations[size - 1]
    return sum(combinations)


def _known(family: EditFamily, origin: Pipeline, context: Context) -> int:
    if isinstance(family, Alternatives):
        return family.known(origin, context)
    return len(family.propose(origin, context))
