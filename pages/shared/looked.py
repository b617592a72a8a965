"""Diligence of what is open, as work in the background: it needs the files only, so refused models have it too."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from analysis.diligence.licences.terms import USES, Use
from analysis.progress import Progress
from analysis.types import Finding, Severity
from pages.shared import flow, notices, state, waiting
from pages.shared.opening import Opening

ANSWERS = {
    "allowed": ("Yes", Severity.OK),
    "conditions": ("Under conditions", Severity.CAUTION),
    "forbidden": ("No", Severity.BLOCKER),
    "unknown": ("Can’t tell", Severity.UNKNOWN),
}


def require() -> tuple[Finding, ...]:
    """Return the findings about the files of the model that the address names, or draw what is in the way."""
    wanted = state.here().opening
    if wanted is None:
        notices.nothing_open()
        st.stop()
    if not state.is_approved(wanted):
        notices.ask_before_opening(wanted)
        st.stop()

    found = flow.require("diligence", wanted.key, "Looking into the model’s files", lambda p: _look(wanted, p))
    return _with_loading(wanted, found)


def part() -> tuple[Finding, ...] | None:
    """Return the same for a part of a page: None, with its progress drawn, while it is looked into."""
    wanted = state.here().opening
    if wanted is None or not state.is_approved(wanted):
        return None
    found = waiting.part("diligence", wanted.key, "Looking into the model’s files", lambda p: _look(wanted, p))
    return None if found is None else _with_loading(wanted, found)


def _look(wanted: Opening, progress: Progress) -> tuple[Finding, ...]:
    from analysis.candidates import locate
    from analysis.diligence import look_into

    path = locate(wanted.model_path, revision=wanted.revision or None, progress=progress)
    return look_into(Path(path), progress=progress)


def _with_loading(wanted: Opening, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    session = flow.opened(wanted)
    loaded = session.candidate.findings if session is not None else ()
    return (*found, *(f for f in loaded if f.id.startswith("loading.")))


def heading(findings: tuple[Finding, ...]) -> str:
    """Return what was found in one sentence."""
    blockers = [f for f in findings if f.severity is Severity.BLOCKER]
    if blockers:
        more = "" if len(blockers) == 1 else f", and {len(blockers) - 1} more"
        return f"Something speaks against using it: {blockers[0].summary.rstrip('.')}{more}"
    answer = str(answer_of(findings, Use.COMMERCIAL).evidence.get("answer", "unknown"))
    data = next((f for f in findings if f.id == "licence.training_data"), None)
    if data is not None and Use.COMMERCIAL.value in data.evidence["uses"]:
        return "Its licence allows commercial use, the data that it was trained on do not"
    return {
        "allowed": "Nothing speaks against it, and its licence allows commercial use",
        "conditions": "Nothing speaks against it; its licence sets conditions for commercial use",
        "forbidden": "It may be tried, but not used commercially",
        "unknown": "Its files look sound; whether you may use it commercially can’t be told",
    }[answer]


def answer_of(findings: tuple[Finding, ...], use: Use) -> Finding:
    """Return the finding about one use."""
    missing = Finding(f"licence.{use.value}", Severity.UNKNOWN, f"Nothing is known of {USES[use]}.")
    return next((f for f in findings if f.id == missing.id), missing)
