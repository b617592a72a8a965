"""Columns of a table over all of the data: asked for, computed in jobs, drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Kind
from pages.shared import cache, selecting, state, waiting, widgets
from pages.shared.flow import Run
from pages.shared.results import noun
from pages.shared.wording import count, middle, name, percent, plain

if TYPE_CHECKING:
    from analysis.features import Dependence, Importance

_TITLES = {
    "log_loss": "Log loss",
    "accuracy": "Accuracy",
    "r2": "R²",
    "absolute_error": "Absolute error",
    "moved": "Scores",
    "changed": "Answers",
}
_LOSSES = {
    "log_loss": "by how much the log loss rises",
    "accuracy": "by how much the accuracy falls",
    "r2": "by how much R² falls",
    "absolute_error": "by how much the mean error rises",
    "moved": "how much of the scores goes to other classes",
    "changed": "how many answers change",
}
_NO_LABELS = "Whether a column makes answers right needs labels: one that moves answers may move them either way."


def importance(run: Run) -> Callable[[Progress], tuple[Importance, ...]]:
    """Return the work that measures every column."""

    def work(progress: Progress) -> tuple[Importance, ...]:
        from analysis.features import permutation_importance

        session = run.session
        return permutation_importance(
            session.candidate, session.dataset, session.pipeline, run.predictions, progress=progress
        )

    return work


def headline(measured: tuple[Importance, ...]) -> str:
    """Return the finding in one sentence, safe in markdown."""
    first = measured[0]
    if not first.judged:
        return _moves_headline(first)
    clear = [feature for feature, is_clear in zip(first.features, first.clear, strict=True) if is_clear]
    if not clear:
        return "No column alone matters clearly"
    if len(clear) == 1:
        return f"Only “{name(clear[0], 40)}” matters clearly"
    return f"“{name(clear[0], 40)}” matters most; {len(clear)} of {len(first.features)} columns matter clearly"


def _moves_headline(first: Importance) -> str:
    """Return which column moves the answers most, where nothing says whether that makes them worse."""
    moving = sum(rise.value > 0 for rise in first.rises)
    if not moving:
        return "No column alone moves the answers"
    still = len(first.features) - moving
    rest = f"; {count(still, 'column moves', 'columns move')} none" if still else ""
    return f"“{name(first.features[0], 40)}” moves the answers most{rest}"


def draw_importance(run: Run, measured: tuple[Importance, ...]) -> None:
    """Draw which columns matter, and what may hide there."""
    from analysis import figures

    judged = measured[0].judged
    st.subheader("Without it, how much worse?" if judged else "Without it, how far do answers move?", anchor=False)
    by_name, chosen = {one.measure: one for one in measured}, measured[0].measure
    if len(by_name) > 1:
        chosen = st.segmented_control(
            "Measured by", list(by_name), default=chosen, key="importance_measure", required=True,
            format_func=_TITLES.__getitem__,
        )  # fmt: skip
    found = by_name[str(chosen)]

    drawn = figures.feature_importance(found, selected=_feature(measured), theme=widgets.theme())
    widgets.figure(drawn, key="importance", on_select=selecting.feature("importance", found.features))
    st.caption(
        f"Each column’s values are exchanged between {noun(run, found.n)}, {found.repeats} times, all else stays: "
        f"{_loss(found, run)}. The intervals tell how it would vary with other examples; colours are "
        "corrected for the number of columns (Holm). Click a column to see which way it moves the answer."
    )
    if not judged:
        st.caption(_NO_LABELS)
    pairs = [(f, t) for f, t in zip(found.features, found.together, strict=True) if t is not None]
    if pairs:
        feature, (partner, rank) = pairs[0]
        st.caption(
            f":material/warning: {count(len(pairs), 'column goes', 'columns go')} closely together with another, as "
            f"“{name(feature)}” with “{name(partner)}” (rank correlation {rank:.2f}): where one can stand in for the "
            "other, neither looks important by itself, and shuffling makes rows that can’t occur."
        )


def _loss(found: Importance, run: Run) -> str:
    if found.measure == "moved" and run.predictions.task.kind is Kind.REGRESSION:
        return "by how much the answers change"
    return _LOSSES[found.measure]


def _feature(measured: tuple[Importance, ...]) -> str:
    asked = state.view().get("feature", "")
    return asked if asked in measured[0].features else measured[0].features[0]


def draw_dependence(run: Run, measured: tuple[Importance, ...]) -> None:
    """Draw which way a column moves the answer."""
    from analysis import figures

    st.subheader("Which way does it move the answer?", anchor=False)
    feature, target = _feature(measured), _target(run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state["dependence_feature"] = feature
        st.selectbox(
            "Column", list(measured[0].features), key="dependence_feature", width=240,
            format_func=lambda column: middle(column, 40), on_change=_chosen,
        )  # fmt: skip
        if run.predictions.task.kind is Kind.CLASSIFICATION:
            st.session_state["dependence_target"] = target
            st.selectbox(
                "Score of", list(run.predictions.task.labels), key="dependence_target", width=200,
                format_func=lambda label: middle(label, 40), on_change=_chosen,
            )  # fmt: skip
    found = _dependence(run, feature, target)
    if found is None:
        return
    drawn = figures.feature_dependence(found, selected=state.here().selection.example, theme=widgets.theme())
    widgets.figure(drawn, key="dependence", on_select=selecting.example("dependence"))
    selecting.way("pages/results/confusions.py", "See the example that is selected")
    st.caption(
        f"The column is set to each value in turn for {noun(run, len(found.ids))}, all else stays as it is (partial "
        "dependence; each grey line is one example, ICE). "
        + (
            f"{percent(found.opposite)} of them move the other way: what it does hangs on the other columns."
            if found.opposite
            else "None of them moves the other way."
        )
    )


def _target(run: Run) -> str:
    labels = run.predictions.task.labels
    asked = state.view().get("target", "")
    return asked if asked in labels else labels[0]


def _chosen() -> None:
    state.set_view(feature=st.session_state["dependence_feature"])
    if "dependence_target" in st.session_state:
        state.set_view(target=st.session_state["dependence_target"])


def _dependence(run: Run, feature: str, target: str) -> Dependence | None:
    def work(progress: Progress) -> Dependence:
        from analysis.features import partial_dependence

        session = run.session
        return partial_dependence(
            session.candidate, session.dataset, session.pipeline, run.predictions, feature, target, progress=progress
        )

    return waiting.part("dependence", (*run.key, feature, target), "Following the answers", work)


def draw_coefficients(run: Run) -> None:
    """Draw what a linear model itself holds, or say why there is nothing to draw."""
    from analysis import figures
    from analysis.features import VIEWS, coefficients_of, columns_of

    st.subheader("What the model itself holds", anchor=False)
    session, target = run.session, _target(run)
    columns = columns_of(session.dataset, session.pipeline)
    reason = VIEWS["coefficients"].is_compatible(session.candidate)
    if reason is not None:
        st.caption(f"No coefficients: {plain(reason)}")
        return
    make = lambda: coefficients_of(session.candidate, session.dataset, session.pipeline, target)  # noqa: E731
    try:
        found = cache.keep("coefficients", (*run.key, target), make)
    except UnusableInput as error:
        st.caption(plain(str(error)))
        return
    drawn, words = st.columns([3, 2], gap="large")
    with drawn:
        drawn_bars = figures.coefficient_bars(found, theme=widgets.theme())
        widgets.figure(drawn_bars, key="coefficients", on_select=selecting.feature("coefficients", columns))
    with words:
        fed = f"columns after {plain(', '.join(found.steps))}" if found.steps else "columns as they are"
        st.markdown(
            f"The {plain(found.output)} is the sum of these weights times the {fed}, plus the intercept "
            f"{found.intercept:.3g}. A positive weight "
            + (
                "raises the value."
                if run.predictions.task.kind is Kind.REGRESSION
                else f"speaks for “{name(found.target, 40)}”."
            )
        )
        st.caption(
            f"Each bar is the weight times the standard deviation of its input over {noun(run, found.rows)}, so that "
            "bars can be compared; the weights as the model holds them are in the data. They are the model’s own "
            "numbers, not estimates: columns that go together share weight as training happened to split it."
        )
