"""The confusion matrix that answers clicks, and the search for a class beside it."""

from __future__ import annotations

import streamlit as st

from pages.shared import keys, results, selecting, state, widgets
from pages.shared.flow import Run

MODES = {"counts": "Counts", "row": "% of true", "column": "% of called"}


def controls(run: Run) -> None:
    """Draw the search for a class and the choice of what cells show."""
    labels = _labels(run)
    chosen, mode = state.here().selection, state.view().get("cells", "counts")
    st.session_state["find_class"] = chosen.true if chosen.true in labels else None
    st.session_state["find_called"] = chosen.predicted if chosen.predicted in labels else None
    st.session_state["cells"] = mode if mode in MODES else "counts"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Label in the data", labels, key="find_class", placeholder="Any", on_change=_row_changed, width=240
        )
        st.selectbox(
            "Called by the model", labels, key="find_called", placeholder="Any", on_change=_column_changed, width=240
        )
        st.segmented_control(
            "Cells show", list(MODES), key="cells", format_func=MODES.get, required=True, on_change=_mode_changed
        )
        keys.slash_focuses("find_class")


def _labels(run: Run) -> list[str]:
    known = list(dict.fromkeys(run.predictions.task.labels))
    more = set(run.predictions.truth_labels.distinct) | set(results.matrix(run).row_labels)
    return known + sorted(more - set(known))


def _row_changed() -> None:
    state.select(true=st.session_state["find_class"], example=None)


def _column_changed() -> None:
    state.select(predicted=st.session_state["find_called"], example=None)


def _mode_changed() -> None:
    state.set_view(cells=st.session_state["cells"])


def draw(run: Run) -> None:
    """Draw the matrix; a click on a cell selects it, a click on a total its row or column."""
    from analysis.figures.confusion import confusion_matrix

    chosen, mode = state.here().selection, st.session_state["cells"]
    drawn = confusion_matrix(
        results.matrix(run), mode=mode, selected=(chosen.true, chosen.predicted), theme=widgets.theme()
    )
    widgets.figure(drawn, key="matrix", on_select=selecting.cell("matrix"))
