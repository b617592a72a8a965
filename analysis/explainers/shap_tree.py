"""SHAP for trees (Lundberg et al. 2020, Nature Machine Intelligence 2), path-dependent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import UnusableInput
from analysis.explainers.base import Asked, Question, Scored, convergence_notes, turn
from analysis.explainers.columns import as_fitted, sources, transformed
from analysis.explainers.tables import RowView, TableExplainer, mixed, steps_of
from analysis.progress import Progress
from analysis.types import Attribution, Candidate, Pipeline

if TYPE_CHECKING:
    from analysis.candidates.sklearn import SkopsCandidate

#: Ensembles that average probabilities or values.
AVERAGING = ("DecisionTree", "ExtraTree", "RandomForest")
#: Ensembles that add up log-odds (or values).
BOOSTING = ("HistGradientBoosting", "GradientBoosting")
#: Rows that are explained together: whoever waits for the model waits no longer.
BLOCK = 64


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
        return self._scored(view, _explained(_reader(view.final), view.final, view.before_final(view.row)), 0)

    def explain_many(
        self,
        candidate: Candidate,
        asked: Sequence[Asked],
        pipeline: Pipeline,
        *,
        progress: Progress | None = None,
        seed: int = 0,
    ) -> Iterator[Attribution | UnusableInput]:
        """Explain rows together: the trees are read once, which of a large forest takes longer than explaining."""
        self.refuse_unless_compatible(candidate)
        estimator, progress = cast("SkopsCandidate", candidate), progress or Progress()
        *before, final = steps_of(estimator.estimator)
        with turn(candidate, progress):
            reader = _reader(final)
        for start in range(0, len(asked), BLOCK):
            block = asked[start : start + BLOCK]
            try:
                rows = estimator.prepare(pd.concat([cast(pd.DataFrame, one.inputs) for one in block]), pipeline).data
            except UnusableInput:  # One row spoils them all: each by itself says which.
                yield from super().explain_many(candidate, block, pipeline, progress=progress, seed=seed)
                continue
            with turn(candidate, progress):
                began = time.perf_counter()
                found = _explained(reader, final, transformed(before, rows))
                took = (time.perf_counter() - began) / len(block)
            for at, one in enumerate(block):
                question = Question(one.target, one.contrast, seed, progress)
                view = RowView(estimator, question, rows.iloc[[at]], None)
                scored = replace(self._scored(view, found, at), units=view.columns)
                yield self.attribution(candidate, pipeline, question, scored, took)

    def _scored(self, view: RowView, found: _Explained, at: int) -> Scored:
        """Pick what was asked of one explained row."""
        view.question.progress.start(self.title, 1)
        values, base, answers = found.values[at], found.base, found.answers[at]
        boosting = type(view.final).__name__.startswith(BOOSTING)
        output = "value" if view.regression else "log-odds" if boosting else "probability"
        picked = _pick(values, view, boosting)
        difference = _pick(answers - base, view, boosting)
        scores = view.by_column(picked)
        delta = float(scores.sum(dtype=np.float64)) - float(difference)
        view.question.progress.advance()
        notes = (_unit_note(output), *convergence_notes(delta, float(difference), ""))
        return Scored(scores, output, "the average over the trees' training rows", delta, notes)


@dataclass(frozen=True)
class _Explained:
    """SHAP values of some rows (rows, features[, outputs]), of no row at all, and the raw answers (rows, outputs)."""

    values: npt.NDArray[np.float64]
    base: npt.NDArray[np.float64]
    answers: npt.NDArray[np.float64]


def _reader(final: Any) -> Any:
    import shap

    return shap.TreeExplainer(final, feature_perturbation="tree_path_dependent")


def _explained(reader: Any, final: Any, data: Any) -> _Explained:
    values = np.asarray(reader.shap_values(data, check_additivity=False), dtype=np.float64)
    base = np.ravel(np.asarray(reader.expected_value, dtype=np.float64))
    return _Explained(values, base, _answers(final, data, type(final).__name__.startswith(BOOSTING)))


def _answers(final: Any, data: Any, boosting: bool) -> npt.NDArray[np.float64]:
    """Return the final estimator's raw outputs, float64 (rows, outputs)."""
    rows = as_fitted(final, data)
    if not hasattr(final, "predict_proba"):
        raw = final.predict(rows)
    else:
        raw = final.decision_function(rows) if boosting else final.predict_proba(rows)
    return np.asarray(raw, dtype=np.float64).reshape(len(data), -1)


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
