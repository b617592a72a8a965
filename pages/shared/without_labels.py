"""Data without labels: what works with them, what doesn't, and the ways to and from them."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from analysis.errors import LabelsMissing
from pages.shared import cache, notices, state
from pages.shared.opening import Opening
from pages.shared.wording import plain

OPEN = "Open without labels"
#: What can and what can't be said of data without labels.
WORKS = (
    "Without labels Caveat shows what the model answers, why, what it costs, and whether the inputs look as in its "
    "training. It can’t tell right from wrong: metrics, comparisons and the verdict need labels."
)


def needs(why: str) -> None:
    """Say what a page needs labels for, and what can be done without, or about it.

    Parameters
    ----------
    why : str
        One plain sentence, safe in markdown.
    """
    st.title("This can’t be told without labels", anchor=False)
    st.write(why)
    st.caption("The data are open without labels.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Add labels", icon=":material/sell:", on_click=choose_labels, help=ADD)
        for page, label, icon in (
            ("confusions", "See what it answers", ":material/bar_chart:"),
            ("doctor", "Look at how it is fed", ":material/stethoscope:"),
        ):
            st.page_link(notices.PAGES[page], label=label, icon=icon, query_params=state.here().link())


ADD = "Goes back to Open: choose the column that holds the labels, or add one to the data first."


def missing(error: LabelsMissing, wanted: Opening) -> None:
    """Say that what is to be opened has no labels, and offer to open it without, or to say where they are."""
    st.title("These data have no labels that can be found", anchor=False)
    st.write(plain(error.what))
    st.write(WORKS)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(OPEN, type="primary", icon=":material/label_off:", on_click=_open, args=(wanted,))
        st.button("Say where the labels are", icon=":material/sell:", on_click=choose_labels)


def _open(wanted: Opening) -> None:
    without = replace(wanted, unlabelled=True)
    state.approve(without)
    state.open_place(without, split=state.here().split)


def choose_labels() -> None:
    """Go back to Open, with the same model and data filled in and looked at afresh; for callbacks."""
    place = state.here()
    assert place.opening is not None
    draft = replace(place.opening, unlabelled=False)
    for kind in ("check", "open"):
        cache.jobs().drop(kind, draft.key)  # The file may have labels by now.
    state.set_note("draft", draft)
    st.session_state["own_model"], st.session_state["own_data"] = draft.model_path, draft.data_path
    st.session_state["own_revision"] = draft.revision
    st.switch_page(notices.OPEN_PAGE, query_params={**place.link(), "view": "own"})
