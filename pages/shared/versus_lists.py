"""The examples behind the agreement of two candidates: those that only one gets right, or another cell's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.shared import examples, state, versus, widgets
from pages.shared.flow import Run
from pages.shared.picker import picker
from pages.shared.versus import Other
from pages.shared.wording import count, name

if TYPE_CHECKING:
    from analysis.comparison.compare import Agreement

#: Cards that are shown of each group.
SHOWN = 6
_GROUPS = ("both", "a", "b", "none")


def choose(cell: str) -> None:
    """Look at the examples of one cell of the agreement; a second click goes back to those that one gets right."""
    now = state.view().get("together")
    state.set_view(together=cell if cell in _GROUPS and cell != now else None)


def draw(run: Run, other: Other, found: Agreement, names: tuple[str, str]) -> None:
    """Draw the examples of the chosen cell, or of both cells where only one candidate is right."""
    wanted = state.view().get("together")
    groups = (wanted,) if wanted in _GROUPS else ("a", "b")
    for group in groups:
        rows = {"both": found.both_right, "a": found.only_a, "b": found.only_b, "none": found.both_wrong}[group]
        n = count(len(rows), "example")
        title = {
            "both": f"Both get {n} right",
            "a": f"Only “{name(names[0], 28)}” gets {n} right",
            "b": f"Only “{name(names[1], 28)}” gets {n} right",
            "none": f"Both get {n} wrong",
        }[group]
        st.subheader(title, anchor=False)
        if not len(rows):
            continue
        cards = [versus.card(run, other, int(i)) for i in rows[:SHOWN]]
        least = "8.5rem" if cards[0].pictures else "13rem"
        picker(cards, _open, key=f"only-{group}", label=title, least=least)
        ids = pd.DataFrame({"example": [examples.long_id(run, int(i)) for i in rows]})
        widgets.download(ids, f"only-{group}.csv", label="Download all of them", key=f"only-{group}-data")


def _open(example: str) -> None:
    state.select(example=example)
