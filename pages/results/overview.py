"""The headline: how good, where it fails most, and what to look at next."""

from __future__ import annotations

import streamlit as st

from analysis.types import Kind, Modality
from pages.shared import advice, answers, causes, examples, flow, parts, results, scorecard, state, widgets
from pages.shared.picker import Card, picker
from pages.shared.wording import count, middle, plain

CONFUSIONS = "pages/results/confusions.py"
SHORT = 4
SHOWN = {
    Kind.CLASSIFICATION: ("accuracy", "f1_macro", "log_loss"),
    Kind.REGRESSION: ("r2", "rmse", "mae"),
}


def to_confusion(pair: str) -> None:
    """Go to the gallery of one confusion."""
    confusion = results.worst(failed)[int(pair)]
    selection = state.Selection(confusion.true, confusion.predicted)
    state.go_to(CONFUSIONS, state.at(selection))


def to_example(example: str) -> None:
    """Go to one example."""
    state.go_to(CONFUSIONS, state.at(state.Selection(example=example)))


run, failed = flow.require_run(), flow.require_failures()
if not run.has_labels:
    answers.overview(run, failed)
    st.stop()
kind = run.predictions.task.kind
pictured = run.dataset.modality is Modality.IMAGE
st.title(results.headline(run), anchor=False)
verdict = scorecard.ready(run)
if verdict is not None:
    scorecard.draw(verdict)
found = results.summary(run)
for column, metric in zip(st.columns(3), SHOWN[kind], strict=True):
    with column:
        widgets.estimate(metric, found[metric])

failures, steps = st.columns([3, 2], gap="large")
with failures:
    part = state.here().selection.part
    if part is not None:
        st.caption(f"Below are examples with {plain(parts.title(part))}; the numbers above count all.")
    if kind is Kind.REGRESSION:
        st.subheader("The largest errors", anchor=False)
        cards = [examples.card(failed, int(row)) for row in examples.sequence(failed)[:6]]
        picker(cards, to_example, key="worst", label="Largest errors", least="12rem")
    elif results.worst(failed):
        st.subheader("What it confuses most", anchor=False)
        cards = [
            Card(
                str(number),
                f"{middle(c.true)} → {middle(c.predicted)}",
                f"{c.n} of {c.of}" if state.here().selection.cause is None else count(c.n, "failure"),
                examples.glimpses(failed, c.rows),
                (*examples.pictures(failed, c.rows[:3], 160), *[b""] * max(0, 3 - c.n))[:3] if pictured else (),
                "wrong",
                f"{c.n} of {c.of} examples with label {c.true} are called {c.predicted}",
            )
            for number, c in enumerate(results.worst(failed))
        ]
        picker(
            cards, to_confusion, key="worst", label="Worst confusions", least="11rem" if pictured else "15rem", lines=8
        )
    else:
        st.subheader("None is wrong; of these it was least sure", anchor=False)
        cards = [examples.card(failed, int(row)) for row in failed.predictions.confidence.argsort()[:6]]
        picker(cards, to_example, key="closest", label="Least sure", least="11rem")
    if kind is Kind.REGRESSION or (run.predictions.truth != run.predictions.predicted).any():
        causes.draw(run)
with steps:
    st.subheader("What to look at next", anchor=False)
    found_steps = results.next_steps(run)
    for step in found_steps[:SHORT]:
        advice.draw(step)
    if len(found_steps) > SHORT:
        with st.expander(f"{len(found_steps) - SHORT} more"):
            for step in found_steps[SHORT:]:
                advice.draw(step)
