"""The edits of one example in this session: made, listed, undone, exported."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.shared import cache, state
from pages.shared.flow import Run
from pages.shared.wording import plain

if TYPE_CHECKING:
    from analysis.types import Inputs
    from analysis.what_if import Change


@dataclass(frozen=True)
class Edited:
    """One example and what was changed of it.

    Attributes
    ----------
    run : Run
    row : int
        Position in the predictions.
    changes : tuple of Change
        In the order in which they were made.
    """

    run: Run
    row: int
    changes: tuple[Change, ...]

    @property
    def example(self) -> str:
        """Its id."""
        return self.run.predictions.ids[self.row]

    @property
    def key(self) -> tuple[str, ...]:
        """What everything computed of it depends on."""
        from analysis.types import fingerprint_of
        from analysis.what_if import to_json

        return (*self.run.key, fingerprint_of(to_json(self.example, self.changes)))

    def original(self) -> Inputs:
        """Return the raw input as it is in the data."""
        from analysis.what_if import raw_of

        return raw_of(self.run.dataset, self.example)

    def raw(self) -> Inputs:
        """Return the raw input with all changes made.

        Raises
        ------
        UnusableInput
            If a change does not fit.
        """
        return cache.keep("edited", self.key, lambda: self._changed(self.changes))

    def with_change(self, change: Change) -> Inputs:
        """Return the raw input with all changes made, and one more.

        Raises
        ------
        UnusableInput
            If a change does not fit.
        """
        return self._changed((*self.changes, change))

    def _changed(self, changes: tuple[Change, ...]) -> Inputs:
        from analysis.what_if import apply_changes, raw_of

        def other(example: str) -> bytes:
            raw = raw_of(self.run.dataset, example)
            assert not isinstance(raw, pd.DataFrame)
            return bytes(raw[0])

        return apply_changes(self.original(), changes, self.run.session.pipeline, other)

    def unchanged(self) -> Edited:
        """Return the example as it is in the data."""
        return Edited(self.run, self.row, ())


def _mark(run: Run, row: int) -> str:
    return f"what if {run.key} {run.predictions.ids[row]}"


def edited(run: Run, row: int) -> Edited:
    """Return an example with the changes that this session made."""
    return Edited(run, row, state.note(_mark(run, row), ()))


def change(now: Edited, *more: Change) -> None:
    """Make more changes; for callbacks."""
    _set(now, (*now.changes, *more))


def _set(now: Edited, changes: tuple[Change, ...]) -> None:
    state.set_note(_mark(now.run, now.row), changes)
    # Widgets show what is; the next run makes them anew under another name.
    state.set_note("what if round", round_() + 1)


def round_() -> int:
    """Return a number that is another after every change."""
    return int(state.note("what if round", 0))


def history(now: Edited) -> None:
    """Draw the list of changes, and undo, reset and export."""
    from analysis.what_if import to_json

    if not now.changes:
        st.caption("Nothing is changed yet.")
        return
    st.markdown("**Changes so far**")
    for number, made in enumerate(now.changes, 1):
        st.text(f"{number}. {made.sentence}")
    with st.container(horizontal=True, gap="small"):
        st.button("Undo the last", key="edit-undo", icon=":material/undo:", on_click=_set, args=(now, now.changes[:-1]))
        st.button("Reset", key="edit-reset", icon=":material/restart_alt:", on_click=_set, args=(now, ()))
        st.download_button(
            "Export",
            json.dumps(to_json(now.example, now.changes), ensure_ascii=False, indent=1),
            file_name="changes.json",
            mime="application/json",
            key="edit-export",
            icon=":material/download:",
            on_click="ignore",
        )


def problem(error: Exception) -> None:
    """Say why a change can't be made."""
    st.markdown(f":red[:material/error:] {plain(str(error))}")
