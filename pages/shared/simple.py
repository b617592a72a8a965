"""Simple models fitted on the same data, as work in the background, and what came of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from analysis.types import Kind
from pages.shared import cache, evidence, state, waiting, widgets
from pages.shared.flow import Run
from pages.shared.jobs import Status
from pages.shared.wording import plain

if TYPE_CHECKING:
    from analysis.baselines import Baselines


def done(run: Run) -> Baselines | None:
    """Return what was compared already, on this machine at any time, or None."""
    from analysis.baselines import kept_baselines

    return kept_baselines(run.session)


def draw(run: Run) -> None:
    """Draw whether a simple model would do, or the button that fits some."""
    found = done(run)
    if found is None:
        st.subheader("Would a simpler model do?", anchor=False)
        st.write("Fit models that anybody can read on the same data, and compare them with this one pair by pair.")
        if state.view().get("measured") != "yes" and not _running(run):
            st.button(
                "Fit simple models", icon=":material/balance:", on_click=state.set_view, kwargs={"measured": "yes"}
            )
            return
        found = waiting.part("baselines", run.key, "Fitting simple models", lambda p: _fit(run, p))
        if found is None:
            return
    from analysis.baselines import words

    st.subheader(plain(words.heading(found)), anchor=False)
    st.caption(plain(words.how(found)))
    evidence.listed(words.findings_of(found), key="baselines", fold=False)
    widgets.download(_table(found), "simple-models.csv", label="Download", key="baselines-data")


def _running(run: Run) -> bool:
    job = cache.jobs().find("baselines", run.key)
    return job is not None and job.status is Status.RUNNING


def _fit(run: Run, progress: Progress) -> Baselines:
    from analysis.baselines import baselines_of

    return baselines_of(run.session, progress=progress)


def _table(found: Baselines) -> pd.DataFrame:
    metric = "accuracy" if found.kind is Kind.CLASSIFICATION else "mean_absolute_error"
    rows = [
        (c.title, d.a, d.b, d.difference, d.low, d.high, d.p_value, c.p_adjusted, d.n)
        for c in found.compared
        if (d := c.difference) is not None
    ]
    columns = ["simple_model", f"{metric}_model", f"{metric}_simple", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "p_value", "p_holm", "n"])
