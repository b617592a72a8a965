"""One example by two candidates: both answers, and what spoke for each, side by side."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analysis.types import Kind
from pages.shared import (
    attributions,
    detail,
    examples,
    faithfulness_beside,
    flow,
    notices,
    selecting,
    state,
    widgets,
)
from pages.shared.flow import Run
from pages.shared.jobs import Job, Status
from pages.shared.question import Question
from pages.shared.versus import Other
from pages.shared.wording import middle, name, plain, seconds


def draw(run: Run, other: Other, names: tuple[str, str]) -> None:
    """Draw the selected example as both see it, or say how to select one."""
    example = state.here().selection.example
    if example is None:
        st.caption("Open an example above to see both answers, and what each model looked at.")
        return
    if other.session is None:
        return
    theirs = flow.run_of(other.session, other.predictions, other.key)
    places = (run.position(example), theirs.position(example))
    if places[0] is None or places[1] is None:
        st.caption(f"{name(example, 60)} was not answered by both.")
        return
    with st.container(border=True):
        st.subheader(_sentence(run, places[0], theirs, places[1]), anchor=False)
        st.caption(
            f"{name(examples.long_id(run, places[0]), 120)}; its label: {plain(examples.truth_of(run, places[0]))}"
        )
        raw, first, second = st.columns([3, 4, 4], gap="medium")
        with raw:
            detail.raw(run, places[0])
        jobs = {}
        for side, column, one, row, title in (
            ("a", first, run, places[0], names[0]),
            ("b", second, theirs, places[1], names[1]),
        ):
            with column:
                st.markdown(f"**{name(title, 40)}**")
                st.markdown(detail.sentence(one, row))
                _scores(one, row, side)
                jobs[side] = _explained(one, row, side)
        running = [job for job in jobs.values() if job is not None and job.status is Status.RUNNING]
        if running:
            _watch(running)
        st.page_link(
            "pages/why/explain.py", label="Ask the first more about it", icon=":material/center_focus_strong:",
            query_params=state.here().link(),
        )  # fmt: skip


def _sentence(run: Run, row: int, theirs: Run, place: int) -> str:
    first, second = (middle(examples.answer_of(*pair), 28) for pair in ((run, row), (theirs, place)))
    if first == second:
        return f"Both answer “{plain(first)}”"
    return f"“{plain(first)}” by the first, “{plain(second)}” by the second"


def _scores(run: Run, row: int, side: str) -> None:
    if run.predictions.task.kind is Kind.REGRESSION:
        return
    from analysis.figures import class_scores

    key = f"scores-{side}"
    drawn = class_scores(run.predictions, row, theme=widgets.theme())
    # What the second calls so is no selection of the run that is open.
    widgets.figure(drawn, key=key, on_select=selecting.called(key) if side == "a" else "ignore")


def _explained(run: Run, row: int, side: str) -> Job[Any] | None:
    """Draw why a candidate answered so, by the method that fits it best, and return the job that still runs for it."""
    from analysis.explainers.registry import fitting

    fit = fitting(run.session.candidate)[:1]
    if not fit:
        st.caption("No method fits this model.")
        return None
    method = fit[0].name
    target = run.predictions.task.labels[0]
    if run.predictions.task.kind is Kind.CLASSIFICATION:
        target = examples.answer_of(run, row)
    asked = Question(run.predictions.ids[row], target, None, "")
    job = attributions.job_of(run, asked, method)
    job.wait(0.2)
    if job.status is Status.RUNNING:
        notices.progress_bar(job)
    elif job.error is not None:
        st.caption(plain(str(job.error)))
    elif job.result is not None:
        attribution = job.result.attributions[0]
        widgets.figure(attributions.figure_of(run, job.result, attribution), key=f"why-{side}")
        st.caption(f"{fit[0].title}: what spoke for {name(target, 30)}; took {seconds(attribution.seconds)}")
        believed = faithfulness_beside.asked(run, asked, {method: job}).get(method)
        faithfulness_beside.line(method, believed, key=f"{method}-{side}")
        if believed is not None and believed.status is Status.RUNNING:
            return believed
    return job


@st.fragment(run_every=0.5)
def _watch(running: list[Job[Any]]) -> None:
    """Draw the page again once something that ran has ended."""
    if any(job.status is not Status.RUNNING for job in running):
        st.rerun()
