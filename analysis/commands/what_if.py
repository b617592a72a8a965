"""``what-if``: one example edited, or the smallest change that changes its answer."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.commands.shared import (
    add_session_arguments,
    add_unlabelled_argument,
    open_from,
    terminal_progress,
    write_result,
)
from analysis.errors import UnusableInput
from analysis.storage import read_json
from analysis.types import Inputs, Json, Kind

if TYPE_CHECKING:
    from analysis.session import Session
    from analysis.what_if import Answer, Change

summary = "one example edited: the changes of a file, or the smallest change that changes the answer"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_unlabelled_argument(parser, "changes need no label anyway")
    parser.add_argument("--example", required=True, metavar="ID", help="path relative to the data, or row number")
    parser.add_argument("--changes", metavar="FILE", help="JSON file of changes, as the page What if exports them")
    parser.add_argument("--goal", type=float, metavar="VALUE", help="a regression: the value to be reached")
    parser.add_argument(
        "--by", choices=("leave", "swap", "blur", "cover"), default="",
        help="texts: leave words out or swap them for near ones; images: blur or cover a region",
    )  # fmt: skip


def run(arguments: Namespace) -> int:
    """Make the changes, or search them, and write the answers before and after."""
    from analysis.what_if import answer_to, apply_changes, from_json, raw_of, to_json

    session = open_from(arguments)
    raw = raw_of(session.dataset, arguments.example)
    before = answer_to(session.candidate, raw, session.pipeline)
    tried = None
    if arguments.changes is not None:
        changes = from_json(read_json(Path(arguments.changes)))
    else:
        changes, tried = _searched(session, raw, arguments)

    def other(example: str) -> bytes:
        found = raw_of(session.dataset, example)
        assert not isinstance(found, pd.DataFrame)
        return bytes(found[0])  # type: ignore[arg-type]

    made = apply_changes(raw, changes, session.pipeline, other)
    after = answer_to(session.candidate, made, session.pipeline)
    result: dict[str, Json] = {
        **to_json(arguments.example, changes),
        "before": _answer_json(before),
        "after": _answer_json(after),
        "tried": tried,
    }
    write_result(result, arguments.json)
    out = sys.stderr if arguments.json == "-" else sys.stdout
    if not changes:
        print(f"{arguments.example}: no change was found that changes the answer ({tried} tried)", file=out)
    for change in changes:
        print(f"  {change.sentence}", file=out)
    print(f"{arguments.example}: {_said(before)} → {_said(after)}", file=out)
    return 0


def _answer_json(answer: Answer) -> Json:
    scores = {label: float(score) for label, score in zip(answer.labels, answer.scores, strict=True)}
    return {"answer": answer.score if answer.regression else answer.label, "scores": scores}


def _said(answer: Answer) -> str:
    return f"{answer.score:.4g}" if answer.regression else f"{answer.label} ({100 * answer.score:.0f} %)"


def _searched(session: Session, raw: Inputs, arguments: Namespace) -> tuple[tuple[Change, ...], int]:
    """Return the smallest change that was found, and how many inputs were tried."""
    from analysis import what_if

    candidate, pipeline, progress = session.candidate, session.pipeline, terminal_progress()
    if candidate.task.kind is Kind.REGRESSION and arguments.goal is None:
        raise UnusableInput("A regression has no answer that could change.", "Name a value to reach with --goal.")
    known = {"goal": arguments.goal, "progress": progress}
    if isinstance(raw, pd.DataFrame):
        flip = what_if.smallest_change(candidate, raw, pipeline, what_if.ranges_of(session.dataset), **known)
        return flip.changes, flip.tried
    first = raw[0]
    if isinstance(first, bytes):
        like = what_if.Change("cover", {"colour": "mean"}) if arguments.by == "cover" else what_if.Change("blur")
        region = what_if.smallest_region(candidate, first, pipeline, like, **known)
        return () if region.change is None else (region.change,), region.tried
    if not isinstance(first, str):
        raise UnusableInput("Suggestions are made for single texts, not for pairs.", "Give your own with --changes.")
    if arguments.by == "swap":
        swaps = what_if.smallest_swaps(candidate, session.dataset, first, pipeline, **known)
        note = ", ".join(f"“{swap.before}” → “{swap.after}”" for swap in swaps.swaps)
        return _text(swaps.text, note), swaps.tried
    gone = what_if.smallest_deletions(candidate, first, pipeline, **known)
    return _text(gone.text, f"left out: {', '.join(gone.words)}" if gone.words else ""), gone.tried


def _text(text: str, note: str) -> tuple[Change, ...]:
    from analysis.what_if import Change

    return (Change("text", {"text": text, "part": 0, "note": note}),) if note else ()
