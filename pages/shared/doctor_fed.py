"""What is deployed: the pipelines that can be diagnosed, and the choice among them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import UnusableInput
from analysis.types import Pipeline
from pages.shared import notices, opening, state

if TYPE_CHECKING:
    from analysis.session import Session

USE, OWN, BESIDE = "use", "own", "beside"
FILE, FORM, CAPTURED = "file", "form", "captured"
WAYS = {FILE: "A pipeline file", FORM: "Edited by hand", CAPTURED: "Captured tensors"}


@dataclass(frozen=True)
class Fed:
    """One way of feeding the model.

    Attributes
    ----------
    code : str
        Names it in a link: one of the constants, or the name of a kept pipeline.
    title, phrase : str
        For a button, and within a sentence; neither holds text from data.
    pipeline : Pipeline
    """

    code: str
    title: str
    phrase: str
    pipeline: Pipeline


def known(session: Session) -> dict[str, Fed]:
    """Return the pipelines at hand by code, each once: in use, the model's own, and the one beside the model."""
    candidate = session.candidate
    offered = [Fed(USE, "The pipeline in use", "the pipeline in use", session.pipeline)]
    own = Fed(OWN, "The model’s own configuration", "the model’s own configuration", candidate.pipeline)
    if own.pipeline.fingerprint == session.pipeline.fingerprint:
        offered[0] = replace(own, code=USE, title="The model’s own configuration, in use")
    else:
        offered.append(own)
    if candidate.deployed is not None:
        title = "pipeline.json beside the model"
        beside = Fed(BESIDE, title, title, candidate.deployed)
        if beside.pipeline.fingerprint == session.pipeline.fingerprint:
            offered[0] = replace(beside, code=USE, title=f"{title}, in use")
        elif beside.pipeline.fingerprint != candidate.pipeline.fingerprint:
            offered.append(beside)
    return {fed.code: fed for fed in offered}


def named(session: Session, code: str) -> Fed | None:
    """Return the pipeline of a code, or None where it isn't on this machine or doesn't fit this model."""
    at_hand = known(session)
    if code in at_hand:
        return at_hand[code]
    if code in (USE, OWN, BESIDE):
        return at_hand[USE]
    kept = _kept(session, code)
    if kept is None:
        return None
    for fed in at_hand.values():
        if fed.pipeline.fingerprint == kept.fingerprint:
            return replace(fed, code=code)
    return Fed(code, "Another pipeline", "another pipeline", kept)


def _kept(session: Session, code: str) -> Pipeline | None:
    from analysis.session import fit_pipeline, read_pipeline

    place = state.here()
    if place.opening is None or code in (*WAYS, opening.DELIVERED, ""):
        return None
    try:
        path = replace(place.opening, pipeline=code).chosen_pipeline()
        return fit_pipeline(read_pipeline(path), session.candidate) if path is not None else None
    except UnusableInput:
        return None


def keep(pipeline: Pipeline) -> str:
    """Keep a pipeline on this machine; returns the code that names it in a link."""
    return opening.keep_pipeline(pipeline)


def code() -> str:
    """Return what is chosen on the doctor's page, in the address bar or earlier in this session."""
    return state.view().get("fed") or state.note("fed") or USE


def choose(new: str, *, diagnosed: bool = False) -> None:
    """Choose what is diagnosed, and whether the diagnosis is asked for at once."""
    state.set_note("fed", new)
    state.set_view(fed=new, diagnosed="yes" if diagnosed else None)


def draw(session: Session, *, key: str) -> str:
    """Draw the choice; returns the code chosen, or the way in which a pipeline is still to be given."""
    options: dict[str, str] = {fed.code: fed.title for fed in known(session).values()}
    current = code()
    if current not in options and current not in WAYS:
        found = named(session, current)
        if found is not None:
            options[current] = found.title
        else:
            current = USE
    options |= WAYS
    st.session_state[key] = current

    def changed() -> None:
        choose(st.session_state[key])

    st.pills(
        "How is the model fed where it is deployed?", list(options), format_func=options.get, key=key,
        on_change=changed, required=True,
    )  # fmt: skip
    return current


def from_file(session: Session) -> None:
    """Take a pipeline file, and go on with it."""
    from analysis.preprocessing.checks import check_pipeline
    from analysis.session import fit_pipeline, read_pipeline

    file = st.file_uploader("Pipeline as JSON", type=["json"], key="fed-file")
    if file is None:
        st.caption("Any pipeline that Caveat wrote, with the steps changed to what the deployment does.")
        return
    try:
        name = opening.keep_pipeline_file(file.getvalue())
        place = state.here()
        assert place.opening is not None
        path = replace(place.opening, pipeline=name).chosen_pipeline()
        assert path is not None
        pipeline = fit_pipeline(check_pipeline(read_pipeline(path)), session.candidate)
    except UnusableInput as error:
        what = error.what.replace(str(opening.storage.home()), "")
        notices.problem(UnusableInput(what.rsplit(".json: ", 1)[-1], error.action))
        return
    diagnose_button(pipeline, key="diagnose-file")


def diagnose_button(pipeline: Pipeline, *, key: str) -> None:
    """Draw the button that diagnoses a pipeline which isn't kept yet."""

    def start() -> None:
        choose(keep(pipeline), diagnosed=True)

    st.button("Diagnose this pipeline", type="primary", icon=":material/stethoscope:", key=key, on_click=start)
