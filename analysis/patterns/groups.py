"""Which examples failed, with which right ones they are compared, and the one question that all are asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.sampling import draw, said
from analysis.types import IntArray, Kind, Predictions

#: Right ones that are explained to compare with: at least so many where there are, at most as many as failures.
COMPARED = 40
#: Failures that are explained at most; of more, as many drawn at random.
EXPLAINED = 1_000
#: … and of each label at least so many.
EACH = 5
#: Scores that are looked at in one go.
_SCORES = 4_000_000

SAME = "right ones with the same label"
CALLED = "right ones of the label that they were given, since none with their own label is right"
ALL = "all right ones, since none with their own label is right"


@dataclass(frozen=True)
class Groups:
    """Failures and those that they are compared with.

    Every example is asked what pushed it towards a wrong answer: in a classification, what spoke for a wrong label
    rather than the true one, where the wrong one is the answer of a failure and the strongest other label of a right
    one; in a regression, what moved the value the way that it is off. Where no example of the failures' own labels is
    right, they are compared with those that were rightly given the same label, and all are asked what spoke for it.

    Attributes
    ----------
    failures, others : ndarray of int64
        Positions in the predictions.
    strata, other_strata : ndarray of int64
        Only examples of the same stratum are compared.
    against : str
        Who the others are, in words, as a plural: "right ones with the same label".
    found : int
        Others that there were, of which some were drawn.
    left_out : int
        Failures whose label the model doesn't know: nothing can be told against it.
    targets, contrasts : ndarray of int64, shape (n predictions,)
        What each example is asked: position of the wrong label, and of the true one. -1 where there is none.
    signs : ndarray of float64, shape (n predictions,)
        Scores are multiplied by it: -1 where a regression is too low.
    push : str
        What a score above zero means, in words.
    of : int
        Failures that there are; at most `EXPLAINED` of them, drawn at random, are `failures`.
    """

    failures: IntArray
    others: IntArray
    strata: IntArray
    other_strata: IntArray
    against: str
    found: int
    left_out: int
    targets: IntArray
    contrasts: IntArray
    signs: np.ndarray[tuple[int], np.dtype[np.float64]]
    push: str = "towards a wrong label"
    of: int = 0

    @property
    def drawn(self) -> str:
        """Of how many failures these are some, in words; empty where all are explained."""
        return said(len(self.failures), self.of, "failures") if len(self.failures) < self.of else ""


def groups_of(predictions: Predictions, selected: IntArray, *, seed: int = 0) -> Groups:
    """Divide a selection into failures and the right ones to compare them with.

    Parameters
    ----------
    predictions : Predictions
    selected : ndarray of int64
        Positions in the predictions: a cell, a row, a column, all. Right ones among them are left out. For a
        regression the quarter with the largest errors counts as failed, the quarter with the smallest as right.
    seed : int
        Draws the others where there are many.
    """
    if predictions.task.kind is Kind.REGRESSION:
        return _of_regression(predictions, selected, seed)
    truth, answers = np.asarray(predictions.truth, dtype=np.int64), predictions.predicted
    wrong = selected[truth[selected] != answers[selected]]
    known = np.sort(wrong[truth[wrong] >= 0])
    failures = known[draw(len(known), EXPLAINED, seed).rows]
    right = np.flatnonzero(truth == answers).astype(np.int64)
    others, strata, other_strata, against = _compared(truth, answers, failures, right)
    drawn = _drawn(strata, other_strata, seed)
    targets, contrasts = _questions(predictions, truth, answers, failures)
    given = against == CALLED
    if given:
        for label in np.unique(answers[failures]):
            here = others[truth[others] == label]
            targets[here] = label
            contrasts[here] = np.bincount(truth[failures[answers[failures] == label]]).argmax()
    return Groups(
        failures,
        others[drawn],
        strata,
        other_strata[drawn],
        against,
        len(others),
        len(wrong) - len(known),
        targets,
        contrasts,
        np.ones(len(predictions)),
        "towards the label that was given" if given else "towards a wrong label",
        len(known),
    )


def _compared(
    truth: IntArray, answers: IntArray, failures: IntArray, right: IntArray
) -> tuple[IntArray, IntArray, IntArray, str]:
    """Return the others, the strata of both, and who the others are."""
    same = right[np.isin(truth[right], truth[failures])]
    if len(same):
        return same, truth[failures], truth[same], SAME
    called = right[np.isin(truth[right], answers[failures])]
    if len(called):
        return called, answers[failures], truth[called], CALLED
    one = np.zeros(len(failures), np.int64)
    return right, one, np.zeros(len(right), np.int64), ALL


def _drawn(strata: IntArray, other_strata: IntArray, seed: int) -> IntArray:
    """Return which of the others to take: in the failures' proportions, in ascending order."""
    wanted = max(COMPARED, len(strata))
    rng = np.random.default_rng(seed)
    kept = []
    for stratum in np.unique(strata):
        members = np.flatnonzero(other_strata == stratum)
        share = int(np.ceil(wanted * (strata == stratum).mean()))
        kept.append(rng.choice(members, min(len(members), max(EACH, share)), replace=False))
    return np.sort(np.concatenate(kept)).astype(np.int64) if kept else np.empty(0, np.int64)


def _questions(
    predictions: Predictions, truth: IntArray, answers: IntArray, failures: IntArray
) -> tuple[IntArray, IntArray]:
    """Return each example's wrong label and the true one."""
    known = truth >= 0
    targets = np.array(answers)
    # The answer is the strongest label; where it is right, the strongest of the others is looked for.
    right = np.flatnonzero(known & (truth == answers))
    step = max(1, _SCORES // max(1, predictions.scores.shape[1]))
    for start in range(0, len(right), step):
        part = right[start : start + step]
        scores = np.array(predictions.scores[part])
        scores[np.arange(len(part)), truth[part]] = -np.inf
        targets[part] = scores.argmax(axis=1)
    given = np.unique(answers[failures])
    if len(given) == 1:  # One column: everybody is asked for the label that these failures were given.
        targets[known & (truth != given[0])] = given[0]
    return targets, truth.copy()


def _of_regression(predictions: Predictions, selected: IntArray, seed: int) -> Groups:
    errors = predictions.values - np.asarray(predictions.truth, dtype=np.float64)
    order = selected[np.argsort(-np.abs(errors[selected]), kind="stable")]
    quarter = max(1, len(order) // 4) if len(order) > 1 else 0
    worst, best = order[:quarter], order[len(order) - quarter :]
    failures, others = (np.sort(side[draw(quarter, EXPLAINED, seed).rows]) for side in (worst, best))
    return Groups(
        failures,
        others,
        np.zeros(len(failures), np.int64),
        np.zeros(len(others), np.int64),
        "the quarter with the smallest errors",
        quarter,
        0,
        np.zeros(len(predictions), np.int64),
        np.full(len(predictions), -1, np.int64),
        np.where(errors < 0, -1.0, 1.0),
        "towards the error",
        quarter,
    )
