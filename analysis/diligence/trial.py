"""Load a model in a process of its own, with limits, before anything loads it here."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from analysis.progress import Progress
from analysis.types import Finding, Json, Severity

SECONDS = 180
#: Address space beyond four times the weights: libraries alone map some gigabytes.
MEMORY = 12_000_000_000


def finding_json(finding: Finding) -> dict[str, Json]:
    """Return a finding as the command line writes it."""
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "summary": finding.summary,
        "evidence": dict(finding.evidence),
        "action": finding.action,
    }


def finding_from(data: Json) -> Finding:
    """Read what `finding_json` wrote."""
    return Finding(
        str(data["id"]), Severity(data["severity"]), str(data["summary"]), dict(data["evidence"]), str(data["action"])
    )


def try_loading(
    path: Path,
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    trusted: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[Finding, ...]:
    """Open a model that passed the preflight in a child process, and return what loading found.

    Parameters
    ----------
    path : Path
    seconds : float
        Time limit.
    memory : int
        Limit of the child's address space in bytes, beside four times the files.
    trusted : sequence of str
        Types in a skops file that the person trusts.
    progress : Progress, optional

    Returns
    -------
    tuple of Finding
        ``loading.…``; *unknown* where the child ran out of time or memory, or ended otherwise.

    Raises
    ------
    Cancelled
        The child is ended first.
    """
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch, "findings.json")
        weights = (
            sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) if path.is_dir() else path.stat().st_size
        )
        command = [
            sys.executable,
            "-m",
            "analysis.diligence.trial_child",
            str(path.absolute()),
            str(out),
            str(memory + 4 * weights),
            *trusted,
        ]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "CAVEAT_HOME": scratch}
        root = Path(__file__).resolve().parents[2]
        with (
            Path(scratch, "stderr").open("w+b") as log,
            subprocess.Popen(
                command, env=environment, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log
            ) as child,
        ):
            if not _ended(child, seconds, progress or Progress()):
                return (_unfinished(f"did not load within {seconds:.0f} s"),)
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()[-1:]
        try:
            return tuple(finding_from(f) for f in json.loads(out.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            why = (said or [f"exit code {child.returncode}"])[0][:200]
            return (_unfinished(f"ended the process that loaded it ({why})"),)


def not_tried() -> Finding:
    """Return what stands where the person wanted no trial: what only loading shows is not known."""
    summary = "It was not loaded in a process of its own: what only loading shows is not known."
    return Finding("loading.trial", Severity.UNKNOWN, summary, {"tried": False}, "Try it, without --no-trial.")


def _ended(child: subprocess.Popen[bytes], seconds: float, progress: Progress) -> bool:
    """Wait for a child, and end it where its time is up or the person wants to stop."""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(min(0.2, max(0.01, deadline - time.monotonic())))
                return True
            progress.advance(0)
        return False
    finally:
        if child.poll() is None:
            child.kill()


def _unfinished(what: str) -> Finding:
    action = "Load it on a machine with more memory, or ask for a smaller or sound model."
    return Finding("loading.trial", Severity.UNKNOWN, f"The model {what}.", {}, action)
