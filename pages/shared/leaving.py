"""Jobs that only count while somebody looks: what a session has left behind is stopped, so that the next is served.

A model answers one question at a time. Whoever walks through failures with the arrow key leaves an explanation behind
at each of them; without this they would all be finished first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from analysis.progress import Progress
from pages.shared import cache, state
from pages.shared.jobs import Job, Status

Result = TypeVar("Result")

_Key = tuple[str, Hashable]
#: What this session waits for; what its present run has asked for; what it left before its end.
_BEGUN, _NOW, _LEFT = "_waits_for", "_asked_now", "_left_behind"


def _set(name: str) -> set[_Key]:
    return st.session_state.setdefault(name, set())


def ask(kind: str, key: Hashable, title: str, work: Callable[[Progress], Result]) -> Job[Result]:
    """Return a job as `Jobs.ask` does; it is stopped once this session looks elsewhere, and nobody else waits for it.

    Parameters
    ----------
    kind, key, title, work
        As for `Jobs.ask`.
    """
    name, jobs = (kind, key), cache.jobs()
    if name in _set(_LEFT):
        job = jobs.find(kind, key)
        if job is None or job.status is not Status.RUNNING:
            if job is not None and job.status is Status.CANCELLED:
                jobs.drop(kind, key)
            _set(_LEFT).discard(name)
    _set(_BEGUN).add(name)
    _set(_NOW).add(name)
    return jobs.ask(kind, key, title, work, session=state.session_id())


def arrive() -> None:
    """Begin a run of a page: nothing is asked for yet."""
    _set(_NOW).clear()


def leave_the_rest() -> None:
    """End a run of a page: stop waiting for what it no longer asks for."""
    begun, now = _set(_BEGUN), _set(_NOW)
    for kind, key in begun - now:
        job = cache.jobs().find(kind, key)
        if job is not None and job.status is Status.RUNNING:
            job.leave(state.session_id())
            _set(_LEFT).add((kind, key))
    begun.intersection_update(now)
