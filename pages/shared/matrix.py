"""The confusion matrix that answers clicks, and the search for a class beside it."""

from __future__ import annotations

import streamlit as st

from pages.shared import results, state, widgets
from pages.shared.flow import Run

MODES = {"counts": "Counts", "shares": "Share of each label"}


def draw(run: Run) -> None:
    """Draw the search, the choice of cells, and the matrix."""
    labels = _labels(run)
    chosen = state.here().selection
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state["find_class"] = chosen.true if chosen.true in labels else None
        st.selectbox(
            "Label in the data", labels, key="find_class", placeholder="Any: type to search", on_change=_row_changed
        )
        st.session_state["find_called"] = chosen.predicted if chosen.predicted in labels else None
        st.selectbox("Called", labels, key="find_called", placeholder="Any", on_change=_column_changed)
        st.session_state["cells"] = state.view().get("cells", "counts")
        st.segmented_control(
            "Cells", list(MODES), key="cells", format_func=MODES.get, required=True, on_change=_mode_changed
        )
    _draw_matrix(run)


def _labels(run: Run) -> list[str]:
    known = list(dict.fromkeys(run.predictions.task.labels))
    more = set(run.predictions.truth_labels) | set(results.matrix(run).row_labels)
    return known + sorted(more - set(known))


def _row_changed() -> None:
    state.select(true=st.session_state["find_class"], example=None)


def _column_changed() -> None:
    state.select(predicted=st.session_state["find_called"], example=None)


def _mode_changed() -> None:
    state.set_view(cells=st.session_state["cells"])


def _draw_matrix(run: Run) -> None:
    from analysis import figures

    chosen = state.here().selection
    drawn = figures.confusion_matrix(
        results.matrix(run),
        normalised=st.session_state["cells"] == "shares",
        selected=(chosen.true, chosen.predicted),
        theme=widgets.theme(),
    )
    widgets.figure(drawn, key="matrix", on_select=_clicked)


def _clicked() -> None:
    points = st.session_state["matrix"].selection.points
    if not points:
        return
    true, predicted = points[0]["customdata"][:2]
    state.select(true=true, predicted=predicted, example=None)
