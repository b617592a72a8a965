"""Look at a model's files before any loader does: reads headers, JSON and bytes, and runs nothing of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.candidates.artefact import Artefact, root_of
from analysis.candidates.checks import CHECKS
from analysis.candidates.checks.base import count
from analysis.errors import UnusableInput
from analysis.types import Finding, Severity


class Refused(UnusableInput):
    """Preflight or loading found a blocker; nothing of the model is in use.

    Parameters
    ----------
    name : str
        The model's name.
    findings : sequence of Finding
        All of them, blockers included.
    """

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        blockers = [f for f in self.findings if f.severity is Severity.BLOCKER]
        more = "" if len(blockers) == 1 else f" ({count(len(blockers) - 1, 'more reason')})"
        super().__init__(f"{name} was not loaded. {blockers[0].summary}{more}", blockers[0].action)


def preflight(path: Path, *, root: Path | None = None) -> tuple[Finding, ...]:
    """Run every check of the registry that applies to a model's files.

    Parameters
    ----------
    path : Path
        A model folder or a ``.skops`` file.
    root : Path, optional
        The folder that links may not leave; by default the model folder itself, or the repository's own
        folder for a snapshot in the hub's cache.

    Returns
    -------
    tuple of Finding
        For each check either what it found, or one ``ok`` finding that says what was looked at.
    """
    return examine(Artefact(path, root or root_of(path)))


def examine(artefact: Artefact) -> tuple[Finding, ...]:
    """Do what `preflight` does for files that are known already."""
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        if not check.applies(artefact):
            continue
        found = tuple(check.run(artefact))
        findings.extend(found or (Finding(f"preflight.{name}", Severity.OK, check.passed),))
    return tuple(findings)


def refuse_blockers(name: str, findings: Sequence[Finding]) -> None:
    """Raise `Refused` if there is a blocker among the findings."""
    if any(f.severity is Severity.BLOCKER for f in findings):
        raise Refused(name, findings)
