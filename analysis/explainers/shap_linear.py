"""SHAP for linear models (Lundberg & Lee 2017, arXiv:1705.07874): weight × (value − usual value)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.columns import sources
from analysis.explainers.tables import RowView, TableExplainer, mixed, steps_of

if TYPE_CHECKING:
    from analysis.candidates.sklearn import SkopsCandidate


@dataclass(frozen=True)
class ShapLinear(TableExplainer):
    """Exact Shapley values of a linear model whose columns are taken as independent.

    Pipelines are unwrapped as for `ShapTree`. Without a background, the mean that a StandardScaler at the end of the
    steps remembers from training stands for usual rows.
    """

    name: ClassVar[str] = "shap_linear"
    title: ClassVar[str] = "SHAP (linear)"
    when: ClassVar[str] = "The first choice for linear models: exact, and at once."
    cost: ClassVar[str] = "1 product"

    def misfit(self, candidate: SkopsCandidate) -> str | None:
        """Refuse models that are not linear, and steps that mix columns."""
        *before, final = steps_of(candidate.estimator)
        if not _linear(final):
            return f"it reads linear models; this is a {type(final).__name__}."
        columns = candidate.columns or [str(i) for i in range(candidate.estimator.n_features_in_)]
        return mixed(before) if sources(before, columns) is None else None

    def attribute(self, view: RowView) -> Scored:
        """Explain one row."""
        import shap

        view.question.progress.start(self.title, 1)
        weights, intercept = _picked_weights(view)
        row = view.before_final(view.row)
        usual, words = _usual(view, row.shape[1])
        masker = shap.maskers.Independent(usual, max_samples=len(usual))
        explainer = shap.LinearExplainer((weights, intercept), masker)
        values = np.asarray(explainer.shap_values(row), dtype=np.float64)
        scores = view.by_column(values)
        difference = float((weights @ row[0]) - (weights @ usual.mean(axis=0)))
        delta = float(scores.sum(dtype=np.float64)) - difference
        view.question.progress.advance()
        output = "value" if view.regression else "log-odds"
        unit = (
            "The scores are in the unit of the predicted value."
            if view.regression
            else "The scores are in log-odds: what the model adds up before it becomes a probability."
        )
        return Scored(scores, output, words, delta, (unit, *convergence_notes(delta, difference, "")))


def _linear(final: Any) -> bool:
    """Tell whether the answer is one weighted sum: generalised models (Poisson …) are linear in another unit."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
    from sklearn.svm import LinearSVC, LinearSVR

    if isinstance(final, (PoissonRegressor, GammaRegressor, TweedieRegressor)):
        return False
    known = type(final).__module__.startswith("sklearn.linear_model") or isinstance(
        final, (LinearSVC, LinearSVR, LinearDiscriminantAnalysis)
    )
    return known and hasattr(final, "coef_")


def _picked_weights(view: RowView) -> tuple[npt.NDArray[np.float64], float]:
    """Return weights (features,) and intercept of the explained output."""
    target, contrast = view.question.target, view.question.contrast
    weights = np.atleast_2d(np.asarray(view.final.coef_, dtype=np.float64))
    intercepts = np.broadcast_to(np.ravel(np.asarray(view.final.intercept_, dtype=np.float64)), (len(weights),))
    if view.regression or len(weights) == 1:
        # One row of weights: of the value, or of the second of two classes.
        sign = 1.0 if view.regression or target == 1 else -1.0
        return sign * weights[0], sign * float(intercepts[0])
    if contrast is None:
        return weights[target], float(intercepts[target])
    return weights[target] - weights[contrast], float(intercepts[target] - intercepts[contrast])


def _usual(view: RowView, width: int) -> tuple[npt.NDArray[np.float64], str]:
    """Return usual rows as the linear model receives them, and what they are in words."""
    if view.background is not None and len(view.background):
        rows = view.before_final(view.background)
        return rows, f"the mean of {len(rows)} rows of the data"
    steps = view.steps[:-1]
    if steps and type(steps[-1]).__name__ == "StandardScaler" and steps[-1].with_mean:
        return np.zeros((1, width)), "the mean of the training rows"
    raise UnusableInput(
        "This method compares with usual rows, and none were given.", "Give rows of the data as background."
    )
