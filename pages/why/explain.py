"""One example: what the model answered, and what it looked at."""

from __future__ import annotations

import streamlit as st

from analysis.types import Kind, Modality
from pages.shared import attributions, detail, examples, flow, state
from pages.shared.wording import name

run = flow.require_run()
row = run.position(state.here().selection.example)
if row is None:
    rows = examples.sequence(run)
    if not len(rows):
        st.title("There is no failure to explain here", anchor=False)
        st.write("The model named every example of this selection right. Pick an example on the page Confusions.")
        st.stop()
    row = int(rows[0])

question = attributions.ask(run, row)
if run.predictions.task.kind is Kind.REGRESSION:
    st.title(f"What made it {name(examples.answer_of(run, row))}?", anchor=False)
elif question.contrast is None:
    st.title(f"What spoke for {name(question.target)}?", anchor=False)
else:
    st.title(f"Why {name(question.target)} rather than {name(question.contrast)}?", anchor=False)
detail.heading(run, row)
examples.walk(run, row)
attributions.choose(run, row)
if run.dataset.modality is Modality.IMAGE:
    attributions.draw_maps(run, question)
else:
    attributions.draw_units(run, question)
