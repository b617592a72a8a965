"""The weights that a linear model itself holds, pipelines unwrapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import UnusableInput
from analysis.explainers.columns import sources, transformed
from analysis.explainers.tables import steps_of
from analysis.predict import rows_of
from analysis.types import Candidate, Dataset, Kind, Pipeline

if TYPE_CHECKING:
    from analysis.candidates.sklearn import SkopsCandidate

Floats = npt.NDArray[np.float64]

#: Rows that tell how much each input varies.
ROWS = 2_000


@dataclass(frozen=True)
class Coefficients:
    """One weighted sum of a linear model.

    Attributes
    ----------
    target : str
        What a larger sum speaks for: a label, or the target of a regression.
    against : str or None
        Of two classes: the other one.
    output : str
        What the sum is: "log-odds", "decision value", "value", "log of the value".
    names : tuple of str
        What the linear model is fed, after the steps before it; the largest standardised weight first.
    weights : ndarray of float64
        As the model holds them: by how much the sum rises for 1 more of what the model is fed.
    standardised : ndarray of float64
        Weight × standard deviation of that input over the data: comparable with each other.
    intercept : float
    steps : tuple of str
        Names of the steps before the linear model, through which its inputs go.
    rows : int
        Rows over which the standard deviations were taken.
    """

    target: str
    against: str | None
    output: str
    names: tuple[str, ...]
    weights: Floats
    standardised: Floats
    intercept: float
    steps: tuple[str, ...]
    rows: int


def refusal(candidate: Candidate) -> str | None:
    """Return why a candidate holds no coefficients that could be shown, or None where it does."""
    estimator = getattr(candidate, "estimator", None)
    if estimator is None:
        return "it needs a scikit-learn estimator."
    final = steps_of(estimator)[-1]
    if not candidate.capabilities.linear:
        return f"a {type(final).__name__} holds no coefficients."
    known = {1, len(candidate.task.labels)}
    if np.ndim(final.coef_) == 2 and np.shape(final.coef_)[0] not in known:
        return f"this {type(final).__name__} holds one sum for each pair of classes."
    return None


def coefficients_of(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, target: str | None = None
) -> Coefficients:
    """Read the coefficients of a linear model.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
        Its training rows, or all where no split is called so, tell how much each input varies.
    pipeline : Pipeline
    target : str, optional
        The label whose sum is shown; the last where not given.

    Raises
    ------
    UnusableInput
        If the model holds none, or has no such label.
    """
    reason = refusal(candidate)
    if reason is not None:
        raise UnusableInput(f"There are no coefficients to show: {reason}", "See the permutation importance.")
    network = cast("SkopsCandidate", candidate)
    labels = pipeline.labels or candidate.task.labels
    regression = candidate.task.kind is Kind.REGRESSION
    if not regression and target is not None and target not in labels:
        raise UnusableInput(f"The model has no label “{target}”.", f"Choose one of: {', '.join(labels[:40])}.")
    *before, final = steps_of(network.estimator)
    wanted = 0 if regression else len(labels) - 1 if target is None else list(labels).index(target)
    weights, intercept = _picked(final, wanted, regression)
    inputs = _inputs(network, dataset, pipeline, before)
    standardised = weights * inputs.std(axis=0)
    order = np.argsort(-np.abs(standardised), kind="stable")
    names = _names(network, before, inputs.shape[1])
    return Coefficients(
        target=candidate.task.labels[0] if regression else labels[wanted],
        against=labels[1 - wanted] if not regression and len(labels) == 2 else None,
        output=_output(final, regression),
        names=tuple(names[i] for i in order.tolist()),
        weights=weights[order],
        standardised=standardised[order],
        intercept=intercept,
        steps=tuple(type(step).__name__ for step in before),
        rows=len(inputs),
    )


def _picked(final: Any, wanted: int, regression: bool) -> tuple[Floats, float]:
    """Return weights (features,) and intercept of one output."""
    held = final.coef_.toarray() if hasattr(final.coef_, "toarray") else final.coef_
    weights = np.atleast_2d(np.asarray(held, dtype=np.float64))
    intercepts = np.broadcast_to(np.ravel(np.asarray(final.intercept_, dtype=np.float64)), (len(weights),))
    if regression:
        return weights[0], float(intercepts[0])
    if len(weights) == 1:
        # One sum, which speaks for the second of two classes.
        sign = 1.0 if wanted == 1 else -1.0
        return sign * weights[0], sign * float(intercepts[0])
    return weights[wanted], float(intercepts[wanted])


def _inputs(candidate: SkopsCandidate, dataset: Dataset, pipeline: Pipeline, before: Sequence[Any]) -> Floats:
    """Return rows as the linear model receives them, (rows, features)."""
    split = "train" if "train" in dataset.splits else None
    rows = rows_of(dataset, split)
    if len(rows) > ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, ROWS, replace=False))
    raw = dataset.inputs(rows)
    assert isinstance(raw, pd.DataFrame)
    with candidate.lock:
        return transformed(before, candidate.prepare(raw, pipeline).data)


def _names(candidate: SkopsCandidate, before: Sequence[Any], width: int) -> list[str]:
    """Return what each input of the linear model is called: its column, with the category where there is one."""
    columns = [str(c) for c in candidate.columns] or [str(i) for i in range(candidate.estimator.n_features_in_)]
    from_columns = sources(before, columns)
    if from_columns is not None and len(set(from_columns.tolist())) == width:
        return [columns[i] for i in from_columns.tolist()]
    try:
        made = candidate.estimator[:-1].get_feature_names_out(columns)
        names = [str(name).split("__", 1)[-1] for name in made]
    except (AttributeError, TypeError, ValueError):
        names = []
    if len(names) == width and len(set(names)) == width:
        return names
    if from_columns is None:
        return [f"input {i + 1}" for i in range(width)]
    return [f"{columns[source]} ({i + 1})" for i, source in enumerate(from_columns.tolist())]


def _output(final: Any, regression: bool) -> str:
    """Return what the weighted sum of a linear model is."""
    from sklearn.linear_model import GammaRegressor, LogisticRegression, PoissonRegressor, TweedieRegressor

    if regression:
        # Their link is the logarithm (Tweedie: where its power asks for it).
        logged = isinstance(final, (PoissonRegressor, GammaRegressor)) or (
            isinstance(final, TweedieRegressor) and (final.link == "log" or (final.link == "auto" and final.power > 0))
        )
        return "log of the value" if logged else "value"
    return "log-odds" if isinstance(final, LogisticRegression) else "decision value"
