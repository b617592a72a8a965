"""The candidates of a ranking: chosen, opened one after the other, and run over the same data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from analysis.types import Predictions
from pages.shared import cache, flow, notices, state, versus
from pages.shared.flow import Run
from pages.shared.jobs import Job, Status
from pages.shared.versus import AS, OWN, Other
from pages.shared.wording import interval_of, middle, name, plain, value_of

if TYPE_CHECKING:
    from analysis.comparison import CandidateRanking

#: What joins the models in a link.
_JOINT = "|"


def chosen() -> list[str]:
    """Return the other models that the link asks for."""
    return list(dict.fromkeys(part for part in state.view().get("among", "").split(_JOINT) if part))


def _set(models: list[str]) -> None:
    state.set_view(among=_JOINT.join(models) or None)


def choose(run: Run) -> list[str]:
    """Draw the choice of the other candidates, and return them."""
    near, now = versus.choices(run), chosen()
    place = state.here().opening
    assert place is not None
    for model in now:
        near.setdefault(model, model if model.startswith(AS) else middle(versus.opening_of(place, model).title, 60))
    st.session_state["among"], st.session_state["among-path"] = now, ""

    def typed() -> None:
        model = st.session_state["among-path"].strip()
        if model:
            # Typed here by the person at the keyboard: that is the agreement to open it.
            state.approve(versus.opening_of(place, model))
            _set([*now, model])

    with st.container(horizontal=True, vertical_alignment="bottom"):
        if near:
            st.multiselect(
                "Rank with", list(near), key="among", format_func=lambda value: near.get(value, value),
                placeholder="Choose models", on_change=lambda: _set(st.session_state["among"]), width=520,
            )  # fmt: skip
        st.text_input(
            "Another model", key="among-path", placeholder="Folder, .skops file or hub id", on_change=typed, width=320
        )
    return now


def require(against: str) -> Other:
    """Return another candidate's run, or draw what is in the way and end the page.

    Only its predictions are kept: a ranking may hold more candidates than fit into memory at once.
    """
    place = state.here()
    assert place.opening is not None
    wanted = versus.opening_of(place.opening, against)
    if (
        not against.startswith(AS)
        and against != OWN
        and not state.is_approved(wanted)
        and not state.is_approved(replace(wanted, trusted=()))
    ):
        notices.ask_before_opening(wanted)
        st.stop()

    def work(progress: Progress) -> Other:
        session = versus.in_form(flow.open_only(wanted, progress), against)
        predictions: Predictions = replace(session, split=place.split).predictions(progress)
        return Other(
            versus.title_of(session, against), predictions, flow.run_key(session, replace(place, opening=wanted))
        )

    asked = (wanted.key, against, place.split if place.split is not None else state.ALL_SPLITS)
    title = f"Running {middle(wanted.title, 40)} over the data"
    job: Job[Other] = cache.jobs().ask("entrant", asked, title, work, session=state.session_id())
    job.wait(0.25)
    if job.status is Status.DONE and job.result is not None:
        return job.result
    types = getattr(job.error, "types", ())
    if job.status is Status.RUNNING:
        notices.progress(job, inline=True)
    elif types:
        versus.ask_trust(wanted, types)
    else:
        notices.failed(job.error, lambda: cache.jobs().drop("entrant", asked), inline=True)
    st.stop()
    raise AssertionError("unreachable")


def choose_metric(run: Run) -> str:
    """Draw the choice of what to rank by, and return it; it stands in the link."""
    from analysis.comparison import RANKED_BY
    from analysis.metrics import METRICS

    options = list(RANKED_BY[run.predictions.task.kind])
    now = state.view().get("by", options[0])
    st.session_state["by"] = now if now in options else options[0]
    st.selectbox(
        "Rank by", options, key="by", format_func=lambda key: METRICS[key].title, width=320,
        on_change=lambda: state.set_view(by=st.session_state["by"] if st.session_state["by"] != options[0] else None),
        help=METRICS[st.session_state["by"]].sentence,
    )  # fmt: skip
    return str(st.session_state["by"])


def ranking(run: Run, others: list[Other], metric: str) -> CandidateRanking:
    """Return the ranking of a run and others by a metric, or draw what is in the way and end the page."""
    from analysis.comparison import rank

    runs = dict(zip(names(run, others), (run.predictions, *(o.predictions for o in others)), strict=True))
    key = (*run.key, metric, *(part for other in others for part in other.key))
    work = lambda _progress: rank(runs, metric=metric)  # noqa: E731
    return flow.require("ranking", key, "Comparing each with each", work, inline=True)


def names(run: Run, others: list[Other]) -> list[str]:
    """Return what the ranking calls a run and the others, each differently."""
    found = [run.session.candidate.name]
    for other in others:
        found.append(_free(other.title, found))
    return found


def way(run: Run, others: list[Other], models: list[str]) -> None:
    """Draw the way to the comparison of the open model with the one that was clicked."""
    one, found = state.note("entrant"), dict(zip(names(run, others)[1:], models, strict=True))
    if one not in found:
        return
    st.page_link(
        "pages/results/compare.py", label=f"Compare “{name(one, 50)}” with the model that is open",
        icon=":material/arrow_forward:", query_params=state.here().link() | {"against": found[one]},
    )  # fmt: skip


def _free(title: str, taken: list[str]) -> str:
    free, number = title, 2
    while free in taken:
        free, number = f"{title} ({number})", number + 1
    return free


def doubt(found: CandidateRanking) -> str:
    """Return what the order rests on, safe in markdown."""
    m = len(found.ranked)
    exact = found.metric == "accuracy"
    test = "McNemar’s exact test" if exact else "a paired randomisation test"
    left = f"; {found.left_out} left out that some did not answer" if found.left_out else ""
    pairs = m * (m - 1) // 2
    return plain(f"Each pair compared on the same {found.n} examples by {test}, corrected for all {pairs}{left}")


def table(found: CandidateRanking) -> pd.DataFrame:
    """Return one row a candidate, the best first."""
    from analysis.metrics import METRICS

    about = METRICS[found.metric]
    rate, rows = about.is_rate, []
    for place, one in enumerate(found.ranked):
        tied = found.tied(place)
        rows.append(
            {
                "Rank": str(one.best) if one.best == one.worst else f"{one.best} to {one.worst}",
                "Candidate": one.name,
                about.title: value_of(one.score, rate=rate),
                "95 % interval": interval_of(one.score, rate=rate),
                "Can’t be told from": ", ".join(found.ranked[i].name for i in tied) if tied else "none",
            }
        )
    return pd.DataFrame(rows)


def differences(found: CandidateRanking) -> pd.DataFrame:
    """Return one row a pair, as numbers."""
    rows = [
        (found.ranked[i].name, found.ranked[j].name, d.difference, d.low, d.high, d.p_value, found.p_adjusted[i, j])
        for (i, j), d in found.differences.items()
    ]
    return pd.DataFrame(rows, columns=["better", "other", "difference", "low", "high", "p_value", "p_adjusted"])
