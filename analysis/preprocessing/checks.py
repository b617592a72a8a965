"""Check a pipeline against the registry of steps, and bring it into canonical form."""

from __future__ import annotations

from difflib import get_close_matches

from analysis.errors import UnusableInput
from analysis.preprocessing.params import REQUIRED, Wrong
from analysis.preprocessing.spec import StepSpec
from analysis.preprocessing.steps import OPTIONAL, spec_of, steps_of
from analysis.types import Json, Modality, Pipeline, Step, Task


def check_pipeline(pipeline: Pipeline) -> Pipeline:
    """Return `pipeline` in canonical form: every step there, every parameter valid, defaults filled in.

    A step that is left out is filled in as the one that does nothing (only a regression's ``target_scale`` stays
    out), and parameters that mean nothing under the step's mode are dropped. So two pipelines that do the same by
    the same steps compare as equal.

    Raises
    ------
    UnusableInput
        If a step or parameter is unknown, is missing or has an unusable value, or if the steps' order is another
        than the one they run in; the message names the step and the parameter.
    """
    known = steps_of(pipeline.modality)
    positions = []
    for step in pipeline.steps:
        spec = spec_of(pipeline.modality, step.name)
        if spec is None:
            raise _unknown_step(pipeline.modality, step.name)
        positions.append(known.index(spec))
    if positions != sorted(positions):
        order = ", ".join(spec.name for spec in known)
        raise UnusableInput(
            "The pipeline's steps are not in the order in which they run.", f"Put them in this order: {order}."
        )
    steps = []
    for spec in known:
        given = pipeline.get(spec.name)
        if given is not None:
            steps.append(check_step(given, spec))
        elif spec.name not in OPTIONAL:
            steps.append(Step(spec.name, dict(spec.neutral)))
    return Pipeline(pipeline.modality, tuple(steps))


def check_step(step: Step, spec: StepSpec) -> Step:
    """Return one step in canonical form.

    Raises
    ------
    UnusableInput
        As `check_pipeline`.
    """
    for key in step.params:
        if spec.param(str(key)) is None:
            raise _unknown_param(spec, str(key))
    found: dict[str, Json] = {}
    for param in spec.params:
        if not param.applies(found):
            continue
        value = step.params.get(param.name)
        value = param.default if value is None else value
        if value is REQUIRED:
            raise UnusableInput(f"Step “{spec.name}” lacks “{param.name}”.", f"It takes {param.takes}.")
        try:
            found[param.name] = param.read(value)
        except Wrong as error:
            raise UnusableInput(
                f"Step “{spec.name}”: “{param.name}” is {_short(value)}; it must be {error}.",
                "Correct the pipeline.",
            ) from None
    _check_together(spec, found)
    return Step(spec.name, found)


def in_full(pipeline: Pipeline) -> Pipeline:
    """Return `pipeline` with every step and parameter that counts, and no other, without checking any value."""
    steps = []
    for spec in steps_of(pipeline.modality):
        given = pipeline.get(spec.name)
        if given is None and spec.name in OPTIONAL:
            continue
        params = spec.neutral if given is None else given.params
        found: dict[str, Json] = {}
        for param in spec.params:
            if param.applies({**params, **found}):
                value = params.get(param.name)
                default = None if param.default is REQUIRED else param.default
                found[param.name] = default if value is None else value
        steps.append(Step(spec.name, found))
    return Pipeline(pipeline.modality, tuple(steps))


def _check_together(spec: StepSpec, params: dict[str, Json]) -> None:
    """Check what parameters must have in common."""
    if spec.name == "crop" and (params["height"] is None) is not (params["width"] is None):
        raise UnusableInput("Step “crop” has only one of “height” and “width”.", "Give both, or neither.")
    if spec.name == "column_order" and params["names"] is not None:
        columns = params["columns"]
        if columns is None or len(columns) != len(params["names"]):
            raise UnusableInput(
                "Step “column_order”: “names” and “columns” are not equally many.", "Give one name a column."
            )
    if spec.name == "scaling":
        for first, second in (("mean", "std"), ("min", "max")):
            if set(params.get(first, {})) != set(params.get(second, {})):
                raise UnusableInput(
                    f"Step “scaling”: “{first}” and “{second}” are not of the same columns.",
                    "Give both of each column.",
                )


def _unknown_step(modality: Modality, name: str) -> UnusableInput:
    known = [spec.name for spec in steps_of(modality)]
    return UnusableInput(
        f"A pipeline for {modality.value} has no step “{_short(name)}”.", _suggestion(name, known, "The steps are")
    )


def _unknown_param(spec: StepSpec, name: str) -> UnusableInput:
    known = [param.name for param in spec.params]
    return UnusableInput(
        f"Step “{spec.name}” has no parameter “{_short(name)}”.",
        _suggestion(name, known, "Its parameters are") if known else "It takes none.",
    )


def _suggestion(name: str, known: list[str], start: str) -> str:
    close = get_close_matches(name, known, n=1)
    return f"Did you mean “{close[0]}”?" if close else f"{start} {', '.join(known)}."


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def misfit(pipeline: Pipeline, task: Task) -> str:
    """Return why a pipeline can't feed a model of this task, to follow what it is called; empty where it can."""
    if pipeline.modality is not task.modality:
        return f"is for {pipeline.modality.value} input; the model takes {task.modality.value} input"
    if pipeline.labels and len(pipeline.labels) != len(task.labels):
        return f"names {len(pipeline.labels)} outputs; the model has {len(task.labels)}"
    return ""
