"""Caveat in a browser: page configuration, the sidebar, and the menu."""

from __future__ import annotations

import logging

import streamlit as st

if __name__ == "__main__":
    from pages.shared import leaving, state, widgets

    st.set_page_config(page_title="Caveat", page_icon=":material/troubleshoot:", layout="wide")
    menu = {
        "Start": [
            st.Page("pages/start/open.py", title="Open", icon=":material/folder_open:", default=True),
        ],
        "Results": [
            st.Page("pages/results/overview.py", title="Overview", icon=":material/dashboard:"),
            st.Page("pages/results/metrics.py", title="Metrics", icon=":material/query_stats:"),
            st.Page("pages/results/confusions.py", title="Confusions", icon=":material/grid_on:"),
            st.Page("pages/results/slices.py", title="Slices", icon=":material/pie_chart:"),
            st.Page("pages/results/map.py", title="Map", icon=":material/bubble_chart:"),
            st.Page("pages/results/labels.py", title="Labels", icon=":material/sell:"),
            st.Page("pages/results/validation.py", title="Unseen data", icon=":material/call_split:"),
            st.Page("pages/results/compare.py", title="Compare", icon=":material/balance:"),
            st.Page("pages/results/ranking.py", title="Ranking", icon=":material/leaderboard:"),
        ],
        "Why": [
            st.Page("pages/why/explain.py", title="Explain", icon=":material/center_focus_strong:"),
            st.Page("pages/why/patterns.py", title="Patterns", icon=":material/scatter_plot:"),
            st.Page("pages/why/features.py", title="Features", icon=":material/table_chart:"),
            st.Page("pages/why/what_if.py", title="What if", icon=":material/edit:"),
        ],
        "Feeding": [
            st.Page("pages/feeding/doctor.py", title="Doctor", icon=":material/stethoscope:"),
            st.Page("pages/feeding/eyes.py", title="Through its eyes", icon=":material/visibility:"),
        ],
        "Decide": [
            st.Page("pages/decide/verdict.py", title="Verdict", icon=":material/gavel:"),
            st.Page("pages/decide/diligence.py", title="May we use it", icon=":material/policy:"),
            st.Page("pages/decide/cost.py", title="What it costs", icon=":material/speed:"),
            st.Page("pages/decide/robustness.py", title="Does it hold", icon=":material/foggy:"),
            st.Page("pages/decide/report.py", title="Report", icon=":material/description:"),
        ],
    }
    page = st.navigation(menu, position="hidden")
    state.arrive()
    widgets.sidebar(menu)
    leaving.arrive()
    page.run()
    leaving.leave_the_rest()
else:
    # `streamlit run` imports this file once, before anybody visits. Streamlit learns here that the app has a
    # navigation of its own; else it would take the folder pages/ for one, and answer the first link to a page
    # with "Page not found". It warns that nobody is looking yet, which is so.
    logging.disable(logging.WARNING)
    st.navigation([st.Page("pages/start/open.py")])
    logging.disable(logging.NOTSET)
    app = st.App(__file__)
