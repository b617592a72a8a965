"""``patterns``: what the failures of a selection share that right ones do not."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

import numpy as np

from analysis.commands.shared import (
    add_engine_arguments,
    add_session_arguments,
    engine_from,
    finite,
    open_from,
    run_json,
    terminal_progress,
    write_result,
)
from analysis.errors import UnusableInput
from analysis.types import IntArray, Json, Kind, Predictions

if TYPE_CHECKING:
    from analysis.patterns import Ranking

summary = "what the failures of a cell, a row, a column or all share that right ones do not"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_engine_arguments(parser)
    parser.add_argument("--true", metavar="LABEL", help="only examples with this label")
    parser.add_argument("--predicted", metavar="LABEL", help="only examples that were called this")
    parser.add_argument("--method", metavar="NAME", help="a method's name (the first that fits where not given)")
    parser.add_argument("--seed", type=int, default=0, help="seeds what is drawn, and the shuffles")


def run(arguments: Namespace) -> int:
    """Explain the failures and those to compare with, print what stands out, and write the JSON."""
    from analysis.explain import chosen
    from analysis.explainers.registry import fitting
    from analysis.patterns import find_patterns, groups_of

    engine = engine_from(arguments)
    session = open_from(arguments)
    progress = terminal_progress()
    predictions = session.predictions(progress, engine=engine)
    groups = groups_of(predictions, _selected(predictions, arguments), seed=arguments.seed)
    if not len(groups.failures):
        raise UnusableInput("There is no failure in this selection.", "Choose another --true or --predicted.")
    if arguments.method:
        fit, refused = chosen(session.candidate, (arguments.method,))
        if not fit:
            raise UnusableInput(f"{refused[0][0]} does not fit: {refused[0][1]}", "Choose another --method.")
    else:
        fit = fitting(session.candidate)
        if not fit:
            raise UnusableInput("No method explains this model.", "See the command explain for the reasons.")
    found = find_patterns(
        session.candidate, session.dataset, session.pipeline, predictions, groups, fit[0],
        seed=arguments.seed, engine=engine, progress=progress,
    )  # fmt: skip
    result = run_json(session, predictions) | {
        "sentence": found.sentence,
        "method": found.method,
        "push": found.push,
        "against": found.against,
        "failures": [predictions.ids[i] for i in groups.failures.tolist()],
        "others": [predictions.ids[i] for i in groups.others.tolist()],
        "rankings": [_ranking_json(ranking) for ranking in found.rankings],
        "refused": [{"example": example, "reason": reason} for example, reason in found.refused],
        "notes": list(found.notes),
    }
    write_result(result, arguments.json)
    out = sys.stderr if arguments.json == "-" else sys.stdout
    print(f"{found.n} failures, {found.others} {found.against}, by {found.method}", file=out)
    print(found.sentence, file=out)
    return 0


def _selected(predictions: Predictions, arguments: Namespace) -> IntArray:
    """Return the positions that ``--true`` and ``--predicted`` mean."""
    from analysis.failures import confusion

    asked = (arguments.true, arguments.predicted)
    if predictions.task.kind is Kind.REGRESSION:
        if any(asked):
            raise UnusableInput("A regression has no labels to select by.", "Leave --true and --predicted out.")
        return np.arange(len(predictions), dtype=np.int64)
    known = {*predictions.task.labels, *predictions.truth_labels.distinct}
    for label in asked:
        if label is not None and label not in known:
            raise UnusableInput(f"There is no label “{label}” here.", f"Labels: {', '.join(sorted(known)[:40])}.")
    if all(asked):
        return confusion.cell(predictions, *asked)
    if arguments.true:
        return confusion.row(predictions, arguments.true)
    if arguments.predicted:
        return confusion.column(predictions, arguments.predicted)
    return np.arange(len(predictions), dtype=np.int64)


def _ranking_json(ranking: Ranking) -> Json:
    d, clear = ranking.differences, set(ranking.differences.standing_out.tolist())
    return {
        "id": ranking.id,
        "title": ranking.title,
        "unit": ranking.unit,
        "units": [
            {
                "unit": unit,
                "failures": finite(float(d.failures[i])),
                "others": finite(float(d.others[i])),
                "difference": finite(float(d.difference[i])),
                "low": finite(float(d.low[i])),
                "high": finite(float(d.high[i])),
                "p_adjusted": finite(float(d.p[i])),
                "clear": i in clear,
            }
            for i, unit in enumerate(ranking.units)
        ],
    }
