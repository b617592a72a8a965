"""Both confusion matrices of a diagnosis side by side, or both scatters, with the way to the examples behind them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from analysis.types import Kind, Pipeline
from pages.shared import cache, doctor_fed, doctor_run, selecting, state, widgets
from pages.shared.doctor_run import Diagnosed
from pages.shared.wording import name, percent

if TYPE_CHECKING:
    from analysis.preprocessing.doctor.sides import Sides
    from analysis.session import Session

SIDES = ("before", "after")


def draw(session: Session, found: Diagnosed) -> None:
    """Draw both confusion matrices side by side, or for a regression both scatters."""
    if not found.diagnosis.edits:
        return
    both = doctor_run.sides(session, found)
    st.subheader("Before and after", anchor=False)
    left, right = st.columns(2, gap="medium")
    if session.candidate.task.kind is Kind.REGRESSION:
        from analysis.figures import predicted_against_true

        drawn = [predicted_against_true(p, theme=widgets.theme()) for p in (both.before, both.after)]
    else:
        from analysis.figures import confusion_matrix
        from analysis.preprocessing.doctor.sides import matrices as aligned

        pair = cache.keep("aligned", (*found.key, str(found.diagnosis.complete)), lambda: aligned(both))
        drawn = [confusion_matrix(matrix, theme=widgets.theme()) for matrix in pair]
    words = ("As it is fed now", "Fed the best way found")
    pipelines = (found.pipeline, found.diagnosis.pipeline)
    for column, figure, side, word, fed in zip((left, right), drawn, SIDES, words, pipelines, strict=True):
        with column:
            st.caption(word)
            noted = partial(_note, side, found)
            widgets.figure(figure, key=f"matrix-{side}", on_select=selecting.clicked(f"matrix-{side}", noted))
            _way(session, fed, side, found)
    _careful(session, found, both)


def _note(side: str, found: Diagnosed, *carried: str | None) -> None:
    """Note the cell, or the example, that was clicked in one of both figures."""
    state.set_note(f"clicked {side}", (found.key, carried))


def _way(session: Session, fed: Pipeline, side: str, found: Diagnosed) -> None:
    """Draw the way to the clicked examples, fed as in that figure."""
    key, carried = state.note(f"clicked {side}", (None, ()))
    place = state.here()
    if key != found.key or place.opening is None:
        return
    opening = place.opening
    if fed.fingerprint != session.pipeline.fingerprint:
        opening = replace(opening, pipeline=doctor_fed.keep(fed))
        state.approve(opening)  # The same model and data, fed otherwise.
    if len(carried) == 1:
        selection, words = state.Selection(example=carried[0]), f"example {name(carried[0], 40)}"
    else:
        true, called = carried
        selection = state.Selection(true, called)
        sides = [f"label “{name(true)}”"] if true else []
        words = "examples with " + ", ".join([*sides, *([f"answer “{name(called)}”"] if called else [])])
    st.page_link(
        "pages/results/confusions.py", label=f"See {words}, fed like this", icon=":material/arrow_forward:",
        query_params=replace(place, opening=opening, selection=selection).link(),
    )  # fmt: skip


def _careful(session: Session, found: Diagnosed, both: Sides) -> None:
    """Say why the number above may be lower than what the picture shows."""
    if session.candidate.task.kind is Kind.REGRESSION:
        return
    shown = float(np.mean(both.after.truth == both.after.predicted))
    claimed = found.diagnosis.best.accuracy.value
    if abs(shown - claimed) >= 0.005:
        st.caption(
            f"The picture on the right counts {percent(shown)} right. {percent(claimed)} is the careful number: there "
            "each example is judged by changes that were chosen without it."
        )
