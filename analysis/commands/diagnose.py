"""``diagnose``: is the model fed the right way, and if not, what is wrong?"""

from __future__ import annotations

import importlib
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from analysis.commands.shared import (
    add_engine_arguments,
    add_session_arguments,
    add_unlabelled_argument,
    engine_from,
    finite,
    open_from,
    terminal_progress,
    write_result,
)
from analysis.errors import UnusableInput
from analysis.types import Edit, Json, Kind, Pipeline

if TYPE_CHECKING:
    from analysis.preprocessing.doctor import Diagnosis, Scorecard, Tested
    from analysis.session import Session

summary = "find a preprocessing mismatch, prove it, and write the corrected configuration"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_engine_arguments(parser)
    parser.add_argument(
        "--captured", metavar="DIR", help="tensors that production fed the model, named after the inputs"
    )
    parser.add_argument("--function", metavar="MODULE:FUNCTION", help="your own preprocessing: raw input → array")
    add_unlabelled_argument(parser, "how far the inputs are from the model's training; far weaker")
    parser.add_argument("--fix", metavar="DIR", help="write the corrected model folder here")
    parser.add_argument("--seed", type=int, default=0, help="seeds the division into searching and proving examples")


def edit_json(edit: Edit) -> dict[str, Json]:
    """Return an edit as ``{"step", "from", "to", "sentence"}``."""
    return {"step": edit.step, "from": dict(edit.before), "to": dict(edit.after), "sentence": edit.sentence}


def scorecard_json(card: Scorecard, kind: Kind) -> dict[str, Json]:
    """Return accuracy (or R²) with its interval, log loss (or squared error) and n."""
    name = "accuracy" if kind is Kind.CLASSIFICATION else "r2"
    loss = "log_loss" if kind is Kind.CLASSIFICATION else "squared_error"
    return {
        name: finite(card.accuracy.value),
        "low": finite(card.accuracy.low),
        "high": finite(card.accuracy.high),
        loss: finite(card.log_loss),
        "n": card.n,
    }


def _tested_json(tested: Tested, kind: Kind) -> dict[str, Json]:
    return {
        "edits": [edit_json(e) for e in tested.edits],
        **scorecard_json(tested.score, kind),
        "p_value": tested.p_value,
        "mcnemar": tested.mcnemar,
        "significant": tested.significant,
        "documented": tested.documented,
    }


def diagnosis_json(diagnosis: Diagnosis, kind: Kind) -> dict[str, Json]:
    """Return a diagnosis as the command line prints it."""
    return {
        "verdict": diagnosis.conclusion.value,
        "sentence": diagnosis.sentence,
        "baseline": scorecard_json(diagnosis.baseline, kind),
        "best": scorecard_json(diagnosis.best, kind),
        "edits": [edit_json(e) for e in diagnosis.edits],
        "pipeline": diagnosis.pipeline.to_json(),
        "p_value": diagnosis.p_value,
        "mcnemar": diagnosis.mcnemar,
        "hypotheses": [_tested_json(t, kind) for t in diagnosis.hypotheses],
        "tried": diagnosis.tried,
        "equivalent": [[edit_json(e) for e in edits] for edits in diagnosis.equivalent],
        "passes": diagnosis.passes,
        "grid_passes": diagnosis.grid_passes,
        "examples_needed": diagnosis.examples_needed,
        "confirmed_classes": diagnosis.confirmed_classes,
        "complete": diagnosis.complete,
        "seed": diagnosis.seed,
    }


def run(arguments: Namespace) -> int:
    """Diagnose, print the finding, and write the JSON and the fix that were asked for."""
    without = bool(arguments.captured or arguments.function or arguments.without_labels)
    if engine_from(arguments).parallel and without:
        raise UnusableInput(
            f"From tensors or without labels a diagnosis takes seconds: --engine {arguments.engine} has no part in it.",
            "Leave --engine out.",
        )
    session = open_from(arguments, unlabelled=without)
    result, corrected = _diagnosed(session, arguments)
    write_result(result, arguments.json)
    out = sys.stderr if arguments.json == "-" else sys.stdout
    print(result["sentence"], file=out)
    for row in result["edits"]:
        print(f"  {row['step']}: {row['from']} → {row['to']}", file=out)
    if arguments.fix is not None:
        from analysis.preprocessing.doctor.fix import write_fix

        folder = write_fix(session.candidate, corrected, arguments.fix)
        print(f"The corrected model is in {folder}", file=out)
    return 0


