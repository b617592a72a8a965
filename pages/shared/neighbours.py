"""The labelled examples that the model finds most like the opened one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from analysis.progress import Progress
from analysis.types import Kind, Modality
from pages.shared import cache, examples, state, waiting, widgets
from pages.shared.flow import Run
from pages.shared.picker import Card, picker
from pages.shared.results import noun
from pages.shared.wording import interval_of, middle, name, number, percent, plain

if TYPE_CHECKING:
    from analysis.neighbours import Agreement, Embeddings, Neighbours

#: Examples up to which a network's embeddings are computed without being asked for.
AT_ONCE = 1_000
SHOWN = 6


def draw(run: Run, row: int) -> None:
    """Draw the nearest examples of one, with their labels where there are any, or the way to them."""
    from analysis.neighbours import misfit

    st.subheader("What it looks like to the model", anchor=False)
    reason = misfit(run.session.candidate)
    if reason is not None:
        st.caption(plain(reason))
        return
    if len(run.predictions) < 2:
        st.caption("There is no other example to compare with.")
        return
    if not _wanted(run):
        st.write(f"Compare it with the other {noun(run, len(run.predictions) - 1)} as the model sees them.")
        st.button("Find the nearest", key="find-nearest", on_click=state.set_note, args=(_asked(run), True))
        return
    found = waiting.part("embed", run.key, "Comparing with the other examples", lambda p: _embed(run, p))
    if found is not None:
        _nearest(run, row, found)


def _asked(run: Run) -> str:
    return f"nearest {run.key}"


def _rows(run: Run) -> np.ndarray:
    return run.rows


def _wanted(run: Run) -> bool:
    from analysis.neighbours import find_embeddings

    if run.dataset.modality is Modality.TABULAR or len(run.predictions) <= AT_ONCE or state.note(_asked(run)):
        return True
    session = run.session
    return find_embeddings(session.candidate, session.dataset, session.pipeline, _rows(run)) is not None


def _embed(run: Run, progress: Progress) -> Embeddings:
    from analysis.neighbours import embeddings_of

    session = run.session
    return embeddings_of(session.candidate, session.dataset, session.pipeline, _rows(run), progress=progress)


def _nearest(run: Run, row: int, embeddings: Embeddings) -> None:
    from analysis.neighbours import agreement, nearest

    near = cache.keep("nearest", (*run.key, str(row)), lambda: nearest(embeddings, row, SHOWN))
    st.markdown(_sentence(run, row, near))
    cards = [_card(run, int(r), float(d)) for r, d in zip(near.rows, near.distances, strict=True)]
    picker(
        cards,
        state.open_example,
        key="nearest",
        label="Nearest examples",
        least="8.5rem" if cards[0].pictures else "13rem",
    )
    worth = cache.keep("agreement", run.key, lambda: agreement(embeddings, run.predictions)) if run.has_labels else None
    st.caption(
        f"Distance: {embeddings.distance}, in {embeddings.space}; half of the others are farther than "
        f"{number(near.usual)}. {_worth(worth)}"
    )
    widgets.download(_table(run, near), "nearest.csv", label="Data", key="nearest-data")


def _card(run: Run, row: int, distance: float) -> Card:
    card = examples.card(run, row)
    same = "the same to the model" if distance == 0 else f"distance {number(distance)}"
    title = middle(examples.truth_of(run, row), 28) if run.has_labels else card.title
    return replace(card, title=title, note=f"{card.note}, {same}", chosen=None)


def _sentence(run: Run, row: int, near: Neighbours) -> str:
    if not run.has_labels:
        return _answered(run, row, near)
    truths = [examples.truth_of(run, int(r)) for r in near.rows]
    if run.predictions.task.kind is Kind.REGRESSION:
        values = [float(run.predictions.truth[int(r)]) for r in near.rows]
        mean, answer = number(float(np.mean(values))), examples.answer_of(run, row)
        return f"The {len(values)} nearest have {mean} on average; the model answered {plain(answer)}."
    answer, truth = examples.answer_of(run, row), examples.truth_of(run, row)
    as_answer = truths.count(answer)
    said = f"Of the {len(truths)} nearest, {as_answer} have the label “{name(answer, 40)}” that it was given"
    if truth == answer:
        return f"{said}."
    return f"{said}, and {truths.count(truth)} its own, “{name(truth, 40)}”."


def _answered(run: Run, row: int, near: Neighbours) -> str:
    """Return what the model answered to the nearest, where nobody knows their labels."""
    answer, others = examples.answer_of(run, row), [int(r) for r in near.rows]
    if run.predictions.task.kind is Kind.REGRESSION:
        mean = number(float(np.mean([run.predictions.values[r] for r in others])))
        return f"It answered {plain(answer)}; to the {len(others)} nearest {mean} on average."
    same = [examples.answer_of(run, r) for r in others].count(answer)
    return f"Of the {len(others)} nearest, {same} are called “{name(answer, 40)}” like this one."


def _worth(found: Agreement | None) -> str:
    if found is None:
        return ""
    share = f"{percent(found.share.value)} ({interval_of(found.share, rate=True)})"
    said = f"The nearest example has the same label in {share} of cases, by chance in {percent(found.chance)}"
    end = "." if found.tells else ": nearness says nothing about labels here."
    return f"{said}{end} {found.drawn}".rstrip()


def _table(run: Run, near: Neighbours) -> pd.DataFrame:
    rows = [int(r) for r in near.rows]
    return pd.DataFrame(
        {
            "id": list(run.predictions.ids.take(rows)),
            **({"label": [examples.truth_of(run, r) for r in rows]} if run.has_labels else {}),
            "predicted": [examples.answer_of(run, r) for r in rows],
            "distance": near.distances,
        }
    )
