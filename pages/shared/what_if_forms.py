"""The controls by which an example is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Kind
from pages.shared import cache, waiting, what_if
from pages.shared.what_if import Edited
from pages.shared.wording import count, listing, middle, number

if TYPE_CHECKING:
    from analysis.what_if import Alternative, Change, Deletions, Flip, Ranges


def _key(name: str) -> str:
    return f"what_if_{name}_{what_if.round_()}"


def _goal(now: Edited) -> float | None:
    """Ask for the value that a regression should reach."""
    if now.run.predictions.task.kind is not Kind.REGRESSION:
        return None
    usual = float(np.median(np.asarray(now.run.predictions.truth, dtype=np.float64)))
    return float(st.number_input("To reach a value of", value=round(usual, 3), key="what_if_goal"))


# Tables


def table(now: Edited) -> None:
    """Draw the choice of a feature and its value within the data's range, and the suggested smallest change."""
    from analysis.what_if import Change

    ranges = cache.keep("ranges", now.run.key, lambda: _ranges(now))
    raw = now.raw()
    assert isinstance(raw, pd.DataFrame)
    columns = [c for c in (*ranges.numbers, *ranges.categories) if c in raw]
    if not columns:
        st.caption("None of the columns can be edited.")
        return
    column = str(st.selectbox("Feature", columns, key="what_if_column", format_func=lambda c: middle(c, 40)))
    value = _value(raw[column].iloc[0], column, ranges)
    st.button(
        "Set it", type="primary", key="edit-set", on_click=what_if.change,
        args=(now, Change("set", {"column": column, "value": value})), disabled=bool(value == raw[column].iloc[0]),
    )  # fmt: skip
    with st.expander("The smallest change that changes the answer", expanded=True):
        _suggest_row(now, ranges)


def _ranges(now: Edited) -> Ranges:
    from analysis.what_if import ranges_of

    wanted = now.run.session.pipeline.param("column_order", "columns")
    return ranges_of(now.run.dataset, wanted)


