"""One batch: prepared, scored, and divided where memory runs short."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from analysis.engines.base import Opened
from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.shortage import is_out_of_memory, release
from analysis.types import Candidate, Dataset, FloatArray, IntArray, Pipeline, Prepared

#: Rows that could be prepared, what came of them, and position and reason of each that couldn't.
Part: TypeAlias = tuple[IntArray, Prepared | None, tuple[tuple[int, str], ...]]


@dataclass(frozen=True)
class Batch:
    """What came of one batch.

    Attributes
    ----------
    rows : ndarray of int64
        Positions in the data set that were predicted.
    scores : ndarray of float32, shape (len(rows), k)
        Before the pipeline's output steps.
    rejected : tuple of (int, str)
        Position and reason of each example that couldn't be prepared.
    parts : int
        In how many parts it was computed: 1 unless memory ran short.
    """

    rows: IntArray
    scores: FloatArray
    rejected: tuple[tuple[int, str], ...]
    parts: int = 1

    def __len__(self) -> int:
        return len(self.rows) + len(self.rejected)


def prepare_rows(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray) -> Part:
    """Prepare one batch; where it can't be, find the examples at fault and prepare the rest."""
    try:
        return rows, candidate.prepare(dataset.inputs(rows), pipeline), ()
    except UnusableInput as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        if len(rows) == 1:
            return rows[:0], None, ((int(rows[0]), str(error)),)
    faults = [prepare_rows(candidate, dataset, pipeline, rows[i : i + 1])[2] for i in range(len(rows))]
    kept = rows[[not fault for fault in faults]]
    rejected = tuple(f for fault in faults for f in fault)
    if not rejected:  # Only the whole batch fails: that is no single example's fault.
        candidate.prepare(dataset.inputs(rows), pipeline)
    prepared = candidate.prepare(dataset.inputs(kept), pipeline) if len(kept) else None
    return kept, prepared, rejected


@dataclass
class Shortage:
    """In how many parts batches are computed: more, once memory ran short, for the rest of the run."""

    parts: int = 1


@dataclass(frozen=True)
class Predict:
    """The job of predicting batches; a piece is the rows of one.

    Attributes
    ----------
    pipeline : Pipeline
    precision : str
    many : bool
        Whether the run has more than one example: a network is then compiled, whichever batch comes first, so that
        a run that goes on answers as one that never stopped.
    shortage : Shortage
    """

    pipeline: Pipeline
    precision: str = "fp32"
    many: bool = True
    shortage: Shortage = field(default_factory=Shortage, compare=False)

    def rows(self, piece: IntArray) -> IntArray:
        """Return the rows of a batch."""
        return piece

    def prepare(self, opened: Opened, piece: IntArray) -> list[tuple[IntArray, Part | None]]:
        """Prepare a batch, in parts where memory ran short; None stands for a part that finds no memory now."""
        shares = np.array_split(piece, min(self.shortage.parts, len(piece)))
        return [(rows, self._prepared(opened, rows)) for rows in shares]

    def _prepared(self, opened: Opened, rows: IntArray) -> Part | None:
        try:
            return prepare_rows(opened.candidate, opened.dataset, self.pipeline, rows)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return None

    def finish(self, opened: Opened, ready: list[tuple[IntArray, Part | None]], progress: Progress) -> Batch:
        """Score a batch.

        Raises
        ------
        UnusableInput
            If there is not enough memory for one example.
        """
        whole = sum(len(rows) for rows, _ in ready)
        done: list[Batch] = []
        while ready:  # Taken off the list, so that nothing holds the memory of a part that is to be divided.
            done += self._scored(opened, *ready.pop(0), whole, progress)
        if len(done) == 1:
            return done[0]
        return Batch(
            np.concatenate([batch.rows for batch in done]),
            np.concatenate([batch.scores for batch in done]),
            tuple(rejection for batch in done for rejection in batch.rejected),
            len(done),
        )

    def _scored(self, opened: Opened, rows: IntArray, part: Part | None, whole: int, progress: Progress) -> list[Batch]:
        """Score some rows together; where memory runs short, one half after the other."""
        progress.advance(0)
        try:
            return [self._forward(opened, rows, part)]
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            if len(rows) == 1:
                raise _too_large(opened.dataset, int(rows[0])) from error
        del part
        half = (len(rows) + 1) // 2
        if self.shortage.parts < -(-whole // half):
            self.shortage.parts = -(-whole // half)
            release()
        halves = (rows[:half], rows[half:])
        return [batch for share in halves for batch in self._scored(opened, share, None, whole, progress)]

    def _forward(self, opened: Opened, rows: IntArray, part: Part | None) -> Batch:
        candidate = opened.candidate
        rows, prepared, rejected = part or prepare_rows(candidate, opened.dataset, self.pipeline, rows)
        scores = np.empty((0, len(candidate.task.labels)), dtype=np.float32)
        if prepared is not None:
            expect_many = getattr(candidate, "expect_many", None)
            if self.many and expect_many is not None:
                expect_many(prepared, precision=self.precision)
            scores = candidate.to_scores(candidate.forward(prepared, precision=self.precision))
        return Batch(rows, scores, rejected)


def _too_large(dataset: Dataset, row: int) -> UnusableInput:
    name = str(dataset.table["id"].loc[row])  # A part of a data set keeps the positions of the whole.
    return UnusableInput(
        f"There is not enough memory to predict even one example at a time ({name}).",
        "Close other programs, or use a machine with more memory. What was finished is kept.",
    )
