"""A diagnosis on the page: numbers, what to change, both matrices, the examples behind them, and all that was tried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analysis.types import Edit, IntArray, Kind, Modality
from pages.shared import cache, doctor_fed, doctor_run, doctor_words, examples, selecting, state, widgets
from pages.shared.doctor_run import Diagnosed
from pages.shared.flow import Run
from pages.shared.picker import Card, picker
from pages.shared.wording import middle, name, number, percent, plain, value_of

if TYPE_CHECKING:
    from analysis.preprocessing.doctor.sides import Sides
    from analysis.session import Session

EYES = "pages/feeding/eyes.py"
#: Cards of repaired examples shown at first, and pipelines that can't be told apart.
SHOWN, ALIKE = 8, 4


def numbers(session: Session, found: Diagnosed) -> None:
    """Draw before, after, and how sure the difference is."""
    diagnosis, kind = found.diagnosis, session.candidate.task.kind
    rate = kind is Kind.CLASSIFICATION
    unit = "right" if rate else "R²"
    cells = [("As it is fed now", diagnosis.baseline)]
    if diagnosis.edits:
        cells.append(("Fed the best way found", diagnosis.best))
    columns = st.columns(3)
    for column, (title, card) in zip(columns, cells, strict=False):
        with column, st.container(border=True, height="stretch", gap="xxsmall"):
            st.metric(f"{title}, {unit}", value_of(card.accuracy, rate=rate))
            st.caption(doctor_words.doubt(card, kind))
    word, sentence = doctor_words.chance(diagnosis)
    with columns[len(cells)], st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric("Is the difference real?", word if diagnosis.edits else "No difference")
        st.caption(sentence if diagnosis.edits else doctor_words.chance(diagnosis)[1])


def changes(session: Session, found: Diagnosed) -> None:
    """Say what to change, and how sure that is."""
    diagnosis = found.diagnosis
    for line in (doctor_words.needed(diagnosis, session), doctor_words.confirmed(diagnosis)):
        if line:
            st.write(line)
    if not diagnosis.edits:
        return
    from analysis.preprocessing.doctor.select import is_documented

    st.subheader("What to change" if diagnosis.p_value < 0.05 else "What looks better", anchor=False)
    for edit in diagnosis.edits:
        documented = is_documented(edit, session.candidate.pipeline)
        badge = " :gray-badge[as documented]" if documented else " :orange-badge[not documented]"
        title, _, rest = edit.sentence.partition(": ")
        st.markdown(f"**{plain(title)}**: {plain(middle(rest, 220))}{badge}")


def alike(found: Diagnosed) -> None:
    """Name the pipelines that these data can't tell from the best one."""
    diagnosis = found.diagnosis
    if not diagnosis.equivalent or not diagnosis.edits:
        return
    n = len(diagnosis.equivalent)
    with st.expander(f"These data can’t tell it apart from {n if n < 12 else 'a dozen or more'} other ways of feeding"):
        st.caption(
            "Each differs from the best one as said here; those nearest to the model’s documentation come first."
        )
        for edits in diagnosis.equivalent:
            st.markdown(f"- {doctor_words.beside(edits, diagnosis.edits)}")


def seen(session: Session, found: Diagnosed) -> None:
    """Draw one repaired picture as the model receives it now and corrected, and the way to all others."""
    if not found.diagnosis.edits:
        return
    both = doctor_run.sides(session, found)
    row = int(both.repaired[0]) if len(both.repaired) else 0
    example = both.after.ids[row]
    if session.candidate.task.modality is Modality.IMAGE:
        _pictures(session, found, both, row)
    codes = {"left": doctor_fed.keep(found.pipeline), "right": doctor_fed.keep(found.diagnosis.pipeline)}
    place = replace(state.here(), selection=state.Selection(example=example))
    st.page_link(
        EYES, label="See stage by stage what the model receives", icon=":material/visibility:",
        query_params=place.link() | codes,
    )  # fmt: skip


def _pictures(session: Session, found: Diagnosed, both: Sides, row: int) -> None:
    from analysis.preprocessing.eyes import see_image

    data = session.dataset.inputs(found.diagnosis.rows[row : row + 1])[0]
    assert isinstance(data, bytes)
    reference = found.diagnosis.pipeline
    st.subheader("Through the model’s eyes", anchor=False)
    sides = ((found.pipeline, both.before, "As it is fed now"), (reference, both.after, "Fed the best way found"))
    with st.container(horizontal=True, gap="medium"):
        for pipeline, run, title in sides:
            key = (*found.key, both.after.ids[row], pipeline.fingerprint, reference.fingerprint)
            picture = cache.keep("eyes", key, lambda p=pipeline: see_image(data, p, reference).picture)
            with st.container(width=260, gap="xxsmall"):
                st.caption(title)
                st.image(picture, width=260, alt=f"{title}: a picture as the model receives it")
                answer = run.task.labels[int(run.predicted[row])]
                right = run.predicted[row] == run.truth[row]
                st.markdown(f"called {':green' if right else ':red'}[{name(answer)}]")


def repaired(session: Session, found: Diagnosed) -> None:
    """Draw the examples that the change repairs, and those that it breaks."""
    if not found.diagnosis.edits:
        return
    both = doctor_run.sides(session, found)
    kind = session.candidate.task.kind
    words = ("repairs", "breaks") if kind is Kind.CLASSIFICATION else ("brings nearer", "takes further off")
    st.subheader(f"It {words[0]} {doctor_words.noun(session, len(both.repaired))}", anchor=False)
    _gallery(session, found, both, both.repaired, "repaired")
    if len(both.broken):
        st.subheader(f"It {words[1]} {doctor_words.noun(session, len(both.broken))}", anchor=False)
        _gallery(session, found, both, both.broken, "broken")
    else:
        st.caption(f"It {words[1]} none.")


