"""The other candidate of a comparison: chosen, opened, and run over the same data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analysis.errors import UnusableInput
from analysis.samples import SAMPLES
from analysis.types import Kind, Predictions
from pages.shared import cache, examples, flow, notices, opening, state
from pages.shared.flow import Run
from pages.shared.jobs import Job, Status
from pages.shared.opening import DELIVERED, SAMPLE, Opening
from pages.shared.picker import Card
from pages.shared.wording import middle, name, number, percent, plain

if TYPE_CHECKING:
    from analysis.comparison import Comparison, Difference
    from analysis.session import Session

#: What stands in a link for the same model fed as its own configuration says.
OWN = "own"
#: What begins the value of the same model's smaller self.
AS = "as:"


@dataclass(frozen=True)
class Other:
    """The second candidate, run over the same examples; `session` is None where only its answers are kept."""

    title: str
    predictions: Predictions
    key: tuple[str, ...]
    session: Session | None = None


def choices(run: Run) -> dict[str, str]:
    """Return what lies near to compare with: value of the link's ``against`` → what it is called."""
    place = state.here().opening
    assert place is not None
    from analysis.diligence.cost.smaller import SMALLER, can_be_smaller

    found: dict[str, str] = {}
    if run.session.pipeline.fingerprint != run.session.candidate.pipeline.fingerprint:
        found[OWN] = "The same model, fed as its own configuration says"
    if can_be_smaller(run.session.candidate):
        found |= {AS + key: f"The same model, {words}" for key, words in SMALLER.items()}
    data, kind = _resolved(place.data_path), run.predictions.task.kind
    for sample in SAMPLES:
        if _resolved(str(sample.data)) == data and sample.kind is kind and SAMPLE + sample.id != place.model:
            found[SAMPLE + sample.id] = sample.title
    for known in opening.recent():
        try:
            near = _resolved(known.data_path) == data and known.model != place.model
        except UnusableInput:
            continue
        if near and known.model not in found and not known.model.startswith(SAMPLE):
            found[known.model] = middle(known.title, 60)
    return found


def _resolved(path: str) -> str:
    return str(Path(path).expanduser().resolve())


def choose(run: Run) -> str | None:
    """Draw the choice of the other candidate, and return its value, or None while there is none."""
    near, chosen = choices(run), state.view().get("against")
    if chosen is not None and chosen not in near:
        near[chosen] = middle(chosen, 60)
    st.session_state["against"] = chosen
    st.session_state["against-path"] = ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if near:
            st.selectbox(
                "Compare with",
                list(near),
                key="against",
                format_func=lambda value: near.get(value, ""),
                placeholder="Choose a model",
                on_change=lambda: state.set_view(against=st.session_state["against"]),
                width=420,
            )
        st.text_input(
            "Another model",
            key="against-path",
            placeholder="Folder, .skops file or hub id",
            on_change=_typed,
            width=360,
        )
    return chosen


def _typed() -> None:
    model, place = st.session_state["against-path"].strip(), state.here().opening
    if model and place is not None:
        # Typed here by the person at the keyboard: that is the agreement to open it.
        state.approve(opening_of(place, model))
        state.set_view(against=model)


def opening_of(place: Opening, against: str) -> Opening:
    """Return what to open for the other side: the same data, read the same way."""
    if against == OWN:
        return replace(place, pipeline=DELIVERED)
    if against.startswith(AS):
        return place
    other = Opening(against, place.data_path, columns=place.columns, trusted=state.note(f"trusted-{against}", ()))
    own_data = other.sample is not None and _resolved(str(other.sample.data)) == _resolved(place.data_path)
    return replace(other, data="") if own_data else other


def require(against: str) -> Other:
    """Return the other candidate's run, or draw what is in the way and end the page."""
    place = state.here()
    assert place.opening is not None
    wanted = opening_of(place.opening, against)
    if not _is_same(against) and not state.is_approved(wanted) and not state.is_approved(replace(wanted, trusted=())):
        notices.ask_before_opening(wanted)
        st.stop()
    session: Session = _wait("open", (wanted.key, "against"), "Opening the other model", wanted)
    try:
        session = in_form(session, against)
    except UnusableInput as error:
        notices.problem(error)
        st.stop()
    chosen = replace(session, split=place.split)
    key = flow.run_key(session, replace(place, opening=wanted))
    predictions = flow.require("predict", key, "Running the other model over the data", chosen.predictions, inline=True)
    return Other(title_of(session, against), predictions, key, chosen)


def _is_same(against: str) -> bool:
    return against == OWN or against.startswith(AS)


def in_form(session: Session, against: str) -> Session:
    """Return a session as it was opened, or with the smaller self of its model that is asked for.

    Raises
    ------
    UnusableInput
        If there is no such variant.
    """
    if not against.startswith(AS):
        return session
    from analysis.diligence.cost.smaller import smaller

    name = against.removeprefix(AS)
    key = (session.candidate.fingerprint, session.dataset.fingerprint, session.pipeline.fingerprint, name)
    return cache.keep("smaller", key, lambda: smaller(session, name))


def title_of(session: Session, against: str) -> str:
    """Return what the other side is called."""
    return "as configured" if against == OWN else session.candidate.name


