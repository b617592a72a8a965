"""One example as the model receives it, through two pipelines side by side."""

from __future__ import annotations

import streamlit as st

from analysis.errors import UnusableInput
from pages.shared import doctor_eyes, examples, flow, notices, state
from pages.shared.wording import name

run = flow.require_failures()
example = state.here().selection.example
row = run.position(example)
if row is None:
    rows = examples.sequence(run)
    row = int(rows[0]) if len(rows) else 0
    if example is not None:
        notices.unknown_example(example)
place = st.container()
pair = doctor_eyes.choose(run)
with place:
    st.title(doctor_eyes.heading(pair), anchor=False)
    st.caption(name(run.predictions.ids[row], 120))
    examples.walk(run, row)
try:
    doctor_eyes.answers(run, row, pair)
    doctor_eyes.draw(run, row, pair)
except UnusableInput as error:
    notices.problem(error)
