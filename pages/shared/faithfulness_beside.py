"""How far each map can be believed: a line beside it, its curves one click away, and whether methods agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import UnusableInput
from analysis.progress import Progress
from pages.shared import cache, leaving, notices, widgets
from pages.shared.flow import Run
from pages.shared.jobs import Job, Status
from pages.shared.question import Question
from pages.shared.wording import number, plain

if TYPE_CHECKING:
    from analysis.explain import Explanation
    from analysis.faithfulness import Examination, Faithfulness

#: Icon and colour of each verdict, by its name.
_LOOK = {
    "TRUSTWORTHY": (":material/verified:", "green"),
    "CHANCE": (":material/casino:", "red"),
    "UNKNOWN": (":material/help:", "gray"),
}
HINT = (
    "Parts are removed, and shown, in the map’s order, and the model is asked each time. A map that tells the truth "
    "does better than random orders (permutation test), and stays what it is under a little noise."
)


def asked(run: Run, question: Question, explained: Mapping[str, Job[Explanation]]) -> dict[str, Job[Faithfulness]]:
    """Return a job for each finished map that says how far it can be believed; begun now where there is none.

    Maps come first: nothing is measured while one is still computed. Measuring costs seconds: it is stopped where
    this session has left the example meanwhile.
    """
    if any(job.status is Status.RUNNING for job in explained.values()):
        return {}
    done = {m: job.result for m, job in explained.items() if job.status is Status.DONE and job.result is not None}
    return {
        method: _job(run, question, (*_key(run, question), method, question.baseline_of(method)), explanation)
        for method, explanation in done.items()
    }


def _key(run: Run, question: Question) -> tuple[str, ...]:
    return (*run.key, question.example, question.target, question.contrast or "")


def _examination(run: Run, question: Question, explanation: Explanation) -> Examination:
    def make() -> Examination:
        from analysis.faithfulness import examine

        return examine(run.session.candidate, run.dataset, explanation, run.session.pipeline)

    return cache.keep("examination", _key(run, question), make)


def _job(run: Run, question: Question, key: tuple[str, ...], explanation: Explanation) -> Job[Faithfulness]:
    def work(progress: Progress) -> Faithfulness:
        progress.start("Measuring whether it can be believed", 0)
        return _examination(run, question, explanation).judge(explanation.attributions[0], progress)

    title = "Measuring whether this map can be believed"
    return leaving.ask("faithfulness", key, title, work)


def line(method: str, job: Job[Faithfulness] | None, *, key: str = "") -> None:
    """Draw the verdict on one map with its reason; the curves are one click away.

    Parameters
    ----------
    method : str
    job : Job or None
    key : str
        Of the widgets, where a page draws the same method twice.
    """
    key = key or method
    if job is None:
        return
    if job.status is Status.RUNNING:
        notices.progress_bar(job)
        return
    if job.status is Status.CANCELLED:
        st.caption("Whether it can be believed was not measured: it was stopped.")
        return
    if job.error is not None:
        st.caption(f"Whether it can be believed can’t be measured: {plain(job.error.what)}")
        return
    found = job.result
    assert found is not None
    icon, colour = _LOOK[found.verdict.name]
    said = found.verdict.value.replace("'", "’")
    st.markdown(f":{colour}[{icon} **{said[0].upper()}{said[1:]}**]", help=HINT)
    st.caption(plain(found.reason))
    curves = st.expander("How it was measured", key=f"curves-{key}", on_change="rerun", icon=":material/show_chart:")
    with curves:
        if curves.open:
            _curves(key, found)


def _curves(method: str, found: Faithfulness) -> None:
    from analysis.figures.faithfulness import deletion_curve, insertion_curve

    theme = widgets.theme()
    widgets.figure(deletion_curve(found, theme=theme), key=f"deletion-{method}")
    widgets.figure(insertion_curve(found, theme=theme), key=f"insertion-{method}")
    steady = "can’t be measured here" if found.stability is None else f"rank correlation {number(found.stability)}"
    st.caption(
        f"{found.parts} {found.noun}; “removed” means {plain(found.absent)}. "
        f"With a little noise in the example: {steady} with this map."
    )


def agreement(run: Run, question: Question, explained: Mapping[str, Job[Explanation]]) -> None:
    """Draw whether the finished methods agree, where there are several."""
    from analysis.explainers.registry import METHODS

    done = {m: job.result for m, job in explained.items() if job.status is Status.DONE and job.result is not None}
    if len(done) < 2:
        return
    try:
        parts = _examination(run, question, next(iter(done.values()))).parts
    except UnusableInput:
        return
    from analysis.faithfulness.agreement import agreement as compare
    from analysis.figures.faithfulness import agreement_matrix

    found = compare(parts, [explanation.attributions[0] for explanation in done.values()])
    st.subheader("Do the methods agree?", anchor=False)
    titles = [METHODS[method].title for method in done]
    drawn = agreement_matrix(found, titles, theme=widgets.theme())
    if len(done) == 2:
        st.write(plain(drawn.title) + ".")
        return
    with st.container(width=160 + 130 * len(done)):
        widgets.figure(drawn, key="agreement")
