"""One example opened: what it is, what the model answered, and the way to the neighbours."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.types import Kind, Modality
from pages.shared import cache, causes, examples, selecting, state, widgets
from pages.shared.flow import Run
from pages.shared.wording import middle, name, number, percent, plain

EXPLAIN = "pages/why/explain.py"


def draw(run: Run) -> None:
    """Draw the opened example, or say how to open one."""
    example = state.here().selection.example
    row = run.position(example)
    if example is not None and row is None:
        st.markdown(f"**{name(example, 60)}** is not among the examples of this run.")
    if row is None:
        if len(examples.sequence(run)):
            st.caption("Open an example to see its scores and what the model looked at.")
            examples.walk(run, None)
        return
    with st.container(border=True):
        st.subheader(sentence(run, row), anchor=False)
        st.caption(name(examples.long_id(run, row), 120))
        examples.walk(run, row)
        left, right = st.columns([2, 3], gap="medium")
        with left:
            raw(run, row)
        with right:
            scores(run, row)
            causes.of_example(run, row)
            st.page_link(
                EXPLAIN,
                label="What did the model look at?",
                icon=":material/center_focus_strong:",
                query_params=state.here().link(),
            )


def sentence(run: Run, row: int) -> str:
    """Return what the example was called and, where labels tell, whether that is right; safe in markdown."""
    if not run.has_labels:
        return _answer(run, row)
    truth, answer = examples.truth_of(run, row), examples.answer_of(run, row)
    right = examples.is_right(run, row)
    if right is None:
        error = float(run.predictions.values[row] - run.predictions.truth[row])
        too = "too high" if error > 0 else "too low"
        return f"{plain(answer)} instead of {plain(truth)}: {number(abs(error))} {too}"
    sure = percent(float(run.predictions.scores[row].max()))
    word = ":green[right]" if right else f":red[wrong], its label is “{name(truth, 40)}”"
    return f"Called “{name(answer, 40)}”, {sure} sure: {word}"


def _answer(run: Run, row: int) -> str:
    answer = examples.answer_of(run, row)
    if run.predictions.task.kind is Kind.REGRESSION:
        return f"Answered with {plain(answer)}"
    return f"Called “{name(answer, 40)}”, {percent(float(run.predictions.scores[row].max()))} sure"


def raw(run: Run, row: int) -> None:
    """Show the input as it is in the data."""
    if run.dataset.modality is Modality.IMAGE:
        picture = cache.thumbnail(run.dataset, run.rows[row], 640)
        if picture is None:
            st.caption("This picture can’t be shown.")
        else:
            st.image(picture, width=360, alt=middle(run.predictions.ids[row], 80))
    elif run.dataset.modality is Modality.TEXT:
        with st.container(height=320, border=True):
            st.text(examples.text_of(run, row))
    else:
        frame = examples.raw(run, row)
        assert isinstance(frame, pd.DataFrame)
        values = [str(v) for v in frame.iloc[0]]
        table = pd.DataFrame({"Feature": [str(c) for c in frame.columns], "Value": values})
        st.dataframe(table, hide_index=True, height=320, alt="The row’s features and their values")


def scores(run: Run, row: int) -> None:
    """Draw the scores of the top classes as bars."""
    if run.predictions.task.kind is Kind.REGRESSION:
        return
    from analysis import figures

    drawn = figures.class_scores(run.predictions, row, theme=widgets.theme())
    widgets.figure(drawn, key="scores", on_select=selecting.called("scores"))
