"""Caveat in a browser: page configuration, the sidebar, and the menu."""

from __future__ import annotations

import streamlit as st

from pages.shared import state, widgets

st.set_page_config(page_title="Caveat", page_icon=":material/troubleshoot:", layout="wide")

MENU = {
    "Start": [
        st.Page("pages/start/open.py", title="Open", icon=":material/folder_open:", default=True),
    ],
    "Results": [
        st.Page("pages/results/overview.py", title="Overview", icon=":material/dashboard:"),
        st.Page("pages/results/metrics.py", title="Metrics", icon=":material/query_stats:"),
        st.Page("pages/results/confusions.py", title="Confusions", icon=":material/grid_on:"),
    ],
    "Why": [
        st.Page("pages/why/explain.py", title="Explain", icon=":material/center_focus_strong:"),
    ],
}

page = st.navigation(MENU, position="hidden")
state.arrive()
widgets.sidebar(MENU)
page.run()
