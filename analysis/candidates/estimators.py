"""What a scikit-learn estimator is: its kind, labels, columns, and how its answers become probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.errors import UnusableInput
from analysis.types import Capabilities, Finding, FloatArray, Kind, Severity

TREES = (
    "DecisionTree",
    "ExtraTree",
    "RandomForest",
    "GradientBoosting",
    "HistGradientBoosting",
    "XGB",
    "LGBM",
)
#: Steps that turn categories or text into numbers: behind one of them a column need not be a number.
ENCODERS = ("ColumnTransformer", "Encoder", "Vectorizer", "DictVectorizer", "FeatureHasher", "FunctionTransformer")


@dataclass(frozen=True)
class Estimator:
    """What was found out about an estimator.

    Attributes
    ----------
    kind : Kind
    labels : tuple of str
    columns : tuple of str
        ``feature_names_in_``, or empty.
    width : int or None
        How many features it takes.
    capabilities : Capabilities
    takes_text : bool
        Columns may hold other things than numbers.
    takes_missing : bool
        Values may be missing.
    calibrated : bool
        It has ``predict_proba``; otherwise its decision values are squashed.
    findings : tuple of Finding
    """

    kind: Kind
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    width: int | None
    capabilities: Capabilities
    takes_text: bool
    takes_missing: bool
    calibrated: bool
    findings: tuple[Finding, ...]

    @property
    def named(self) -> bool:
        """Whether it was fitted on a table with column names."""
        return bool(self.columns)

    def outputs(self, estimator: Any, data: Any) -> FloatArray:
        """Return the estimator's probabilities (n, k) or values (n, 1) as float32 for rows that it takes."""
        if self.kind is Kind.REGRESSION:
            return np.asarray(estimator.predict(data), dtype=np.float32).reshape(len(data), 1)
        if self.calibrated:
            return np.asarray(estimator.predict_proba(data), dtype=np.float32)
        return squash(np.asarray(estimator.decision_function(data), dtype=np.float64))


def squash(decision: Any) -> FloatArray:
    """Turn decision values into scores between 0 and 1 whose order, and highest class, stay the same.

    Parameters
    ----------
    decision : ndarray of float64, shape (n,) or (n, k)
        One column means two classes: a sigmoid; several go through a softmax.

    Returns
    -------
    ndarray of float32, shape (n, k)
    """
    wide = np.asarray(decision, dtype=np.float64)
    if wide.ndim == 1:
        wide = np.stack([np.zeros_like(wide), wide], axis=1)
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def read_estimator(estimator: Any) -> Estimator:
    """Find out what an estimator is.

    Raises
    ------
    UnusableInput
        If it is neither a fitted classifier nor a fitted regressor of one target.
    """
    import sklearn.utils

    parts = tuple(_parts(estimator))
    final = parts[-1]
    kind = _kind(estimator)
    if not hasattr(estimator, "n_features_in_") and not hasattr(estimator, "classes_"):
        try:
            sklearn.utils.validation.check_is_fitted(estimator)
        except Exception as error:
            raise UnusableInput(f"This {_name(final)} was saved before it was fitted.", "Save it after fit.") from error
    labels = _labels(estimator, final) if kind is Kind.CLASSIFICATION else _value(final)
    calibrated = hasattr(estimator, "predict_proba")
    squashed = kind is Kind.CLASSIFICATION and not calibrated
    width = getattr(estimator, "n_features_in_", None)
    return Estimator(
        kind=kind,
        labels=labels,
        columns=tuple(map(str, getattr(estimator, "feature_names_in_", ()))),
        width=int(width) if width is not None else None,
        capabilities=Capabilities(trees=_is_trees(final), linear=_is_linear(final)),
        takes_text=any(word in type(part).__name__ for part in parts for word in ENCODERS),
        takes_missing=_takes_missing(parts),
        calibrated=calibrated,
        findings=(_SQUASHED,) if squashed else (),
    )


_SQUASHED = Finding(
    "loading.no_probabilities",
    Severity.CAUTION,
    "This classifier gives decision values, not probabilities: they are squashed to lie between 0 and 1.",
    {},
    "Its labels are right as they are; don't read its scores as probabilities, and don't trust its log loss.",
)


def unwrap(estimator: Any) -> Any:
    """Return the last step of a scikit-learn pipeline (of pipelines), or the estimator itself."""
    return tuple(_parts(estimator))[-1]


def _parts(estimator: Any) -> Iterator[Any]:
    steps = getattr(estimator, "steps", None)
    if not isinstance(steps, list) or not steps:
        yield estimator
        return
    for _, step in steps:
        if step is not None and step != "passthrough":
            yield from _parts(step)


def _name(estimator: Any) -> str:
    return type(estimator).__name__


def _kind(estimator: Any) -> Kind:
    import sklearn.base

    try:
        if sklearn.base.is_classifier(estimator) and hasattr(estimator, "predict"):
            if not hasattr(estimator, "predict_proba") and not hasattr(estimator, "decision_function"):
                raise UnusableInput(
                    f"{_name(unwrap(estimator))} gives labels without any score.",
                    "Wrap it in CalibratedClassifierCV to give it probabilities.",
                )
            return Kind.CLASSIFICATION
        if sklearn.base.is_regressor(estimator) and hasattr(estimator, "predict"):
            return Kind.REGRESSION
    except (AttributeError, TypeError):
        pass
    raise UnusableInput(
        f"{_name(unwrap(estimator))} is neither a classifier nor a regressor.",
        "Caveat judges models that give one label, or one value.",
    )


def _labels(estimator: Any, final: Any) -> tuple[str, ...]:
    classes: Any = getattr(estimator, "classes_", None)
    several = isinstance(classes, list) or np.ndim(classes) != 1
    if classes is None or several or getattr(final, "multilabel_", False):
        raise UnusableInput(
            f"{_name(final)} gives several labels to one row.",
            "Caveat judges models that give one label, or one value.",
        )
    labels = tuple(str(label) for label in classes)
    if len(labels) < 2 or len(set(labels)) != len(labels):
        raise UnusableInput(f"{_name(final)} knows the classes {labels}, which can't be told apart.")
    return labels


def _value(final: Any) -> tuple[str]:
    outputs = getattr(final, "n_outputs_", 1)
    coefficients: Any = getattr(final, "coef_", None)
    wide = np.ndim(coefficients) == 2 and np.shape(coefficients)[0] > 1
    if (isinstance(outputs, int) and outputs > 1) or wide:
        raise UnusableInput(
            f"{_name(final)} predicts several values at once.", "Caveat judges models that predict one value."
        )
    return ("value",)


def _is_trees(final: Any) -> bool:
    return type(final).__name__.startswith(TREES)


def _is_linear(final: Any) -> bool:
    linear = type(final).__module__.startswith(("sklearn.linear_model", "sklearn.svm", "sklearn.discriminant_analysis"))
    return linear and hasattr(final, "coef_")


def _takes_missing(parts: tuple[Any, ...]) -> bool:
    import sklearn.utils

    for part in parts:
        if "Imputer" in type(part).__name__ or any(word in type(part).__name__ for word in ENCODERS):
            return True
        try:
            allowed = sklearn.utils.get_tags(part).input_tags.allow_nan
        except (AttributeError, TypeError):
            return True  # Unknown: the estimator itself will say.
        if not allowed:
            return False
    return True
