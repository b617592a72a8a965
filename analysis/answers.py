"""What a model answers, where nothing says what is right: how often which, how sure, and all of it as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.types import IntArray, Kind, Predictions


@dataclass(frozen=True)
class AnswerCount:
    """One answer of a classification.

    Attributes
    ----------
    label : str
    n : int
        Examples that got it.
    confidence : float
        Median score of this answer among them.
    """

    label: str
    n: int
    confidence: float


def answer_counts(predictions: Predictions) -> tuple[AnswerCount, ...]:
    """Return how many examples got which answer, the most frequent first; labels that nothing was called are left out.

    A label that the model names twice counts once.
    """
    codes, names = pd.factorize(np.asarray(predictions.task.labels, dtype=object))
    given = codes[predictions.predicted]
    order = np.argsort(given, kind="stable")
    found, starts = np.unique(given[order], return_index=True)
    groups = np.split(predictions.confidence[order], starts[1:]) if len(found) else []
    counts = [
        AnswerCount(str(names[code]), len(scores), float(np.median(scores)))
        for code, scores in zip(found.tolist(), groups, strict=True)
    ]
    return tuple(sorted(counts, key=lambda count: -count.n))


def least_sure_first(predictions: Predictions, label: str | None = None) -> IntArray:
    """Return the examples in the order in which their answers want looking at.

    Parameters
    ----------
    predictions : Predictions
    label : str, optional
        Only those that were called so.

    Returns
    -------
    ndarray of int64
        The least sure answer first; of a regression, which says nothing of how sure it is, the highest.
    """
    if predictions.task.kind is Kind.REGRESSION:
        return np.argsort(-predictions.values, kind="stable").astype(np.int64)
    rows = np.arange(len(predictions), dtype=np.int64)
    if label is not None:
        meant = [place for place, name in enumerate(predictions.task.labels) if name == label]
        rows = rows[np.isin(predictions.predicted, meant)]
    return rows[np.argsort(predictions.confidence[rows], kind="stable")]


def answer_table(predictions: Predictions) -> pd.DataFrame:
    """Return one row an example: its id, the answer, and of a classification the score of each class."""
    if predictions.task.kind is Kind.REGRESSION:
        return pd.DataFrame({"id": list(predictions.ids), "answer": predictions.values})
    labels = predictions.task.labels
    head = pd.DataFrame(
        {"id": list(predictions.ids), "answer": np.asarray(labels, dtype=object)[predictions.predicted]}
    )
    scores = pd.DataFrame(np.asarray(predictions.scores), columns=[f"score: {label}" for label in labels])
    return pd.concat([head, scores], axis=1)
