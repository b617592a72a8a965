"""``metrics``: every number with its interval, for each class too."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from analysis.commands.shared import (
    add_session_arguments,
    estimate_json,
    report_run,
)
from analysis.types import Json, Kind, Predictions

summary = "metrics with 95 % intervals, for each class too"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)


def class_rows(predictions: Predictions) -> list[dict[str, Json]]:
    """Return one dictionary a class with precision, recall and F1 as estimates; empty for a regression."""
    if predictions.task.kind is Kind.REGRESSION:
        return []
    from analysis.metrics.classification import per_class

    return [
        {
            "label": c.label,
            "n": c.n,
            "too_few": c.few,
            "precision": estimate_json(c.precision),
            "recall": estimate_json(c.recall),
            "f1": estimate_json(c.f1),
        }
        for c in per_class(predictions)
    ]


def run(arguments: Namespace) -> int:
    """Print the metrics and write the JSON that was asked for."""
    return report_run(arguments, "per_class", class_rows)
