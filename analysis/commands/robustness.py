"""``robustness``: the same data under what happens to inputs in use, at growing severity."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, TextIO

from analysis.commands.shared import (
    add_engine_arguments,
    add_session_arguments,
    add_unlabelled_argument,
    engine_from,
    estimate_json,
    open_from,
    terminal_progress,
    write_result,
)
from analysis.types import Json, Kind

if TYPE_CHECKING:
    from analysis.robustness import Robustness

summary = "accuracy under blur, noise, typos, missing values …: what each severity costs"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_engine_arguments(parser)
    add_unlabelled_argument(parser, "how many answers change")
    parser.add_argument(
        "--corruption", action="append", default=[], metavar="NAME", help="this one only; repeat it for several"
    )
    parser.add_argument("--seed", type=int, default=0, help="draws the examples, and all that is drawn at random")


def robustness_json(found: Robustness) -> dict[str, Json]:
    """Return a measurement as the command line prints it."""
    from analysis.robustness.words import findings_of, heading, sentence

    if not found.judged:
        return _changes_json(found)
    by_name = {f.id.split(".", 1)[1]: f for f in findings_of(found)}
    return {
        "sentence": heading(found),
        "measured": found.n,
        "labelled": found.of,
        "seed": found.seed,
        "baseline": estimate_json(found.baseline),
        "corruptions": [
            {
                "name": curve.name,
                "title": curve.title,
                "unit": curve.unit,
                "severity": by_name[curve.name].severity.value,
                "sentence": sentence(found, curve),
                "refused": curve.refused,
                "levels": by_name[curve.name].evidence["levels"],
            }
            for curve in found.curves
        ],
    }


def _changes_json(found: Robustness) -> dict[str, Json]:
    """Return how many answers change, where no label tells what that costs."""
    from analysis.robustness.unjudged import changed, heading, sentence

    return {
        "sentence": heading(found),
        "measured": found.n,
        "of": found.of,
        "seed": found.seed,
        "corruptions": [
            {
                "name": curve.name,
                "title": curve.title,
                "unit": curve.unit,
                "sentence": sentence(found, curve),
                "refused": curve.refused,
                "levels": [
                    {
                        "level": point.level,
                        "label": point.label,
                        "changed": point.changed,
                        "share": estimate_json(changed(found, point)),
                        "unanswered": point.unanswered,
                    }
                    for point in curve.points
                ],
            }
            for curve in found.curves
        ],
    }


def run(arguments: Namespace) -> int:
    """Measure, print what each corruption costs, and write the JSON that was asked for."""
    from analysis.robustness import robustness_of

    engine = engine_from(arguments)
    session = open_from(arguments)
    found = robustness_of(
        session, arguments.corruption, seed=arguments.seed, engine=engine, progress=terminal_progress()
    )
    result = {
        "task": found.kind.value,
        "modality": found.modality.value,
        "model": session.candidate.source,
        "data": session.dataset.source,
        "split": session.split,
        **robustness_json(found),
    }
    write_result(result, arguments.json)
    _print(found, sys.stderr if arguments.json == "-" else sys.stdout)
    return 0


def _print(found: Robustness, stream: TextIO) -> None:
    from analysis.robustness import unjudged
    from analysis.robustness.words import heading, sentence

    if not found.judged:
        print(f"{unjudged.heading(found)}", file=stream)
        for curve in found.curves:
            print(f"  {unjudged.sentence(found, curve)}", file=stream)
        return
    name = "accuracy" if found.kind is Kind.CLASSIFICATION else "mean absolute error"
    base = found.baseline
    print(f"{heading(found)}", file=stream)
    print(f"  as they are: {name} {base.value:.4g} ({base.low:.4g} to {base.high:.4g}), n = {base.n}", file=stream)
    for curve in found.curves:
        print(f"  {sentence(found, curve)}", file=stream)
