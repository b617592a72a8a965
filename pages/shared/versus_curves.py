"""Curves of two candidates over the examples that both answered; for a regression both against the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.types import Kind
from pages.shared import cache, selecting, state, widgets
from pages.shared.flow import Run
from pages.shared.versus import Other
from pages.shared.wording import middle, name

if TYPE_CHECKING:
    from analysis.comparison import SideBySide


def draw(run: Run, other: Other, names: tuple[str, str]) -> None:
    """Draw ROC, precision-recall and reliability curves of both, or both regressions."""
    from analysis.comparison import side_by_side

    key = (*run.key, *other.key)
    both = cache.keep("side-by-side", key, lambda: side_by_side(run.predictions, other.predictions))
    if run.predictions.task.kind is Kind.REGRESSION:
        _regressions(both, names)
    else:
        _curves(both, key, names)


def _regressions(both: SideBySide, names: tuple[str, str]) -> None:
    from analysis.figures import predicted_against_true, residuals

    st.subheader("Both against the truth", anchor=False)
    for side, column, run, title in zip("ab", st.columns(2, gap="large"), (both.a, both.b), names, strict=True):
        with column:
            st.caption(name(title, 40))
            for what, draw_one in (("predicted", predicted_against_true), ("residuals", residuals)):
                key = f"{what}-{side}"
                widgets.figure(draw_one(run, theme=widgets.theme()), key=key, on_select=selecting.example(key))


def _curves(both: SideBySide, key: tuple[str, ...], names: tuple[str, str]) -> None:
    from analysis import figures

    st.subheader("What the scores of both are good for", anchor=False)
    counts = {first: n for first, _, n in both.classes}
    options = list(counts)
    if len(options) > 1:
        wanted = state.view().get("curve")
        st.session_state["curve"] = wanted if wanted in counts else options[0]
        label = st.selectbox(
            "Class against the rest",
            options,
            key="curve",
            format_func=lambda value: f"{middle(value, 60)} ({counts[value]})",
            on_change=lambda: state.set_view(curve=st.session_state["curve"]),
            width=320,
        )
        pair = cache.keep("two-curves", (*key, label), lambda: both.curves(label))
        if pair is not None and pair[0].few:
            message = f"Only {pair[0].positives} of {pair[0].n} examples: too few to judge."
            st.warning(message, icon=":material/warning:")
    else:
        pair = None
        st.write("All examples are of one class: there is no other to tell it from.")
    drawn = {"reliability": figures.two_reliability(both.reliability(), names, theme=widgets.theme())}
    if pair is not None:
        curves = {"roc": figures.two_roc, "precision-recall": figures.two_precision_recall}
        drawn = {what: draw_one(pair, names, theme=widgets.theme()) for what, draw_one in curves.items()} | drawn
    for column, (what, figure) in zip(st.columns(3, gap="medium"), drawn.items(), strict=False):
        with column:
            widgets.figure(figure, key=f"both-{what}", on_select=selecting.part(f"both-{what}"))
    st.caption(f"A point of the curve of “{name(names[0], 40)}” that is clicked selects its examples.")
    selecting.way_to_part("score", "confidence")
