"""What explainers of estimators share: the template that holds the lock, and a view of one row."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import UnusableInput
from analysis.explainers.base import Explainer, Question, Scored
from analysis.explainers.columns import sources, transformed
from analysis.types import Candidate, FloatArray, Inputs, IntArray, Kind, Modality, Pipeline

if TYPE_CHECKING:
    from analysis.candidates.sklearn import SkopsCandidate

#: Rows that a background may have; more cost time and change the average little.
BACKGROUND_ROWS = 100


@dataclass(frozen=True)
class RowView:
    """One row in front of one estimator.

    Attributes
    ----------
    candidate : SkopsCandidate
    question : Question
    row : pandas.DataFrame
        One row, as the estimator takes it.
    background : pandas.DataFrame or None
        Usual rows, as the estimator takes them.
    """

    candidate: SkopsCandidate
    question: Question
    row: pd.DataFrame
    background: pd.DataFrame | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the features, in the estimator's order."""
        return tuple(map(str, self.row.columns))

    @property
    def steps(self) -> list[Any]:
        """The transformers before the final estimator, and that estimator last."""
        return steps_of(self.candidate.estimator)

    @property
    def final(self) -> Any:
        """The estimator at the end of the pipeline."""
        return self.steps[-1]

    @property
    def regression(self) -> bool:
        """Whether it predicts a value."""
        return self.candidate.task.kind is Kind.REGRESSION

    def usual(self) -> pd.DataFrame:
        """Return the background.

        Raises
        ------
        UnusableInput
            If none was given.
        """
        if self.background is None or not len(self.background):
            raise UnusableInput(
                "This method compares with usual rows, and none were given.", "Give rows of the data as background."
            )
        return self.background

    def before_final(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return rows as the final estimator receives them, through all steps before it: (rows, features)."""
        return transformed(self.steps[:-1], frame)

    def sources(self) -> IntArray:
        """Return, for each feature of the final estimator, the column it was made from.

        Raises
        ------
        UnusableInput
            If a step mixes columns.
        """
        found = sources(self.steps[:-1], self.columns)
        if found is None:
            raise UnusableInput(mixed(self.steps[:-1]), "Choose SHAP (permutation).")
        return found

    def by_column(self, values: Any) -> FloatArray:
        """Add up what features of the final estimator are worth by the column that they were made from."""
        flat = np.asarray(values, dtype=np.float64).ravel()
        return np.bincount(self.sources(), weights=flat, minlength=len(self.columns)).astype(np.float32)


def steps_of(estimator: Any) -> list[Any]:
    """Return the steps of a scikit-learn pipeline (of pipelines) in a row, or the estimator alone."""
    steps = getattr(estimator, "steps", None)
    if not isinstance(steps, list):
        return [estimator]
    return [part for _, step in steps if step is not None and step != "passthrough" for part in steps_of(step)]


def mixed(steps: list[Any]) -> str:
    """Return the reason why columns can't be told apart behind these steps."""
    names = ", ".join(type(step).__name__ for step in steps)
    return f"its preparation ({names}) mixes columns, so that scores can't be traced back to them."


@dataclass(frozen=True)
class TableExplainer(Explainer):
    """Template of every method for estimators: a subclass overrides `attribute` and `misfit`."""

    modalities: ClassVar[tuple[Modality, ...]] = (Modality.TABULAR,)

    def is_compatible(self, candidate: Candidate) -> str | None:
        """Return None where the method fits, else the reason why it does not."""
        reason = self.wrong_modality(candidate)
        if reason is not None:
            return reason
        if getattr(candidate, "estimator", None) is None:
            return "it needs a scikit-learn estimator."
        return self.misfit(cast("SkopsCandidate", candidate))

    def misfit(self, candidate: SkopsCandidate) -> str | None:  # noqa: ARG002
        """Return why the method does not fit this estimator, or None."""
        return None

    @abstractmethod
    def attribute(self, view: RowView) -> Scored:
        """Explain one row; runs under the candidate's lock."""

    def answer(self, candidate: Candidate, inputs: Inputs, pipeline: Pipeline, question: Question) -> Scored:
        """Explain one output for one example; see `Explainer.explain`."""
        question.progress.start(self.title, 0)
        estimator = cast("SkopsCandidate", candidate)
        row = estimator.prepare(inputs, pipeline).data
        usual = None
        if isinstance(question.background, pd.DataFrame):
            usual = estimator.prepare(question.background.iloc[:BACKGROUND_ROWS], pipeline).data
        view = RowView(estimator, question, row, usual)
        with candidate.lock:
            scored = self.attribute(view)
        return replace(scored, units=view.columns)
