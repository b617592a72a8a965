"""Steps and pipelines in words, and the difference between two pipelines as edits.

The words are those of the doctor's families of edits, so that a difference reads the same wherever it is shown, and an
edit that is found by comparing equals one that is proposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.preprocessing.checks import in_full
from analysis.preprocessing.edits import FAMILIES
from analysis.preprocessing.edits.base import Alternatives, same
from analysis.preprocessing.params import REQUIRED
from analysis.preprocessing.snippets import python_lines
from analysis.preprocessing.spec import StepSpec
from analysis.preprocessing.steps import SPECS, steps_of
from analysis.types import Edit, Json, Params, Pipeline, Step

__all__ = ["describe_step", "diff", "python_lines"]

#: Names of labels that a sentence lists.
SHOWN = 3


def describe_step(step: Step) -> str:
    """Return what a step does with its parameters, in one short sentence: "normalisation: ImageNet mean and …"."""
    if step.name == "label_order":
        return f"label order: {_listed(step.params.get('labels') or []) or 'as the model has it'}"
    parts = [f"{family.title}: {family.phrase(step.params)}" for family in _families_of(step.name, step.params)]
    if step.name == "resize" and step.params.get("mode", "none") == "none":
        parts = parts[:1]
    return "; ".join(parts) or _plainly(step)


def diff(a: Pipeline, b: Pipeline) -> tuple[Edit, ...]:
    """Return the edits that turn `a` into `b`, in the order in which the steps run.

    Steps that are left out count as doing nothing, and parameters without meaning don't count. The filter of
    ``resize`` is an edit of its own, ``interpolation``; two swapped labels are ``positive_class``.

    Raises
    ------
    ValueError
        If the pipelines are of different modalities.
    """
    if a.modality is not b.modality:
        raise ValueError(f"an {a.modality} pipeline has no difference to an {b.modality} pipeline")
    full_a, full_b = in_full(a), in_full(b)
    found: list[Edit] = []
    for spec in steps_of(a.modality):
        before = full_a.get(spec.name) or Step(spec.name, spec.neutral)
        after = full_b.get(spec.name) or Step(spec.name, spec.neutral)
        found.extend(_label_edit(before, after) if spec.name == "label_order" else _edits(spec, before, after))
    return tuple(found)


def _edits(spec: StepSpec, before: Step, after: Step) -> Iterator[Edit]:
    """Yield an edit for each family that the difference concerns, and one for what no family knows."""
    changes = {key: value for key, value in after.params.items() if _differs(spec, before, key, value)}
    so_far = Pipeline(spec.modalities[0], (before,))
    for family in _families_of(spec.name, after.params):
        own = {key: changes.pop(key) for key in family.keys if key in changes}
        edit = family.edit(so_far, own) if own else None
        if edit is not None:
            so_far = edit.apply(so_far)
            yield edit
    if changes:
        old = {key: before.params.get(key) for key in changes}
        words = f"{_values(old)} → {_values(changes)}"
        yield Edit(spec.name, old, changes, f"{spec.title}: {words}")


def _differs(spec: StepSpec, before: Step, key: str, value: Json) -> bool:
    if key in before.params:
        return not same(before.params[key], value)
    # The mode brings a parameter with it; its default goes without saying.
    param = spec.param(key)
    return param is None or param.default is REQUIRED or not same(param.default, value)


def _families_of(name: str, params: Params) -> list[Alternatives]:
    """Return the families that change parameters of a step; two steps of different modalities share a name."""
    return [
        family
        for family in FAMILIES
        if isinstance(family, Alternatives) and family.place == name and set(family.keys) & _known(name, params)
    ]


def _known(name: str, params: Params) -> set[str]:
    specs = [spec for spec in SPECS if spec.name == name and all(spec.param(key) for key in params)]
    return {param.name for spec in specs for param in spec.params}


def _label_edit(before: Step, after: Step) -> Iterator[Edit]:
    old, new = list(before.params.get("labels") or []), list(after.params.get("labels") or [])
    if old == new:
        return
    if len(old) == 2 and new == old[::-1]:
        sentence = f"positive class: {old[1]} → {new[1]}"
        yield Edit("positive_class", {"labels": old}, {"labels": new}, sentence, "label_order")
        return
    if len(old) == len(new):
        moved = [i for i in range(len(old)) if old[i] != new[i]]
        words = ", ".join(f"output {i}: {old[i]} → {new[i]}" for i in moved[:SHOWN])
        words += f" and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
    else:
        words = f"{_listed(old) or 'as the model has it'} → {_listed(new) or 'as the model has it'}"
    yield Edit("label_order", {"labels": old}, {"labels": new}, f"label order: {words}")


def _plainly(step: Step) -> str:
    specs = [spec for spec in SPECS if spec.name == step.name and all(spec.param(key) for key in step.params)]
    title = specs[0].title if specs else step.name
    if not step.params:
        return title
    return f"{title}: {_values(step.params)}"


def _values(params: Params) -> str:
    return ", ".join(f"{key} {_value(value)}" for key, value in params.items())


def _value(value: Json) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return _listed([f"{key}: {_value(item)}" for key, item in value.items()]) or "none"
    if isinstance(value, list | tuple):
        return _listed([_value(item) for item in value]) or "none"
    return str(value)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(str(name) for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} … ({len(names)} in all)"
