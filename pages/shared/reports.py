"""The report's contents, from what this session has."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from analysis.audit import Gathered
from analysis.progress import Progress
from analysis.report import Contents, contents_of
from analysis.report.attributions import Explained
from analysis.verdict import Verdict
from pages.shared import state, verdicts, waiting
from pages.shared.flow import Run
from pages.shared.opening import Opening, is_hub_id


def gathered(run: Run) -> Gathered:
    """Return the evidence with the run that it is about."""
    return Gathered(verdicts.gather(run), run.session, run.predictions)


def explained(run: Run) -> tuple[Explained, ...]:
    """Return the worst failures explained; none, with the progress drawn, while they are being explained."""

    def work(progress: Progress) -> tuple[Explained, ...]:
        from analysis.report.attributions import explain_failures
        from analysis.report.contents import worst_failures

        worst = [failure.id for failure in worst_failures(run.predictions, run.dataset)]
        return explain_failures(run.session, worst, progress=progress)

    return waiting.part("explain_failures", run.key, "Explaining the worst failures", work) or ()


def contents(
    run: Run,
    found: Gathered,
    verdict: Verdict,
    *,
    title: str,
    notes: str,
    sections: Sequence[str],
    explained: Sequence[Explained] = (),
) -> Contents:
    """Return what the report shows."""
    session = run.session
    return contents_of(
        found,
        verdict,
        model=session.candidate.name,
        data=session.dataset.name,
        title=title,
        notes=notes,
        sections=sections,
        command=command(run),
        explained=explained,
    )


def command(run: Run) -> str:
    """Return the command that judges the same on a terminal, with names in place of this machine's paths."""
    session, opening = run.session, state.here().opening
    source = session.candidate.source
    parts = ["python", "-m", "analysis", "audit", "--model", source if is_hub_id(source) else Path(source).name]
    parts += ["--data", Path(session.dataset.source).name]
    parts += ["--split", session.split] if session.split else []
    if session.pipeline.fingerprint != session.candidate.pipeline.fingerprint:
        parts += ["--pipeline", "pipeline.json"]
    parts += _corrections(opening) if opening is not None else []
    return shlex.join([*parts, "--policy", "policy.toml", "--out", "audit"])


def _corrections(opening: Opening) -> list[str]:
    """Return as options what the person chose or corrected when opening."""
    parts = ["--revision", opening.revision] if opening.revision else []
    for role, columns in opening.columns:
        option = "--feature-column" if role == "features" else f"--{role.replace('_', '-')}-column"
        parts += [part for column in columns.split("\n") for part in (option, column)]
    parts += ["--label-map", "labels.json"] if opening.labels else []
    for trusted in opening.trusted:
        parts += ["--trust", trusted]
    return parts


def preview(text: str) -> None:
    """Show a report within the page, in a frame of its own."""
    st.iframe(text, height=700)
