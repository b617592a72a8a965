"""Who of two candidates is better on which slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from analysis.progress import Progress
from pages.shared import selecting, waiting, widgets
from pages.shared.flow import Run
from pages.shared.versus import Other

if TYPE_CHECKING:
    from analysis.comparison import SliceDifference


def draw(run: Run, other: Other, names: tuple[str, str]) -> None:
    """Draw the difference on each slice of the examples' properties; a click selects the slice."""
    from analysis.figures import slice_differences as figure

    st.subheader("On which slices do they differ?", anchor=False)
    found = waiting.part("slice_differences", (*run.key, *other.key), "Comparing slice by slice", _work(run, other))
    if found is None:
        return
    if not found:
        st.write("There are too few examples, or too few properties, to cut into slices.")
        return
    drawn = figure(found, names, theme=widgets.theme())
    widgets.figure(drawn, key="slice-differences", on_select=selecting.slice_("slice-differences"))
    st.caption(
        "Every range and category with at least 10 examples, corrected for all of them; a click selects the slice, and "
        "every number then counts its examples alone."
    )


def _work(run: Run, other: Other) -> Callable[[Progress], tuple[SliceDifference, ...]]:
    def work(progress: Progress) -> tuple[SliceDifference, ...]:
        from analysis.comparison import slice_differences
        from analysis.failures.slices import predicates_of

        session = run.session
        predicates = predicates_of(
            run.predictions, session.dataset, session.candidate, session.pipeline, progress=progress
        )
        return slice_differences(run.predictions, other.predictions, predicates)

    return work
