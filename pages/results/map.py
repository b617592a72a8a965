"""Where the examples lie to the model: coloured, and with a line drawn around some, a selection for every page."""

from __future__ import annotations

import streamlit as st

from analysis.neighbours import misfit
from pages.shared import flow, keeping, plane
from pages.shared.wording import count, plain

run = flow.require_whole_run()
reason = misfit(run.session.candidate)
if reason is not None:
    st.title("There is no map of this model", anchor=False)
    st.write(f"{plain(reason)} A map needs them: they say which examples look alike to the model.")
    st.stop()
vectors = flow.require_embeddings(run).vectors
found = flow.require_plane(run)
chosen = plane.elsewhere(run)
if run.has_labels:
    together = plane.together(run, vectors)
    st.title(plane.headline(run, together), anchor=False)
    st.caption(plane.doubt(run, together))
else:
    st.title(plane.answers_headline(run), anchor=False)
    st.caption(plane.DRAW_AROUND)
keeping.pick(run)
colour, axes = plane.controls(run, found)
plane.draw(run, found, colour, axes, chosen)
if chosen is not None:
    st.caption(f"{count(len(chosen), 'example is', 'examples are')} selected; the points of all others are faint.")
held = found.variance[axes[0]] + found.variance[axes[1]]
st.caption(plane.small_print(run, found, held))
region = plane.selected()
if region is not None:
    plane.inside(run, found, region)
