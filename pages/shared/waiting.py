"""A part of a page that waits for a job while the rest of the page stays usable."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from analysis.progress import Progress
from pages.shared import cache, notices, state
from pages.shared.jobs import Job, Status

Result = TypeVar("Result")


def part(
    kind: str, key: Hashable, title: str, work: Callable[[Progress], Result], *, patience: float = 0.2
) -> Result | None:
    """Return a job's result; until then, and where it fails or is stopped, draw that in place and return None.

    Parameters
    ----------
    kind, key, title, work
        As for `Jobs.ask`.
    patience : float
        Seconds to wait before progress is shown.
    """
    job = cache.jobs().ask(kind, key, title, work, session=state.session_id())
    job.wait(patience)
    if job.status is Status.DONE:
        return job.result
    with st.container(border=True, width=640):
        if job.status is Status.RUNNING:
            _watch(job)
            return None
        if job.error is not None:
            notices.problem(job.error)
        else:
            st.write("This was stopped. What was finished is kept.")
        st.button(
            "Try again" if job.error is not None else "Go on",
            key=f"again-{kind}",
            icon=":material/refresh:",
            on_click=cache.jobs().drop,
            args=(kind, key),
        )
    return None


@st.fragment(run_every=0.5)
def _watch(job: Job) -> None:
    if job.status is not Status.RUNNING:
        st.rerun()
    notices.progress_bar(job)
