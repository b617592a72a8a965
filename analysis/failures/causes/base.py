"""What a cause is, and what the rules that find one may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.failures.causes.space import Space
from analysis.failures.suspects import Suspect
from analysis.preprocessing.doctor.result import Conclusion, Diagnosis
from analysis.types import Candidate, Dataset, IntArray, Kind, Params, Pipeline, Predictions


@dataclass(frozen=True)
class Reason:
    """Why one failure is put down to one cause.

    Attributes
    ----------
    cause : str
        Key of the cause.
    sentence : str
        The evidence in words for a person; plain text that may quote data.
    evidence : mapping
        The numbers behind it, as plain JSON values.
    """

    cause: str
    sentence: str
    evidence: Params = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """A run, and all that is known of its failures; gathered once for all rules.

    Attributes
    ----------
    predictions : Predictions
        The run as the model is fed.
    repaired : Predictions
        The same examples in the same order, fed as the doctor proved to be right; `predictions` itself where it
        proved nothing. Every rule but the first judges this run: what a wrong feeding does to scores and embeddings
        says nothing about labels or scope.
    right, right_repaired : ndarray of bool, shape (n,)
        Whether each example is answered well in either run.
    failures : ndarray of int64
        Positions of the examples that are not, as the model is fed.
    candidate, dataset
    pipeline : Pipeline
        That of `repaired`.
    rows : ndarray of int64, shape (n,)
        Position of every example in the data set.
    diagnosis : Diagnosis or None
        None where the doctor was not asked.
    suspects : mapping of int to Suspect
        By position: labels that confident learning counts among the errors.
    space : Space or None
        Where the failures lie among the other examples; None where the model hands out no embeddings.
    readings : pandas.DataFrame
        What was measured of the failures that are still failures in `repaired`; its index are their positions.
    usual : pandas.DataFrame
        The same of some examples that are answered well, to compare with.
    tolerance : float
        Regression: an absolute error above this is a failure; NaN for classes.
    """

    predictions: Predictions
    repaired: Predictions
    right: npt.NDArray[np.bool_]
    right_repaired: npt.NDArray[np.bool_]
    failures: IntArray
    candidate: Candidate
    dataset: Dataset
    pipeline: Pipeline
    rows: IntArray
    diagnosis: Diagnosis | None
    suspects: Mapping[int, Suspect]
    space: Space | None
    readings: pd.DataFrame
    usual: pd.DataFrame
    tolerance: float

    @property
    def regression(self) -> bool:
        """Whether the model answers with a number."""
        return self.predictions.task.kind is Kind.REGRESSION

    @property
    def mismatch(self) -> bool:
        """Whether the doctor proved that the model is fed wrongly."""
        return self.diagnosis is not None and self.diagnosis.conclusion is Conclusion.MISMATCH

    @property
    def remaining(self) -> IntArray:
        """Positions of the failures that stay failures when the model is fed rightly."""
        return self.failures[~self.right_repaired[self.failures]]


#: Position of a failure → why this cause applies to it; failures that it doesn't apply to are left out.
Rule: TypeAlias = Callable[[Material], dict[int, Reason]]


@dataclass(frozen=True)
class Cause:
    """One thing that a failure can be put down to.

    Attributes
    ----------
    key : str
        Stable: it stands in links and JSON.
    title : str
        A few words, ready for a heading or a chip.
    meaning : str
        When it applies, in one sentence.
    action : str
        What to do about it.
    rule : callable or None
        None for what is left when no rule applies.
    """

    key: str
    title: str
    meaning: str
    action: str
    rule: Rule | None = None
