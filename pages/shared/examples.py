"""Examples as people see them: cards, the order they are walked through, one opened in detail."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from analysis.types import IntArray, Kind, Modality
from pages.shared import cache, parts, state
from pages.shared.flow import Run
from pages.shared.picker import Card
from pages.shared.wording import middle, number, percent, plain

_FEATURES = 4


def raw(run: Run, row: int) -> bytes | str | tuple[str, str] | pd.DataFrame:
    """Return the raw input of one row of the predictions; a table of one row for tabular data."""
    found = run.dataset.inputs(np.array([run.rows[row]], dtype=np.int64))
    return found if isinstance(found, pd.DataFrame) else found[0]


def text_of(run: Run, row: int) -> str:
    """Return the text of an example; pairs are joined by an empty line."""
    value = raw(run, row)
    return "\n\n".join(value) if isinstance(value, tuple) else str(value)


def glimpse(run: Run, row: int) -> str:
    """Return the first words of a text, or the first features of a table's row; empty for images."""
    if run.dataset.modality is Modality.TEXT:
        return text_of(run, row)[:240]
    if run.dataset.modality is Modality.TABULAR:
        frame = raw(run, row)
        assert isinstance(frame, pd.DataFrame)
        shown = [f"{middle(str(c), 22)} {_cell(frame[c].iloc[0])}" for c in frame.columns[:_FEATURES]]
        return "\n".join(shown)
    return ""


def glimpses(run: Run, rows: IntArray, most: int = 3) -> str:
    """Return the first words of several texts, or a glimpse of the first row."""
    if run.dataset.modality is not Modality.TEXT:
        return glimpse(run, int(rows[0]))
    said = [" ".join(text_of(run, int(row)).split()) for row in rows[:most]]
    return "\n".join(f"“{text if len(text) <= 90 else text[:89].rstrip() + '…'}”" for text in said)


def long_id(run: Run, row: int) -> str:
    """Return an example's id as people read it: a path, or "Row 17"."""
    example = run.predictions.ids[row]
    return f"Row {example}" if example.isdigit() else example


def short_id(run: Run, row: int) -> str:
    """Return an example's id as a card shows it: the file's name, or "Row 17"."""
    return middle(long_id(run, row).rsplit("/", 1)[-1], 28)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float | np.number) else middle(str(value), 20)


def pictures(run: Run, rows: IntArray | list[int], size: int = 224) -> tuple[bytes | None, ...]:
    """Return thumbnails of some rows of the predictions; none where the data are no images."""
    if run.dataset.modality is not Modality.IMAGE:
        return ()
    return tuple(cache.thumbnail(run.dataset, run.rows[int(row)], size) for row in rows)


def truth_of(run: Run, row: int) -> str:
    """Return the true label, or the true value of a regression."""
    if run.predictions.task.kind is Kind.REGRESSION:
        return number(float(run.predictions.truth[row]))
    return run.predictions.truth_labels[row]


def answer_of(run: Run, row: int) -> str:
    """Return what the model answered."""
    if run.predictions.task.kind is Kind.REGRESSION:
        return number(float(run.predictions.values[row]))
    return run.predictions.task.labels[int(run.predictions.predicted[row])]


def is_right(run: Run, row: int) -> bool | None:
    """Return whether the answer is the true label; None for a regression, and where there are no labels."""
    if run.predictions.task.kind is Kind.REGRESSION or not run.has_labels:
        return None
    return bool(run.predictions.truth[row] == run.predictions.predicted[row])


