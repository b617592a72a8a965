"""All columns of a table: which matter, which way each moves the answer, and what a linear model itself holds."""

from __future__ import annotations

import streamlit as st

from analysis.types import Modality
from pages.shared import features, flow, notices, state, waiting

run = flow.require_run()
if run.dataset.modality is not Modality.TABULAR:
    st.title("These views are for tables", anchor=False)
    st.write("A photo has no columns that could be shuffled, and a text none: they are explained one by one.")
    with st.container(horizontal=True):
        for page, label in (("explain", "Explain one example"), ("patterns", "What all failures share")):
            st.page_link(notices.PAGES[page], label=label, query_params=state.here().link())
    st.stop()

flow.require_labels("A column matters as far as answers get worse when it is shuffled.")
heading = st.empty()
measured = waiting.part("importance", run.key, "Shuffling one column after the other", features.importance(run))
if measured is None:
    heading.title("Which columns matter?", anchor=False)
    st.stop()
heading.title(features.headline(measured), anchor=False)
left, right = st.columns(2, gap="large")
with left:
    features.draw_importance(run, measured)
with right:
    features.draw_dependence(run, measured)
features.draw_coefficients(run)