def _value(before: Any, column: str, ranges: Ranges) -> Any:
    if column not in ranges.numbers:
        options = list(ranges.categories[column])
        place = options.index(before) if before in options else 0
        return st.selectbox("Value", options, index=place, key=_key(f"value_{column}"))
    known = ranges.numbers[column]
    low, high = min(known[0], _number(before, known[0])), max(known[-1], _number(before, known[-1]))
    if low == high:
        st.caption("It never varies in the data.")
        return before
    here = _number(before, known[len(known) // 2])
    whole = column in ranges.whole
    kind: Any = int if whole else float
    step = 1 if whole else (high - low) / 200
    return st.slider(
        "Value, within the range of the data", kind(low), kind(high), kind(here), step=kind(step) if whole else step,
        key=_key(f"value_{column}"), format="%d" if whole else "%.4g",
    )  # fmt: skip


def _number(value: Any, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float | np.number) and np.isfinite(value) else otherwise


def _suggest_row(now: Edited, ranges: Ranges) -> None:
    goal, session = _goal(now), now.run.session

    def work(progress: Progress) -> Flip:
        from analysis.what_if import smallest_change

        row = now.raw()
        assert isinstance(row, pd.DataFrame)
        return smallest_change(session.candidate, row, session.pipeline, ranges, goal=goal, progress=progress)

    found = _search(now, (*now.key, "flip", str(goal)), "Searching the smallest change", work)
    if found is None:
        return
    if not found.changes:
        st.write("None was found within the range of the data, with up to three features changed.")
        return
    for made in found.changes:
        st.text(made.sentence)
    st.caption(f"{number(found.distance)} standard deviations away; found among {count(found.tried, 'row')}.")
    _take(now, *found.changes)


# Text


def text(now: Edited) -> None:
    """Draw the text to edit, words to leave out or exchange, and the smallest set without which the answer changes."""
    from analysis.what_if import Change, words_of

    raw = now.raw()
    first = raw[0]
    members = [first] if isinstance(first, str) else list(first)
    for part, member in enumerate(members):
        title = "Text" if len(members) == 1 else ("First text", "Second text")[part]
        written = st.text_area(title, member, height=180, key=_key(f"text_{part}"))
        st.button(
            "Use this text", key=f"edit-text-{part}", type="primary", disabled=written == member,
            on_click=what_if.change, args=(now, Change("text", {"text": written, "part": part, "note": "text edited"})),
        )  # fmt: skip
    if len(members) > 1:
        st.caption("Suggestions are made for single texts only.")
        return
    words = words_of(members[0])
    if not words:
        return
    with st.expander("Another word in a place", expanded=False):
        _exchange(now, members[0], words)
    with st.expander("The fewest words without which the answer changes", expanded=True):
        _suggest_words(now, members[0])


def _exchange(now: Edited, said: str, words: tuple[tuple[int, int], ...]) -> None:
    from analysis.what_if import Change
    from analysis.what_if.texts import without

    place = st.selectbox(
        "Word", range(len(words)), key=_key("place"), format_func=lambda i: f"{i + 1}. {said[slice(*words[i])]}"
    )
    word = said[slice(*words[place])]
    left = without(said, [words[place]])
    note = f"“{middle(word, 30)}” left out"
    st.button(
        "Leave it out", key="edit-leave", on_click=what_if.change,
        args=(now, Change("text", {"text": left, "part": 0, "note": note})),
    )  # fmt: skip
    session = now.run.session

    def work(progress: Progress) -> tuple[Alternative, ...]:
        from analysis.what_if import alternatives

        return alternatives(
            session.candidate, now.run.dataset, said, place, session.pipeline, progress=progress
        )  # fmt: skip

    found = _search(now, (*now.key, "words", str(place)), "Trying other words of the data", work)
    if not found:
        return
    table_ = pd.DataFrame(
        {"Word": [a.word for a in found], "Score": [a.score for a in found], "Answer": [a.label for a in found]}
    )
    st.caption("The data's most frequent words in its place; the score is that of the answer now, or the value.")
    picked = st.dataframe(
        table_, hide_index=True, height=220, on_select="rerun", selection_mode="single-row", key=_key("alternatives"),
        alt="Words of the data in this place, with the score",
        column_config={"Score": st.column_config.NumberColumn(format="%.3f")},
    )  # fmt: skip
    chosen = picked["selection"]["rows"]
    if chosen:
        other = found[chosen[0]]
        note = f"“{middle(word, 30)}” → “{middle(other.word, 30)}”"
        _take(now, Change("text", {"text": other.text, "part": 0, "note": note}), key="take-word")


def _suggest_words(now: Edited, said: str) -> None:
    from analysis.what_if import Change

    goal, session = _goal(now), now.run.session

    def work(progress: Progress) -> Deletions:
        from analysis.what_if import smallest_deletions

        return smallest_deletions(session.candidate, said, session.pipeline, goal=goal, progress=progress)

    found = _search(now, (*now.key, "deletions", str(goal)), "Leaving out words", work)
    if found is None:
        return
    if not found.words:
        st.write("None was found: with up to eight words left out the answer stays.")
        return
    st.markdown(f"Without {listing(found.words, 8)} the answer is another ({count(found.tried, 'text')} tried).")
    note = f"left out: {', '.join(middle(word, 30) for word in found.words)}"
    _take(now, Change("text", {"text": found.text, "part": 0, "note": note}))


# Images


def image(now: Edited) -> None:
    """Draw the tools for pictures."""
    from analysis.what_if import Change
    from analysis.what_if.changes import COLOURS, SIDES

    tools = {
        "cover": "Cover a region",
        "blur": "Blur a region",
        "crop": "Crop",
        "rotate": "Rotate",
        "brightness": "Brightness",
    }
    kind = str(
        st.pills(
            "Tool",
            list(tools),
            key="what_if_tool",
            default="cover",
            required=True,
            wrap=True,
            format_func=tools.__getitem__,
        )
    )
    params: dict[str, Any] = {}
    if kind == "rotate":
        params["degrees"] = st.slider("Degrees, counter-clockwise", -180, 180, 15, key="what_if_degrees")
    elif kind == "brightness":
        params["factor"] = st.slider("Factor", 0.0, 3.0, 1.5, 0.05, key="what_if_factor")
    else:
        across = st.slider("From left to right, in percent", 0, 100, (25, 75), key="what_if_across")
        down = st.slider("From top to bottom, in percent", 0, 100, (25, 75), key="what_if_down")
        ends = (across[0], down[0], across[1], down[1])
        params = {side: end / 100 for side, end in zip(SIDES, ends, strict=True)}
        if kind != "crop":
            outside = st.toggle("What is outside of it instead (the background)", key="what_if_outside")
            params["outside"] = outside
        if kind == "cover":
            params["colour"] = st.selectbox("With", COLOURS, key="what_if_colour", format_func=_colour)
        if kind == "blur":
            params["radius"] = st.slider("Radius, in percent of the longer side", 1, 20, 5, key="what_if_radius") / 100
    change = Change(kind, params)
    _preview(now, change)
    st.button("Make this change", type="primary", key="edit-image", on_click=what_if.change, args=(now, change))


def _colour(name: str) -> str:
    return {"mean": "its mean colour", "noise": "random pixels"}.get(name, name)


def _preview(now: Edited, change: Change) -> None:
    from analysis.what_if import apply_changes

    try:
        made = apply_changes(now.original(), (*now.changes, change), now.run.session.pipeline)
    except UnusableInput as error:
        what_if.problem(error)
        return
    assert not isinstance(made, pd.DataFrame)
    st.image(bytes(made[0]), width=300, caption="With this change", alt="The picture with this change")


# Shared


def _search(now: Edited, key: tuple[str, ...], title: str, work: Any) -> Any:
    """Draw a button that begins a search, or its progress; returns its result once there."""
    from pages.shared import state

    asked = f"asked {key}"
    if not state.note(asked) and cache.jobs().find("what_if", key) is None:
        st.button("Search", key=f"search-{key[len(now.key)]}", on_click=state.set_note, args=(asked, True))
        return None
    return waiting.part("what_if", key, title, work)


def _take(now: Edited, *changes: Change, key: str = "take") -> None:
    st.button("Make this change", key=f"edit-{key}", on_click=what_if.change, args=(now, *changes))
