"""May we, and is it safe: a model's files looked into without loading anything. See ``docs/diligence.md``."""

from __future__ import annotations

from pathlib import Path

from analysis.candidates.artefact import Artefact, root_of
from analysis.diligence.base import Area, Check, Subject
from analysis.diligence.registry import CHECKS
from analysis.progress import Progress
from analysis.types import Finding, Severity

__all__ = ["CHECKS", "Area", "Check", "area_of", "look_into"]

#: Findings of the preflight and of loading are about safety, whatever their id begins with.
_AREAS = {"preflight": Area.SAFETY, "loading": Area.SAFETY}


def area_of(finding: Finding) -> Area | None:
    """Return what a finding of diligence is about, or None for one of another kind."""
    first = finding.id.split(".")[0]
    return _AREAS.get(first) or (Area(first) if first in list(Area) else None)


def look_into(path: Path, *, progress: Progress | None = None) -> tuple[Finding, ...]:
    """Run every check of the registry over a model's files. Nothing is loaded, unpickled or imported.

    Parameters
    ----------
    path : Path
        A folder, or a single file of any kind.
    progress : Progress, optional

    Returns
    -------
    tuple of Finding
        A check that fails in a way nobody foresaw yields *unknown*: it never passes for fine.

    Raises
    ------
    Cancelled
    """
    subject = Subject(Artefact(path, root_of(path)))
    progress = progress or Progress()
    progress.start("Looking into the model's files", len(CHECKS))
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            findings.extend(check.run(subject))
        except Exception as error:
            summary = f"{check.title}: this could not be told ({type(error).__name__})."
            action = "Treat it as unknown, and report it."
            findings.append(Finding(f"{check.area.value}.{name}_failed", Severity.UNKNOWN, summary, {}, action))
        progress.advance()
    return tuple(findings)