def _wait(kind: str, key: tuple[str, str], title: str, wanted: Opening) -> Session:
    job: Job[Session] = cache.jobs().ask(
        kind, key, title, lambda progress: flow.open_only(wanted, progress), session=state.session_id()
    )
    job.wait(0.25)
    if job.status is Status.DONE and job.result is not None:
        return job.result
    types = getattr(job.error, "types", ())
    if job.status is Status.RUNNING:
        notices.progress(job, inline=True)
    elif types:
        ask_trust(wanted, types)
    else:
        notices.failed(job.error, lambda: cache.jobs().drop(kind, key), inline=True)
    st.stop()
    raise AssertionError("unreachable")


def ask_trust(wanted: Opening, types: tuple[str, ...]) -> None:
    st.subheader("The other model needs your trust first", anchor=False)
    trusted = notices.trust_boxes(types)

    def agree() -> None:
        state.set_note(f"trusted-{wanted.model}", (*wanted.trusted, *trusted))
        state.approve(replace(wanted, trusted=(*wanted.trusted, *trusted)))

    st.button("Trust them and open", type="primary", disabled=len(trusted) < len(types), on_click=agree)


def comparison(run: Run, other: Other) -> Comparison:
    """Return the comparison of the two runs."""
    from analysis.comparison import compare

    key = (*run.key, *other.key)
    work = lambda _progress: compare(run.predictions, other.predictions)  # noqa: E731
    return flow.require("compare", key, "Comparing example by example", work, inline=True)


def titles(run: Run, other: Other) -> tuple[str, str]:
    """Return the names of the two candidates."""
    first, second = run.session.candidate.name, other.title
    against = state.view().get("against", "")
    if against == OWN:
        return "as fed now", second
    if against.startswith(AS):
        return "as delivered", f"as {against.removeprefix(AS)}"
    if first == second:
        return f"{first} (open)", f"{second} (other)"
    return first, second


def headline(found: Comparison, names: tuple[str, str]) -> str:
    """Return the finding in one sentence, safe in markdown."""
    d, rate = found.differences[found.headline], found.kind is Kind.CLASSIFICATION
    show = percent if rate else number
    first, second = (name(n, 28) for n in names)
    values = f"{show(d.a)} against {show(d.b)}"
    if not found.winner:
        return f"Can’t tell “{first}” and “{second}” apart: {values}"
    better, worse = (first, second) if found.winner == "a" else (second, first)
    says = "is right more often than" if rate else "is closer than"
    return f"“{better}” {says} “{worse}”: {values}"


def doubt(found: Comparison) -> str:
    """Return how sure the headline is, safe in markdown."""
    d = found.differences[found.headline]
    left = f"; {found.left_out} left out" if found.left_out else ""
    scale, unit = (100, " points") if found.kind is Kind.CLASSIFICATION else (1, "")
    ends = " to ".join(number(end * scale) for end in (d.low, d.high))
    return plain(
        f"Difference {number(d.difference * scale)}{unit} (95 % interval {ends}), p = {d.p_value:.2g}, "
        f"{d.test}; {found.n} examples{left}"
    )


def row(metric: str, found: Difference, winner: str) -> tuple[str, ...]:
    """Return one line of the table of differences."""
    from analysis.metrics import METRICS

    about = METRICS[metric]
    show = percent if about.is_rate else _fine
    scale = 100 if about.is_rate else 1
    low, high = (_fine(end * scale) for end in (found.low, found.high))
    sign = "+" if found.difference > 0 else ""
    better = {"a": "first", "b": "second", "": "can’t tell"}[winner]
    p = "< 0.001" if found.p_value < 0.001 else f"{found.p_value:.3f}"
    apart = f"{sign}{_fine(found.difference * scale)}"
    return about.title, show(found.a), show(found.b), apart, f"{low} to {high}", p, better


def _fine(value: float) -> str:
    """Return a number with three decimals where two would show nothing of it, and none in scientific notation."""
    return f"{value + 0.0:.3f}".replace("-", "−") if abs(value) < 0.1 else number(value)


def winner_of(metric: str, found: Difference) -> str:
    """Return "a" or "b", or "" where chance may be the reason."""
    from analysis.comparison import winner_of as decided

    return decided(metric, found)


def exact(found: Comparison) -> pd.DataFrame:
    """Return all differences as numbers."""
    rows = [
        (key, d.a, d.b, d.difference, d.low, d.high, d.p_value, d.n, d.interval, d.test)
        for key, d in found.differences.items()
    ]
    columns = ["metric", "first", "second", "difference", "low", "high", "p_value", "n", "interval", "test"]
    return pd.DataFrame(rows, columns=columns)


def card(run: Run, other: Other, row_of: int) -> Card:
    """Return an example as a card that says both answers."""
    example, drawn = run.predictions.ids[row_of], examples.card(run, row_of)
    at = other.predictions.ids.find(example)
    assert at is not None  # Only examples that both answered are compared.
    answer = other.predictions.task.labels[int(other.predictions.scores[at].argmax())]
    note = f"first: {middle(examples.answer_of(run, row_of), 20)}; second: {middle(answer, 20)}"
    return replace(drawn, note=note, tone="")
