"""Two candidates on the same examples: who is better, on what, and whether chance may be the reason."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis import figures
from pages.shared import (
    flow,
    selecting,
    simple,
    state,
    versus,
    versus_curves,
    versus_example,
    versus_lists,
    versus_slices,
    widgets,
)
from pages.shared.wording import name

COLUMNS = ("Metric", "First", "Second", "Difference", "95 % interval", "p", "Better")

flow.require_labels("Of two models the better one is right more often.")
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
    versus.row(metric, d, versus.winner_of(metric, d))
    for metric, d in found.differences.items()
    if not metric.endswith(("_micro", "recall_weighted"))
]
numbers, picture = st.columns([3, 2], gap="large")
with numbers:
    st.caption(f"First: {name(names[0], 40)}. Second: {name(names[1], 40)}. Shares differ in points.")
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    st.dataframe(table, hide_index=True, height="content", alt="Each metric of both, paired")
    widgets.download(versus.exact(found), "differences.csv", label="Download all differences", key="differences-data")
if found.agreement is None:
    versus_curves.draw(run, other, names)
    versus_slices.draw(run, other, names)
    versus_example.draw(run, other, names)
    st.stop()
with picture:
    drawn = figures.agreement(found.agreement, names, theme=widgets.theme())
    widgets.figure(drawn, key="agreement", on_select=selecting.clicked("agreement", versus_lists.choose))
if any(not c.few for c in found.classes):
    drawn = figures.class_differences(found.classes, names, theme=widgets.theme())
    widgets.figure(drawn, key="class-differences", on_select=selecting.label("class-differences"))
else:
    st.caption("No class has examples enough (10) to say which of the two finds more of it.")
versus_slices.draw(run, other, names)
versus_curves.draw(run, other, names)
versus_lists.draw(run, other, found.agreement, names)
versus_example.draw(run, other, names)
