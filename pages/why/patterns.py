"""All failures of the selection: what they share that the right ones do not."""

from __future__ import annotations

import streamlit as st

from analysis.types import Kind
from pages.shared import examples, flow, notices, patterns, question, state, waiting
from pages.shared.results import noun
from pages.shared.wording import plain

flow.require_labels("Failures are compared with examples that were answered right.")
run = flow.require_failures(beside_right=True)
groups = patterns.groups(run)
regression = run.predictions.task.kind is Kind.REGRESSION
if not len(groups.failures):
    st.title("There is no failure to compare here", anchor=False)
    st.write("The model named every example of this selection right. Pick another on the page Confusions.")
    st.page_link(notices.PAGES["confusions"], label="To the confusions", query_params=state.here().link())
    st.stop()

methods, _ = question.methods(run)
if not methods:
    st.title("No method explains this model", anchor=False)
    st.write("Without explanations there is nothing to compare. See the page Explain for the reasons.")
    st.stop()

heading = st.empty()
chosen = state.here().selection
if regression:
    which = "that are farthest off"
else:
    which = f"failed, {examples.meaning(run)}" if chosen.has_cell or chosen.part is not None else "failed"
st.markdown(f"{noun(run, len(groups.failures))} {which}, beside {plain(groups.against)}. {groups.drawn}")
method = patterns.choose(methods)
if not patterns.wanted(run, groups, method):
    heading.title("What do these failures share?", anchor=False)
    patterns.ask(run, groups, method)
    st.stop()
found = waiting.part(
    "patterns", patterns.key(run, method), "Explaining all failures", lambda p: patterns.find(run, groups, method, p)
)
if found is None:
    heading.title("What do these failures share?", anchor=False)
    st.stop()
heading.title(plain(found.sentence), anchor=False)
patterns.draw(run, groups, found)
