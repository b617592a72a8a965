"""What to look at next: the reason, and the way there."""

from __future__ import annotations

import streamlit as st

from analysis.types import Finding
from pages.shared import notices, state
from pages.shared.wording import plain


def draw(step: Finding) -> None:
    """Draw one step; where its page is there, with a link that selects what it speaks of."""
    icon, colour, _ = notices.LOOK[step.severity]
    page = notices.pages_of(step)
    with st.container(gap="xxsmall"):
        st.markdown(f":{colour}[{icon}] {plain(step.summary)}")
        if page is not None:
            st.page_link(
                page,
                label=plain(step.action.rstrip(".") or "Look at it"),
                icon=":material/arrow_forward:",
                query_params=state.at(_selection(step)).link(),
            )
        elif step.action:
            st.caption(plain(step.action))


def _selection(step: Finding) -> state.Selection:
    def named(key: str) -> str | None:
        value = step.evidence.get(key)
        return str(value) if value is not None else None

    return state.Selection(named("true"), named("predicted"), named("example"))
