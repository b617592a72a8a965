"""``labels``: suspect labels of the data."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from analysis.commands.shared import (
    add_session_arguments,
    estimate_json,
    open_from,
    run_json,
    terminal_progress,
    write_result,
)
from analysis.errors import UnusableInput
from analysis.storage import read_json
from analysis.types import Json, Kind

summary = "suspect labels of the data, ranked; metrics with those that were corrected"
_PRINTED = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    parser.add_argument(
        "--corrections",
        metavar="FILE",
        help="JSON file: example id → right label; where not given, what was accepted in the app",
    )


def run(arguments: Namespace) -> int:
    """Rank the labels, print the most suspect, and write the JSON that was asked for."""
    from analysis.failures.decisions import accepted, decisions_on
    from analysis.failures.suspects import corrected, find_suspects
    from analysis.metrics import summarise

    session = open_from(arguments)
    if session.candidate.task.kind is Kind.REGRESSION:
        raise UnusableInput(
            "Suspect labels are told for classes; the target of a regression has no other label to suggest.",
            "Look at the largest errors instead.",
        )
    predictions = session.predictions(terminal_progress())
    found = find_suspects(predictions)
    decisions = decisions_on(session.dataset)
    corrections = _read(arguments.corrections) if arguments.corrections else accepted(decisions)
    for label in sorted(set(corrections.values()) - set(predictions.task.labels)):
        raise UnusableInput(f"The model has no label “{label}”.", "Correct labels to those that it knows.")
    after = summarise(corrected(predictions, corrections))
    rows: list[Json] = [
        {
            "id": s.example,
            "given": s.given,
            "suggested": s.suggested,
            "quality": s.quality,
            "likely": s.likely,
            "decision": decisions[s.example].choice.value if s.example in decisions else None,
        }
        for s in found.ranked
    ]
    result = run_json(session, predictions) | {
        "judged": found.n,
        "likely": len(found.likely),
        "splits_learned_from": list(found.learned),
        "suspects": rows,
        "corrected": len(corrections),
        "metrics": {name: estimate_json(e) for name, e in summarise(predictions).items()},
        "metrics_corrected": {name: estimate_json(e) for name, e in after.items()},
    }
    write_result(result, arguments.json)
    out = sys.stderr if arguments.json == "-" else sys.stdout
    print(f"{len(found.likely)} of {found.n} labels are suspect; {len(corrections)} were corrected", file=out)
    for s in found.ranked[:_PRINTED]:
        print(
            f"  {s.quality:.3f}  {s.example}: {s.given} → {s.suggested}?{'' if s.likely else '  (less likely)'}",
            file=out,
        )
    return 0


def _read(path: str) -> dict[str, str]:
    found = read_json(Path(path))
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise UnusableInput(f"{path} holds no corrections.", 'Expected JSON like {"cat/1.jpg": "dog"}.')
    return found
