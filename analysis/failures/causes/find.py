"""A cause for each failure: apply the rules, and take the first that holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis.failures.causes.base import Material, Reason
from analysis.failures.causes.gather import gather
from analysis.failures.causes.registry import CAUSES
from analysis.failures.wording import number, percent
from analysis.metrics.intervals import wilson
from analysis.preprocessing.doctor.result import Conclusion, Diagnosis
from analysis.progress import Progress
from analysis.sampling import draw
from analysis.strings import Strings
from analysis.types import Candidate, Dataset, Estimate, IntArray, Kind, Pipeline, Predictions

#: Examples that are compared with each other; of more, as many drawn at random.
MOST = 20_000


class Doctor(StrEnum):
    """What is known of how the model is fed."""

    NOT_ASKED = "not asked"
    MISMATCH = "mismatch"
    NONE = "none"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class CauseShare:
    """How many failures are put down to one cause.

    Attributes
    ----------
    cause : str
        Its key in `CAUSES`.
    n : int
        Failures of which it is the first cause that applies.
    also : int
        Failures to which it applies beside a cause before it.
    share : Estimate
        Of all failures, with Wilson's interval.
    """

    cause: str
    n: int
    also: int
    share: Estimate


@dataclass(frozen=True)
class Causes:
    """A cause for each failure of one run.

    Attributes
    ----------
    kind : Kind
    n : int
        Examples of the run that were looked at.
    reasons : mapping of int to tuple of Reason
        Position of each failure → all reasons that apply, in the order of `CAUSES`; the first is the cause.
    examples : Strings
        Id of every example of the run.
    looked : ndarray of int64, shape (n,)
        Positions of those that were looked at: all, or some of very many, drawn at random.
    doctor : Doctor
    notes : tuple of str
        What could not be looked at, and why.
    rejected : int
        Items of the data that could not be read at all: they are in no number.
    tolerance : float
        Regression: an absolute error above this is a failure; NaN for classes.
    """

    kind: Kind
    n: int
    reasons: Mapping[int, tuple[Reason, ...]]
    examples: Strings
    looked: IntArray
    doctor: Doctor
    notes: tuple[str, ...]
    rejected: int
    tolerance: float

    @property
    def failures(self) -> int:
        """How many examples failed."""
        return len(self.reasons)

    def rows(self, cause: str) -> IntArray:
        """Return the positions of the failures that are put down to a cause, ascending."""
        chosen = [row for row, reasons in self.reasons.items() if reasons[0].cause == cause]
        return np.array(sorted(chosen), dtype=np.int64)

    def ids(self, cause: str) -> frozenset[str]:
        """Return the ids of the failures that are put down to a cause."""
        return frozenset(self.examples.take(self.rows(cause)))

    @property
    def well(self) -> frozenset[str]:
        """Ids of the examples that are no failures."""
        failed = np.fromiter(self.reasons, dtype=np.int64, count=len(self.reasons))
        return frozenset(self.examples.take(np.setdiff1d(self.looked, failed)))

    @property
    def shares(self) -> tuple[CauseShare, ...]:
        """The causes that occur, in their order."""
        out = []
        for key in CAUSES:
            first = sum(reasons[0].cause == key for reasons in self.reasons.values())
            also = sum(any(r.cause == key for r in reasons[1:]) for reasons in self.reasons.values())
            if first or also:
                out.append(CauseShare(key, first, also, wilson(first, self.failures)))
        return tuple(out)


def causes_of(
    predictions: Predictions,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    split: str | None = None,
    diagnosis: Diagnosis | None = None,
    progress: Progress | None = None,
) -> Causes:
    """Find a cause for each failure of a run.

    A failure is a wrong answer; of a regression, one that is off by more than the median of the targets would be on
    average. Of more than `MOST` examples as many are drawn at random, and only their failures get a cause.

    Parameters
    ----------
    predictions : Predictions
        Over `split`.
    dataset, candidate, pipeline
        What the run was made with.
    split : str, optional
    diagnosis : Diagnosis, optional
        Of this pipeline; without it no failure is put down to how the model is fed, nor to the model itself.
    progress : Progress, optional

    Raises
    ------
    Cancelled
    """
    drawn = draw(len(predictions), MOST)
    part = predictions if drawn.all else predictions.take(drawn.rows)
    material, notes = gather(
        part, dataset, candidate, pipeline, diagnosis, split=split, progress=progress or Progress()
    )
    reasons = {int(drawn.rows[row]): found for row, found in reasons_of(material).items()}
    if not drawn.all:
        notes = (f"{drawn.sentence} Failures that were not drawn have no cause here.", *notes)
    doctor = Doctor.NOT_ASKED if diagnosis is None else Doctor(diagnosis.conclusion.value)
    rejected = len(dataset.rejected) + len(predictions.rejected)
    kind = predictions.task.kind
    return Causes(
        kind, len(part), reasons, predictions.ids, drawn.rows, doctor, notes, rejected, material.tolerance
    )  # fmt: skip


def reasons_of(material: Material) -> dict[int, tuple[Reason, ...]]:
    """Apply all rules, and say of what is left whether it is the model's own."""
    found: dict[int, list[Reason]] = {int(row): [] for row in material.failures}
    for cause in CAUSES.values():
        if cause.rule is not None:
            for row, reason in cause.rule(material).items():
                found[row].append(reason)
    return {row: tuple(reasons) or (_left_over(material, row),) for row, reasons in found.items()}


def _left_over(material: Material, row: int) -> Reason:
    diagnosis = material.diagnosis
    said = _how_wrong(material, row)
    if diagnosis is None:
        return Reason(
            "unknown", f"{said} No cause can be shown; the doctor was not asked whether the model is fed rightly."
        )
    if diagnosis.conclusion is Conclusion.UNDETERMINED:
        return Reason("unknown", f"{said} The doctor can't tell from these data whether the model is fed rightly.")
    fed = "fed as the doctor proved to be right" if material.mismatch else "fed rightly, as far as the doctor can tell"
    return Reason("weakness", f"{said} It is {fed}, and nothing speaks for another cause.")


def _how_wrong(material: Material, row: int) -> str:
    run = material.repaired
    if material.regression:
        error = abs(float(run.values[row]) - float(run.truth[row]))
        return f"It is off by {number(error)}, more than {number(material.tolerance)}."
    scores = np.asarray(run.scores[row], dtype=np.float64)
    truth = int(run.truth[row])
    place = int((scores > scores[truth]).sum()) + 1 if truth >= 0 else 0
    if len(scores) == 2:
        return f"It was {percent(float(scores.max()))} sure of the other label."
    return (
        "The right label is its second choice."
        if place == 2
        else f"The right label is at place {place} of its answers."
    )
