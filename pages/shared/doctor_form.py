"""A pipeline edited by hand: each step's parameters as the widget that fits what they take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.describe import describe_step, diff
from analysis.preprocessing.params import REQUIRED, Param, Wrong
from analysis.preprocessing.steps import OPTIONAL, steps_of
from analysis.types import Json, Kind, Params, Pipeline, Step
from pages.shared import doctor_fed, notices
from pages.shared.wording import plain

if TYPE_CHECKING:
    from analysis.preprocessing.spec import StepSpec
    from analysis.session import Session

#: What a parameter's widget is chosen by: how the registry says what it takes.
_FLAG, _CHOICE, _WHOLE, _NUMBER, _NAMES = "true or false", "one of ", "a whole number", "a finite number", "a list of"


def options(param: Param) -> list[Json]:
    """Return the values that a choice takes, or nothing for another parameter."""
    if not param.takes.startswith(_CHOICE):
        return []
    found: list[Json] = []
    for word in param.takes.removeprefix(_CHOICE).split(", "):
        for value in (word, *([int(word)] if word.lstrip("-").isdigit() else [])):
            try:
                found.append(param.read(value))
            except Wrong:
                continue
    return found


def draw(session: Session) -> None:
    """Draw the form, what it changes, and the button that diagnoses it."""
    st.caption("Begin with the pipeline in use, and change what the deployment does otherwise.")
    origin = session.pipeline
    steps, problem = [], None
    for spec in steps_of(origin.modality):
        step = origin.get(spec.name)
        regression = session.candidate.task.kind is Kind.REGRESSION
        if not spec.params or (step is None and spec.name in OPTIONAL and not regression):
            steps.extend([step] if step is not None else [])
            continue
        given = step or Step(spec.name, dict(spec.neutral))
        with st.expander(f"**{spec.title}** · {plain(_after_colon(describe_step(given)))}"):
            st.caption(f"{spec.sentence} If it is wrong: {spec.effect[0].lower()}{spec.effect[1:]}")
            try:
                steps.append(Step(spec.name, _params(spec, given.params)))
            except UnusableInput as error:
                problem = error
                notices.problem(error)
    if problem is not None:
        return
    try:
        pipeline = check_pipeline(Pipeline(origin.modality, tuple(steps)))
    except UnusableInput as error:
        notices.problem(error)
        return
    changes = diff(origin, pipeline)
    for edit in changes:
        st.markdown(f":material/edit: {plain(edit.sentence)}")
    if not changes:
        st.caption("Nothing is changed yet.")
        return
    doctor_fed.diagnose_button(pipeline, key="diagnose-form")


def _after_colon(words: str) -> str:
    return words.split(": ", 1)[-1]


def _params(spec: StepSpec, given: Params) -> dict[str, Json]:
    """Draw a step's parameters that mean something under its mode, and return their values."""
    found: dict[str, Json] = {}
    for param in spec.params:
        if not param.applies(found):
            continue
        value = given.get(param.name, None if param.default is REQUIRED else param.default)
        found[param.name] = _widget(spec, param, value)
    return found


def _widget(spec: StepSpec, param: Param, value: Json) -> Json:
    key, label = f"form-{spec.name}-{param.name}", param.name.replace("_", " ")
    if param.takes == _FLAG:
        return st.checkbox(label, bool(value), key=key, help=param.sentence)
    choices = options(param)
    if choices:
        at = choices.index(value) if value in choices else 0
        return st.selectbox(label, choices, at, key=key, help=param.sentence or None, width=260)
    if param.takes.startswith(_WHOLE):
        return st.number_input(label, value=value, step=1, key=key, help=param.sentence, width=260)
    if param.takes.startswith((_NUMBER, "a number above")):
        return st.number_input(label, value=value, format="%.6g", key=key, help=param.sentence, width=260)
    if param.takes.startswith(_NAMES) and "names" in param.takes:
        lines = st.text_area(label, "\n".join(value or []), key=key, help=f"{param.sentence} One a line.", height=160)
        names = [line for line in lines.split("\n") if line.strip()]
        return names or (None if "null" in param.takes else [])
    return _as_json(param, key, label, value)


def _as_json(param: Param, key: str, label: str, value: Json) -> Json:
    written = json.dumps(value, ensure_ascii=False)
    draw = st.text_area if len(written) > 60 else st.text_input
    text = draw(f"{label}, as JSON", written, key=key, help=f"{param.sentence} It takes {param.takes}.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UnusableInput(f"“{param.name}” is not JSON.", f"It takes {param.takes}.") from None
