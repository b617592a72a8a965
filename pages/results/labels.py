"""Suspect labels: one after the other, accepted, rejected or skipped; and what that does to the numbers."""

from __future__ import annotations

import streamlit as st

from analysis.types import Kind
from pages.shared import detail, flow, keeping, labelling, state, widgets
from pages.shared.results import headline
from pages.shared.wording import count, name, plain

flow.require_labels("Suspect labels are those that the model’s answers speak against.")
run = flow.require_run()
if run.predictions.task.kind is Kind.REGRESSION:
    st.title(headline(run), anchor=False)
    st.write("The target of a regression has no other label to suggest. Its largest errors are where to look.")
    st.page_link(
        "pages/results/confusions.py", label="See the largest errors", icon=":material/arrow_forward:",
        query_params=state.here().link(),
    )  # fmt: skip
    st.stop()
found, decisions = labelling.suspects(run), labelling.decisions(run)
st.title(labelling.headline(found, decisions), anchor=False)
st.caption(labelling.doubt(found))
if not found.ranked:
    st.stop()
queue = labelling.queue(found, decisions, within=flow.require_failures())
current = labelling.current(queue)
if current is None:
    st.write("All suspect labels here are decided. Below is what that changes; every decision can be taken back.")
else:
    with st.container(border=True):
        st.subheader(f"Is it “{name(current.given, 40)}”, or “{name(current.suggested, 40)}”?", anchor=False)
        st.caption(labelling.place(current, queue, run))
        left, right = st.columns([2, 3], gap="large")
        with left:
            detail.raw(run, current.row)
        with right:
            labelling.buttons(run, current)
            detail.scores(run, current.row)
    labelling.gallery(run, queue, current)
st.subheader(labelling.effect_sentence(run, decisions), anchor=False)
labelling.effect(run, decisions)
st.subheader("All suspect labels", anchor=False)
table = labelling.table(found, decisions)


def opened() -> None:
    """Look at the label of the row that was picked."""
    rows = st.session_state["suspects"].selection.rows
    labelling.turn_to(found.ranked[rows[0]].example if rows else None)


st.dataframe(
    table, key="suspects", hide_index=True, on_select=opened, selection_mode="single-row",
    column_config=labelling.columns(), alt="Suspect labels, the most suspect first",
)  # fmt: skip
if len(found.ranked) > labelling.LISTED:
    st.caption(f"The {labelling.LISTED:,} most suspect of {len(found.ranked):,} are listed.")
    widgets.download(
        lambda: labelling.table(found, decisions, None), "suspects.csv", label="Download all", key="suspects-data"
    )
widgets.download(labelling.exported(decisions), "labels.csv", label="Download the decisions", key="labels-data")
selected = state.here().selection.slice
if selected is not None:
    failures = int((run.predictions.truth != run.predictions.predicted).sum())
    st.caption(f"Within “{plain(keeping.title(selected))}” alone; {count(failures, 'failure')}.")
