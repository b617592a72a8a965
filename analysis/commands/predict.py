"""``predict``: run a model over data."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence

import numpy as np

from analysis.commands.shared import (
    add_engine_arguments,
    add_session_arguments,
    add_unlabelled_argument,
    finite,
    report_run,
)
from analysis.types import Json, Kind, Predictions

summary = "run a model over data: predictions, and headline metrics where there are labels"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_engine_arguments(parser)
    add_unlabelled_argument(parser, "what the model answers")


def prediction_rows(predictions: Predictions) -> list[dict[str, Json]]:
    """Return one dictionary an example: ``id``, ``label`` (the truth, where there is one), ``predicted``, ``score``."""
    truth: Sequence[Json]
    if predictions.task.kind is Kind.REGRESSION:
        truth = [finite(t) for t in predictions.truth]
        answers: Sequence[Json] = [finite(v) for v in predictions.values]
        scores = answers
    else:
        best = predictions.predicted
        truth, answers = list(predictions.truth_labels), [predictions.task.labels[b] for b in best]
        scores = [finite(s) for s in np.take_along_axis(predictions.scores, best[:, None], axis=1)[:, 0]]
    columns: dict[str, Sequence[Json]] = {"id": list(predictions.ids)}
    columns |= {"label": truth} if predictions.has_labels else {}
    columns |= {"predicted": answers, "score": scores}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def answer_rows(predictions: Predictions) -> list[dict[str, Json]]:
    """Return one dictionary an answer of a classification: ``answer``, ``n``, ``score`` (the median among them)."""
    from analysis.answers import answer_counts

    if predictions.task.kind is Kind.REGRESSION:
        return []
    return [{"answer": a.label, "n": a.n, "score": finite(a.confidence)} for a in answer_counts(predictions)]


def run(arguments: Namespace) -> int:
    """Predict, print the headline metrics or the answers, and write the JSON that was asked for."""
    details: dict[str, Callable[[Predictions], Json]] = {"predictions": prediction_rows}
    if arguments.without_labels:
        details["answers"] = answer_rows
    return report_run(arguments, details)
