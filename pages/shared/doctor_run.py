"""The diagnosis as work in the background, found again by what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from analysis.progress import Progress
from analysis.types import Pipeline
from pages.shared import cache, doctor_fed, notices, state
from pages.shared.jobs import Job, Status

if TYPE_CHECKING:
    from analysis.preprocessing.doctor import Diagnosis
    from analysis.preprocessing.doctor.sides import Sides
    from analysis.session import Session

SEED = 0


@dataclass(frozen=True)
class Diagnosed:
    """A finished diagnosis, with the pipeline that it is about.

    Attributes
    ----------
    pipeline : Pipeline
    diagnosis : Diagnosis
    key : tuple of str
        Fingerprints that it depends on.
    """

    pipeline: Pipeline
    diagnosis: Diagnosis
    key: tuple[str, ...]


def key_of(session: Session, pipeline: Pipeline, split: str | None) -> tuple[str, ...]:
    """Return the fingerprints that a diagnosis depends on."""
    part = split if split is not None else state.ALL_SPLITS
    return (session.candidate.fingerprint, session.dataset.fingerprint, pipeline.fingerprint, part, str(SEED))


def find(session: Session, pipeline: Pipeline, split: str | None) -> Job[Diagnosis] | None:
    """Return the diagnosis of a pipeline, running or finished, or None."""
    return cache.jobs().find("diagnose", key_of(session, pipeline, split))


def done(session: Session, pipeline: Pipeline, split: str | None) -> Diagnosed | None:
    """Return the finished diagnosis of a pipeline, or None."""
    job = find(session, pipeline, split)
    if job is None or job.status is not Status.DONE:
        return None
    return Diagnosed(pipeline, job.result, key_of(session, pipeline, split))


def forget(session: Session, pipeline: Pipeline, split: str | None) -> None:
    """Forget a diagnosis, so that it is made anew."""
    cache.jobs().drop("diagnose", key_of(session, pipeline, split))


def again(session: Session, fed: doctor_fed.Fed, split: str | None) -> None:
    """Make a diagnosis anew, to its end."""
    forget(session, fed.pipeline, split)
    doctor_fed.choose(fed.code, diagnosed=True)


def require(session: Session, pipeline: Pipeline, split: str | None) -> Diagnosed:
    """Return the diagnosis, or draw its progress, its error or its end, and end the page."""

    def work(progress: Progress) -> Diagnosis:
        progress.start("Loading libraries", 0)
        from analysis.preprocessing.doctor.kept import diagnosis_of

        return diagnosis_of(session.candidate, session.dataset, pipeline, split=split, seed=SEED, progress=progress)

    key = key_of(session, pipeline, split)
    title = "Looking for what is wrong with how it is fed"
    job = cache.jobs().ask("diagnose", key, title, work, session=state.session_id())
    job.wait(0.25)
    if job.status is Status.DONE:
        return Diagnosed(pipeline, job.result, key)
    if job.status is Status.RUNNING:
        notices.progress(job)
        st.caption("The other pages can be used meanwhile. Cancel keeps what was found until then.")
    else:
        stopped(job, lambda: forget(session, pipeline, split))
    st.stop()
    raise AssertionError("unreachable")


def stopped(job: Job, again: object) -> None:
    """Say why there is no result, and offer to begin again or to choose otherwise."""

    def back() -> None:
        again()  # type: ignore[operator]
        doctor_fed.choose(doctor_fed.code())

    st.title("The search was stopped" if job.error is None else "This can’t be diagnosed", anchor=False)
    if job.error is not None:
        notices.problem(job.error)
    else:
        st.write("It was stopped before anything was found.")
    with st.container(horizontal=True):
        st.button("Try again", icon=":material/refresh:", on_click=again, key="diagnose-again")  # type: ignore[arg-type]
        st.button("Diagnose something else", type="tertiary", on_click=back, key="diagnose-else")


def sides(session: Session, found: Diagnosed) -> Sides:
    """Return both runs that a diagnosis compares."""
    from analysis.preprocessing.doctor.sides import sides_of

    return cache.keep(
        "sides",
        (*found.key, str(found.diagnosis.complete)),
        lambda: sides_of(session.candidate, session.dataset, found.pipeline, found.diagnosis),
    )
