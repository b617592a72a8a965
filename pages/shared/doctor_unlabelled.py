"""A diagnosis that looks at the inputs alone: how near they come to what the model was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analysis.errors import UnusableInput
from analysis.progress import Progress
from pages.shared import (
    cache,
    doctor_captured,
    doctor_fed,
    doctor_fix,
    doctor_form,
    doctor_words,
    notices,
    state,
    without_labels,
)
from pages.shared.doctor_run import SEED, stopped
from pages.shared.jobs import Status
from pages.shared.wording import middle, number, plain

if TYPE_CHECKING:
    from analysis.preprocessing.doctor.without_labels import Unlabelled
    from analysis.session import Session

#: What the address says where inputs alone are asked for.
WANTED = "inputs"


def button(code: str) -> None:
    """Draw the way to it, beside that to a diagnosis with labels."""
    st.button(
        "Look at the inputs alone",
        icon=":material/visibility:",
        key="diagnose-inputs",
        on_click=ask,
        args=(code,),
        help="Compares the inputs with what the model remembers of its training. Needs no labels, and sees far less.",
    )


def ask(code: str) -> None:
    """Ask for it."""
    doctor_fed.choose(code)
    state.set_view(diagnosed=WANTED)


def page(session: Session, fed: doctor_fed.Fed | None, split: str | None) -> None:
    """Draw the doctor's page of data without labels: the look at the inputs, or the form of what is to be looked at.

    Parameters
    ----------
    session : Session
    fed : Fed or None
        None where the pipeline is still to be given.
    split : str or None
    """
    if fed is not None:
        draw(session, fed, split)
        return
    st.title("How is the model fed?", anchor=False)
    chosen = doctor_fed.draw(session, key="fed")
    if chosen == doctor_fed.FILE:
        doctor_fed.from_file(session)
    elif chosen == doctor_fed.FORM:
        doctor_form.draw(session)
    else:
        doctor_captured.draw(session, split)


def draw(session: Session, fed: doctor_fed.Fed, split: str | None) -> None:
    """Draw its progress, or what was found."""

    def work(progress: Progress) -> Unlabelled:
        progress.start("Loading libraries", 0)
        from analysis.preprocessing.doctor.without_labels import diagnose_without_labels

        return diagnose_without_labels(
            session.candidate, session.dataset, fed.pipeline, split=split, seed=SEED, progress=progress
        )

    part = split if split is not None else state.ALL_SPLITS
    key = (session.candidate.fingerprint, session.dataset.fingerprint, fed.pipeline.fingerprint, part)
    title = "Comparing the inputs with the model’s training"
    job = cache.jobs().ask("inputs", key, title, work, session=state.session_id())
    job.wait(0.25)
    if job.status is Status.RUNNING:
        notices.progress(job)
    elif job.error is not None and not session.dataset.has_labels:
        _nothing_to_compare(job.error)
        with st.popover("Look at something else", icon=":material/tune:"):
            doctor_fed.draw(session, key="fed-else")
    elif job.status is not Status.DONE:
        stopped(job, lambda: cache.jobs().drop("inputs", key))
    else:
        _found(session, fed, job.result)


def _nothing_to_compare(error: UnusableInput) -> None:
    """Say why the inputs can't be compared with the training, and what is left to do."""
    st.title("This model remembers nothing that inputs could be compared with", anchor=False)
    notices.problem(error)
    st.write("What it receives can be looked at; whether that is right, labels or captured tensors tell.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Add labels", icon=":material/sell:", on_click=without_labels.choose_labels, help=without_labels.ADD)
        st.page_link(
            notices.PAGES["eyes"], label="See what it receives", icon=":material/visibility:",
            query_params=state.here().link(),
        )  # fmt: skip


def _found(session: Session, fed: doctor_fed.Fed, found: Unlabelled) -> None:
    inputs = doctor_words.noun(session, found.n)
    if found.edits:
        st.title("To the model the inputs look unlike its training", anchor=False)
    else:
        st.title("The inputs alone don’t tell", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        labelled = session.dataset.has_labels
        st.caption(f"Looked at: {fed.phrase}, on {inputs}, without {'their ' if labelled else ''}labels")
        if labelled:
            st.button("Diagnose with labels", type="tertiary", on_click=doctor_fed.choose, args=(fed.code,))
        else:
            with st.popover("Look at something else", type="tertiary", icon=":material/tune:"):
                doctor_fed.draw(session, key="fed-else")
    st.caption(f"Compared: {found.measure}.")
    if found.edits:
        near, far = st.columns(2)
        with near, st.container(border=True, height="stretch", gap="xxsmall"):
            st.metric("Distance, as it is fed now", number(found.baseline))
        with far, st.container(border=True, height="stretch", gap="xxsmall"):
            st.metric("Distance, fed the nearest way", number(found.best))
        st.subheader("What brings them nearer", anchor=False)
        for edit in found.edits:
            title, _, rest = edit.sentence.partition(": ")
            st.markdown(f"**{plain(title)}**: {plain(middle(rest, 220))}")
        st.caption("Only labels prove that the model answers better so.")
        doctor_fix.draw(session, fed.pipeline, found.pipeline, proved=False)
    else:
        st.write(
            f"No other way of feeding the model makes the {inputs} look clearly more like its training. That rules out "
            "little: a flip, a label list or the unit of the answers leave all that is compared as it was."
        )
    if not session.dataset.has_labels:
        st.button("Add labels", icon=":material/sell:", on_click=without_labels.choose_labels, help=without_labels.ADD)
    _tried(found)


def _tried(found: Unlabelled) -> None:
    if not found.hypotheses:
        return
    st.subheader("All that was tried", anchor=False)
    from analysis.figures.doctor import compared_with

    rows = [
        {
            "Change": compared_with(row.edits, found.edits),
            "Distance": row.distance,
            "Nearer, beyond chance": "yes" if row.significant else "no",
        }
        for row in found.hypotheses
    ]
    st.caption(f"As it is fed now the distance is {number(found.baseline)}; the nearest come first.")
    columns = {
        "Change": st.column_config.TextColumn(width="large"),
        "Distance": st.column_config.NumberColumn(format="%.3g"),
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=columns)
