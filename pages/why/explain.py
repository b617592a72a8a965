"""One example: what the model answered, and what it looked at."""

from __future__ import annotations

import streamlit as st

from analysis.types import Kind
from pages.shared import (
    attributions,
    causes,
    detail,
    examples,
    faithfulness_model,
    flow,
    neighbours,
    notices,
    question,
    state,
)
from pages.shared.wording import name

run = flow.require_failures()
example = state.here().selection.example
row = run.position(example)
if row is None:
    rows = examples.sequence(run)
    if not len(rows):
        st.title(f"There is no {'failure' if run.has_labels else 'example'} to explain here", anchor=False)
        why = "The model named every example of this selection right. " if run.has_labels else ""
        st.write(f"{why}Pick an example on the page Confusions.")
        st.stop()
    row = int(rows[0])
    if example is not None:
        notices.unknown_example(example)

asked = question.ask(run, row)
if run.predictions.task.kind is Kind.REGRESSION:
    st.title(f"What made it {name(examples.answer_of(run, row))}?", anchor=False)
elif asked.contrast is None:
    st.title(f"What spoke for {name(asked.target)}?", anchor=False)
else:
    st.title(f"Why {name(asked.target)} rather than {name(asked.contrast)}?", anchor=False)
st.markdown(f"{detail.sentence(run, row)} · {name(examples.long_id(run, row), 80)}")
examples.walk(run, row)
causes.of_example(run, row)
methods = question.choose(run, row)
attributions.draw(run, asked, methods)
neighbours.draw(run, row)
faithfulness_model.draw(run, asked, methods)
