"""What the model answers to data without labels: how often which, the least sure first, and all of it to take along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from analysis.types import Kind
from pages.shared import examples, flow, gallery, notices, selecting, state, widgets
from pages.shared.flow import Run
from pages.shared.picker import picker
from pages.shared.results import noun
from pages.shared.without_labels import ADD, choose_labels
from pages.shared.wording import count, middle, number, percent, plain

if TYPE_CHECKING:
    from analysis.answers import AnswerCount

#: Cards on the overview, and the score below which an answer counts as doubtful there, also of two classes.
SHOWN, DOUBTFUL = 6, 0.6


def counts(run: Run) -> tuple[AnswerCount, ...]:
    """Return how many examples got which answer, the most frequent first."""
    from analysis.answers import answer_counts

    return flow.measured("answers", run, lambda: answer_counts(run.predictions))


def headline(run: Run) -> str:
    """Return what the model answers in one sentence, safe in markdown."""
    n = len(run.predictions)
    if run.predictions.task.kind is Kind.REGRESSION:
        low, high = np.quantile(run.predictions.values, [0.25, 0.75]).tolist()
        return f"Half of {noun(run, n)} are answered between {number(low)} and {number(high)}"
    found = counts(run)
    first = f"“{plain(middle(found[0].label))}”"
    if len(found) == 1:
        return f"All {noun(run, n)} are called {first}" if n > 1 else f"{noun(run, n)}, called {first}"
    return f"{noun(run, n)} got {len(found)} different answers; {found[0].n:,} are called {first}"


def page(run: Run, whole: Run) -> None:
    """Draw the page of answers: the counts, and the examples behind the selected one.

    Parameters
    ----------
    run, whole : Run
        The run within what is selected, and all of it, which is counted.
    """
    selection = state.here().selection
    if selection.has_cell or selection.part is not None:
        st.title(gallery.sentence(run), anchor=False)
    else:
        st.title(headline(whole), anchor=False)
    st.caption("The data have no labels: this is what the model answers, not whether it is right.")
    if run.predictions.task.kind is Kind.CLASSIFICATION:
        _choose(whole)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        figure(whole)
        _download(whole)
    with right:
        if run.predictions.task.kind is Kind.REGRESSION and selection.part is None:
            st.markdown("**The highest answers first**")
        gallery.draw(run)


def _choose(run: Run) -> None:
    labels, chosen = [found.label for found in counts(run)], state.here().selection.predicted
    st.session_state["find_called"] = chosen if chosen in labels else None
    st.selectbox(
        "Called by the model", labels, key="find_called", placeholder="Any", on_change=_chosen, width=240,
    )  # fmt: skip


def _chosen() -> None:
    state.select(predicted=st.session_state["find_called"], example=None)


def figure(run: Run) -> None:
    """Draw the answers; a click on one selects its examples."""
    from analysis.figures.answers import answer_bars, answer_histogram

    chosen = state.here().selection
    if run.predictions.task.kind is Kind.REGRESSION:
        drawn = answer_histogram(run.predictions, selected=chosen.part, theme=widgets.theme())
        widgets.figure(drawn, key="answers", on_select=selecting.part("answers"))
        return
    drawn = answer_bars(counts(run), selected=chosen.predicted, theme=widgets.theme())
    widgets.figure(drawn, key="answers", on_select=selecting.called("answers"))


def _download(run: Run) -> None:
    from analysis.answers import answer_table

    widgets.download(
        lambda: answer_table(run.predictions), "answers.csv", label="Download all answers", key="answers-table"
    )


def overview(run: Run, selected: Run) -> None:
    """Draw the overview: what it answers, where it is least sure, and what can be looked at without labels.

    Parameters
    ----------
    run, selected : Run
        What is counted, and that within what is selected, whose examples are shown.
    """
    st.title(headline(run), anchor=False)
    st.caption("The data have no labels: nothing here is called right or wrong.")
    for column, (title, value, doubt) in zip(st.columns(3), _facts(run), strict=True):
        with column, st.container(border=True, height="stretch", gap="xxsmall"):
            st.metric(title, value)
            st.caption(doubt)
    found, steps = st.columns([3, 2], gap="large")
    with found:
        regression = run.predictions.task.kind is Kind.REGRESSION
        st.subheader("The highest answers" if regression else "Where it is least sure", anchor=False)
        rows = examples.sequence(selected)[:SHOWN]
        picker(
            [examples.card(selected, int(row)) for row in rows], _to_example, key="least-sure", label="Examples",
            least="11rem",
        )  # fmt: skip
        _download(run)
    with steps:
        st.subheader("What to look at next", anchor=False)
        _steps(run)


def _facts(run: Run) -> list[tuple[str, str, str]]:
    """Return three facts about the answers: title, value, what it means."""
    n = len(run.predictions)
    if run.predictions.task.kind is Kind.REGRESSION:
        values = run.predictions.values
        facts = (
            ("Lowest answer", values.min()),
            ("Median answer", np.median(values)),
            ("Highest answer", values.max()),
        )
        return [(title, number(float(value)), f"of {noun(run, n)}") for title, value in facts]
    sure = run.predictions.confidence
    doubtful = int((sure < DOUBTFUL).sum())
    return [
        (
            "Different answers",
            str(len(counts(run))),
            f"of {count(len(run.predictions.task.labels), 'class', 'classes')}",
        ),
        (
            "Median score of the answer",
            percent(float(np.median(sure))),
            f"of {noun(run, n)}: how sure it says it is, not how right",
        ),
        (f"Less than {percent(DOUBTFUL)} sure", f"{doubtful:,}", f"of {noun(run, n)}"),
    ]


def _to_example(example: str) -> None:
    state.go_to(notices.PAGES["confusions"], state.at(state.Selection(example=example)))


def _steps(run: Run) -> None:
    order = "highest" if run.predictions.task.kind is Kind.REGRESSION else "least sure"
    for page_, label, why in (
        ("doctor", "Is it fed as in its training?", "The inputs are compared with what the model remembers of it."),
        ("confusions", "All answers", f"How often which, with the examples, the {order} first."),
        ("map", "What looks alike to it?", "Every example where the model lays it, coloured by answer."),
        ("explain", "What spoke for an answer?", "One example at a time, by several methods."),
        ("eyes", "What does the model receive?", "One example as the network sees it, stage by stage."),
    ):
        with st.container(border=True, gap="xxsmall"):
            st.page_link(
                notices.PAGES[page_], label=label, icon=":material/arrow_forward:", query_params=state.here().link()
            )
            st.caption(why)
    st.button("Add labels", icon=":material/sell:", on_click=choose_labels, help=ADD)
