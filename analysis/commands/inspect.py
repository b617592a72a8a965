"""``inspect``: diligence alone, without data: safety of loading, licence, provenance, declared task."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from analysis.commands.shared import terminal_progress, write_result
from analysis.errors import UnusableInput
from analysis.types import Finding, Json, Severity

summary = "look into a model's files before anything loads them: safety, licence, provenance"
MARKS = {Severity.BLOCKER: "BLOCKER", Severity.CAUTION: "caution", Severity.UNKNOWN: "unknown", Severity.OK: "ok"}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--model", required=True, help="folder, file or hub id (owner/name)")
    parser.add_argument("--revision", help="revision of a hub id")
    parser.add_argument(
        "--trust", action="append", default=[], metavar="TYPE", help="a type in a skops file that you trust"
    )
    parser.add_argument(
        "--no-trial", "--no-load", action="store_true", help="don't load it in a process of its own afterwards"
    )
    parser.add_argument("--json", metavar="FILE", help="write the findings here as JSON ('-' for standard output)")


def place_of(model: str, revision: str | None) -> Path:
    """Return a model's folder, or any single file: also one that Caveat would not open.

    Raises
    ------
    UnusableInput
        If there is nothing of that name.
    """
    from analysis.candidates import locate

    path = Path(model).expanduser()
    try:
        if path.is_file() or path.is_dir():
            if path.is_dir() and not any(path.iterdir()):
                raise UnusableInput(f"{model} is an empty folder.", "Give a folder with a model.")
            return path
    except (OSError, ValueError) as error:
        raise UnusableInput(f"{model[:200]!r} can't be read.", "Give a folder, a file or a hub id.") from error
    return locate(model, revision=revision, progress=terminal_progress())


def result_of(model: str, path: Path, findings: tuple[Finding, ...]) -> dict[str, Json]:
    """Return the command's JSON."""
    from analysis.diligence.trial import finding_json

    counts = {severity.value: sum(f.severity is severity for f in findings) for severity in Severity}
    return {"model": model, "name": path.name, "counts": counts, "findings": [finding_json(f) for f in findings]}


def run(arguments: Namespace) -> int:
    """Look into the model, print what was found, and return 1 where there is a blocker."""
    from analysis.diligence import look_into
    from analysis.diligence.trial import not_tried, try_loading

    path = place_of(arguments.model, arguments.revision)
    findings = look_into(path, progress=terminal_progress())
    blocked = any(f.severity is Severity.BLOCKER for f in findings)
    if not blocked:
        tried = (not_tried(),) if arguments.no_trial else try_loading(path, trusted=arguments.trust)
        findings = (*findings, *tried)
    write_result(result_of(arguments.model, path, findings), arguments.json)
    print_findings(findings, sys.stderr if arguments.json == "-" else sys.stdout)
    return 1 if any(f.severity is Severity.BLOCKER for f in findings) else 0


def print_findings(findings: tuple[Finding, ...], out: object) -> None:
    """Print what is not fine, the gravest first, and how many checks were fine."""
    for severity in (Severity.BLOCKER, Severity.CAUTION, Severity.UNKNOWN):
        for finding in findings:
            if finding.severity is severity:
                print(f"{MARKS[severity]:<8} {_line(finding.summary)}", file=out)  # type: ignore[call-overload]
    fine = sum(f.severity is Severity.OK for f in findings)
    print(f"{fine} of {len(findings)} findings are fine", file=out)  # type: ignore[call-overload]


def _line(text: str) -> str:
    """Return text that may quote data as one line that no terminal takes for commands."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
