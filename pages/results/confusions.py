"""The confusion matrix, the examples behind each of its cells, and one of them in detail."""

from __future__ import annotations

import streamlit as st

from analysis.types import Kind
from pages.shared import answers, causes, detail, flow, gallery, matrix, results, state
from pages.shared.wording import middle, plain

run = flow.require_failures()
selection = state.here().selection
if not run.has_labels:
    answers.page(run, flow.require_run())
elif run.predictions.task.kind is Kind.REGRESSION:
    st.title(results.headline(run), anchor=False)
    st.caption("A number can’t be confused with another: here are the examples with the largest errors.")
    gallery.draw(run)
else:
    chosen = len(gallery.rows(run))
    true, called = plain(middle(selection.true or "")), plain(middle(selection.predicted or ""))
    if selection.true is not None and selection.predicted is not None:
        of = results.size_of(run, selection.true)
        st.title(f"{chosen} of {of} “{true}” are called “{called}”", anchor=False)
    elif selection.has_cell:
        st.title(gallery.sentence(run), anchor=False)
    elif selection.part is not None:
        st.title(results.part_headline(run, selection.part), anchor=False)
    elif selection.cause is not None:
        st.title(causes.headline(run, selection.cause), anchor=False)
    else:
        st.title(results.headline(run), anchor=False)
    matrix.controls(run)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        matrix.draw(run)
    with right:
        gallery.draw(run)
detail.draw(run)
