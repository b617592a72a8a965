"""``features``: what a model for tables does with each of its columns."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

import numpy as np

from analysis.commands.shared import (
    add_session_arguments,
    add_unlabelled_argument,
    estimate_json,
    finite,
    open_from,
    run_json,
    terminal_progress,
    write_result,
)
from analysis.types import Json

if TYPE_CHECKING:
    from analysis.features import Coefficients, Dependence, Importance

summary = "tables: which columns matter, which way each moves the answer, and a linear model's coefficients"
#: Columns whose dependence is followed where none is named: the most important.
_FOLLOWED = 3


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_unlabelled_argument(parser, "how far answers move when a column is shuffled")
    parser.add_argument("--feature", action="append", default=[], metavar="COLUMN", help="follow this column")
    parser.add_argument("--target", metavar="LABEL", help="follow the score of this label (the first where not given)")
    parser.add_argument("--seed", type=int, default=0, help="seeds the shuffles")


def run(arguments: Namespace) -> int:
    """Measure the columns, print the first, and write the JSON that was asked for."""
    from analysis import features

    session = open_from(arguments)
    candidate, dataset, pipeline = session.candidate, session.dataset, session.pipeline
    features.columns_of(dataset, pipeline)  # Refuses what is no table before anything is predicted.
    progress = terminal_progress()
    predictions = session.predictions(progress)
    measured = features.permutation_importance(
        candidate, dataset, pipeline, predictions, seed=arguments.seed, progress=progress
    )
    followed = [
        features.partial_dependence(
            candidate, dataset, pipeline, predictions, name, arguments.target, seed=arguments.seed, progress=progress
        )
        for name in arguments.feature or measured[0].features[:_FOLLOWED]
    ]
    held, reason = None, features.VIEWS["coefficients"].is_compatible(candidate)
    if reason is None:
        held = features.coefficients_of(candidate, dataset, pipeline, arguments.target)
    result = run_json(session, predictions) | {
        "importance": [_importance_json(one) for one in measured],
        "dependence": [_dependence_json(one) for one in followed],
        "coefficients": {"refused": reason} if held is None else _coefficients_json(held),
    }
    write_result(result, arguments.json)
    out = sys.stderr if arguments.json == "-" else sys.stdout
    first = measured[0]
    print(f"{first.unit} when a column is shuffled, n = {first.n}", file=out)
    for name, rise, clear in list(zip(first.features, first.rises, first.clear, strict=True))[:15]:
        mark = "" if clear else "  (may be chance)"
        print(f"  {rise.value:8.3g} ({rise.low:.3g} to {rise.high:.3g})  {name}{mark}", file=out)
    return 0


def _importance_json(found: Importance) -> Json:
    rows = zip(found.features, found.rises, found.p_values, found.clear, found.together, strict=True)
    return {
        "measure": found.measure,
        "unit": found.unit,
        "n": found.n,
        "repeats": found.repeats,
        "features": [
            estimate_json(rise)
            | {
                "feature": name,
                "p_adjusted": p,
                "clear": clear,
                "goes_together_with": None if partner is None else partner[0],
                "rank_correlation": None if partner is None else partner[1],
            }
            for name, rise, p, clear, partner in rows
        ],
    }


def _dependence_json(found: Dependence) -> Json:
    values = [v.item() if isinstance(v, np.generic) else v for v in found.values]
    return {
        "feature": found.feature,
        "target": found.target,
        "n": len(found.ids),
        "values": values,
        "mean": found.mean.tolist(),
        "low": [finite(v) for v in found.low],
        "high": [finite(v) for v in found.high],
        "opposite": found.opposite,
        "curves": dict(zip(found.ids, found.curves.tolist(), strict=True)),
    }


def _coefficients_json(found: Coefficients) -> Json:
    rows = zip(found.names, found.weights.tolist(), found.standardised.tolist(), strict=True)
    return {
        "target": found.target,
        "output": found.output,
        "intercept": found.intercept,
        "steps": list(found.steps),
        "weights": [{"input": name, "weight": weight, "standardised": size} for name, weight, size in rows],
    }
