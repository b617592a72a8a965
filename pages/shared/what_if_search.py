"""What the searches for the smallest change have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from analysis.types import Kind
from pages.shared import cache, state, waiting, what_if
from pages.shared.what_if import Edited

if TYPE_CHECKING:
    from analysis.what_if import Change


def goal_of(now: Edited, name: str = "") -> float | None:
    """Ask for the value that a regression should reach."""
    if now.run.predictions.task.kind is not Kind.REGRESSION:
        return None
    seen = now.run.predictions.truth if now.run.has_labels else now.run.predictions.values
    usual = float(np.median(np.asarray(seen, dtype=np.float64)))
    return float(st.number_input("To reach a value of", value=round(usual, 3), key=f"what_if_goal{name}"))


def search(now: Edited, key: tuple[str, ...], title: str, work: Any) -> Any:
    """Draw a button that begins a search, or its progress; returns its result once there."""
    asked = f"asked {key}"
    if not state.note(asked) and cache.jobs().find("what_if", key) is None:
        st.button("Search", key=f"search-{key[len(now.key)]}", on_click=state.set_note, args=(asked, True))
        return None
    return waiting.part("what_if", key, title, work)


def take(now: Edited, *changes: Change, key: str = "take") -> None:
    """Draw the button that makes what was found."""
    st.button("Make this change", key=f"edit-{key}", on_click=what_if.change, args=(now, *changes))
