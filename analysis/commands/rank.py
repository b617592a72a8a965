"""``rank``: any number of models on the same examples."""

from __future__ import annotations

import copy
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from analysis.commands.shared import (
    add_session_arguments,
    estimate_json,
    finite,
    open_from,
    run_json,
    terminal_progress,
    write_result,
)
from analysis.errors import UnusableInput
from analysis.types import Json, Predictions

if TYPE_CHECKING:
    from analysis.comparison import CandidateRanking

summary = "any number of models on the same examples: in order, and which chance alone could have ordered otherwise"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    parser.add_argument(
        "--against", metavar="M", action="append", default=[], help="another model; give it once for each"
    )
    parser.add_argument(
        "--by", metavar="METRIC", default="", help="what to rank by; accuracy or mean absolute error where not given"
    )
    parser.add_argument("--seed", type=int, default=0, help="of resampling and swapping (default 0)")


def run(arguments: Namespace) -> int:
    """Rank, print the order, and write the JSON that was asked for."""
    from analysis.comparison import rank

    if not arguments.against:
        raise UnusableInput("There is nothing to rank.", "Name each further model with --against.")
    first = open_from(arguments)
    own = first.predictions(terminal_progress())
    runs: dict[str, Predictions] = {arguments.model: own}
    for model in arguments.against:
        if model in runs:
            raise UnusableInput(f"{model} is named twice.", "Name each model once.")
        other = copy.copy(arguments)
        other.model, other.pipeline, other.revision = model, None, None
        runs[model] = open_from(other).predictions(terminal_progress())
    found = rank(runs, metric=arguments.by, seed=arguments.seed)
    write_result(run_json(first, own) | ranking_json(found), arguments.json)
    out = sys.stderr if arguments.json == "-" else sys.stdout
    print(f"{found.n} examples that all answered, {found.left_out} left out; by {found.metric}", file=out)
    for one in found.ranked:
        e, places = one.score, f"{one.best}" if one.best == one.worst else f"{one.best}–{one.worst}"
        print(f"  {places:<5} {e.value:.4g} ({e.low:.4g}–{e.high:.4g})  {one.name}", file=out)
    return 0


def ranking_json(found: CandidateRanking) -> dict[str, Json]:
    """Return a ranking as the command writes it."""
    ranking: list[Json] = [
        {
            "model": one.name,
            "score": estimate_json(one.score),
            "best_rank": one.best,
            "worst_rank": one.worst,
            "tied_with": [found.ranked[i].name for i in found.tied(place)],
        }
        for place, one in enumerate(found.ranked)
    ]
    differences: list[Json] = [
        {
            "a": found.ranked[i].name,
            "b": found.ranked[j].name,
            "difference": finite(d.difference),
            "low": finite(d.low),
            "high": finite(d.high),
            "p_value": d.p_value,
            "p_adjusted": found.p_adjusted[i, j],
        }
        for (i, j), d in found.differences.items()
    ]
    return {
        "score_is": found.metric,
        "compared": found.n,
        "left_out": found.left_out,
        "ranking": ranking,
        "tied_groups": [[found.ranked[i].name for i in group] for group in found.groups],
        "differences": differences,
    }
