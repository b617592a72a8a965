"""Every metric by its key: what it is called, what it means, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.types import Kind


@dataclass(frozen=True)
class Metric:
    """What a reader must know to read one number.

    Attributes
    ----------
    key : str
        As in the dictionaries of `summarise` and in the command line's JSON.
    title : str
        The field's own name, ready for a heading.
    kind : Kind
    higher_is_better : bool
    is_rate : bool
        True where the value lies between 0 and 1 and reads well as a percentage.
    sentence : str
        The definition in one sentence.
    """

    key: str
    title: str
    kind: Kind
    higher_is_better: bool
    is_rate: bool
    sentence: str


_C, _R = Kind.CLASSIFICATION, Kind.REGRESSION

_ALL = (
    Metric("accuracy", "Accuracy", _C, True, True, "Share of examples whose highest score is on the true label."),
    Metric(
        "balanced_accuracy", "Balanced accuracy", _C, True, True, "Mean recall of the classes that occur in the data."
    ),
    Metric(
        "precision_macro", "Precision (macro)", _C, True, True, "Mean precision of the classes, each counted alike."
    ),
    Metric("recall_macro", "Recall (macro)", _C, True, True, "Mean recall of the classes, each counted alike."),
    Metric("f1_macro", "F1 (macro)", _C, True, True, "Mean F1 of the classes, each counted alike."),
    Metric(
        "precision_micro", "Precision (micro)", _C, True, True, "Precision over all decisions pooled: the accuracy."
    ),
    Metric("recall_micro", "Recall (micro)", _C, True, True, "Recall over all decisions pooled: the accuracy."),
    Metric("f1_micro", "F1 (micro)", _C, True, True, "F1 over all decisions pooled: the accuracy."),
    Metric("precision_weighted", "Precision (weighted)", _C, True, True, "Mean precision, weighted by class size."),
    Metric(
        "recall_weighted", "Recall (weighted)", _C, True, True, "Mean recall, weighted by class size: the accuracy."
    ),
    Metric("f1_weighted", "F1 (weighted)", _C, True, True, "Mean F1, weighted by class size."),
    Metric("log_loss", "Log loss", _C, False, False, "Mean of −ln of the probability given to the true label."),
    Metric("brier", "Brier score", _C, False, False, "Mean squared distance between the probabilities and the truth."),
    Metric(
        "roc_area", "ROC area (macro)", _C, True, False,
        "How often a random example of a class is scored above a random other one, mean over the classes.",
    ),
    Metric(
        "average_precision", "Average precision (macro)", _C, True, False,
        "Precision averaged over recall of each class against the rest, mean over the classes.",
    ),
    Metric(
        "calibration_error", "Calibration error", _C, False, False,
        "Mean distance of confidence and accuracy over ten ranges of confidence, weighted by their examples.",
    ),
    Metric("mcc", "Matthews correlation", _C, True, False, "Correlation of the predicted with the true classes."),
    Metric("kappa", "Cohen's kappa", _C, True, False, "Agreement with the truth beyond what chance would give."),
    Metric("top5", "Top-5 accuracy", _C, True, True, "Share of examples with the true label among the five highest."),
    Metric("r2", "R²", _R, True, False, "Share of the target's variance that the predictions account for."),
    Metric("mse", "Mean squared error", _R, False, False, "Mean of the squared errors, in the target's unit squared."),
    Metric("rmse", "Root mean squared error", _R, False, False, "Square root of the mean squared error."),
    Metric("mae", "Mean absolute error", _R, False, False, "Mean of the absolute errors, in the target's unit."),
    Metric(
        "median_ae", "Median absolute error", _R, False, False, "Half of the absolute errors are smaller than this."
    ),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.key: metric for metric in _ALL}
