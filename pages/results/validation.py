"""Does it hold on unseen data? Splits, duplicates across and within them, drift, and what is out of scope."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.shared import flow, unseen, widgets
from pages.shared.picker import picker

flow.require_labels("Splits are compared by how many of their answers are right.")
run = flow.require_run_of_all_splits()
found = unseen.validation(run)
to_example = partial(unseen.to_example, run)
st.title(unseen.headline(found), anchor=False)
st.caption(unseen.doubt(found))
if len(found.splits) > 1:
    unseen.draw_splits(found)
st.subheader(unseen.duplicates_sentence(found), anchor=False)
if found.duplicates.note:
    st.caption(found.duplicates.note)
if found.duplicates.groups:
    pairs = unseen.pairs(run, found)
    if pairs:
        picker(pairs, to_example, key="pairs", label="Duplicates", least="13rem")
    table = unseen.groups(run, found)
    st.dataframe(table, hide_index=True, alt="Groups of duplicates")
    widgets.download(table, "duplicates.csv", label="Download them", key="duplicates-data")
for one in found.splits[1:]:
    unseen.draw_split(one, found)
st.subheader(unseen.scope_sentence(found), anchor=False)
st.caption(unseen.scope_doubt(found))
cards = unseen.strangers(run, found)
if cards:
    picker(cards, to_example, key="strangers", label="Out of scope", least="8.5rem" if cards[0].pictures else "13rem")
