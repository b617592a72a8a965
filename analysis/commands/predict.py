"""``predict``: run a model over labelled data."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import numpy as np

from analysis.commands.shared import (
    add_engine_arguments,
    add_session_arguments,
    finite,
    report_run,
)
from analysis.types import Json, Kind, Predictions

summary = "run a model over labelled data: predictions and headline metrics"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_engine_arguments(parser)


def prediction_rows(predictions: Predictions) -> list[dict[str, Json]]:
    """Return one dictionary an example: ``id``, ``label`` (the truth), ``predicted``, ``score``."""
    if predictions.task.kind is Kind.REGRESSION:
        pairs = zip(predictions.ids, predictions.truth, predictions.values, strict=True)
        return [{"id": i, "label": finite(t), "predicted": finite(v), "score": finite(v)} for i, t, v in pairs]
    best = predictions.predicted
    scores = np.take_along_axis(predictions.scores, best[:, None], axis=1)[:, 0]
    names = predictions.task.labels
    rows = zip(predictions.ids, predictions.truth_labels, best, scores, strict=True)
    return [{"id": i, "label": t, "predicted": names[b], "score": finite(s)} for i, t, b, s in rows]


def run(arguments: Namespace) -> int:
    """Predict, print the headline metrics, and write the JSON that was asked for."""
    return report_run(arguments, {"predictions": prediction_rows})
