"""``validate``: does the model hold on data that it has not seen?"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, TextIO

from analysis.commands.shared import (
    add_session_arguments,
    add_unlabelled_argument,
    estimate_json,
    open_from,
    run_json,
    terminal_progress,
    write_result,
)
from analysis.types import Json, Kind, Predictions

if TYPE_CHECKING:
    from analysis.validation import Validation
    from analysis.validation.duplicates import Group
    from analysis.validation.validate import SplitScore

summary = "scores by split, duplicates across and within splits, drift, and examples out of scope"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_unlabelled_argument(parser, "all but scores, gaps, and labels that contradict each other")


def run(arguments: Namespace) -> int:
    """Compare the splits, print what was found, and write the JSON that was asked for."""
    from analysis.validation import validate

    session = open_from(arguments)
    predictions = session.predictions(terminal_progress())
    found = validate(predictions, session.dataset, session.candidate, session.pipeline, progress=terminal_progress())
    scope = found.scope
    score = {"score_is": "accuracy" if found.kind is Kind.CLASSIFICATION else "mae"} if found.judged else {}
    result = run_json(session, predictions) | score | {
        "reference": found.reference,
        "splits": [_split_json(s, found) for s in found.splits],
        "duplicates": [_group_json(g, predictions, found) for g in found.duplicates.groups],
        "out_of_scope": [
            {"id": predictions.ids[i], "reason": reason, "times_usual_distance": float(scope.times[i])}
            for i, reason in zip(scope.strangers, scope.reasons, strict=True)
        ],
        "embedded": scope.embedded,
    }  # fmt: skip
    write_result(result, arguments.json)
    _print(found, sys.stderr if arguments.json == "-" else sys.stdout)
    return 0


def _split_json(one: SplitScore, found: Validation) -> Json:
    """Return what is known of a split; without labels no score, and how frequent each answer is."""
    score: dict[str, Json] = {
        "score": estimate_json(one.score),
        "without_leaks": estimate_json(one.clean),
        "gap": None if one.gap is None else estimate_json(one.gap),
    }
    balance: Json = [
        {"label" if found.judged else "answer": c.label, "first": c.first, "second": c.second,
         "difference": estimate_json(c.difference), "p_adjusted": c.p_adjusted}
        for c in one.balance
    ]  # fmt: skip
    drift: Json = [
        {"name": d.name, "first": d.first, "second": d.second, "size": d.size, "p_adjusted": d.p_adjusted,
         "notable": d.notable}
        for d in one.drift
    ]  # fmt: skip
    apart: Json = None
    if one.apart is not None:
        apart = {
            "accuracy": estimate_json(one.apart.accuracy), "p_value": one.apart.p_value, "apart": one.apart.apart,
        }  # fmt: skip
    return {
        "split": one.split,
        **(score if found.judged else {}),
        "leaking": one.leaking,
        "drift": drift,
        "classes" if found.judged else "answers": balance,
        "told_apart": apart,
    }


def _group_json(group: Group, predictions: Predictions, found: Validation) -> Json:
    labels: dict[str, Json] = {"labels": list(group.labels), "conflicts": group.conflicts}
    return {
        "examples": [predictions.ids[r] for r in group.rows],
        "exact": group.exact,
        "splits": list(group.splits),
        "leaks": group.leaks,
        **(labels if found.judged else {}),
    }


def _print(found: Validation, stream: TextIO) -> None:
    for s in found.splits:
        if found.judged:
            gap = "" if s.gap is None else f", worse by {s.gap.value:.3g} ({s.gap.low:.3g} to {s.gap.high:.3g})"
            e = s.score
            said = f"{e.value:.4g} ({e.low:.4g}–{e.high:.4g}), n = {e.n}{gap}, {s.leaking} leaking"
        elif s.split == found.reference:
            said = "the others are compared with it"
        else:
            said = f"{sum(d.notable for d in s.drift)} properties differ, {s.leaking} leaking"
        print(f"  {s.split}: {said}", file=stream)
    conflicts = f", {len(found.duplicates.conflicts)} labelled differently" if found.judged else ""
    print(
        f"{len(found.duplicates.groups)} groups of duplicates, {len(found.duplicates.leaks)} across splits{conflicts}; "
        f"{len(found.scope.strangers)} examples out of scope",
        file=stream,
    )
