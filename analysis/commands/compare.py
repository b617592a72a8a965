"""``compare``: two models, or one model fed in two ways, on the same examples."""

from __future__ import annotations

import copy
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, TextIO

from analysis.commands.shared import add_session_arguments, finite, open_from, run_json, terminal_progress, write_result
from analysis.errors import UnusableInput
from analysis.types import Json, Predictions

if TYPE_CHECKING:
    from analysis.comparison import Comparison, Difference
    from analysis.session import Session

summary = "two models, or one fed in two ways, on the same examples: paired differences"
#: Examples that only one gets right, as the JSON lists them.
_LISTED = 1_000


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    parser.add_argument("--against", metavar="M2", help="the other model; where not given, --model once more")
    parser.add_argument(
        "--against-pipeline",
        metavar="FILE",
        help="pipeline of the other one; its own configuration where not given",
    )
    parser.add_argument("--against-revision", metavar="R", help="revision of the other one, a hub id")
    parser.add_argument(
        "--against-variant",
        metavar="V",
        help="compare with the model's smaller self: int8, bf16, pruned-30, pruned-50, pruned-70",
    )
    parser.add_argument("--seed", type=int, default=0, help="seeds resampling and swapping")


def difference_json(found: Difference) -> dict[str, Json]:
    """Return a difference as plain JSON values."""
    return {
        "a": finite(found.a),
        "b": finite(found.b),
        "difference": finite(found.difference),
        "low": finite(found.low),
        "high": finite(found.high),
        "p_value": finite(found.p_value),
        "n": found.n,
        "interval": found.interval,
        "test": found.test,
    }


def comparison_json(found: Comparison, a: Predictions) -> dict[str, Json]:
    """Return a comparison as the command line prints it."""
    together = found.agreement
    return {
        "winner": found.winner,
        "compared": found.n,
        "left_out": found.left_out,
        "differences": {key: difference_json(d) for key, d in found.differences.items()},
        "per_class": [
            {
                "label": c.label,
                **difference_json(c.recall),
                "p_adjusted": c.p_adjusted,
                "too_few": c.few,
                "winner": c.winner,
            }
            for c in found.classes
        ],
        "agreement": None
        if together is None
        else {
            "both_right": len(together.both_right),
            "only_a": len(together.only_a),
            "only_b": len(together.only_b),
            "both_wrong": len(together.both_wrong),
            "same_answer": together.same_answer,
            "kappa": finite(together.kappa),
        },
        "only_a": [a.ids[i] for i in together.only_a[:_LISTED]] if together else [],
        "only_b": [a.ids[i] for i in together.only_b[:_LISTED]] if together else [],
    }


def run(arguments: Namespace) -> int:
    """Compare, print the differences, and write the JSON that was asked for."""
    from analysis.comparison import compare

    if not (arguments.against or arguments.pipeline or arguments.against_pipeline or arguments.against_variant):
        raise UnusableInput(
            "There is nothing to compare with.", "Name a second model with --against, or a --pipeline for the first."
        )
    first = open_from(arguments)
    second = _smaller(first, arguments) if arguments.against_variant else open_from(_other(arguments))
    a, b = first.predictions(terminal_progress()), second.predictions(terminal_progress())
    found = compare(a, b, seed=arguments.seed)
    result = run_json(first, a) | {"against": run_json(second, b)} | comparison_json(found, a)
    result["per_slice"] = _slices(first, a, b, arguments.seed)
    write_result(result, arguments.json)
    _print(found, sys.stderr if arguments.json == "-" else sys.stdout)
    return 0


def _smaller(first: Session, arguments: Namespace) -> Session:
    """Return the model's smaller self over the same data, fed in the same way."""
    from analysis.diligence.cost.smaller import smaller

    if arguments.against or arguments.against_pipeline or arguments.against_revision:
        raise UnusableInput("--against-variant names the same model.", "Leave the other --against options out.")
    return smaller(first, arguments.against_variant)


def _other(arguments: Namespace) -> Namespace:
    """Return the options that open the other side."""
    other = copy.copy(arguments)
    other.model = arguments.against or arguments.model
    other.pipeline = arguments.against_pipeline
    other.revision = arguments.against_revision if arguments.against else arguments.revision
    return other


def _slices(first: Session, a: Predictions, b: Predictions, seed: int) -> list[Json]:
    """Return the difference on each slice of the examples' properties."""
    from analysis.comparison import slice_differences
    from analysis.failures.slices import predicates_of

    predicates = predicates_of(a, first.dataset, first.candidate, first.pipeline, progress=terminal_progress())
    return [
        {"slice": one.name, **difference_json(one.found), "p_adjusted": one.p_adjusted, "winner": one.winner}
        for one in slice_differences(a, b, predicates, seed=seed)
    ]


def _print(found: Comparison, stream: TextIO) -> None:
    print(f"{found.n} examples compared, {found.left_out} left out; a is --model", file=stream)
    for key, d in found.differences.items():
        interval = f"{d.low:+.4g} to {d.high:+.4g}"
        print(
            f"  {key:<20} a {d.a:8.4g}  b {d.b:8.4g}  a − b {d.difference:+.4g} ({interval}), p = {d.p_value:.3g}",
            file=stream,
        )
    names = {"a": "a is better", "b": "b is better", "": "no difference that chance can't explain"}
    print(f"{found.headline}: {names[found.winner]}", file=stream)
