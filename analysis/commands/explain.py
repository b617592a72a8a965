"""``explain``: why the model answered what it did for one example."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from analysis.commands.shared import (
    add_session_arguments,
    add_unlabelled_argument,
    finite,
    open_from,
    terminal_progress,
    write_result,
)
from analysis.errors import UnusableInput
from analysis.types import Attribution, Json, Modality

if TYPE_CHECKING:
    from analysis.explain import Explanation
    from analysis.faithfulness import Faithfulness
    from analysis.progress import Progress
    from analysis.session import Session

summary = "attributions of one example: what spoke for a label, and against another"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_unlabelled_argument(parser, "what spoke for the answer")
    parser.add_argument("--example", required=True, metavar="ID", help="path relative to the data, or row number")
    parser.add_argument("--method", default="all", metavar="NAME", help="a method's name, or 'all' that fit")
    parser.add_argument("--target", metavar="LABEL", help="label to explain (the predicted one where not given)")
    parser.add_argument("--contrast", metavar="LABEL", help="explain the target against this label")
    parser.add_argument("--seed", type=int, default=0, help="seeds every method that draws at random")
    parser.add_argument("--no-faithfulness", action="store_true", help="don't measure how far each map can be believed")
    parser.add_argument("--png", metavar="FILE", help="draw the attributions into this picture")


def attribution_json(attribution: Attribution) -> dict[str, Json]:
    """Return an attribution as plain JSON values; scores of an image are rows of pixels."""
    delta = attribution.convergence_delta
    return {
        "method": attribution.method,
        "target": attribution.target,
        "contrast": attribution.contrast,
        "seconds": round(attribution.seconds, 4),
        "convergence_delta": None if delta is None else finite(delta),
        "baseline": attribution.baseline,
        "params": dict(attribution.params),
        "units": list(attribution.units),
        "spans": [list(span) for span in attribution.spans],
        "notes": list(attribution.notes),
        "scores": np.asarray(attribution.scores, dtype=np.float64).tolist(),
    }


def faithfulness_json(found: Faithfulness | None) -> dict[str, Json]:
    """Return how far a map can be believed as plain JSON values; nothing is known where it could not be measured."""
    from analysis.faithfulness import Verdict

    if found is None:
        areas = ("deletion_auc", "insertion_auc", "random_deletion_auc", "random_insertion_auc", "stability")
        return {**dict.fromkeys(areas), "verdict": Verdict.UNKNOWN.value}
    return {
        "deletion_auc": finite(found.deletion.auc),
        "insertion_auc": finite(found.insertion.auc),
        "random_deletion_auc": finite(found.deletion.chance_auc),
        "random_insertion_auc": finite(found.insertion.chance_auc),
        "stability": None if found.stability is None else finite(found.stability),
        "verdict": found.verdict.value,
    }


def run(arguments: Namespace) -> int:
    """Explain one example, and write the JSON and the picture that were asked for."""
    from analysis.explain import explain_example

    session = open_from(arguments)
    progress = terminal_progress()
    explanation = explain_example(
        session.candidate,
        session.dataset,
        arguments.example,
        session.pipeline,
        "all" if arguments.method == "all" else (arguments.method,),
        target=arguments.target,
        contrast=arguments.contrast,
        progress=progress,
        seed=arguments.seed,
    )
    methods = [attribution_json(a) for a in explanation.attributions]
    if not arguments.no_faithfulness:
        judged = _judge(session, explanation, progress, arguments.seed)
        methods = [m | {"faithfulness": faithfulness_json(found)} for m, found in zip(methods, judged, strict=True)]
    result = {
        "example": explanation.example_id,
        "label": explanation.truth if session.dataset.has_labels else None,
        "predicted": explanation.predicted,
        "methods": methods,
        "refused": [{"method": method, "reason": reason} for method, reason in explanation.refused],
    }
    write_result(result, arguments.json)
    if arguments.png is not None:
        _draw(session, explanation, arguments.png)
    if arguments.json != "-":
        label = f"label {explanation.truth}, " if session.dataset.has_labels else ""
        print(f"{explanation.example_id}: {label}predicted {explanation.predicted}")
        for a, said in zip(explanation.attributions, methods, strict=True):
            why = a.target if a.contrast is None else f"{a.target} rather than {a.contrast}"
            believed = f", {said['faithfulness']['verdict']}" if "faithfulness" in said else ""
            print(f"  {a.method:<24} {why}, {a.seconds:.2f} s{believed}")
        for method, reason in explanation.refused:
            print(f"  {method:<24} left out: {reason}")
    return 0


def _judge(session: Session, explanation: Explanation, progress: Progress, seed: int) -> list[Faithfulness | None]:
    from analysis.faithfulness import examine

    try:
        examination = examine(session.candidate, session.dataset, explanation, session.pipeline, seed=seed)
    except UnusableInput:
        return [None] * len(explanation.attributions)
    return [examination.judge(attribution, progress) for attribution in explanation.attributions]


def _draw(session: Session, explanation: Explanation, destination: str) -> None:
    from analysis.explain import model_input_picture
    from analysis.figures.png import draw_attributions

    picture = None
    if session.dataset.modality is Modality.IMAGE:
        row = np.array([session.dataset.position(explanation.example_id)], dtype=np.int64)
        data = cast("Sequence[bytes]", session.dataset.inputs(row))[0]
        picture = model_input_picture(session.candidate, data, session.pipeline)
    try:
        draw_attributions(explanation.attributions, Path(destination), picture=picture)
    except OSError as error:
        raise UnusableInput(f"{destination} can't be written: {error.strerror}.", "Choose another file.") from error
