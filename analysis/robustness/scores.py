"""Predict the same examples under many corruptions, on whichever engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch import Batch, Part, Predict
from analysis.engines import LOCAL, Engine, Opened
from analysis.errors import UnusableInput
from analysis.predict import plan_of
from analysis.preprocessing.edits.planting.fault import SpoiledInputs
from analysis.preprocessing.edits.planting.spoil import Spoiler
from analysis.preprocessing.outputs import apply_outputs
from analysis.progress import Progress
from analysis.types import Dataset, FloatArray, IntArray

if TYPE_CHECKING:
    from analysis.session import Session


@dataclass(frozen=True)
class PredictCorrupted:
    """The job of predicting batches of corrupted examples; a piece is the place of a corruption, and the rows.

    Attributes
    ----------
    predict : Predict
    spoilers : tuple of callable
    """

    predict: Predict
    spoilers: tuple[Spoiler, ...]

    def rows(self, piece: tuple[int, IntArray]) -> IntArray:
        """Return the rows of a batch."""
        return piece[1]

    def prepare(self, opened: Opened, piece: tuple[int, IntArray]) -> tuple[int, list[tuple[IntArray, Part | None]]]:
        """Corrupt a batch and prepare it."""
        which, rows = piece
        return which, self.predict.prepare(self._corrupted(opened, which), rows)

    def finish(
        self, opened: Opened, ready: tuple[int, list[tuple[IntArray, Part | None]]], progress: Progress
    ) -> Batch:
        """Score a batch; see `Predict.finish`."""
        which, parts = ready
        return self.predict.finish(self._corrupted(opened, which), parts, progress)

    def _corrupted(self, opened: Opened, which: int) -> Opened:
        return replace(opened, dataset=corrupted(opened.dataset, self.spoilers[which]))


def corrupted(dataset: Dataset, spoiler: Spoiler) -> Dataset:
    """Return a data set whose inputs are corrupted when they are asked for."""
    return replace(dataset, inputs=SpoiledInputs(dataset.inputs, (spoiler,)))


def scores_under(
    session: Session,
    rows: IntArray,
    spoilers: Sequence[Spoiler],
    *,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> list[FloatArray]:
    """Return the scores of some rows under each corruption.

    Parameters
    ----------
    session : Session
    rows : ndarray of int64
        Ascending.
    spoilers : sequence of callable
    engine : Engine
    progress : Progress, optional
        Counts the corruptions.

    Returns
    -------
    list of ndarray of float32, shape (len(rows), k)
        As the pipeline's output steps leave them; NaN where there is no answer.

    Raises
    ------
    UnusableInput
        If not one example can be prepared under a corruption.
    Cancelled
    """
    candidate, pipeline = session.candidate, session.pipeline
    progress = progress or Progress()
    progress.start("Measuring robustness", len(spoilers))
    pieces = [
        (which, batch)
        for which, spoiler in enumerate(spoilers)
        for batch in plan_of(candidate, corrupted(session.dataset, spoiler), rows, engine)
    ]
    left = Counter(which for which, _ in pieces)
    raw = [np.full((len(rows), len(candidate.task.labels)), np.nan, dtype=np.float32) for _ in spoilers]
    job = PredictCorrupted(Predict(pipeline, many=len(rows) > 1), tuple(spoilers))
    opened = Opened(candidate, session.dataset)
    with closing(engine.map(opened, job, pieces, progress=progress.part())) as results:
        for place, batch in results:
            which = pieces[place][0]
            raw[which][np.searchsorted(rows, batch.rows)] = batch.scores
            left[which] -= 1
            if not left[which]:
                progress.advance()
    return [_finished(session, scores) for scores in raw]


def _finished(session: Session, raw: FloatArray) -> FloatArray:
    answered = np.isfinite(raw).all(axis=1)
    if not answered.any():
        raise UnusableInput(f"Not one example of {session.dataset.name} could be read.")
    scores, _ = apply_outputs(raw[answered], session.candidate.task, session.pipeline)
    made = np.full((len(raw), scores.shape[1]), np.nan, dtype=np.float32)
    made[answered] = scores
    return made
