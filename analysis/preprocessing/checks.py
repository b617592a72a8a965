"""Check a pipeline before anything runs through it."""

from __future__ import annotations

import math
from typing import Any

from analysis.errors import UnusableInput
from analysis.preprocessing.steps import SPECS, STEPS, Param, StepSpec
from analysis.types import Json, Pipeline, Step


def check_pipeline(pipeline: Pipeline) -> Pipeline:
    """Return the pipeline with defaults filled in and steps in their order.

    Raises
    ------
    UnusableInput
        If a step or parameter is unknown or has a value that can't be; the message names both.
    """
    for step in pipeline.steps:
        spec = SPECS.get(step.name)
        if spec is None or pipeline.modality not in spec.modalities:
            known = ", ".join(s.name for s in STEPS if pipeline.modality in s.modalities)
            raise UnusableInput(
                f"A pipeline for {pipeline.modality.value} has no step “{step.name}”.", f"Known steps: {known}."
            )
    order = {spec.name: position for position, spec in enumerate(STEPS)}
    steps = sorted(pipeline.steps, key=lambda s: order[s.name])
    return Pipeline(pipeline.modality, tuple(_checked(SPECS[s.name], s, pipeline) for s in steps))


def _checked(spec: StepSpec, step: Step, pipeline: Pipeline) -> Step:
    known = {param.name: param for param in spec.params}
    for name in step.params:
        if name not in known:
            raise UnusableInput(
                f"The step {spec.name} has no parameter “{name}”.", f"Known: {', '.join(known) or 'none'}."
            )
    values = {}
    for name, param in known.items():
        if name in step.params:
            values[name] = _value(spec, param, step.params[name])
        elif not _only_for_others(spec, param, pipeline):
            values[name] = param.default
    result = Step(step.name, values)
    _check_together(result)
    return result


def _only_for_others(spec: StepSpec, param: Param, pipeline: Pipeline) -> bool:
    """Return whether a step that two modalities share has this parameter for the other one only."""
    if spec.name != "encoding":
        return False
    return (param.name == "mojibake") != (pipeline.modality.value == "text")


def _value(spec: StepSpec, param: Param, value: Json) -> Json:
    if value is None and (param.optional or param.default is None):
        return None
    reason = _objection(param, value)
    if reason:
        raise UnusableInput(f"In the step {spec.name}, {param.name} is {str(value)[:80]!r}: {reason}.", "Correct it.")
    if param.kind == "float":
        return float(value)
    if param.kind == "floats":
        return [float(v) for v in value]
    return list(value) if param.kind == "strings" else value


def _objection(param: Param, value: Any) -> str:
    """Return what is wrong with a value, or nothing."""
    if param.kind == "bool":
        return "" if isinstance(value, bool) else "it must be true or false"
    if param.kind == "choice":
        allowed = not isinstance(value, list | dict) and value in param.choices
        return "" if allowed else f"it must be one of {', '.join(map(str, param.choices))}"
    if param.kind in ("int", "float"):
        return _objection_to_number(param, value)
    if param.kind == "floats":
        numbers = isinstance(value, list | tuple) and len(value) == 3 and all(_is_number(v) for v in value)
        if not numbers:
            return "it must be three numbers"
        return "a standard deviation can't be 0" if param.name == "std" and 0 in list(value) else ""
    if param.kind == "strings":
        fine = isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
        return "" if fine else "it must be a list of names"
    if param.kind == "map":
        return "" if isinstance(value, dict) else "it must be a table of column → value"
    return ""


def _objection_to_number(param: Param, value: Any) -> str:
    if not _is_number(value) or (param.kind == "int" and int(value) != value):
        return "it must be a whole number" if param.kind == "int" else "it must be a number"
    if not param.low <= value <= param.high:
        return f"it must be between {param.low:g} and {param.high:g}"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


#: Parameters that a mode can't do without.
_NEEDED = {"squash": ("height", "width"), "pad": ("height", "width"), "shorter": ("size",), "crop_pct": ("size",)}


def _check_together(step: Step) -> None:
    if step.name == "resize":
        for name in _NEEDED.get(step.params["mode"], ()):
            if step.params.get(name) is None:
                raise UnusableInput(f"In the step resize, {step.params['mode']} needs {name}.", "Give it in pixels.")
    if step.name == "crop" and (step.params["height"] is None) != (step.params["width"] is None):
        raise UnusableInput("In the step crop, height and width go together.", "Give both or neither.")
    if step.name == "label_order":
        labels = step.params["labels"]
        if len(set(labels)) != len(labels):
            twice = next(name for name in labels if labels.count(name) > 1)
            raise UnusableInput(f"In the step label_order, “{twice}” stands twice.", "Name each output once.")
    if (
        step.name == "column_order"
        and step.params["names"]
        and len(step.params["names"]) != len(step.params["columns"])
    ):
        raise UnusableInput("In the step column_order, names and columns differ in number.", "Give one for each.")
