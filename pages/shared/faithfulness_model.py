"""Do a method's maps follow what the network learned? A button, work in the background, a sentence and a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from analysis.progress import Progress
from pages.shared import cache, notices, state, widgets
from pages.shared.flow import Run
from pages.shared.jobs import Job, Status
from pages.shared.question import Question
from pages.shared.wording import listing, number, plain

if TYPE_CHECKING:
    from analysis.faithfulness.randomisation import RandomisationTest

SEED = 0


def draw(run: Run, question: Question, methods: list[str]) -> None:
    """Draw the parameter-randomisation test of the chosen methods, or the button that begins it."""
    if not methods or getattr(run.session.candidate, "module", None) is None:
        return
    st.subheader("Do these maps follow what the network learned?", anchor=False)
    st.write(
        "A map that stays the same when the network’s weights are replaced by random ones shows the picture or the "
        "text, not the network. The test makes the maps again with more and more layers randomised, on a copy."
    )
    key = (*run.key, question.example, *methods)
    job = cache.jobs().find("randomisation", key)
    if job is None or job.status is Status.CANCELLED:
        st.button("Test these methods", icon=":material/shuffle:", key="randomise", on_click=_begin,
                  args=(run, question, methods, key))  # fmt: skip
        return
    if job.status is Status.RUNNING:
        with st.container(border=True, width=640):
            _watch(job)
    elif job.error is not None:
        notices.problem(job.error)
    else:
        assert job.result is not None
        _result(job.result)


@st.fragment(run_every=0.5)
def _watch(job: Job[RandomisationTest]) -> None:
    if job.status is not Status.RUNNING:
        st.rerun()
    notices.progress_bar(job)


def _begin(run: Run, question: Question, methods: list[str], key: tuple[str, ...]) -> None:
    def work(progress: Progress) -> RandomisationTest:
        progress.start("Copying the network", 0)
        from analysis.faithfulness.randomisation import randomisation_test

        return randomisation_test(
            run.session.candidate, run.dataset, _examples(run, question), run.session.pipeline, methods,
            progress=progress, seed=SEED,
        )  # fmt: skip

    cache.jobs().drop("randomisation", key)
    title = "Randomising the network’s layers"
    cache.jobs().ask("randomisation", key, title, work, session=state.session_id())


def _examples(run: Run, question: Question) -> list[str]:
    """Return the example on the page, and others drawn from the run."""
    from analysis.faithfulness.randomisation import EXAMPLES

    others = np.delete(np.arange(len(run.predictions)), run.predictions.ids.find(question.example) or 0)
    drawn = np.random.default_rng(SEED).permutation(others)[: EXAMPLES - 1]
    return [question.example, *(run.predictions.ids[int(i)] for i in drawn)]


def _result(found: RandomisationTest) -> None:
    from analysis.explainers.registry import METHODS
    from analysis.faithfulness.randomisation import Sensitivity
    from analysis.figures.faithfulness import randomisation_curves

    look = {
        Sensitivity.FOLLOWS: (":material/verified:", "green"),
        Sensitivity.IGNORES: (":material/block:", "red"),
        Sensitivity.UNKNOWN: (":material/help:", "gray"),
    }
    titles = [METHODS[method.method].title for method in found.methods]
    for method, title in zip(found.methods, titles, strict=True):
        icon, colour = look[method.sensitivity]
        said = method.sensitivity.value.replace("'", "’")
        interval = f"{number(round(method.low, 2))} to {number(round(method.high, 2))}"
        st.markdown(
            f":{colour}[{icon} **{plain(title)}**: {said}] · rank correlation {number(round(method.mean, 2))} "
            f"with all {found.total} layers random, 95 % interval {interval}, n = {len(found.examples)}"
        )
    with st.container(width=720):
        widgets.figure(randomisation_curves(found, titles, theme=widgets.theme()), key="randomisation")
    if found.refused:
        st.caption(plain("Not tested: " + listing([METHODS[name].title for name, _ in found.refused], 8)))
