"""Selections under a name: kept on this machine for the data, and carried by links."""

from __future__ import annotations

import streamlit as st

from pages.shared import state
from pages.shared.flow import Run
from pages.shared.wording import name


def title(selection: str) -> str:
    """Return what a person reads of a selection, plain text."""
    from analysis.failures.slices.names import title_of

    return title_of(selection)


def offer(run: Run) -> None:
    """Draw a field for the name of the selected slice; with a name it is kept."""
    from analysis.failures.slices.names import LONGEST, definition_of, forget_selection, keep_selection, name_of, named

    chosen = state.here().selection.slice
    if chosen is None:
        return
    kept = chosen in kept_on(run)

    field = f"selection-name {chosen}"

    def keep() -> None:
        selection = named(st.session_state[field], definition_of(chosen))
        if name_of(selection):
            keep_selection(run.dataset, selection)
            state.select(slice=selection)

    def forget() -> None:
        forget_selection(run.dataset, chosen)
        state.select(slice=definition_of(chosen))

    if kept:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f"Kept as “{name(name_of(chosen), 60)}”.", width="content")
            st.button("Forget the name", key="forget-selection", type="tertiary", on_click=forget)
        return
    # A form: the click that leaves the field would else be an event of its own, and undo what the button does.
    with (
        st.form("selection-name", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        st.session_state.setdefault(field, name_of(chosen))
        st.text_input(
            "Name it to keep it", key=field, max_chars=LONGEST, width=320, placeholder="for instance: dark photos"
        )
        st.form_submit_button("Keep", key="keep-selection", on_click=keep)


def kept_on(run: Run) -> tuple[str, ...]:
    """Return the selections kept for the data of a run."""
    from analysis.failures.slices.names import kept_selections

    return kept_selections(run.dataset)


def pick(run: Run) -> None:
    """Draw the kept selections to pick one from; nothing where there are none."""
    kept = kept_on(run)
    if not kept:
        return
    chosen = state.here().selection.slice
    st.session_state["kept-selections"] = chosen if chosen in kept else None

    def picked() -> None:
        state.select(slice=st.session_state["kept-selections"], example=None)

    st.pills(
        "Kept under a name", kept, key="kept-selections", format_func=lambda one: name(title(one), 40),
        on_change=picked,
    )  # fmt: skip
