"""SHA-256 of every file, so that what was judged can be told from what is deployed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from analysis.candidates.checks.base import count
from analysis.diligence.base import Area, Check, Subject, ok, unknown
from analysis.types import Finding, Json, fingerprint_of

FILES_SHOWN = 2_000


def run(subject: Subject) -> Iterator[Finding]:
    """Yield one finding with a fingerprint a file, and one for files that can't be read."""
    artefact = subject.artefact
    found: list[dict[str, Json]] = []
    unread: list[str] = []
    for name in artefact.files[:FILES_SHOWN]:
        path = artefact.folder / name
        try:
            if not artefact.contains(name) or not path.is_file():
                raise OSError
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found.append({"file": name, "bytes": path.stat().st_size, "sha256": digest})
        except OSError:
            unread.append(name)
    total = sum(int(f["bytes"]) for f in found)
    whole = fingerprint_of({str(f["file"]): f["sha256"] for f in found})
    yield ok(
        "provenance.fingerprints",
        f"{count(len(found), 'file')}, {total / 1e6:,.1f} MB; together {whole}.",
        "Compare it with what you deploy.",
        fingerprint=whole,
        files=found,
    )
    unread += artefact.files[FILES_SHOWN:]
    if unread:
        summary = f"{count(len(unread), 'file')} could not be fingerprinted ({', '.join(unread[:3])})."
        yield unknown("provenance.unread", summary, "Remove links that lead elsewhere.", files=unread[:100])


CHECK = Check(Area.PROVENANCE, "Fingerprints of all files", run)
