"""Any number of candidates in order, and which of them chance alone could have put in another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np

from analysis.comparison.compare import holm
from analysis.comparison.differences import LEVEL, Difference, of_means, of_shares
from analysis.comparison.pairs import pair
from analysis.errors import UnusableInput
from analysis.failures.regression import mean
from analysis.metrics.averages import Floats
from analysis.metrics.intervals import wilson
from analysis.types import Estimate, IntArray, Kind, Predictions


@dataclass(frozen=True)
class Ranked:
    """One candidate in the ranking.

    Attributes
    ----------
    name : str
    score : Estimate
        Accuracy with Wilson's interval, or mean absolute error, over the examples that all answered.
    best, worst : int
        The ranks, from 1, that the tests leave open: behind all that are surely better, before all surely worse.
    """

    name: str
    score: Estimate
    best: int
    worst: int


@dataclass(frozen=True)
class CandidateRanking:
    """Candidates on the same examples, the best first.

    Attributes
    ----------
    kind : Kind
    n, left_out : int
        Examples that all answered and know the label of; examples that some didn't.
    ranked : tuple of Ranked
    differences : mapping of (int, int) to Difference
        Of each pair of places in `ranked`, the better first.
    p_adjusted : mapping of (int, int) to float
        The p-values corrected for all pairs (Holm 1979).
    groups : tuple of tuple of int
        Places that follow each other and no two of which can be told apart: the longest such runs. A place may lie in
        two; one on its own is a run too.
    """

    kind: Kind
    n: int
    left_out: int
    ranked: tuple[Ranked, ...]
    differences: Mapping[tuple[int, int], Difference]
    p_adjusted: Mapping[tuple[int, int], float]
    groups: tuple[tuple[int, ...], ...]

    def tied(self, place: int) -> tuple[int, ...]:
        """Return the other places that one can't be told from."""
        pairs = [p for p, value in self.p_adjusted.items() if place in p and value >= LEVEL]
        return tuple(sorted(other for p in pairs for other in p if other != place))


def rank(runs: Mapping[str, Predictions], *, seed: int = 0) -> CandidateRanking:
    """Rank candidates by accuracy or mean absolute error, and test each pair of them.

    Parameters
    ----------
    runs : mapping of str to Predictions
        Name of each candidate → its run over the same data; two or more, of the same kind.
    seed : int
        Of the tests of a regression.

    Raises
    ------
    UnusableInput
        If there are fewer than two, they are of different kinds, or share no example.
    """
    if len(runs) < 2:
        raise UnusableInput("There is nothing to rank.", "Name two models or more.")
    names = list(runs)
    kind = runs[names[0]].task.kind
    losses, left_out = _losses(runs)
    classification = kind is Kind.CLASSIFICATION
    averages = np.array([column.mean() for column in losses])
    order = np.argsort(averages, kind="stable")
    losses, names = [losses[i] for i in order], [names[i] for i in order]
    differences = {
        (i, j): of_shares(losses[i] == 0, losses[j] == 0)
        if classification
        else of_means(losses[i], losses[j], seed=seed)
        for i, j in combinations(range(len(names)), 2)
    }
    adjusted = dict(zip(differences, holm([d.p_value for d in differences.values()]), strict=True))
    n = len(losses[0])
    ranked = []
    for place, name in enumerate(names):
        column = losses[place]
        score = wilson(float(n - column.sum()), n) if classification else mean(column)
        better = sum(p < LEVEL for (_, j), p in adjusted.items() if j == place)
        worse = sum(p < LEVEL for (i, _), p in adjusted.items() if i == place)
        ranked.append(Ranked(name, score, 1 + better, len(names) - worse))
    groups = _groups(len(names), adjusted)
    return CandidateRanking(kind, n, left_out, tuple(ranked), differences, adjusted, groups)


def _losses(runs: Mapping[str, Predictions]) -> tuple[list[Floats], int]:
    """Return of each run its losses over the examples that all hold, and how many examples some lack."""
    first, *others = runs.values()
    pairs = [pair(first, other) for other in others]
    common = reduce(np.intersect1d, [p.rows_a for p in pairs])
    if not len(common):
        raise UnusableInput("No example was answered by all of the models.", "Rank them on the same data.")
    columns = []
    for place, p in enumerate(pairs):
        at = np.searchsorted(p.rows_a, common)
        if not place:
            columns.append(_loss(p.a, p.rows_a[at], p.answers_a, p.truth, at))
        columns.append(_loss(p.b, p.rows_b[at], p.answers_b, p.truth, at))
    return columns, _different(runs.values()) - len(common)


def _different(runs: Iterable[Predictions]) -> int:
    """Return how many different examples some runs hold."""
    first, *others = (run.ids for run in runs)
    more: set[str] = set()
    for ids in others:
        more |= set(ids.take(ids.positions_in(first) < 0))
    return len(first) + len(more)


def _loss(run: Predictions, rows: IntArray, answers: IntArray, truth: IntArray, at: IntArray) -> Floats:
    """Return 1 for each wrong answer, or the absolute errors; `at` are places in `answers` and `truth`."""
    if run.task.kind is Kind.CLASSIFICATION:
        return np.asarray(answers[at] != truth[at], dtype=np.float64)
    return np.asarray(np.abs(run.values[rows] - np.asarray(run.truth, np.float64)[rows]))


def _groups(n: int, adjusted: Mapping[tuple[int, int], float]) -> tuple[tuple[int, ...], ...]:
    """Return the longest runs of places no two of which are told apart."""
    found: list[tuple[int, ...]] = []
    for start in range(n):
        end = start
        while end + 1 < n and all(adjusted[i, end + 1] >= LEVEL for i in range(start, end + 1)):
            end += 1
        if not found or end > found[-1][-1]:
            found.append(tuple(range(start, end + 1)))
    return tuple(found)
