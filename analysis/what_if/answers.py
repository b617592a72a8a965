"""What a model answers to a raw input that need not be in the data, and what spoke for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.explain import usual_rows
from analysis.explainers.base import Explainer
from analysis.preprocessing.outputs import apply_outputs
from analysis.progress import Progress
from analysis.types import Attribution, Candidate, Dataset, FloatArray, Inputs, Kind, Pipeline

#: Inputs that one call predicts: bounds memory, and lets a search be cancelled.
BATCH = 32
ROWS = 4096

#: From scores (n, k) to how far beyond a changed answer each is, (n,): above 0 the answer has changed.
Margin: TypeAlias = Callable[[FloatArray], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Answer:
    """What a model answered to one input.

    Attributes
    ----------
    labels : tuple of str
        In the pipeline's order.
    scores : ndarray of float32, shape (k,)
        Probabilities, or the value.
    regression : bool
    """

    labels: tuple[str, ...]
    scores: FloatArray
    regression: bool

    @property
    def best(self) -> int:
        """Position of the highest score; 0 for a regression."""
        return 0 if self.regression else int(np.argmax(self.scores))

    @property
    def label(self) -> str:
        """The label with the highest score."""
        return self.labels[self.best]

    @property
    def score(self) -> float:
        """Its score, or the value."""
        return float(self.scores[self.best])


def scores_of(
    candidate: Candidate, inputs: Inputs, pipeline: Pipeline, *, progress: Progress | None = None
) -> FloatArray:
    """Predict inputs in small batches, (n, k); `progress` is advanced by each.

    Raises
    ------
    UnusableInput, Cancelled
    """
    size = ROWS if isinstance(inputs, pd.DataFrame) else BATCH
    found = []
    for start in range(0, len(inputs), size):
        part = inputs.iloc[start : start + size] if isinstance(inputs, pd.DataFrame) else inputs[start : start + size]
        found.append(apply_outputs(candidate.predict(part, pipeline), candidate.task, pipeline)[0])
        if progress is not None:
            progress.advance(len(part))
    return np.concatenate(found)


def answer_to(candidate: Candidate, raw: Inputs, pipeline: Pipeline) -> Answer:
    """Return what the model answers to a batch of one."""
    scores, labels = apply_outputs(candidate.predict(raw, pipeline), candidate.task, pipeline)
    regression = candidate.task.kind is Kind.REGRESSION
    return Answer(tuple(labels), np.asarray(scores[0], dtype=np.float32), regression)


def margin_for(answer: Answer, goal: float | None = None) -> Margin:
    """Return what tells whether an answer has changed.

    Parameters
    ----------
    answer : Answer
        To the example as it is.
    goal : float, optional
        A regression: the value to be reached or passed. A classification changes where another label scores highest.
    """
    if answer.regression:
        assert goal is not None
        way = 1.0 if goal > answer.score else -1.0
        return lambda scores: way * (scores[:, 0].astype(np.float64) - goal)
    best = answer.best

    def beyond(scores: FloatArray) -> npt.NDArray[np.float64]:
        others = np.delete(scores.astype(np.float64), best, axis=1)
        return np.asarray(others.max(axis=1) - scores[:, best])

    return beyond


def attribution_of(
    candidate: Candidate,
    dataset: Dataset,
    example: str,
    raw: Inputs,
    pipeline: Pipeline,
    explainer: Explainer,
    target: str,
    contrast: str | None = None,
    *,
    progress: Progress | None = None,
    seed: int = 0,
) -> Attribution:
    """Explain a raw input; `example` is the one that it was made from.

    Raises
    ------
    UnusableInput
        If the method does not fit, or the input can't be explained.
    Cancelled
    """
    labels: Sequence[str] = pipeline.labels or candidate.task.labels
    regression = candidate.task.kind is Kind.REGRESSION
    usual = usual_rows(dataset, dataset.position(example), seed)
    return explainer.explain(
        candidate,
        raw,
        pipeline,
        0 if regression else list(labels).index(target),
        None if contrast is None or regression else list(labels).index(contrast),
        background=usual,
        progress=progress,
        seed=seed,
    )
