"""Placeholder while being written."""

import streamlit as st

from pages.shared import flow

run = flow.require_run()
st.title(f"{len(run.predictions)}")
