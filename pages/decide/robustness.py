"""Does it hold: the same data under what happens to inputs in use, at growing severity."""

from __future__ import annotations

import streamlit as st

from analysis.types import Kind, Modality
from pages.shared import flow, robust, selecting, state, widgets
from pages.shared.wording import middle, name, plain

run = flow.require_whole_run()
from analysis.robustness import corruptions_for  # noqa: E402

tried = corruptions_for(run.dataset.modality)
if robust.done(run) is None and state.view().get("measured") != "yes":
    st.title("Does it hold under what happens to inputs in use?", anchor=False)
    labelled = "labelled " if run.has_labels else ""
    st.write(f"The same {labelled}examples are changed at growing severity, and every level is compared with them.")
    if not run.has_labels:
        st.caption("Without labels it is counted how many answers change, not whether they are right.")
    st.button("Measure", type="primary", icon=":material/speed:", on_click=state.set_view, kwargs={"measured": "yes"})
    for one in tried:
        st.markdown(f"**{plain(one.title)}**: {plain(one.sentence)}")
    if run.dataset.modality is Modality.TEXT:
        st.caption("Whether two words mean the same depends on the sentence: read some synonyms before you conclude.")
    st.stop()

found = robust.require(run)
st.title(robust.headline(found), anchor=False)
st.caption(plain(robust.doubt(found)))
for curve in found.curves:
    if curve.refused:
        st.warning(robust.refusal(found, curve), icon=":material/block:")
selected = state.here().selection.part
measured = [curve for curve in found.curves if curve.points]
for start in range(0, len(measured), 3):
    for column, curve in zip(st.columns(3, gap="medium"), measured[start : start + 3], strict=False):
        with column:
            drawn = robust.figure(found, curve, selected)
            widgets.figure(drawn, key=f"curve-{curve.name}", on_select=selecting.part(f"curve-{curve.name}"))
if measured:
    st.caption("A level that is clicked selects the examples that it makes the model answer otherwise.")
    selecting.way_to_part("changed")
    widgets.download(robust.table(found), "robustness.csv", label="Download every level", key="robustness-data")

st.subheader("What a level looks like", anchor=False)
titles = {one.name: one.title for one in tried}
chosen = st.pills(
    "Change", list(titles), default=tried[0].name, format_func=titles.__getitem__, key="corruption", wrap=True
)
row = robust.shown_row(run, state.here().selection.example)
known = run.has_labels and run.predictions.task.kind is Kind.CLASSIFICATION
truth = run.predictions.truth_labels[row] if known else ""
label = f", labelled “{name(truth)}”" if truth else ""
st.caption(f"Example {name(middle(run.predictions.ids[row], 60), 60)}{label}. Select another one on any page.")
one = next((c for c in tried if c.name == chosen), tried[0])
st.markdown(plain(one.sentence))
robust.draw_levels(robust.levels_of(run, one, run.rows[row]), truth)
