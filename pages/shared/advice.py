"""What to look at next: the reason, and the way there."""

from __future__ import annotations

import streamlit as st

from analysis.types import Finding
from pages.shared import notices, state
from pages.shared.wording import plain

#: Characters that a link shows in one line.
_FITS = 38
_LEADS = {
    "open": "See what was read",
    "metrics": "See the metrics",
    "confusions": "See these examples",
    "explain": "See what it looked at",
    "doctor": "Ask the doctor",
}


def draw(step: Finding) -> None:
    """Draw one step; where its page is there, with a link that selects what it speaks of."""
    icon, colour, _ = notices.LOOK[step.severity]
    page, action = notices.pages_of(step), step.action.rstrip(".")
    with st.container(gap="xxsmall"):
        st.markdown(f":{colour}[{icon}] {plain(step.summary)}")
        if page is None or len(action) > _FITS:
            st.caption(plain(step.action))
        if page is not None:
            label = plain(action) if 0 < len(action) <= _FITS else _LEADS.get(str(step.evidence["page"]), "Look at it")
            link = state.at(_selection(step)).link()
            if page == notices.OPEN_PAGE:
                link["view"] = "review"
            st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=link)


def _selection(step: Finding) -> state.Selection:
    def named(key: str) -> str | None:
        value = step.evidence.get(key)
        return str(value) if value is not None else None

    return state.Selection(named("true"), named("predicted"), named("example"))
