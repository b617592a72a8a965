"""What this browser session looks at. The address bar is the truth; `st.session_state` only mirrors it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import uuid4

import streamlit as st

from pages.shared import opening as openings
from pages.shared.opening import Opening

ALL_SPLITS = "*"
#: Query parameters that belong to one page.
VIEW = (
    "method",
    "methods",
    "target",
    "contrast",
    "cells",
    "view",
    "fed",
    "diagnosed",
    "left",
    "right",
    "measured",
    "against",
    "feature",
    "baseline",
    "units",
    "colour",
    "axes",
    "among",
    "by",
    "curve",
    "together",
    "pointer",
)


@dataclass(frozen=True)
class Selection:
    """The examples that every page looks at; None leaves that side open.

    Attributes
    ----------
    true, predicted : str or None
        Labels.
    example : str or None
        Id of the opened example.
    slice : str or None
        A slice of the data as the page Slices found it, or a part of the map, perhaps with a name; see
        `analysis.failures.slices.names`. Every number then counts its examples alone.
    cause : str or None
        Key of a cause of failures: wherever failures are looked at, only those put down to it are.
    part : str or None
        What a bar or a point of a figure stands for, as `analysis.failures.parts` has it: wherever examples are looked
        at, only those of it are. Numbers count all.
    """

    true: str | None = None
    predicted: str | None = None
    example: str | None = None
    slice: str | None = None
    cause: str | None = None
    part: str | None = None

    @property
    def has_cell(self) -> bool:
        """Whether a cell, a row or a column is selected."""
        return self.true is not None or self.predicted is not None


#: Its query parameters.
SIDES = tuple(side.name for side in fields(Selection))


@dataclass(frozen=True)
class Place:
    """What is open, and what is selected in it."""

    opening: Opening | None = None
    split: str | None = None
    selection: Selection = Selection()

    def link(self) -> dict[str, str]:
        """Return the query parameters that lead here."""
        if self.opening is None:
            return {}
        params = openings.to_link(self.opening)
        if self.split != self.opening.default_split:
            params["split"] = self.split if self.split is not None else ALL_SPLITS
        chosen = {side: getattr(self.selection, side) for side in SIDES}
        return params | {k: v for k, v in chosen.items() if v is not None}


_PLACE, _UNDO, _SESSION, _APPROVED, _FED = "_place", "_undo", "_session", "_approved", "_fed"
_REMEMBERED = "_remembered"


def session_id() -> str:
    """Name this browser session for the jobs that it waits for."""
    return st.session_state.setdefault(_SESSION, uuid4().hex)


def _read_link() -> Place:
    params = st.query_params.to_dict()
    opening = openings.from_link(params)
    if opening is None:
        return Place()
    split = params.get("split")
    chosen = opening.default_split if split is None else (None if split == ALL_SPLITS else split)
    return Place(opening, chosen, Selection(*(params.get(side) for side in SIDES)))


def arrive() -> None:
    """Take over what the address bar says; on a bare address open what was open last. Once a run, in app.py."""
    if st.query_params.get("model"):
        mirror = st.session_state.get(_PLACE)
        if mirror is None or mirror.link() != _ours(st.query_params.to_dict()):
            st.session_state[_PLACE] = _read_link()
    elif _PLACE not in st.session_state:
        last = openings.recent()[:1]
        st.session_state[_PLACE] = Place(last[0], last[0].default_split) if last else Place()
        if last:
            st.query_params.from_dict(here().link())


def _ours(params: dict[str, str]) -> dict[str, str]:
    names = ("model", "data", "revision", "pipeline", "setup", "labels", "split", *SIDES)
    return {k: v for k, v in params.items() if k in names}


def here() -> Place:
    """Return where this session is."""
    return st.session_state.get(_PLACE, Place())


def _move(place: Place) -> None:
    st.session_state[_PLACE] = place
    st.query_params.from_dict({**view(), **place.link()})


def open_place(opening: Opening, *, split: str | None = None) -> None:
    """Open something else on the same page; the selection ends."""
    st.session_state[_UNDO] = []
    _move(Place(opening, split if split is not None else opening.default_split))


def use_pipeline(kept: str) -> None:
    """Feed the model through another pipeline on every page from here on; the selection stays.

    Parameters
    ----------
    kept : str
        As `Opening.pipeline` has it.
    """
    place = here()
    if place.opening is None or place.opening.pipeline == kept:
        return
    st.session_state.setdefault(_FED, []).append(place.opening)
    _refeed(place, replace(place.opening, pipeline=kept))


def former_feeding() -> Opening | None:
    """Return what `use_pipeline` changed last, while that model and data are still open."""
    place, earlier = here(), st.session_state.get(_FED, [])
    if place.opening is None or not earlier or earlier[-1].pipeline == place.opening.pipeline:
        return None
    return earlier[-1] if replace(earlier[-1], pipeline=place.opening.pipeline) == place.opening else None


def undo_feeding() -> None:
    """Feed the model as before the last `use_pipeline`."""
    former = former_feeding()
    if former is not None:
        st.session_state[_FED].pop()
        _refeed(here(), former)


def _refeed(place: Place, wanted: Opening) -> None:
    if place.opening is not None and is_approved(place.opening):
        approve(wanted)
    _move(replace(place, opening=wanted))


def trust(types: tuple[str, ...]) -> None:
    """Open what is asked for with these types of its skops file trusted."""
    place = here()
    if place.opening is not None:
        trusting = replace(place.opening, trusted=tuple(dict.fromkeys(types)))
        approve(trusting)
        _move(replace(place, opening=trusting))


def go_to(page: str, place: Place) -> None:
    """Leave for another page, and look at `place` there. For callbacks and page bodies."""
    if place.opening != here().opening:
        st.session_state[_UNDO] = []
    st.session_state[_PLACE] = place
    st.switch_page(page, query_params=place.link())


def at(selection: Selection) -> Place:
    """Return this place with another selection, within slice, cause and part as selected unless it names others."""
    now = here().selection
    kept = {side: getattr(selection, side) or getattr(now, side) for side in ("slice", "cause", "part")}
    return replace(here(), selection=replace(selection, **kept))


def choose_split(split: str | None) -> None:
    """Judge on another split; slice and part end, since their ranges are the split's own."""
    place = here()
    _move(replace(place, split=split, selection=replace(place.selection, slice=None, part=None)))


