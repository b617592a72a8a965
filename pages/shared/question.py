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
    """

    example: str
    target: str
    contrast: str | None


def ask(run: Run, row: int) -> Question:
    """Return the question in the address bar, or the natural one: why the answer rather than the truth?"""
    asked, labels = state.view(), run.predictions.task.labels
    example = run.predictions.ids[row]
    if run.predictions.task.kind is Kind.REGRESSION:
        return Question(example, labels[0], None)
    target = asked.get("target", "")
    target = target if target in labels else examples.answer_of(run, row)
    truth = examples.truth_of(run, row)
    natural = truth if truth in labels and truth != target else None
    given = asked.get("contrast")
    contrast = natural if given is None or given not in (*labels, NOTHING) else given
    return Question(example, target, None if contrast in (NOTHING, target) else contrast)


def methods(run: Run) -> tuple[dict[str, Explainer], dict[str, str]]:
    """Return the methods that fit what is open, and why the others of its modality don't."""
    from analysis.explainers.registry import EXPLAINERS

    candidate = run.session.candidate
    mine = {n: e for n, e in EXPLAINERS.items() if candidate.task.modality in e.modalities}
    reasons = {n: e.is_compatible(candidate) for n, e in mine.items()}
    return {n: e for n, e in mine.items() if reasons[n] is None}, {n: r for n, r in reasons.items() if r is not None}


def chosen(run: Run) -> list[str]:
    """Return the methods in the address bar, or the first that fit."""
    fitting, _ = methods(run)
    asked = [name for name in state.view().get("methods", "").split(",") if name in fitting]
    first = 2 if run.dataset.modality is Modality.IMAGE else 1
    return asked or list(fitting)[:first]


def choose(run: Run, row: int) -> list[str]:
    """Draw the choice of target, contrast and methods; returns the methods."""
    question, labels = ask(run, row), list(run.predictions.task.labels)
    from analysis.explainers.registry import EXPLAINERS

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
        st.session_state["why_methods"] = chosen(run)
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
    return [name for name in fitting if name in st.session_state["why_methods"]]


def _asked() -> None:
    contrast = st.session_state["why_contrast"]
    state.set_view(target=st.session_state["why_target"], contrast=contrast)


def _methods_changed() -> None:
    state.set_view(methods=",".join(st.session_state["why_methods"]) or None)
