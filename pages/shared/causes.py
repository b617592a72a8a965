"""What failures are put down to: a bar of causes that selects, and the cause of one example."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import streamlit as st

from analysis.types import Kind, Modality
from pages.shared import flow, selecting, state, waiting, widgets
from pages.shared.flow import Run
from pages.shared.jobs import Status
from pages.shared.results import noun
from pages.shared.wording import count, number, plain

if TYPE_CHECKING:
    from analysis.failures.causes import Causes, CauseShare

#: Examples up to which causes are looked for without being asked.
AT_ONCE = 1_000
#: Where no cause can be shown, and how the model is fed was not examined.
UNKNOWN = "unknown"
CONFUSIONS = "pages/results/confusions.py"
DOCTOR = "pages/feeding/doctor.py"


def draw(run: Run) -> None:
    """Draw why a run's failures fail, or the way to find out.

    Parameters
    ----------
    run : Run
        Within the selected slice.
    """
    whole = flow.require_whole_run()
    st.subheader("Why they fail", anchor=False)
    if not _wanted(whole):
        st.write(
            "Each failure can be put down to a cause: how the model is fed, the input, the label, or the model itself. "
            f"For that {_compared(whole)} are compared with each other."
        )
        st.button("Look for the causes", key="find-causes", on_click=state.set_note, args=(_asked(whole), True))
        return
    found = waiting.part("causes", flow.causes_key(whole), flow.CAUSES_TITLE, flow.causes_work(whole))
    if found is not None:
        _found(run, found)


def _compared(run: Run) -> str:
    from analysis.failures.causes.find import MOST

    n = len(run.predictions)
    return f"all {noun(run, n)}" if n <= MOST else f"{noun(run, MOST)}, drawn at random,"


def _asked(run: Run) -> str:
    return f"causes {run.key}"


def _wanted(run: Run) -> bool:
    """Whether to look without being asked: where it is quick, done already, or selected."""
    from pages.shared import cache

    quick = run.dataset.modality is Modality.TABULAR or len(run.predictions) <= AT_ONCE
    done = cache.jobs().find("causes", flow.causes_key(run)) is not None
    return quick or done or bool(state.note(_asked(run))) or state.here().selection.cause is not None


def _found(run: Run, found: Causes) -> None:
    shares = within(run, found)
    if not shares:
        st.write("There is no failure among these examples.")
        return
    chosen = state.here().selection.cause
    _doctor(found)
    _bars(shares, chosen)
    _chosen(shares, chosen)
    _small_print(found)


def within(run: Run, found: Causes) -> tuple[CauseShare, ...]:
    """Return the shares of the causes among the examples of a run, which may be a slice of that of `found`."""
    if len(run.predictions) == len(found.examples):
        return found.shares
    rows = list(found.reasons)
    here = found.examples.take(rows).positions_in(run.predictions.ids) >= 0
    kept = {row: found.reasons[row] for row, inside in zip(rows, here.tolist(), strict=True) if inside}
    return replace(found, reasons=kept).shares


def _bars(shares: tuple[CauseShare, ...], chosen: str | None) -> None:
    from analysis import figures

    if [share.cause for share in shares if share.n] == [UNKNOWN]:
        failures = count(sum(share.n for share in shares), "failure")
        st.write(f"Neither the inputs nor the labels show why: the cause of {failures} isn’t known yet.")
        return
    drawn = figures.causes(shares, selected=chosen, theme=widgets.theme())
    widgets.figure(drawn, key="causes", on_select=selecting.clicked("causes", choose))


def headline(run: Run, cause: str) -> str:
    """Return what a run holds that is narrowed to one cause."""
    from analysis.failures.causes import CAUSES

    return f"{CAUSES[cause].title}: {count(len(run.predictions), 'failure')}"


def choose(cause: str | None) -> None:
    """Look at the failures with one cause only; at the same one again: at all of them."""
    state.select(cause=None if cause == state.here().selection.cause else cause)


def _doctor(found: Causes) -> None:
    """Say what is known of how the model is fed, and offer to ask the doctor where nobody has."""
    from analysis.failures.causes import Doctor

    if found.doctor is Doctor.NOT_ASKED:
        whole = flow.require_whole_run()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":orange[:material/warning:] **Whether the model is fed rightly was not examined.** If it is not, the "
                "failures may come of that.",
                width="stretch",
            )
            st.button("Ask the doctor", key="ask-doctor", icon=":material/stethoscope:", on_click=_ask, args=(whole,))
        return
    said = {
        Doctor.MISMATCH: ":orange[:material/warning:] The doctor proved that the model is fed wrongly. What the fix "
        "doesn’t repair is judged as it would be with the fix.",
        Doctor.NONE: ":green[:material/check_circle:] The doctor found nothing wrong with how the model is fed.",
        Doctor.UNDETERMINED: ":gray[:material/help:] The doctor can’t tell from these data whether the model is fed "
        "rightly, so nothing is put down to the model itself.",
    }[found.doctor]
    st.markdown(said)
    if found.doctor is not Doctor.NONE:
        place = replace(state.here(), selection=state.Selection())
        label = "See what the doctor found"
        st.page_link(DOCTOR, label=label, icon=":material/arrow_forward:", query_params=place.link())


def _ask(run: Run) -> None:
    state.set_note(flow.asking(run), True)
    state.select(cause=None)


def _chosen(shares: tuple[CauseShare, ...], chosen: str | None) -> None:
    from analysis.failures.causes import CAUSES

    keys = [s.cause for s in shares if s.n]
    if keys == [UNKNOWN] and chosen is None:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption("Look only at failures with the cause", width="content")
        for key in keys:
            kind: Literal["primary", "secondary"] = "primary" if key == chosen else "secondary"
            st.button(CAUSES[key].title, key=f"cause-{key}", type=kind, on_click=choose, args=(key,))
    if chosen not in keys:
        return
    cause, n = CAUSES[chosen], next(s.n for s in shares if s.cause == chosen)
    st.write(f"{cause.meaning} {cause.action}")
    page = {"label": ("pages/results/labels.py", "Look at these labels")}.get(
        chosen, (CONFUSIONS, f"See {count(n, 'failure')} of this cause")
    )
    st.page_link(page[0], label=page[1], icon=":material/arrow_forward:", query_params=state.here().link())


def _small_print(found: Causes) -> None:
    said = list(found.notes)
    if found.rejected:
        verb = "is" if found.rejected == 1 else "are"
        said.append(f"{count(found.rejected, 'item')} could not be read at all and {verb} not counted.")
    if found.kind is Kind.REGRESSION:
        said.append(
            f"A failure is off by more than {number(found.tolerance)}: so far off is the targets’ median on average."
        )
    for sentence in said:
        st.caption(plain(sentence))


def of_example(run: Run, row: int) -> None:
    """Say what one failure is put down to, where causes were looked for; nothing for a right answer."""
    from pages.shared import cache

    if not run.has_labels:
        return
    whole = flow.require_whole_run()
    place = whole.position(run.predictions.ids[row])
    if place is None:
        return
    job = cache.jobs().find("causes", flow.causes_key(whole))
    if job is None or job.status is not Status.DONE:
        if _wanted(whole) and job is None:
            cache.jobs().ask(
                "causes", flow.causes_key(whole), flow.CAUSES_TITLE, flow.causes_work(whole), session=state.session_id()
            ).wait(1.0)
            job = cache.jobs().find("causes", flow.causes_key(whole))
        if job is None or job.status is not Status.DONE:
            return
    _reasons(job.result, place)


def _reasons(found: Causes, place: int) -> None:
    from analysis.failures.causes import CAUSES, Doctor

    reasons = found.reasons.get(place)
    if reasons is None:
        return
    first, *others = reasons
    title = (
        "Why it fails is not known yet"
        if first.cause == "unknown"
        else f"Why it fails: {CAUSES[first.cause].title.lower()}"
    )
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{title}**")
        st.markdown(plain(first.sentence))
        for reason in others:
            st.caption(f"Also {CAUSES[reason.cause].title.lower()}: {plain(reason.sentence)}")
        if found.doctor is Doctor.NOT_ASKED:
            with st.container(horizontal=True, vertical_alignment="center"):
                if first.cause != "unknown":
                    st.caption("Whether the model is fed rightly was not examined.")
                st.button(
                    "Ask the doctor", key="ask-doctor-here", type="tertiary", icon=":material/stethoscope:",
                    on_click=_ask, args=(flow.require_whole_run(),),
                )  # fmt: skip
