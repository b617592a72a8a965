"""``validate``: does the model hold on data that it has not seen?"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from analysis.commands.shared import (
    add_session_arguments,
    estimate_json,
    open_from,
    run_json,
    terminal_progress,
    write_result,
)
from analysis.types import Json, Kind

summary = "scores by split, duplicates across and within splits, drift, and examples out of scope"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)


def run(arguments: Namespace) -> int:
    """Compare the splits, print what was found, and write the JSON that was asked for."""
    from analysis.validation import validate

    session = open_from(arguments)
    predictions = session.predictions(terminal_progress())
    found = validate(predictions, session.dataset, session.candidate, session.pipeline, progress=terminal_progress())
    groups: list[Json] = [
        {
            "examples": [predictions.ids[r] for r in g.rows],
            "exact": g.exact,
            "splits": list(g.splits),
            "labels": list(g.labels),
            "leaks": g.leaks,
            "conflicts": g.conflicts,
        }
        for g in found.duplicates.groups
    ]
    splits: list[Json] = [
        {
            "split": s.split,
            "score": estimate_json(s.score),
            "without_leaks": estimate_json(s.clean),
            "leaking": s.leaking,
            "gap": None if s.gap is None else estimate_json(s.gap),
            "drift": [
                {"name": d.name, "first": d.first, "second": d.second, "size": d.size, "p_adjusted": d.p_adjusted,
                 "notable": d.notable}
                for d in s.drift
            ],
            "classes": [
                {"label": c.label, "first": c.first, "second": c.second, "difference": estimate_json(c.difference),
                 "p_adjusted": c.p_adjusted}
                for c in s.balance
            ],
            "told_apart": None if s.apart is None else {
                "accuracy": estimate_json(s.apart.accuracy), "p_value": s.apart.p_value, "apart": s.apart.apart,
            },
        }
        for s in found.splits
    ]  # fmt: skip
    scope = found.scope
    result = run_json(session, predictions) | {
        "score_is": "accuracy" if found.kind is Kind.CLASSIFICATION else "mae",
        "reference": found.reference,
        "splits": splits,
        "duplicates": groups,
        "out_of_scope": [
            {"id": predictions.ids[i], "reason": reason, "times_usual_distance": float(scope.times[i])}
            for i, reason in zip(scope.strangers, scope.reasons, strict=True)
        ],
        "embedded": scope.embedded,
    }
    write_result(result, arguments.json)
    out = sys.stderr if arguments.json == "-" else sys.stdout
    for s in found.splits:
        gap = "" if s.gap is None else f", worse by {s.gap.value:.3g} ({s.gap.low:.3g} to {s.gap.high:.3g})"
        e = s.score
        print(f"  {s.split}: {e.value:.4g} ({e.low:.4g}–{e.high:.4g}), n = {e.n}{gap}, {s.leaking} leaking", file=out)
    print(
        f"{len(groups)} groups of duplicates, {len(found.duplicates.leaks)} across splits, "
        f"{len(found.duplicates.conflicts)} labelled differently; "
        f"{len(scope.strangers)} examples out of scope",
        file=out,
    )
    return 0
