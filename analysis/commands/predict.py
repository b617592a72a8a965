"""``predict``: run a model over data."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

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
    if not predictions.has_labels:
        return [{key: value for key, value in row.items() if key != "label"} for row in _rows(predictions)]
    return _rows(predictions)


def answer_rows(predictions: Predictions) -> list[dict[str, Json]]:
    """Return one dictionary an answer of a classification: ``answer``, ``n``, ``score`` (the median among them)."""
    from analysis.answers import answer_counts

    if predictions.task.kind is Kind.REGRESSION:
        return []
    return [{"answer": a.label, "n": a.n, "score": finite(a.confidence)} for a in answer_counts(predictions)]


def _rows(predictions: Predictions) -> list[dict[str, Json]]:
    if predictions.task.kind is Kind.REGRESSION:
        pairs = zip(predictions.ids, predictions.truth, predictions.values, strict=True)
        return [{"id": i, "label": finite(t), "predicted": finite(v), "score": finite(v)} for i, t, v in pairs]
    best = predictions.predicted
    scores = np.take_along_axis(predictions.scores, best[:, None], axis=1)[:, 0]
    names = predictions.task.labels
    rows = zip(predictions.ids, predictions.truth_labels, best, scores, strict=True)
    return [{"id": i, "label": t, "predicted": names[b], "score": finite(s)} for i, t, b, s in rows]


def run(arguments: Namespace) -> int:
    """Predict, print the headline metrics or the answers, and write the JSON that was asked for."""
    details: dict[str, Callable[[Predictions], Json]] = {"predictions": prediction_rows}
    if arguments.without_labels:
        details["answers"] = answer_rows
    return report_run(arguments, details)
