"""Permutation importance (Breiman 2001; Fisher, Rudin, Dominici 2019, arXiv:1801.01489), with intervals over examples.

scikit-learn's `permutation_importance` gives the spread over shuffles alone, which says nothing of how few examples
there are. Here the rise of the loss is kept example by example, so that its mean has a paired interval and a test.

Where there are no labels nothing tells whether answers become worse: then it is measured how far they move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from analysis.comparison.compare import holm
from analysis.features.rows import columns_of, drawn_rows, raw_rows
from analysis.metrics.intervals import student
from analysis.preprocessing.doctor.losses import losses_of
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Estimate, FloatArray, IntArray, Kind, Pipeline, Predictions
from analysis.what_if.answers import scores_of

Floats = npt.NDArray[np.float64]

#: Rows that are looked at: more cost time and narrow the intervals little.
ROWS = 1_000
#: Shuffles of each column.
REPEATS = 5
#: Columns whose ranks go together as far as this share what they are worth: neither shows it alone.
TOGETHER = 0.8
LEVEL = 0.05
#: A rise of one loss that is rounding, in nats, shares, or standard deviations of the truth (or the answers).
ROUNDING = 1e-6

#: What is measured, by kind of task: name, and what a rise means. The first decides the order.
MEASURES: dict[Kind, tuple[tuple[str, str], ...]] = {
    Kind.CLASSIFICATION: (("log_loss", "rise of the log loss"), ("accuracy", "fall of the accuracy")),
    Kind.REGRESSION: (("r2", "fall of R²"), ("absolute_error", "rise of the mean absolute error")),
}
#: The same without labels: how far answers move.
MOVES: dict[Kind, tuple[tuple[str, str], ...]] = {
    Kind.CLASSIFICATION: (("moved", "share of the scores that moves"), ("changed", "share of answers that change")),
    Kind.REGRESSION: (("moved", "mean change of the answer"),),
}


@dataclass(frozen=True)
class Importance:
    """By how much answers become worse, without labels how far they move, when one column is shuffled.

    Attributes
    ----------
    measure, unit : str
        Name, and what a number above zero means: "rise of the log loss".
    features : tuple of str
        The most important first.
    rises : tuple of Estimate
        Mean over examples, with Student's t interval.
    p_values : tuple of float
        That the rise is not zero, corrected for the number of columns (Holm).
    together : tuple of (str, float) or None
        The column whose ranks go together with this one most, and the rank correlation, where it is strong.
    n, repeats : int
        Examples, and shuffles of each column.
    judged : bool
        Whether there are labels, so that worse answers were counted.
    """

    measure: str
    unit: str
    features: tuple[str, ...]
    rises: tuple[Estimate, ...]
    p_values: tuple[float, ...]
    together: tuple[tuple[str, float] | None, ...]
    n: int
    repeats: int
    judged: bool = True

    @property
    def clear(self) -> tuple[bool, ...]:
        """Whether each column matters, more clearly than chance would make it seem among so many."""
        return tuple(bool(p < LEVEL and rise.value > 0) for p, rise in zip(self.p_values, self.rises, strict=True))


def permutation_importance(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    predictions: Predictions,
    *,
    repeats: int = REPEATS,
    most: int = ROWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[Importance, ...]:
    """Shuffle one raw column after the other, and measure how much worse the answers become, or how far they move.

    Parameters
    ----------
    candidate, dataset, pipeline : Candidate, Dataset, Pipeline
        The whole pipeline runs again: a column counts with all that is made of it.
    predictions : Predictions
        Of those three; its examples are looked at.
    repeats, most : int
        Shuffles of each column; rows, drawn where there are more.
    seed : int
    progress : Progress, optional

    Returns
    -------
    tuple of Importance
        One for each of `MEASURES`, without labels of `MOVES`, in that order.

    Raises
    ------
    UnusableInput
        If the data are no table, or hold too few rows to look at.
    Cancelled
    """
    names = columns_of(dataset, pipeline)
    places = drawn_rows(predictions, most, seed)
    frame = raw_rows(dataset, predictions, places)
    progress = progress or Progress()
    progress.start("Shuffling columns", len(names) * repeats * len(frame))
    rng, kind, judged = np.random.default_rng(seed), predictions.task.kind, predictions.has_labels
    measures, rise = (MEASURES if judged else MOVES)[kind], (_rise if judged else _moved)(predictions, places)
    rises = np.empty((len(names), len(measures), len(frame)))
    for at, name in enumerate(names):
        shuffled = _shuffled(frame, name, [rng.permutation(len(frame)) for _ in range(repeats)])
        scores = scores_of(candidate, shuffled, pipeline, progress=progress)
        rises[at] = rise(scores.reshape(repeats, len(frame), -1))
    # Batches of another size round otherwise: what is no more than that would pass for a clear difference.
    rounding = np.full(len(measures), ROUNDING)
    if kind is Kind.REGRESSION:  # The last measure is in the unit of the value.
        rounding[-1] *= float(np.std((predictions.truth if judged else predictions.values)[places]))
    rises[np.abs(rises) <= rounding[None, :, None]] = 0.0
    partners = _together(frame[list(names)])
    found = []
    order = np.argsort(-rises[:, 0].mean(axis=1), kind="stable").tolist()
    for place, (measure, unit) in enumerate(measures):
        one = _of_measure(measure, unit, rises[:, place], names, partners, order, repeats)
        found.append(replace(one, judged=judged))
    return tuple(found)


def _rise(predictions: Predictions, places: IntArray) -> Callable[[FloatArray], Floats]:
    """Return how to get each example's mean rise of the loss by each measure, from scores (repeats, n, labels)."""
    truth, kind = np.asarray(predictions.truth[places]), predictions.task.kind
    before = _losses(np.asarray(predictions.scores[places]), truth, kind)

    def rise(scores: FloatArray) -> Floats:
        after = _losses(scores.reshape(-1, scores.shape[2]), np.tile(truth, len(scores)), kind)
        return np.asarray(after.reshape(len(before), *scores.shape[:2]).mean(axis=1) - before)

    return rise


