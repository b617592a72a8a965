"""Small runs with known contents."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.types import Kind, Modality, Predictions, Task


def classified(truth: npt.ArrayLike, scores: npt.ArrayLike, labels: tuple[str, ...] = ()) -> Predictions:
    """Return a run from true positions (-1: unknown) and scores (n, k)."""
    truth, scores = np.asarray(truth, np.int64), np.asarray(scores, np.float32)
    names = labels or tuple(f"class {i}" for i in range(scores.shape[1]))
    return Predictions(
        task=Task(Kind.CLASSIFICATION, Modality.IMAGE, names),
        ids=tuple(f"{i}.jpg" for i in range(len(truth))),
        splits=("test",) * len(truth),
        truth=truth,
        truth_labels=tuple(names[i] if i >= 0 else "raccoon" for i in truth),
        scores=scores,
        candidate="c",
        pipeline="p",
        dataset="d",
    )


def called(truth: npt.ArrayLike, predicted: npt.ArrayLike, k: int) -> Predictions:
    """Return a run whose scores are 0.9 on the predicted class and the rest shared."""
    predicted = np.asarray(predicted)
    scores = np.full((len(predicted), k), 0.1 / max(1, k - 1))
    scores[np.arange(len(predicted)), predicted] = 0.9
    return classified(truth, scores)


def random_run(n: int, k: int, seed: int = 0, sharpness: float = 2.0) -> Predictions:
    """Return a run that is right more often than not."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    logits = rng.normal(size=(n, k))
    logits[np.arange(n), truth] += sharpness
    odds = np.exp(logits)
    return classified(truth, odds / odds.sum(axis=1, keepdims=True))


def regressed(truth: npt.ArrayLike, values: npt.ArrayLike) -> Predictions:
    """Return a regression run."""
    truth = np.asarray(truth, np.float64)
    return Predictions(
        task=Task(Kind.REGRESSION, Modality.TABULAR, ("progression",)),
        ids=tuple(str(i) for i in range(len(truth))),
        splits=("test",) * len(truth),
        truth=truth,
        truth_labels=(),
        scores=np.asarray(values, np.float32)[:, None],
        candidate="c",
        pipeline="p",
        dataset="d",
    )
