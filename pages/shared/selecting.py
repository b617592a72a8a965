"""Clicks on figures that select: what a point stands for becomes part of the one selection of all pages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import streamlit as st

from pages.shared import parts, state
from pages.shared.wording import name

CONFUSIONS = "pages/results/confusions.py"


def clicked(key: str, use: Callable[..., None]) -> Callable[[], None]:
    """Return a callback for a figure that hands on what the clicked point stands for.

    Parameters
    ----------
    key : str
        Of the figure.
    use : callable
        Takes the values of the point's ``customdata``.
    """

    def callback() -> None:
        for point in st.session_state[key].selection.points:
            carried = point.get("customdata") or ()
            # A point without a meaning of its own carries nothing: no values, or None alone.
            if any(value is not None for value in carried):
                use(*carried)
                return

    return callback


def example(key: str) -> Callable[[], None]:
    """Return a callback that selects the example that was clicked."""
    return clicked(key, lambda value: state.select(example=str(value)))


def label(key: str) -> Callable[[], None]:
    """Return a callback that selects the class that was clicked: its examples, right or wrong."""
    return clicked(key, lambda value: state.select(true=str(value), predicted=None, example=None))


def cell(key: str) -> Callable[[], None]:
    """Return a callback that selects the cell of a matrix that was clicked; of a total, its row or column."""
    return clicked(key, lambda true, called_: state.select(true=true, predicted=called_, example=None))


def feature(key: str, columns: Collection[str]) -> Callable[[], None]:
    """Return a callback that looks at the column that was clicked, if it is one of these."""

    def use(value: Any) -> None:
        if value in columns:
            state.set_view(feature=str(value))

    return clicked(key, use)


def slice_(key: str) -> Callable[[], None]:
    """Return a callback that selects the slice that was clicked."""
    return clicked(key, lambda value: state.select(slice=str(value)))


def called(key: str) -> Callable[[], None]:
    """Return a callback that selects the class that was clicked: the examples that are called so."""
    return clicked(key, lambda value: state.select(true=None, predicted=str(value)))


def part(key: str) -> Callable[[], None]:
    """Return a callback that selects what the clicked bar or point stands for; the same one again: all."""

    def use(value: Any) -> None:
        state.select(part=None if value == state.here().selection.part else str(value), example=None)

    return clicked(key, use)


def way_to_part(*of: str) -> None:
    """Draw the way to the examples of the selected part, where it is one of these kinds."""
    chosen = state.here().selection.part
    if chosen is not None and chosen.split(" ", 1)[0] in of:
        st.page_link(
            CONFUSIONS, label=f"See the examples with {name(parts.title(chosen), 60)}", icon=":material/arrow_forward:",
            query_params=state.here().link(),
        )  # fmt: skip


def way(page: str, words: str) -> None:
    """Draw the way to the examples of the selection, where there is one."""
    chosen = state.here().selection
    if chosen.example is not None or chosen.true is not None:
        st.page_link(page, label=words, icon=":material/arrow_forward:", query_params=state.here().link())
