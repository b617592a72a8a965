"""The preflight, item by item."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.candidates.preflight import examine
from analysis.diligence.base import Area, Check, Subject
from analysis.types import Finding


def run(subject: Subject) -> Iterator[Finding]:
    """Yield the preflight's findings, with their own ids (``preflight.…``)."""
    yield from examine(subject.artefact)


CHECK = Check(Area.SAFETY, "Everything that is looked at before a loader runs", run)
