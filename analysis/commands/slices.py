"""``slices``: where failures concentrate."""

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

summary = "where failures concentrate: metadata and properties of texts, pictures and rows"
#: Ids that the JSON lists for each slice.
_LISTED = 200


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)


def run(arguments: Namespace) -> int:
    """Find the slices, print them, and write the JSON that was asked for."""
    from analysis.failures.slices import slices_of

    session = open_from(arguments)
    predictions = session.predictions(terminal_progress())
    found = slices_of(predictions, session.dataset, session.candidate, session.pipeline, progress=terminal_progress())
    rows: list[Json] = [
        {
            "name": s.name,
            "n": s.rate.n,
            "failures": s.failures,
            "error": estimate_json(s.rate),
            "rest": estimate_json(s.rest),
            "share_of_errors": s.share_of_errors,
            "share_of_examples": s.share_of_examples,
            "p_value": s.p_value,
            "p_adjusted": s.p_adjusted,
            "significant": s.significant,
            "examples": [predictions.ids[i] for i in s.rows[:_LISTED]],
        }
        for s in found.found
    ]
    result = run_json(session, predictions) | {
        "error": estimate_json(found.overall),
        "tried": found.tried,
        "least": found.least,
        "drawn": found.drawn,
        "groups_drawn": found.groups_drawn,
        "properties": list(dict.fromkeys(found.predicates.columns)),
        "skipped": list(found.predicates.skipped),
        "slices": rows,
    }
    write_result(result, arguments.json)
    out = sys.stderr if arguments.json == "-" else sys.stdout
    scale, unit = (100, " %") if found.kind is Kind.CLASSIFICATION else (1, "")
    print(f"{found.tried} slices tried; error over all {found.overall.value * scale:.3g}{unit}", file=out)
    if found.groups_drawn:
        print(f"groups alike to the model: {found.groups_drawn}", file=out)
    for s in found.found:
        e, mark = s.rate, "" if s.significant else "  (may be chance)"
        interval = f"{e.low * scale:.3g}–{e.high * scale:.3g}"
        print(
            f"  {e.value * scale:6.3g}{unit} ({interval}), n = {e.n}, {100 * s.share_of_errors:.0f} % of all errors, "
            f"p = {s.p_adjusted:.2g}: {s.name}{mark}",
            file=out,
        )
    return 0
