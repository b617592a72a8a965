"""Suspect labels, ranked (confident learning: Northcutt, Jiang, Chuang 2021; library: cleanlab)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.metrics.averages import Floats
from analysis.sampling import draw
from analysis.strings import Strings
from analysis.types import FloatArray, IntArray, Kind, Predictions

#: Scores that are looked at, at most, and examples of which they may be even then.
VALUES, FEWEST = 10_000_000, 5_000
#: Names of splits that a model is likely to have learned from.
LEARNED = ("train", "training", "fit")


@dataclass(frozen=True)
class Suspect:
    """One suspect label.

    Attributes
    ----------
    row : int
        Position in the predictions.
    example : str
        Its id.
    given, suggested : str
        Label in the data; label that the model answers.
    quality : float
        Cleanlab's normalised margin of the label, 0 (surely wrong) to 1.
    likely : bool
        Whether confident learning counts it among the errors, rather than only ranking it.
    """

    row: int
    example: str
    given: str
    suggested: str
    quality: float
    likely: bool


@dataclass(frozen=True)
class Suspects:
    """What was found in one run.

    Attributes
    ----------
    n : int
        Examples whose label the model knows, and that were looked at.
    ranked : tuple of Suspect
        All examples that the model answers otherwise than they are labelled, the most suspect first.
    learned : tuple of str
        Splits that the model may have learned from: there its answers repeat wrong labels instead of showing them.
    drawn : str
        From how many examples with a known label these are, in words; empty where all were looked at.
    """

    n: int
    ranked: tuple[Suspect, ...]
    learned: tuple[str, ...]
    drawn: str = ""

    @property
    def likely(self) -> tuple[Suspect, ...]:
        """Those that confident learning counts among the errors."""
        return tuple(s for s in self.ranked if s.likely)


def find_suspects(predictions: Predictions) -> Suspects:
    """Rank the labels that the model disagrees with, the most suspect first.

    Parameters
    ----------
    predictions : Predictions
        A classification run; examples whose label the model doesn't know are left out. Of more than `VALUES` scores
        as many examples are drawn at random as have that many: the estimate takes several copies of them.

    Raises
    ------
    UnusableInput
        For a regression, whose values have no other label to suggest.
    """
    if predictions.task.kind is Kind.REGRESSION:
        raise UnusableInput(
            "Suspect labels are told for classes; the target of a regression has no other label to suggest.",
            "Look at the largest errors instead.",
        )
    known = np.flatnonzero(predictions.known)
    some = draw(len(known), max(FEWEST, VALUES // max(1, predictions.scores.shape[1])))
    judged = known[some.rows]
    learned = tuple(split for split in predictions.splits.take(judged).distinct if split.casefold() in LEARNED)
    if not len(judged):
        return Suspects(0, (), learned)
    truth = np.asarray(predictions.truth, dtype=np.int64)[judged]
    scores = _probabilities(predictions.scores[judged])
    answers = scores.argmax(axis=1)
    quality, likely = _cleanlab(truth, scores)
    order = np.lexsort((quality, ~likely))
    order = order[answers[order] != truth[order]]
    rows, names = judged[order], predictions.task.labels
    columns = (
        rows.tolist(), predictions.ids.take(rows), predictions.truth_labels.take(rows),
        [names[answer] for answer in answers[order]], quality[order].tolist(), likely[order].tolist(),
    )  # fmt: skip
    ranked = tuple(Suspect(*cells) for cells in zip(*columns, strict=True))
    return Suspects(len(judged), ranked, learned, some.sentence)


def _probabilities(scores: FloatArray | Floats) -> Floats:
    """Return scores as rows that sum to 1: where a model's don't, or aren't finite, in proportion."""
    return _normalised(np.array(scores, dtype=np.float64))


def _normalised(clean: Floats) -> Floats:
    """Do that in place: scores may be many."""
    np.nan_to_num(clean, copy=False, posinf=1.0, neginf=0.0)
    np.maximum(clean, 0.0, out=clean)
    sums = clean.sum(axis=1, keepdims=True)
    clean /= np.where(sums > 0, sums, 1.0)
    clean[sums[:, 0] <= 0] = 1.0 / clean.shape[1]
    return clean


def _cleanlab(truth: IntArray, scores: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the quality of each label, and whether it is counted among the errors; `scores` may be changed."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    # Classes that no example carries can't be estimated; their share goes to the others only for the estimate.
    present, place = np.unique(truth, return_inverse=True)
    if scores.shape[1] < 2:
        return np.ones(len(truth)), np.zeros(len(truth), dtype=np.bool_)
    quality = get_label_quality_scores(truth, scores, method="normalized_margin")
    if len(present) < 2:
        return quality, np.zeros(len(truth), dtype=np.bool_)
    among = scores if len(present) == scores.shape[1] else scores[:, present]
    among += 1e-12
    likely = find_label_issues(place, _normalised(among), n_jobs=1, filter_by="both")
    return quality, np.asarray(likely, dtype=np.bool_)


def corrected(predictions: Predictions, labels: Mapping[str, str]) -> Predictions:
    """Return a run as it would be judged with some labels corrected.

    Parameters
    ----------
    predictions : Predictions
    labels : mapping of str to str
        Example id → its right label, one of the model's; others are ignored.
    """
    place = {label: i for i, label in reversed(list(enumerate(predictions.task.labels)))}
    truth = np.array(predictions.truth, dtype=np.int64)
    codes, names = predictions.truth_labels.factorised
    codes, known = codes.copy(), {name: code for code, name in enumerate(names)}
    for row in np.flatnonzero(predictions.ids.among(labels)):
        label = labels[predictions.ids[row]]
        if label in place:
            truth[row], codes[row] = place[label], known.setdefault(label, len(known))
    return replace(predictions, truth=truth, truth_labels=Strings.coded(codes, tuple(known)))
