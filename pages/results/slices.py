"""Where failures concentrate: slices by metadata and by properties of texts, pictures and rows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis import figures
from analysis.failures.slices.names import definition_of
from pages.shared import flow, keeping, selecting, slicing, state, widgets
from pages.shared.wording import count, plain

flow.require_labels("Slices show where answers are wrong more often than elsewhere.")
run = flow.require_whole_run()
found = flow.require_slices(run)
selected = state.here().selection.slice
chosen = definition_of(selected) if selected is not None else None
st.title(slicing.headline(found), anchor=False)
st.caption(slicing.doubt(found))
keeping.pick(run)
if not found.found:
    st.write("Add columns to the data that say where each example comes from: they are looked at like everything else.")
    st.stop()


def picked() -> None:
    """Select the slice of the row that was picked in the table."""
    rows = st.session_state["slice-table"].selection.rows
    state.select(slice=found.found[rows[0]].name if rows else None)


drawn = figures.slices(found, selected=chosen, theme=widgets.theme())
widgets.figure(drawn, key="slices", on_select=selecting.slice_("slices"))
table: pd.DataFrame = slicing.table(found)
st.dataframe(
    table, key="slice-table", hide_index=True, on_select=picked, selection_mode="single-row",
    column_config=slicing.columns(), alt="Slices with their error, size and share of all errors",
)  # fmt: skip
with st.expander(f"{count(len(set(found.predicates.columns)), 'property', 'properties')} were looked at"):
    slicing.properties(found, run)
one = next((s for s in found.found if s.name == chosen), None)
if selected is None:
    st.caption("Select a slice, and every other page counts its examples alone until you clear the selection.")
else:
    size = f" ({one.failures} of {one.rate.n} wrong)" if one is not None and one.failures else ""
    st.markdown(f"**Every other page now looks at “{plain(keeping.title(selected))}” alone**{size}.")
    keeping.offer(run)
    st.page_link(
        "pages/results/confusions.py", label="See these examples", icon=":material/arrow_forward:",
        query_params=state.here().link(),
    )  # fmt: skip
