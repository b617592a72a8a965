"""A diagnosis that looks at the inputs alone: how near they come to what the model was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from pages.shared import cache, doctor_fed, doctor_fix, doctor_words, notices, state
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
    elif job.status is not Status.DONE:
        stopped(job, lambda: cache.jobs().drop("inputs", key))
    else:
        _found(session, fed, job.result)


def _found(session: Session, fed: doctor_fed.Fed, found: Unlabelled) -> None:
    inputs = doctor_words.noun(session, found.n)
    if found.edits:
        st.title("To the model the inputs look unlike its training", anchor=False)
    else:
        st.title("The inputs alone don’t tell", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Looked at: {fed.phrase}, on {inputs}, without their labels")
        st.button("Diagnose with labels", type="tertiary", on_click=doctor_fed.choose, args=(fed.code,))
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
