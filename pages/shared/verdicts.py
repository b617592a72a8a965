"""What the verdict rests on, gathered from what this session has: what was not made yet counts as not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.policy import Policy
from analysis.types import Finding, Severity
from analysis.verdict import Decision, Evidence, Verdict, judge
from pages.shared import cache, costs, looked, results, robust, simple, state
from pages.shared.flow import Run

if TYPE_CHECKING:
    from analysis.preprocessing.doctor import Diagnosis

#: Decision → severity that gives its colour.
TONE = {
    Decision.ADOPT: Severity.OK,
    Decision.CONDITIONS: Severity.CAUTION,
    Decision.REJECT: Severity.BLOCKER,
    Decision.UNKNOWN: Severity.UNKNOWN,
}
#: Scorecard line → page with more of it.
PAGES = {
    "safety": "pages/decide/diligence.py",
    "licence": "pages/decide/diligence.py",
    "fit": "pages/results/overview.py",
    "accuracy": "pages/results/confusions.py",
    "r2": "pages/results/metrics.py",
    "classes": "pages/results/metrics.py",
    "feeding": "pages/feeding/doctor.py",
    "cost": "pages/decide/cost.py",
    "baseline": "pages/results/compare.py",
    "against": "pages/results/compare.py",
    "robustness": "pages/decide/robustness.py",
}


def diagnosis(run: Run) -> Diagnosis | None:
    """Return the doctor's finding about the pipeline in use, where it was made to its end."""
    from analysis.preprocessing.doctor.kept import kept_diagnosis

    session = run.session
    return kept_diagnosis(session.candidate, session.dataset, session.pipeline, split=session.split)


def fit(run: Run) -> tuple[Finding, ...]:
    """Return whether lengths and sizes of the data suit the network."""
    from analysis.diligence.fit_data import fit_with

    return cache.keep("fit", run.key, lambda: fit_with(run.session))


def gather(run: Run, diligence: tuple[Finding, ...] | None = None) -> Evidence:
    """Return the evidence that there is.

    Parameters
    ----------
    run : Run
    diligence : tuple of Finding, optional
        About the model's files and its fit; where not given, they are looked into, and the page waits for it.
    """
    from analysis.types import Kind

    predictions, dataset = run.predictions, run.dataset
    return Evidence(
        kind=predictions.task.kind,
        diligence=(*looked.require(), *fit(run)) if diligence is None else diligence,
        data=dataset.findings,
        metrics=results.summary(run),
        classes=results.per_class(run) if predictions.task.kind is Kind.CLASSIFICATION else (),
        diagnosis=diagnosis(run),
        cost=costs.done(run.session),
        robustness=robust.done(run),
        baselines=simple.done(run),
        rejected=len(dataset.rejected) + len(predictions.rejected),
        n=len(predictions),
    )


def policy() -> Policy:
    """Return the thresholds that this session judges by."""
    return state.note("policy", Policy())


def verdict(run: Run) -> Verdict:
    """Return the verdict by this session's thresholds."""
    return judge(gather(run), policy())


def judged(run: Run, diligence: tuple[Finding, ...]) -> Verdict:
    """Return the same, where the model's files were looked into already."""
    return judge(gather(run, diligence), policy())


def not_looked_at(found: Verdict) -> dict[str, str]:
    """Return what could be measured and isn't required: page → what it would tell."""
    offered = {
        "robustness": "Measure what blur, noise or typos cost",
        "baseline": "See whether a simpler model would do",
        "cost": "Measure what it costs to run",
    }
    present = {line.id.split(".")[0] for line in found.lines}
    return {PAGES[id]: label for id, label in offered.items() if id not in present}


def edit_policy() -> None:
    """Draw the thresholds, to be changed."""
    from analysis.diligence.licences.terms import USES

    now = policy()
    with st.form("policy", border=False):
        left, middle, right = st.columns(3)
        with left:
            accuracy = st.number_input("Least accuracy, %", 0.0, 100.0, 100 * now.accuracy, 1.0, key="policy-accuracy")
            recall = _optional("Least recall of a class, %", now.class_recall, "policy-recall", scale=100)
            r2 = st.number_input("Least R² of a regression", -10.0, 1.0, now.r2, 0.05, key="policy-r2")
        with middle:
            latency = _optional("Longest latency of one (95 %), ms", now.latency_ms, "policy-latency")
            memory = _optional("Most memory, MB", now.memory_mb, "policy-memory")
            disk = _optional("Most space on disk, MB", now.disk_mb, "policy-disk")
            harm = _optional("Most that a mild change may cost, %", now.robustness, "policy-robustness", scale=100)
        with right:
            uses = st.multiselect(
                "What you mean to do with it", list(USES), list(now.uses), key="policy-uses", format_func=USES.get
            )
            licences = st.text_input(
                "Licences that you accept",
                ", ".join(now.licences),
                key="policy-licences",
                placeholder="all that are known",
            )
            simpler = st.checkbox("It must beat simple models", now.baseline, key="policy-baseline")
            doctor = st.checkbox("The doctor must have looked at it", now.diagnosis, key="policy-doctor")
        if st.form_submit_button("Judge by these", type="primary"):
            names = tuple(name.strip() for name in licences.split(",") if name.strip())
            chosen = Policy(
                accuracy / 100, None if recall is None else recall / 100, r2, tuple(str(u) for u in uses), names,
                latency, memory, disk, None if harm is None else harm / 100, simpler, doctor,
            )  # fmt: skip
            state.set_note("policy", chosen)
            st.rerun()


def _optional(label: str, value: float | None, key: str, scale: float = 1) -> float | None:
    shown = None if value is None else value * scale
    return st.number_input(label, 0.0, None, shown, 1.0, key=key, placeholder="no limit")
