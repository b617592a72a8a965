"""Any number of candidates in order, and which of them can't be told apart."""

from __future__ import annotations

import streamlit as st

from analysis import figures
from analysis.figures.ranking import ranking_title
from pages.shared import entrants, flow, selecting, state, widgets
from pages.shared.wording import plain

flow.require_labels("Models are ranked by how often they are right.")
run = flow.require_run()
if not entrants.chosen():
    st.title("Which of several models is the best, and is it more than chance?", anchor=False)
    entrants.choose(run)
    st.write("Choose models to rank this one with: all run over the same examples, and each is compared with each.")
    st.stop()
head = st.container()
models = entrants.choose(run)
others = [entrants.require(model) for model in models]
found = entrants.ranking(run, others, entrants.choose_metric(run))
with head:
    st.title(plain(ranking_title(found)), anchor=False)
    st.caption(entrants.doubt(found))
clicked = selecting.clicked("ranking", lambda place: state.set_note("entrant", found.ranked[int(place)].name))
widgets.figure(figures.candidate_ranking(found, theme=widgets.theme()), key="ranking", on_select=clicked)


def picked() -> None:
    """Note the candidate whose row was picked."""
    rows = st.session_state["ranking-table"].selection.rows
    state.set_note("entrant", found.ranked[rows[0]].name if rows else None)


st.dataframe(
    entrants.table(found), key="ranking-table", hide_index=True, on_select=picked, selection_mode="single-row",
    alt="Candidates in order, with the ranks left open",
)  # fmt: skip
entrants.way(run, others, models)
widgets.download(entrants.differences(found), "ranking.csv", label="Download each pair", key="ranking-pairs")
st.caption("A rank from 1 to 3 says that none is surely better, and two are not surely worse.")
