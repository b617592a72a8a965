"""``causes``: what each failure is put down to."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from analysis.commands.shared import (
    add_session_arguments,
    estimate_json,
    finite,
    open_from,
    run_json,
    terminal_progress,
    write_result,
)
from analysis.types import Json, Kind, Predictions

summary = "a cause for each failure, with its evidence"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    parser.add_argument(
        "--diagnose",
        action="store_true",
        help="ask the doctor first, where no diagnosis is kept: it feeds some hundred examples in many ways",
    )


def run(arguments: Namespace) -> int:
    """Find the causes, print their shares, and write the JSON that was asked for."""
    from analysis.failures.causes import CAUSES, Doctor, causes_of
    from analysis.preprocessing.doctor.kept import diagnosis_of, kept_diagnosis

    session = open_from(arguments)
    opened = session.candidate, session.dataset, session.pipeline
    predictions = session.predictions(terminal_progress())
    diagnosis = kept_diagnosis(*opened, split=session.split)
    if diagnosis is None and arguments.diagnose:
        diagnosis = diagnosis_of(*opened, split=session.split, progress=terminal_progress())
    found = causes_of(
        predictions, session.dataset, session.candidate, session.pipeline,
        split=session.split, diagnosis=diagnosis, progress=terminal_progress(),
    )  # fmt: skip
    rows: list[Json] = [
        {
            "id": predictions.ids[row],
            **_answer(predictions, row),
            "cause": reasons[0].cause,
            "reasons": [
                {"cause": r.cause, "sentence": r.sentence, "evidence": dict(r.evidence)} for r in reasons
            ],
        }
        for row, reasons in found.reasons.items()
    ]  # fmt: skip
    result = run_json(session, predictions) | {
        "doctor": found.doctor.value,
        "failures": found.failures,
        "failure_above": finite(found.tolerance),
        "order": list(CAUSES),
        "causes": [
            {
                "cause": s.cause,
                "title": CAUSES[s.cause].title,
                "n": s.n,
                "also": s.also,
                "share": estimate_json(s.share),
                "action": CAUSES[s.cause].action,
            }
            for s in found.shares
        ],
        "not_looked_at": list(found.notes),
        "examples": rows,
    }
    write_result(result, arguments.json)
    out = sys.stderr if arguments.json == "-" else sys.stdout
    print(f"{found.failures} of {found.n} examples fail", file=out)
    for s in found.shares:
        interval = f"{100 * s.share.low:.0f}–{100 * s.share.high:.0f} %"
        print(f"  {s.n:6}  {100 * s.share.value:3.0f} % ({interval})  {CAUSES[s.cause].title}", file=out)
    for note in found.notes:
        print(f"  {note}", file=out)
    if found.doctor is Doctor.NOT_ASKED and found.failures:
        print("  The doctor was not asked whether the model is fed rightly: --diagnose asks it.", file=out)
    return 0


def _answer(predictions: Predictions, row: int) -> dict[str, Json]:
    if predictions.task.kind is Kind.REGRESSION:
        return {"label": finite(float(predictions.truth[row])), "predicted": finite(float(predictions.values[row]))}
    answer = predictions.task.labels[int(predictions.predicted[row])]
    return {"label": predictions.truth_labels[row], "predicted": answer}
