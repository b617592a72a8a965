"""``metrics``: every number with its interval, for each class too."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from analysis.commands.shared import (
    add_engine_arguments,
    add_session_arguments,
    estimate_json,
    report_run,
)
from analysis.errors import UnusableInput
from analysis.types import Estimate, Json, Kind, Predictions

summary = "metrics with 95 % intervals, for each class too"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_engine_arguments(parser)
    parser.add_argument("--top-k", type=int, metavar="K", help="also the share with the true label among the K highest")
    parser.add_argument("--threshold", metavar="LABEL", help="find the cheapest threshold of this class")
    parser.add_argument("--cost-false-positive", type=float, default=1.0, metavar="C", help="of calling it so falsely")
    parser.add_argument("--cost-false-negative", type=float, default=1.0, metavar="C", help="of missing one")


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
    chosen = arguments.threshold, arguments.cost_false_positive, arguments.cost_false_negative
    details = {
        "per_class": class_rows,
        "calibration": calibration_json,
        "one_against_rest": curve_rows,
        "threshold": lambda predictions: threshold_json(predictions, *chosen),
        "margin": margin_json,
        "by_range": range_rows,
    }
    return report_run(arguments, details, further_metrics(arguments.top_k))


def further_metrics(k: int | None) -> dict[str, Callable[[Predictions], Estimate]]:
    """Return the top-k accuracy where a k was asked for, under the key that `top5` has in the headline."""
    if k is None:
        return {}
    from analysis.metrics.classification import top_k

    return {f"top{k}": lambda predictions: top_k(predictions, k)}


def calibration_json(predictions: Predictions) -> Json:
    """Return the calibration error and a temperature judged where it wasn't fitted; null for a regression."""
    if predictions.task.kind is Kind.REGRESSION:
        return None
    from analysis.metrics.calibration import calibration_error, fit_temperature

    found, fitted = calibration_error(predictions), fit_temperature(predictions)
    if found is None:
        return None
    return {
        "error": estimate_json(found.error),
        "by_chance": found.by_chance,
        "temperature": None
        if fitted is None
        else {
            "value": fitted.value,
            "fitted_on": fitted.fitted_on,
            "judged_on": fitted.judged_on,
            "seed": fitted.seed,
            "error_before": estimate_json(fitted.before.error),
            "error_after": estimate_json(fitted.after.error),
            "log_loss_before": fitted.log_loss_before,
            "log_loss_after": fitted.log_loss_after,
            "saved": estimate_json(fitted.saved),
        },
    }


def curve_rows(predictions: Predictions) -> list[dict[str, Json]]:
    """Return the areas under the curves of each class against the rest, where both sides have examples."""
    if predictions.task.kind is Kind.REGRESSION:
        return []
    from analysis.metrics.curves import curves

    found = [curves(predictions, label) for label in dict.fromkeys(predictions.task.labels)]
    return [
        {
            "label": c.label,
            "n": c.n,
            "positives": c.positives,
            "too_few": c.few,
            "roc_area": estimate_json(c.area),
            "average_precision": estimate_json(c.average_precision),
        }
        for c in found
        if c is not None
    ]


def threshold_json(predictions: Predictions, label: str | None, false_positive: float, false_negative: float) -> Json:
    """Return the cheapest threshold of a class, judged where it wasn't chosen; null where none was asked for."""
    if label is None:
        return None
    from analysis.metrics.thresholds import Judged, find_threshold

    found = find_threshold(predictions, label, cost_false_positive=false_positive, cost_false_negative=false_negative)
    if found is None:
        raise UnusableInput(
            f"There are too few examples of “{label}”, or of the rest, to choose a threshold on half of them.",
            "Each half needs five of either.",
        )

    def row(judged: Judged) -> dict[str, Json]:
        return {
            "threshold": judged.threshold,
            "false_positives": judged.false_positives,
            "false_negatives": judged.false_negatives,
            "precision": estimate_json(judged.precision),
            "recall": estimate_json(judged.recall),
            "cost": estimate_json(judged.cost),
        }

    return {
        "label": label,
        "cost_false_positive": found.cost_false_positive,
        "cost_false_negative": found.cost_false_negative,
        "chosen_on": found.chosen_on,
        "judged_on": found.judged_on,
        "seed": found.seed,
        "best": row(found.best),
        "usual": row(found.usual),
        "saved": estimate_json(found.saved),
    }


def margin_json(predictions: Predictions) -> Json:
    """Return the margin of a regression's answers with its measured coverage; null for classes, or with too few."""
    if predictions.task.kind is not Kind.REGRESSION:
        return None
    from analysis.metrics.conformal import conformal

    found = conformal(predictions)
    if found is None:
        return None
    ranges = [{"low": low, "high": high, "coverage": estimate_json(e)} for low, high, e in found.by_range]
    return {
        "margin": found.margin,
        "level": found.level,
        "calibrated_on": found.calibrated_on,
        "seed": found.seed,
        "coverage": estimate_json(found.coverage),
        "by_answer": ranges,
    }


def range_rows(predictions: Predictions) -> list[dict[str, Json]]:
    """Return a regression's errors by range of the target; empty for classes."""
    if predictions.task.kind is not Kind.REGRESSION:
        return []
    from analysis.failures.regression import errors_by_range

    return [
        {"low": r.low, "high": r.high, "n": r.n, "mae": estimate_json(r.mae), "bias": estimate_json(r.bias)}
        for r in errors_by_range(predictions)
    ]
