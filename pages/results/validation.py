"""Does it hold on unseen data? Splits, duplicates across and within them, drift, and what is out of scope."""

from __future__ import annotations

import streamlit as st

from analysis import figures
from pages.shared import examples, flow, state, unseen, widgets
from pages.shared.picker import picker
from pages.shared.wording import count, name


def to_example(example: str) -> None:
    """Go to one example."""
    state.go_to("pages/results/confusions.py", state.at(state.Selection(example=example)))


run = flow.require_run_of_all_splits()
found = unseen.validation(run)
st.title(unseen.headline(found), anchor=False)
st.caption(unseen.doubt(found))
left, right = st.columns(2, gap="large")
with left:
    widgets.figure(figures.splits(found, theme=widgets.theme()), key="splits")
with right:
    st.dataframe(unseen.scores(found), hide_index=True, alt="Score of each split, its gap, and the leaking examples")
duplicates = unseen.groups(run, found)
st.subheader(unseen.duplicates_sentence(found), anchor=False)
if len(duplicates):
    st.dataframe(duplicates, hide_index=True, alt="Groups of duplicates")
    widgets.download(duplicates, "duplicates.csv", label="Download them", key="duplicates-data")
for one in found.splits:
    if one.drift:
        moved = [d for d in one.drift if d.notable]
        st.subheader(f"“{name(one.split)}”: {count(len(moved), 'property differs', 'properties differ')}", anchor=False)
        st.dataframe(unseen.drift(one, found), hide_index=True, alt="Properties in both splits")
st.subheader(unseen.scope_sentence(found), anchor=False)
if len(found.strangers):
    cards = [examples.card(run, int(row)) for row in found.strangers[:12]]
    picker(cards, to_example, key="strangers", label="Out of scope", least="8.5rem" if cards[0].pictures else "13rem")