def select(**changes: str | None) -> None:
    """Change the selection: ``select(true="cat", predicted="cucumber")``; what isn't named stays."""
    before = here().selection
    after = replace(before, **changes)
    if after == before:
        return
    undo: list[Selection] = st.session_state.setdefault(_UNDO, [])
    if replace(before, example=None) != replace(after, example=None):
        undo.append(before)
        del undo[:-50]
    _move(replace(here(), selection=after))


def open_example(example: str | None) -> None:
    """Open an example; what a page chose for the one before (a target, a contrast) ends."""
    for name in ("target", "contrast"):
        st.query_params.pop(name, None)
    select(example=example)


def can_undo() -> bool:
    """Whether a selection was changed before."""
    return bool(st.session_state.get(_UNDO))


def undo() -> None:
    """Return to the selection before the last change."""
    if can_undo():
        _move(replace(here(), selection=st.session_state[_UNDO].pop()))


def view() -> dict[str, str]:
    """Query parameters of the page itself, which hold for this page only."""
    return {k: v for k, v in st.query_params.to_dict().items() if k in VIEW}


def set_view(**changes: str | None) -> None:
    """Carry a page's own choice in the address bar."""
    for key, value in changes.items():
        if value is None:
            st.query_params.pop(key, None)
        elif st.query_params.get(key) != value:
            st.query_params[key] = value


def approve(opening: Opening) -> None:
    """Note that the person agreed to open what a link asked for."""
    st.session_state.setdefault(_APPROVED, set()).add(opening.key)


def remember(opening: Opening) -> None:
    """Remember on this machine what this session has open, each time that it is another."""
    if st.session_state.get(_REMEMBERED) != opening.key:
        openings.remember(opening)
        st.session_state[_REMEMBERED] = opening.key


def is_approved(opening: Opening) -> bool:
    """Whether this may be opened: familiar on this machine, or agreed to in this session."""
    return opening.key in st.session_state.get(_APPROVED, ()) or openings.is_familiar(opening)


def note(key: str, default: Any = None) -> Any:
    """Return something that a page noted for itself in this session."""
    return st.session_state.get(f"_note_{key}", default)


def set_note(key: str, value: Any) -> None:
    """Note something for this session."""
    st.session_state[f"_note_{key}"] = value
