"""Two candidates on the same examples: who is better, on what, and whether chance may be the reason."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis import figures
from pages.shared import examples, flow, simple, state, versus, versus_curves, widgets
from pages.shared.picker import picker
from pages.shared.wording import count, name

COLUMNS = ("Metric", "First", "Second", "Difference", "95 % interval", "p", "Better")
SHOWN = 6


def to_example(example: str) -> None:
    """Go to one example."""
    state.go_to("pages/results/confusions.py", state.at(state.Selection(example=example)))


run = flow.require_run()
against = state.view().get("against")
if against is None:
    st.title("Which of two models is better, and is it more than chance?", anchor=False)
    versus.choose(run)
    st.write("Choose a second model, or open this one with another pipeline, to compare them example by example.")
    simple.draw(run)
    st.stop()
head = st.container()
versus.choose(run)
other = versus.require(against)
found, names = versus.comparison(run, other), versus.titles(run, other)
with head:
    st.title(versus.headline(found, names), anchor=False)
    st.caption(versus.doubt(found))
rows = [
    versus.row(metric, d, versus.winner_of(metric, d), names)
    for metric, d in found.differences.items()
    if not metric.endswith(("_micro", "recall_weighted"))
]
numbers, picture = st.columns([3, 2], gap="large")
with numbers:
    st.caption(f"First: {name(names[0], 40)}. Second: {name(names[1], 40)}. Shares differ in points.")
    st.dataframe(pd.DataFrame(rows, columns=list(COLUMNS)), hide_index=True, alt="Each metric of both, paired")
    widgets.download(versus.exact(found), "differences.csv", label="Download all differences", key="differences-data")
if found.agreement is None:
    versus_curves.draw(run, other, names)
    st.stop()
with picture:
    widgets.figure(figures.agreement(found.agreement, names, theme=widgets.theme()), key="agreement")
if any(not c.few for c in found.classes):
    widgets.figure(figures.class_differences(found.classes, names, theme=widgets.theme()), key="class-differences")
else:
    st.caption("No class has examples enough (10) to say which of the two finds more of it.")
versus_curves.draw(run, other, names)
for side, only, title in (("a", found.agreement.only_a, names[0]), ("b", found.agreement.only_b, names[1])):
    st.subheader(f"Only “{name(title, 28)}” gets {count(len(only), 'example')} right", anchor=False)
    if len(only):
        cards = [versus.card(run, other, int(i)) for i in only[:SHOWN]]
        least = "8.5rem" if cards[0].pictures else "13rem"
        picker(cards, to_example, key=f"only-{side}", label=f"Right in one only, {side}", least=least)
        ids = pd.DataFrame({"example": [examples.long_id(run, int(i)) for i in only]})
        widgets.download(ids, f"only-{side}.csv", label="Download all of them", key=f"only-{side}-data")
