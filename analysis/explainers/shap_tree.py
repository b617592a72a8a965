"""SHAP for trees (Lundberg et al. 2020, Nature Machine Intelligence 2), path-dependent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.columns import as_fitted, sources
from analysis.explainers.tables import RowView, TableExplainer, mixed, steps_of

if TYPE_CHECKING:
    from analysis.candidates.sklearn import SkopsCandidate

#: Ensembles that average probabilities or values.
AVERAGING = ("DecisionTree", "ExtraTree", "RandomForest")
#: Ensembles that add up log-odds (or values).
BOOSTING = ("HistGradientBoosting", "GradientBoosting")


@dataclass(frozen=True)
class ShapTree(TableExplainer):
    """Exact Shapley values of trees, where "absent" is what the trees' own training rows say.

    Pipelines are unwrapped: the row goes through the steps before the trees, and what the features made from one
    column are worth is added up.
    """

    name: ClassVar[str] = "shap_tree"
    title: ClassVar[str] = "SHAP (trees)"
    when: ClassVar[str] = "The first choice for trees and forests: exact, quick, and without comparison rows."
    cost: ClassVar[str] = "1 walk through every tree"

    def misfit(self, candidate: SkopsCandidate) -> str | None:
        """Refuse what SHAP's tree explainer does not know, and steps that mix columns."""
        *before, final = steps_of(candidate.estimator)
        kind = type(final).__name__
        if not kind.startswith((*AVERAGING, *BOOSTING)):
            return f"it reads decision trees and forests; this is a {kind}."
        if kind == "GradientBoostingClassifier" and len(final.classes_) > 2:
            return "SHAP's tree explainer does not read gradient boosting over more than two classes."
        if kind.startswith("GradientBoosting") and final.init is not None:
            return "its boosting starts from another estimator, which SHAP's tree explainer leaves out."
        if getattr(final, "is_categorical_", None) is not None:
            return "its trees split on categories, which SHAP's tree explainer does not read."
        if getattr(final, "loss", None) in ("poisson", "gamma"):
            return "its trees add up the logarithm of the value, so that scores would be in another unit."
        columns = candidate.columns or [str(i) for i in range(candidate.estimator.n_features_in_)]
        return mixed(before) if sources(before, columns) is None else None

    def attribute(self, view: RowView) -> Scored:
        """Explain one row."""
        import shap

        data = view.before_final(view.row)
        explainer = shap.TreeExplainer(view.final, feature_perturbation="tree_path_dependent")
        view.question.progress.start(self.title, 1)
        values = np.asarray(explainer.shap_values(data, check_additivity=False), dtype=np.float64)
        values = values[0]  # (features,) or (features, outputs)
        base = np.ravel(np.asarray(explainer.expected_value, dtype=np.float64))
        boosting = type(view.final).__name__.startswith(BOOSTING)
        answers = _answers(view.final, data, boosting)
        output = "value" if view.regression else "log-odds" if boosting else "probability"
        picked = _pick(values, view, boosting)
        difference = _pick(answers - base, view, boosting)
        scores = view.by_column(picked)
        delta = float(scores.sum(dtype=np.float64)) - float(difference)
        view.question.progress.advance()
        notes = (_unit_note(output), *convergence_notes(delta, float(difference), ""))
        return Scored(scores, output, "the average over the trees' training rows", delta, notes)


def _answers(final: Any, data: Any, boosting: bool) -> Any:
    """Return the final estimator's raw outputs for one row, float64 (outputs,)."""
    rows = as_fitted(final, data)
    if not hasattr(final, "predict_proba"):
        return np.ravel(final.predict(rows))
    return np.ravel(final.decision_function(rows) if boosting else final.predict_proba(rows))


def _pick(values: Any, view: RowView, boosting: bool) -> Any:
    """Take the target minus the contrast from the last axis, which is the outputs'."""
    target, contrast = view.question.target, view.question.contrast
    if view.regression or (boosting and len(view.final.classes_) == 2):
        # One output: the value, or the log-odds of the second class.
        flat = values.reshape(-1) if values.size > 1 else values.reshape(())
        return flat if view.regression or target == 1 else -flat
    return values[..., target] - (0.0 if contrast is None else values[..., contrast])


def _unit_note(output: str) -> str:
    return {
        "value": "The scores are in the unit of the predicted value.",
        "log-odds": "The scores are in log-odds: what the trees add up before it becomes a probability.",
        "probability": "The scores are in probability: 0.1 is ten percentage points.",
    }[output]
