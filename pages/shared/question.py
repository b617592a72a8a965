"""What is asked about one example: which label, against which other, by which methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from analysis.types import Kind, Modality
from pages.shared import examples, state
from pages.shared.flow import Run
from pages.shared.wording import plain

if TYPE_CHECKING:
    from analysis.explainers.base import Explainer

NOTHING = "-"
#: What can stand for "absent", in words.
BASELINES: dict[Modality, dict[str, str]] = {
    Modality.IMAGE: {
        "mean": "the mean colour",
        "black": "black",
        "blur": "the picture blurred",
        "noise": "random pixels",
    },
    Modality.TEXT: {"mask": "the mask token, [MASK]", "pad": "the padding token, [PAD]"},
    Modality.TABULAR: {},
}


@dataclass(frozen=True)
class Question:
    """What is asked about one example.

    Attributes
    ----------
    example : str
    target : str
        Label that is explained.
    contrast : str or None
        Label that it is explained against.
    baseline : str
        What stands for "absent", for methods that have that baseline; empty for each method's own.
    """

    example: str
    target: str
    contrast: str | None
    baseline: str = ""

    def baseline_of(self, method: str) -> str:
        """Return the baseline that was chosen for a method; empty for its own, or where it has none of that name."""
        from analysis.explainers.registry import METHODS

        return self.baseline if self.baseline in METHODS[method].baselines else ""


def ask(run: Run, row: int) -> Question:
    """Return the question in the address bar, or the natural one: why the answer rather than the truth, if known?"""
    asked, labels = state.view(), run.predictions.task.labels
    example = run.predictions.ids[row]
    baseline = asked.get("baseline", "")
    baseline = baseline if baseline in BASELINES[run.dataset.modality] else ""
    if run.predictions.task.kind is Kind.REGRESSION:
        return Question(example, labels[0], None, baseline)
    target = asked.get("target", "")
    target = target if target in labels else examples.answer_of(run, row)
    truth = examples.truth_of(run, row) if run.has_labels else target
    natural = truth if truth in labels and truth != target else None
    given = asked.get("contrast")
    contrast = natural if given is None or given not in (*labels, NOTHING) else given
    return Question(example, target, None if contrast in (NOTHING, target) else contrast, baseline)


def methods(run: Run) -> tuple[dict[str, Explainer], dict[str, str]]:
    """Return the methods that fit what is open, and why the others of its modality don't."""
    from analysis.explainers.registry import EXPLAINERS

    candidate = run.session.candidate
    mine = {n: e for n, e in EXPLAINERS.items() if candidate.task.modality in e.modalities}
    reasons = {n: e.is_compatible(candidate) for n, e in mine.items()}
    return {n: e for n, e in mine.items() if reasons[n] is None}, {n: r for n, r in reasons.items() if r is not None}


def controls(run: Run) -> dict[str, Explainer]:
    """Return the maps that know nothing of the model, for comparison."""
    from analysis.explainers.registry import CONTROLS

    return {n: e for n, e in CONTROLS.items() if e.is_compatible(run.session.candidate) is None}


def chosen(run: Run) -> list[str]:
    """Return the methods and controls in the address bar, or the first methods that fit."""
    fitting, _ = methods(run)
    known = {**fitting, **controls(run)}
    asked = [name for name in state.view().get("methods", "").split(",") if name in known]
    first = 2 if run.dataset.modality is Modality.IMAGE else 1
    return asked or list(fitting)[:first]


def choose(run: Run, row: int) -> list[str]:
    """Draw the choice of target, contrast, methods, controls and baseline; returns the methods and controls."""
    question, labels = ask(run, row), list(run.predictions.task.labels)
    fitting, refused = methods(run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if run.predictions.task.kind is Kind.CLASSIFICATION:
            st.session_state["why_target"] = question.target
            st.selectbox("Why", labels, key="why_target", on_change=_asked, width=260)
            others = [NOTHING, *(label for label in labels if label != question.target)]
            st.session_state["why_contrast"] = question.contrast or NOTHING
            st.selectbox(
                "rather than",
                others,
                key="why_contrast",
                format_func=lambda label: "anything else" if label == NOTHING else label,
                on_change=_asked,
                width=260,
            )
        wanted = chosen(run)
        _choose_methods(fitting, refused, wanted)
        others = controls(run)
        if others:
            st.session_state["why_controls"] = [name for name in wanted if name in others]
            st.pills(
                "Controls", list(others), key="why_controls", selection_mode="multi", wrap=True,
                format_func=lambda n: others[n].title.removesuffix(" (control)"), on_change=_methods_changed,
                help="Maps that know nothing of the model: what a method has to beat.",
            )  # fmt: skip
        _choose_baseline(run, question, [*fitting.values()], wanted)
    return wanted


def _choose_methods(fitting: dict[str, Explainer], refused: dict[str, str], wanted: list[str]) -> None:
    from analysis.explainers.registry import EXPLAINERS

    st.session_state["why_methods"] = [name for name in wanted if name in fitting]
    st.pills(
        "Methods",
        list(fitting),
        key="why_methods",
        selection_mode="multi",
        wrap=True,
        format_func=lambda n: fitting[n].title,
        on_change=_methods_changed,
    )
    with st.popover("When to use which", icon=":material/help:", type="tertiary"):
        for explainer in fitting.values():
            st.markdown(f"**{explainer.title}.** {explainer.when} Costs {explainer.cost}.")
        for name, reason in refused.items():
            st.markdown(f"**{EXPLAINERS[name].title}** does not fit: {plain(reason)}")


def _choose_baseline(run: Run, question: Question, fitting: list[Explainer], wanted: list[str]) -> None:
    """Draw the choice of what stands for "absent", where one of the chosen methods needs something to."""
    having = [e for e in fitting if e.name in wanted and e.baselines]
    if not having:
        return
    known = {n: words for n, words in BASELINES[run.dataset.modality].items() if any(n in e.baselines for e in having)}
    st.session_state["why_baseline"] = question.baseline if question.baseline in known else NOTHING
    st.selectbox(
        "“Absent” means", [NOTHING, *known], key="why_baseline", width=240, on_change=_baseline_changed,
        format_func=lambda n: "each method’s own" if n == NOTHING else known[n],
        help=f"For {', '.join(e.title for e in having)}.",
    )  # fmt: skip


def _asked() -> None:
    contrast = st.session_state["why_contrast"]
    state.set_view(target=st.session_state["why_target"], contrast=contrast)


def _methods_changed() -> None:
    names = [*st.session_state["why_methods"], *st.session_state.get("why_controls", [])]
    state.set_view(methods=",".join(names) or None)


def _baseline_changed() -> None:
    baseline = st.session_state["why_baseline"]
    state.set_view(baseline=None if baseline == NOTHING else baseline)
