"""One example edited: what the model then answers, and what spoke for it."""

from __future__ import annotations

import streamlit as st

from analysis.types import Modality
from pages.shared import detail, examples, flow, state, what_if, what_if_forms, what_if_pictures, what_if_results
from pages.shared.wording import name

run = flow.require_failures()
row = run.position(state.here().selection.example)
if row is None:
    rows = examples.sequence(run)
    row = int(rows[0]) if len(rows) else 0
edited = what_if.edited(run, row)

heading = st.empty()
st.markdown(f"{detail.sentence(run, row)} · {name(examples.long_id(run, row), 80)}")
examples.walk(run, row)
forms, shown = st.columns([2, 3], gap="large")
with forms:
    if run.dataset.modality is Modality.TABULAR:
        what_if_forms.table(edited)
    elif run.dataset.modality is Modality.TEXT:
        what_if_forms.text(edited)
    else:
        what_if_pictures.draw(edited)
    what_if.history(edited)
with shown:
    before, after = what_if_results.answers(edited)
    heading.title(what_if_results.sentence(edited, before, after), anchor=False)
    if after is not None:
        what_if_results.draw(edited, before, after)
