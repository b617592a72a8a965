"""The child process of `trial`: ``python -m analysis.diligence.trial_child MODEL OUT BYTES TRUSTED…``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.diligence.trial import finding_json
from analysis.errors import UnusableInput
from analysis.types import Finding, Severity


def findings_of(path: str, trusted: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Open a model and return what loading it found."""
    from analysis.candidates import Refused, open_candidate

    try:
        candidate = open_candidate(path, trusted=trusted)
    except Refused as error:
        return tuple(f for f in error.findings if f.id.startswith("loading."))
    except UnusableInput as error:
        if hasattr(error, "types"):
            evidence = {"types": list(error.types)}
            return (Finding("loading.trust", Severity.UNKNOWN, error.what, evidence, error.action),)
        return (Finding("loading.failed", Severity.BLOCKER, error.what, {}, error.action),)
    except MemoryError:
        summary = "The model needs more memory than it was given."
        return (Finding("loading.trial", Severity.UNKNOWN, summary, {}, "Load it on a larger machine."),)
    found = tuple(f for f in candidate.findings if f.id.startswith("loading."))
    labels = list(candidate.task.labels)
    task = {"kind": candidate.task.kind.value, "modality": candidate.task.modality.value, "labels": labels[:1000]}
    what = f"{len(labels)} labels" if candidate.task.kind.value == "classification" else "one value"
    summary = f"It loads in a process of its own: {candidate.task.modality.value}, {what}."
    return (*found, Finding("loading.trial", Severity.OK, summary, task))


def main() -> None:
    """Load the model under the limit, and write what was found."""
    model, out, limit, *trusted = sys.argv[1:]
    if sys.platform != "win32":  # Windows has no such limits; a process of its own it is all the same.
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(limit), int(limit)))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found = [finding_json(f) for f in findings_of(model, trusted)]
    Path(out).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