def _moved(predictions: Predictions, places: IntArray) -> Callable[[FloatArray], Floats]:
    """Return how to get how far each example's answer moves on average, from scores (repeats, n, labels)."""
    before, kind = np.asarray(predictions.scores[places], dtype=np.float64), predictions.task.kind

    def moved(scores: FloatArray) -> Floats:
        away = np.abs(scores.astype(np.float64) - before).sum(axis=2)
        if kind is Kind.REGRESSION:
            return np.asarray(away.mean(axis=0)[None])
        changed = scores.argmax(axis=2) != before.argmax(axis=1)
        return np.stack([away.mean(axis=0) / 2, changed.mean(axis=0)])

    return moved


def _shuffled(frame: pd.DataFrame, name: str, orders: Sequence[IntArray]) -> pd.DataFrame:
    """Return the rows once for each order, with one column in that order."""
    many = pd.concat([frame] * len(orders), ignore_index=True)
    column = pd.concat([frame[name].iloc[order] for order in orders], ignore_index=True)
    return many.assign(**{name: column})


def _losses(scores: FloatArray, truth: npt.NDArray[Any], kind: Kind) -> Floats:
    """Return each example's loss by each measure, (measures, n): higher is worse."""
    first = losses_of(scores, truth, kind)
    if kind is Kind.REGRESSION:
        return np.stack([first, np.abs(scores[:, 0].astype(np.float64) - truth)])
    return np.stack([first, (scores.argmax(axis=1) != truth).astype(np.float64)])


def _of_measure(
    measure: str,
    unit: str,
    rises: Floats,
    names: Sequence[str],
    partners: Sequence[tuple[str, float] | None],
    order: Sequence[int],
    repeats: int,
) -> Importance:
    n = rises.shape[1]
    estimates, p_values = [], []
    for i in order:
        low, high = student(rises[i])
        estimates.append(Estimate(float(rises[i].mean()), low, high, n, "Student's t over examples"))
        # A column that changes no answer at all has no spread to test: it makes no difference.
        p_values.append(float(stats.ttest_1samp(rises[i], 0.0).pvalue) if rises[i].std() > 0 else 1.0)
    return Importance(
        measure,
        unit,
        tuple(names[i] for i in order),
        tuple(estimates),
        tuple(holm(p_values)),
        tuple(partners[i] for i in order),
        n,
        repeats,
    )


def _together(frame: pd.DataFrame) -> tuple[tuple[str, float] | None, ...]:
    """Return each column's closest other by rank correlation, where it is strong; None for columns of words."""
    numeric = frame.select_dtypes("number")
    ranks = numeric.rank().corr().to_numpy(dtype=np.float64, copy=True) if numeric.shape[1] else np.zeros((0, 0))
    np.fill_diagonal(ranks, 0.0)
    ranks = np.nan_to_num(ranks)
    closest: dict[str, tuple[str, float]] = {}
    for at, name in enumerate(numeric.columns):
        other = int(np.abs(ranks[at]).argmax())
        if abs(ranks[at, other]) >= TOGETHER:
            closest[str(name)] = (str(numeric.columns[other]), float(ranks[at, other]))
    return tuple(closest.get(str(name)) for name in frame.columns)
