"""The examples of the selection, a page at a time."""

from __future__ import annotations

import streamlit as st

from analysis.types import IntArray, Kind
from pages.shared import examples, state
from pages.shared.flow import Run
from pages.shared.picker import picker
from pages.shared.results import noun

PAGE = 12


def rows(run: Run) -> IntArray:
    """Return the rows of the gallery."""
    return examples.sequence(run)


def sentence(run: Run) -> str:
    """Return how many examples the gallery holds, and which, safe in markdown."""
    return f"{noun(run, len(rows(run)))} {examples.meaning(run)}"


def draw(run: Run) -> None:
    """Draw one page of cards and the way to the others."""
    found = rows(run)
    selection = state.here().selection
    regression = run.predictions.task.kind is Kind.REGRESSION
    if selection.part is not None or not regression:
        st.markdown(f"**{sentence(run)}**")
    if not len(found):
        st.write("There is no such example. Pick another cell, or clear the selection.")
        return
    size = 2 * PAGE if regression and run.has_labels else PAGE
    pages = -(-len(found) // size)
    mark = ("gallery page", *run.key, selection.true, selection.predicted)
    at = min(_page_of_example(run, found, size, mark), pages - 1)
    cards = [examples.card(run, int(row)) for row in found[at * size : (at + 1) * size]]
    picker(cards, state.open_example, key="gallery", label="Examples", least="8.5rem" if cards[0].pictures else "13rem")
    if pages > 1:
        _pager(at, pages, size, len(found), mark)


def _page_of_example(run: Run, found: IntArray, size: int, mark: tuple[object, ...]) -> int:
    """Return the page that was turned to; an example opened elsewhere turns to its own page."""
    example = state.here().selection.example
    noted = state.note("gallery", {})
    if noted.get("mark") == mark and noted.get("example") == example:
        return int(noted["page"])
    row = run.position(example)
    places = (found == row).nonzero()[0] if row is not None else ()
    before = int(noted["page"]) if noted.get("mark") == mark else 0
    page = int(places[0]) // size if len(places) else before
    state.set_note("gallery", {"mark": mark, "example": example, "page": page})
    return page


def _pager(at: int, pages: int, size: int, total: int, mark: tuple[object, ...]) -> None:
    def turn(step: int) -> None:
        noted = {"mark": mark, "example": state.here().selection.example, "page": min(max(at + step, 0), pages - 1)}
        state.set_note("gallery", noted)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Earlier", key="page-back", type="tertiary", disabled=at == 0, on_click=turn, args=(-1,))
        st.caption(f"{at * size + 1}–{min((at + 1) * size, total)} of {total}")
        st.button("More", key="page-on", type="tertiary", disabled=at == pages - 1, on_click=turn, args=(1,))