def card(run: Run, row: int) -> Card:
    """Return an example as a card."""
    example, right = run.predictions.ids[row], is_right(run, row)
    if run.predictions.task.kind is Kind.REGRESSION:
        note = f"answer {answer_of(run, row)}" + (f", true {truth_of(run, row)}" if run.has_labels else "")
    else:
        score = float(run.predictions.scores[row].max())
        note = f"{middle(answer_of(run, row), 22)} {percent(score)}"
    tone = "" if right is None else "right" if right else "wrong"
    label = f"label {truth_of(run, row)}, " if run.has_labels else ""
    hover = f"{example}: {label}answer {answer_of(run, row)}"
    chosen = example == state.here().selection.example
    return Card(example, short_id(run, row), note, glimpse(run, row), pictures(run, [row]), tone, hover, chosen)


def sequence(run: Run) -> IntArray:
    """Return the rows that the selection means, in the order they are walked through.

    A cell, a row or a column of the matrix, or a part that a figure stands for: its examples, the surest answers
    first. Nothing selected: all failures. A regression: the largest errors first. Without labels: all examples, or
    those that were called so, the least sure answers first, and of a regression the highest.
    """
    chosen = state.here().selection
    key = (*run.key, chosen.true or "", chosen.predicted or "", str(chosen.has_cell), str(chosen.part is not None))
    return cache.keep("sequence", key, lambda: _sequence(run, chosen))


def _sequence(run: Run, chosen: state.Selection) -> IntArray:
    from analysis.failures import confusion, regression

    predictions = run.predictions
    if not run.has_labels:
        from analysis.answers import least_sure_first

        return least_sure_first(predictions, chosen.predicted)[: 0 if chosen.true is not None else None]
    if predictions.task.kind is Kind.REGRESSION:
        return regression.worst_errors(predictions, len(predictions))
    if chosen.true is not None and chosen.predicted is not None:
        return confusion.cell(predictions, chosen.true, chosen.predicted)
    if chosen.true is not None:
        return confusion.row(predictions, chosen.true)
    if chosen.predicted is not None:
        return confusion.column(predictions, chosen.predicted)
    if chosen.part is not None:  # Right ones too: a bar or a point holds both.
        return confusion.surest_first(predictions, np.arange(len(predictions), dtype=np.int64))
    wrong = np.flatnonzero(predictions.truth != predictions.predicted).astype(np.int64)
    return confusion.surest_first(predictions, wrong)


def walk(run: Run, current: int | None) -> None:
    """Draw previous and next through the sequence, with the arrow keys."""
    rows = sequence(run)
    place = np.flatnonzero(rows == current)
    at = int(place[0]) if current is not None and len(place) else None

    def to(step: int) -> None:
        new = 0 if at is None else min(max(at + step, 0), len(rows) - 1)
        state.open_example(run.predictions.ids[int(rows[new])])

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Previous", key="previous", shortcut="Left", on_click=to, args=(-1,),
            disabled=at in (None, 0),
        )  # fmt: skip
        st.button(
            "Next", key="next", shortcut="Right", on_click=to, args=(1,),
            disabled=not len(rows) or at == len(rows) - 1,
        )  # fmt: skip
        if at is not None:
            st.caption(f"{at + 1} of {len(rows)} {meaning(run)}")


def meaning(run: Run) -> str:
    """Return what the sequence holds, in words that are safe in markdown."""
    chosen = state.here().selection
    within = f" with {plain(middle(parts.title(chosen.part), 60))}" if chosen.part is not None else ""
    if run.predictions.task.kind is Kind.REGRESSION:
        order = "largest errors" if run.has_labels else "highest answers"
        return f"{within.strip() or 'examples'}, the {order} first"
    true, called = plain(middle(chosen.true or "")), plain(middle(chosen.predicted or ""))
    if chosen.true is not None and chosen.predicted is not None:
        return f"with label “{true}”, called “{called}”{within and ','}{within}"
    if chosen.true is not None:
        return f"with label “{true}”{within and ','}{within}"
    order = "" if run.has_labels else ", the least sure first"
    if chosen.predicted is not None:
        return f"called “{called}”{within and ','}{within}{order}"
    return (within.strip() or ("that the model got wrong" if run.has_labels else "in all")) + order
