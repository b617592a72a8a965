"""What spoke for an answer, by several methods at once: each a job of its own, drawn as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from analysis.explainers.base import MISSED
from analysis.progress import Progress
from analysis.types import Attribution, Modality
from pages.shared import cache, examples, faithfulness_beside, leaving, notices, state, widgets
from pages.shared.flow import Run
from pages.shared.jobs import Job, Status
from pages.shared.question import Question
from pages.shared.wording import number, plain, seconds

if TYPE_CHECKING:
    from analysis.explain import Explanation
    from analysis.figures import Figure

Jobs = dict[str, "Job[Explanation]"]


def draw(run: Run, question: Question, methods: list[str]) -> None:
    """Draw what each method says, side by side; what is still computed shows its progress meanwhile."""
    if not methods:
        st.write("Choose a method that fits to see what spoke for the answer.")
        return
    jobs: Jobs = {}
    for method in methods:
        # One after the other: what is quick and stands first gets the model first.
        jobs[method] = job_of(run, question, method)
        jobs[method].wait(0.15)
    # Asked before: a map that comes between the two lines would be drawn, and never be measured.
    running = any(job.status is Status.RUNNING for job in jobs.values())
    # Whether a map can be believed is measured once it is there.
    believed = faithfulness_beside.asked(run, question, jobs)
    running = running or any(job.status is Status.RUNNING for job in believed.values())
    st.fragment(_draw, run_every=0.5 if running else None)(run, question, jobs, watching=running)
    faithfulness_beside.agreement(run, question, jobs)


def _key(run: Run, question: Question, method: str) -> tuple[str, ...]:
    asked = (question.example, question.target, question.contrast or "", question.baseline_of(method))
    return (*run.key, *asked, method)


def job_of(run: Run, question: Question, method: str) -> Job[Explanation]:
    """Return the job that explains one example by one method, begun where there is none."""
    from analysis.explainers.registry import METHODS

    baseline = question.baseline_of(method)

    def work(progress: Progress) -> Explanation:
        from analysis.explain import explain_example

        return explain_example(
            run.session.candidate,
            run.dataset,
            question.example,
            run.session.pipeline,
            (method,),
            target=question.target,
            contrast=question.contrast,
            options={method: {"baseline": baseline}} if baseline else None,
            progress=progress,
        )

    return leaving.ask("explain", _key(run, question, method), METHODS[method].title, work)


def _draw(run: Run, question: Question, jobs: Jobs, *, watching: bool) -> None:
    believed = faithfulness_beside.asked(run, question, jobs)
    if watching and all(job.status is not Status.RUNNING for job in (*jobs.values(), *believed.values())):
        st.rerun()
    if run.dataset.modality is Modality.IMAGE:
        st.caption(
            "Orange spoke for it, blue against it. Each map is shown in shares of its own strongest score, so that "
            "maps side by side have the same scale."
        )
        with st.grid(min(4, len(jobs) + 1), min_column_width=250):
            _received(run, next(iter(jobs.values())))
            for method, job in jobs.items():
                with st.container(gap="xsmall"):
                    _one(run, method, job)
                    faithfulness_beside.line(method, believed.get(method))
        return
    if run.dataset.modality is Modality.TEXT:
        _choose_units()
    with st.grid(min(2, len(jobs)), min_column_width=420):
        for method, job in jobs.items():
            with st.container(gap="xsmall"):
                _one(run, method, job)
                faithfulness_beside.line(method, believed.get(method))


def _units() -> str:
    return "tokens" if state.view().get("units") == "tokens" else "words"


def _choose_units() -> None:
    """Draw the choice between words, as people read, and tokens, as the network does."""

    def changed() -> None:
        state.set_view(units="tokens" if st.session_state["why_units"] == "tokens" else None)

    st.session_state["why_units"] = _units()
    st.segmented_control(
        "Scores of", ["words", "tokens"], key="why_units", required=True, on_change=changed,
        format_func=str.capitalize, help="The network reads tokens; a word’s score is the sum of its tokens’.",
    )  # fmt: skip


def _one(run: Run, method: str, job: Job[Explanation]) -> None:
    st.markdown(f"**{job.title}**")
    if job.status is Status.RUNNING:
        notices.progress_bar(job)
    elif job.status is Status.CANCELLED:
        st.caption("Stopped before it was finished.")
    elif job.error is not None:
        st.caption(plain(str(job.error)))
    else:
        assert job.result is not None
        _attribution(run, method, job.result, job.result.attributions[0])


def _attribution(run: Run, method: str, explanation: Explanation, attribution: Attribution) -> None:
    widgets.figure(figure_of(run, explanation, attribution), key=f"why-{method}")
    details = [f"took {seconds(attribution.seconds)}"]
    if attribution.baseline:
        details.append(f"“absent” means {plain(attribution.baseline)}")
    if attribution.convergence_delta is not None:
        details.append(f"convergence delta {number(attribution.convergence_delta)}")
    st.caption(", ".join(details))
    for note in attribution.notes:
        missed = note.startswith(MISSED)
        st.markdown(f":orange[:material/warning: {plain(note)}]") if missed else st.caption(plain(note))


def figure_of(run: Run, explanation: Explanation, attribution: Attribution) -> Figure:
    """Draw one attribution as its kind of data asks for."""
    from analysis import figures
    from analysis.explainers.words import merge_to_words

    asked = {"target": attribution.target, "contrast": attribution.contrast, "theme": widgets.theme()}
    if run.dataset.modality is Modality.IMAGE:
        shares = attribution.scores / figures.shared_scale([attribution.scores])
        drawn = figures.image_attribution(_picture(run, explanation.example_id), shares, scale=1.0, **asked)
        # The page's heading is the title of all maps; without one each, they stand level with the picture.
        drawn.plot.update_layout(title=None, margin={"t": 0, "l": 0, "r": 0})
        return drawn
    if run.dataset.modality is Modality.TEXT:
        if _units() == "tokens":
            return figures.token_attribution(attribution.units, attribution.scores, **asked)
        words = merge_to_words(attribution, explanation.text or "")
        return figures.token_attribution(words.units, words.scores, **asked)
    row = run.position(explanation.example_id)
    assert row is not None
    frame = examples.raw(run, row)
    assert isinstance(frame, pd.DataFrame)
    values = [frame[unit].iloc[0] if unit in frame else "" for unit in attribution.units]
    return figures.feature_attribution(attribution.units, values, attribution.scores, **asked)


def _picture(run: Run, example: str) -> npt.NDArray[np.uint8]:
    from analysis.explain import model_input_picture

    row = run.position(example)
    assert row is not None

    def make() -> npt.NDArray[np.uint8]:
        data = examples.raw(run, row)
        assert isinstance(data, bytes)
        return model_input_picture(run.session.candidate, data, run.session.pipeline)

    return cache.keep("received", (*run.key, example), make)


def _received(run: Run, job: Job[Explanation]) -> None:
    example = state.here().selection.example or (job.result.example_id if job.result else None)
    with st.container(gap="xsmall"):
        st.markdown("**What the model receives**")
        if example is None:
            return
        picture = _picture(run, example)
        st.image(picture, width="stretch", alt="The picture as the model receives it")
        height, width = picture.shape[:2]
        st.caption(f"{width} × {height} pixels, colours as the network gets them")