def _gallery(session: Session, found: Diagnosed, both: Sides, rows: IntArray, key: str) -> None:
    if not len(rows):
        return
    shown = rows if state.note(f"all-{key}") else rows[:SHOWN]
    run = Run(session, both.after, tuple(int(r) for r in found.diagnosis.rows), found.key)
    cards = [_card(run, both, int(row)) for row in shown]

    def look(example: str) -> None:
        state.go_to(EYES, replace(state.here(), selection=state.Selection(example=example)))

    pictured = session.candidate.task.modality is Modality.IMAGE
    picker(cards, look, key=f"gallery-{key}", label=f"Examples {key}", least="8.5rem" if pictured else "13rem")
    if len(rows) > len(shown):
        st.button(
            f"Show all {len(rows)}",
            key=f"more-{key}",
            type="tertiary",
            on_click=state.set_note,
            args=(f"all-{key}", True),
        )


def _card(run: Run, both: Sides, row: int) -> Card:
    example, truth = run.predictions.ids[row], examples.truth_of(run, row)
    if run.predictions.task.kind is Kind.REGRESSION:
        was, now = (number(float(p.values[row])) for p in (both.before, both.after))
        better = abs(both.after.values[row] - both.after.truth[row]) < abs(
            both.before.values[row] - both.before.truth[row]
        )
    else:
        was, now = (p.task.labels[int(p.predicted[row])] for p in (both.before, both.after))
        better = now == truth
    note = f"{middle(was, 18)} → {middle(now, 18)}"
    hover = f"{example}: label {truth}; called {was} before, {now} after"
    title = middle(truth, 24)
    return Card(
        example, title, note, examples.glimpse(run, row), examples.pictures(run, [row]), "right" if better else "wrong",
        hover,
    )  # fmt: skip


def hypotheses(session: Session, found: Diagnosed) -> None:
    """Draw all that was tried: bars, and the table behind them."""
    from analysis.figures import doctor as figures

    diagnosis, kind = found.diagnosis, session.candidate.task.kind
    st.subheader("What was tried", anchor=False)
    if not diagnosis.hypotheses:
        st.write("No change of this pipeline could be tried.")
        return
    drawn = figures.hypotheses(diagnosis, kind, theme=widgets.theme())
    key = (*found.key, str(diagnosis.complete))
    clicked = selecting.clicked("hypotheses", lambda place: state.set_note("hypothesis", (key, int(place))))
    widgets.figure(drawn, key="hypotheses", on_select=clicked)
    noted, place = state.note("hypothesis", (None, 0))
    if noted == key:
        _way_to_eyes(found, diagnosis.hypotheses[place].edits)
    exact = figures.hypothesis_table(diagnosis, kind)
    words = [figures.compared_with(tested.edits, diagnosis.edits) for tested in diagnosis.hypotheses]
    st.dataframe(
        _readable(exact, kind).assign(Change=words),
        hide_index=True,
        column_config=_columns(kind),
        height=min(420, 38 + 35 * len(exact)),
        alt="The changes that were tried, with what each reaches",
    )
    st.caption(doctor_words.effort(diagnosis))


def _way_to_eyes(found: Diagnosed, edits: tuple[Edit, ...]) -> None:
    """Draw the way to what the model receives with the changes that were clicked."""
    from analysis.figures.doctor import short_changes

    pipeline = found.pipeline
    for edit in edits:
        pipeline = edit.apply(pipeline)
    codes = {"left": doctor_fed.keep(found.pipeline), "right": doctor_fed.keep(pipeline)}
    st.page_link(
        EYES, label=f"See what the model receives with {name(short_changes(edits), 80)}", icon=":material/visibility:",
        query_params=replace(state.here(), selection=state.Selection()).link() | codes,
    )  # fmt: skip


def _readable(exact: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    score, loss = ("accuracy", "log_loss") if kind is Kind.CLASSIFICATION else ("r2", "squared_error")
    percents = kind is Kind.CLASSIFICATION

    def interval(low: float, high: float) -> str:
        return (
            f"{percent(low).removesuffix(chr(160) + '%')}–{percent(high)}"
            if percents
            else f"{number(low)} to {number(high)}"
        )

    return pd.DataFrame(
        {
            "Change": exact["change"],
            "Reaches": exact[score] * (100 if percents else 1),
            "95 % interval": [interval(a, b) for a, b in zip(exact["low"], exact["high"], strict=True)],
            "Proved": ["proved" if p else "not proved" for p in exact["proved"]],
            "p, corrected": exact["p_value"],
            "Documented": ["documented" if d else "" for d in exact["documented"]],
            "Loss": exact[loss],
        }
    )


def _columns(kind: Kind) -> dict[str, object]:
    rate = kind is Kind.CLASSIFICATION
    return {
        "Change": st.column_config.TextColumn(width="large"),
        "Reaches": st.column_config.ProgressColumn(
            "Right" if rate else "R²",
            min_value=0.0,
            max_value=100.0 if rate else 1.0,
            format="%.0f %%" if rate else "%.2f",
        ),
        "p, corrected": st.column_config.NumberColumn(
            format="%.2g", help="One-sided paired test of the loss, by Holm."
        ),
        "Loss": st.column_config.NumberColumn(
            "Log loss" if rate else "Squared error",
            format="%.3f",
            help="Capped; in nats, or in variances of the target.",
        ),
    }
