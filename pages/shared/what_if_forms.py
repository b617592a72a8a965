"""The controls by which an example is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.progress import Progress
from pages.shared import cache, what_if
from pages.shared.what_if import Edited
from pages.shared.what_if_search import goal_of, search, take
from pages.shared.wording import count, listing, middle, number

if TYPE_CHECKING:
    from analysis.what_if import Alternative, Deletions, Flip, Ranges, Swaps


def _key(name: str) -> str:
    return f"what_if_{name}_{what_if.round_()}"


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
    goal, session = goal_of(now), now.run.session

    def work(progress: Progress) -> Flip:
        from analysis.what_if import smallest_change

        row = now.raw()
        assert isinstance(row, pd.DataFrame)
        return smallest_change(session.candidate, row, session.pipeline, ranges, goal=goal, progress=progress)

    found = search(now, (*now.key, "flip", str(goal)), "Searching the smallest change", work)
    if found is None:
        return
    if not found.changes:
        st.write("None was found within the range of the data, with up to three features changed.")
        return
    for made in found.changes:
        st.text(made.sentence)
    st.caption(f"{number(found.distance)} standard deviations away; found among {count(found.tried, 'row')}.")
    take(now, *found.changes)


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
    with st.expander("The smallest change that changes the answer", expanded=True):
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

    found = search(now, (*now.key, "words", str(place)), "Trying other words of the data", work)
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
        take(now, Change("text", {"text": other.text, "part": 0, "note": note}), key="take-word")


def _suggest_words(now: Edited, said: str) -> None:
    ways = {"leave": "Leave words out", "swap": "Exchange words"}
    way = st.segmented_control(
        "By", list(ways), key="what_if_way", default="leave", required=True, format_func=ways.__getitem__,
        label_visibility="collapsed",
    )  # fmt: skip
    goal = goal_of(now)
    if way == "leave":
        _suggest_deletions(now, said, goal)
    else:
        _suggest_swaps(now, said, goal)


def _suggest_deletions(now: Edited, said: str, goal: float | None) -> None:
    from analysis.what_if import Change

    session = now.run.session

    def work(progress: Progress) -> Deletions:
        from analysis.what_if import smallest_deletions

        return smallest_deletions(session.candidate, said, session.pipeline, goal=goal, progress=progress)

    found = search(now, (*now.key, "deletions", str(goal)), "Leaving out words", work)
    if found is None:
        return
    if not found.words:
        st.write("None was found: with up to eight words left out the answer stays.")
        return
    st.markdown(f"Without {listing(found.words, 8)} the answer is another ({count(found.tried, 'text')} tried).")
    note = f"left out: {', '.join(middle(word, 30) for word in found.words)}"
    take(now, Change("text", {"text": found.text, "part": 0, "note": note}))


def _suggest_swaps(now: Edited, said: str, goal: float | None) -> None:
    from analysis.what_if import Change

    session = now.run.session

    def work(progress: Progress) -> Swaps:
        from analysis.what_if import smallest_swaps

        return smallest_swaps(session.candidate, now.run.dataset, said, session.pipeline, goal=goal, progress=progress)

    found = search(now, (*now.key, "swaps", str(goal)), "Exchanging words", work)
    if found is None:
        return
    if not found.swaps:
        st.write("None was found: with up to four words exchanged the answer stays.")
        return
    for swap in found.swaps:
        st.text(f"“{middle(swap.before, 30)}” → “{middle(swap.after, 30)}” (nearness {number(swap.nearness)})")
    st.caption(
        f"The answer is another then ({count(found.tried, 'text')} tried). Near is what the model’s own word vectors "
        "say, from −1 to 1: opposites can be near, too."
    )
    note = ", ".join(f"“{middle(s.before, 30)}” → “{middle(s.after, 30)}”" for s in found.swaps)
    take(now, Change("text", {"text": found.text, "part": 0, "note": note}))