def _diagnosed(session: Session, arguments: Namespace) -> tuple[dict[str, Json], Pipeline]:
    """Run the kind of diagnosis that was asked for; return its JSON and the corrected pipeline."""
    if arguments.captured or arguments.function:
        return _from_tensors(session, arguments)
    if arguments.without_labels:
        return _from_inputs(session, arguments)
    from analysis.preprocessing.doctor.kept import diagnosis_of

    diagnosis = diagnosis_of(
        session.candidate,
        session.dataset,
        session.pipeline,
        split=session.split,
        seed=arguments.seed,
        engine=engine_from(arguments),
        progress=terminal_progress(),
    )
    return diagnosis_json(diagnosis, session.candidate.task.kind), diagnosis.pipeline


def _from_tensors(session: Session, arguments: Namespace) -> tuple[dict[str, Json], Pipeline]:
    """Find the pipeline that made tensors, and compare it with the documented one."""
    from analysis.preprocessing.doctor.captured import read_captured, run_function
    from analysis.preprocessing.doctor.match import match_captured
    from analysis.preprocessing.doctor.tensors import judge_match

    if arguments.function:
        captured = run_function(_load_function(arguments.function), session.dataset)
    else:
        captured = read_captured(arguments.captured, session.dataset)
    progress = terminal_progress()
    match = match_captured(session.candidate, session.dataset, captured, progress=progress)
    judged = judge_match(session.candidate, session.dataset, match, split=session.split, progress=progress)
    kind = session.candidate.task.kind
    result = {
        "verdict": judged.conclusion.value,
        "sentence": judged.sentence,
        "baseline": scorecard_json(judged.baseline, kind),
        "best": scorecard_json(judged.best, kind),
        "edits": [edit_json(e) for e in match.edits],
        "pipeline": session.candidate.pipeline.to_json(),
        "deployed": match.pipeline.to_json(),
        "tensor_error": finite(match.error),
        "documented_error": finite(match.documented_error),
        "exact": match.exact,
        "tensors": match.n,
        "unmatched_tensors": list(captured.unmatched),
        "hypotheses": [],
        "equivalent": [],
        "passes": judged.passes,
        "grid_passes": match.tried * match.n,
    }
    return result, session.candidate.pipeline


def _from_inputs(session: Session, arguments: Namespace) -> tuple[dict[str, Json], Pipeline]:
    """Compare the inputs with what the model remembers of its training."""
    from analysis.preprocessing.doctor.without_labels import diagnose_without_labels

    found = diagnose_without_labels(
        session.candidate,
        session.dataset,
        session.pipeline,
        split=session.split,
        seed=arguments.seed,
        progress=terminal_progress(),
    )
    rows: list[Json] = [
        {
            "edits": [edit_json(e) for e in row.edits],
            "distance": finite(row.distance),
            "p_value": row.p_value,
            "significant": row.significant,
        }
        for row in found.hypotheses
    ]
    result: dict[str, Json] = {
        "verdict": found.conclusion.value,
        "sentence": found.sentence,
        "measure": found.measure,
        "baseline": {"distance": finite(found.baseline), "n": found.n},
        "best": {"distance": finite(found.best), "n": found.n},
        "edits": [edit_json(e) for e in found.edits],
        "pipeline": found.pipeline.to_json(),
        "hypotheses": rows,
        "equivalent": [],
        "passes": found.passes,
        "seed": arguments.seed,
    }
    return result, found.pipeline


def _load_function(name: str) -> Callable[[object], object]:
    """Import the user's own ``module:function``; the command line only, never the app."""
    module, _, attribute = name.partition(":")
    sys.path.insert(0, "")
    try:
        function = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UnusableInput(f"{name} can't be imported: {error}.", "Give it as module:function.") from error
    if not callable(function):
        raise UnusableInput(f"{name} is no function.", "Give it as module:function.")
    return cast("Callable[[object], object]", function)
