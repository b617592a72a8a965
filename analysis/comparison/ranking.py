"""Any number of candidates in order, and which of them chance alone could have put in another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np

from analysis.comparison.compare import holm
from analysis.comparison.differences import LEVEL, Difference
from analysis.comparison.metric_differences import difference_of
from analysis.comparison.pairs import Pairs, pair
from analysis.errors import UnusableInput
from analysis.metrics import METRICS, summarise
from analysis.metrics.calibration import calibration_error
from analysis.metrics.mean_areas import mean_areas
from analysis.types import Estimate, Kind, Predictions

#: What candidates can be ranked by; the first is the usual one.
RANKED_BY: Mapping[Kind, tuple[str, ...]] = {
    Kind.CLASSIFICATION: (
        "accuracy",
        "balanced_accuracy",
        "f1_macro",
        "mcc",
        "roc_area",
        "average_precision",
        "log_loss",
        "brier",
        "calibration_error",
    ),
    Kind.REGRESSION: ("mae", "r2", "mse", "rmse", "median_ae"),
}


@dataclass(frozen=True)
class Ranked:
    """One candidate in the ranking.

    Attributes
    ----------
    name : str
    score : Estimate
        The metric with its interval, over the examples that all answered.
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
    metric : str
        What they are ranked by: a key of `METRICS`.
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
    metric: str
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


def rank(runs: Mapping[str, Predictions], *, metric: str = "", seed: int = 0) -> CandidateRanking:
    """Rank candidates by one metric, and test each pair of them.

    Parameters
    ----------
    runs : mapping of str to Predictions
        Name of each candidate → its run over the same data; two or more, of the same kind.
    metric : str
        One of `RANKED_BY`; accuracy or mean absolute error where empty.
    seed : int
        Of resampling and swapping.

    Raises
    ------
    UnusableInput
        If there are fewer than two, they are of different kinds, share no example, or can't be ranked so.
    """
    if len(runs) < 2:
        raise UnusableInput("There is nothing to rank.", "Name two models or more.")
    kind = next(iter(runs.values())).task.kind
    metric = metric or RANKED_BY[kind][0]
    if metric not in RANKED_BY[kind]:
        raise UnusableInput(
            f"A {kind.value} can't be ranked by {metric[:60]}.", f"Choose one of {', '.join(RANKED_BY[kind])}."
        )
    common, left_out = _common(runs)
    scores = {name: _score(run, metric, seed) for name, run in common.items()}
    sign = -1 if METRICS[metric].higher_is_better else 1
    names = sorted(common, key=lambda name: sign * scores[name].value)
    differences = {
        (i, j): _between(pair(common[names[i]], common[names[j]]), metric, seed)
        for i, j in combinations(range(len(names)), 2)
    }
    adjusted = dict(zip(differences, holm([d.p_value for d in differences.values()]), strict=True))
    ranked = []
    for place, name in enumerate(names):
        better = sum(p < LEVEL for (_, j), p in adjusted.items() if j == place)
        worse = sum(p < LEVEL for (i, _), p in adjusted.items() if i == place)
        ranked.append(Ranked(name, scores[name], 1 + better, len(names) - worse))
    n = len(next(iter(common.values())))
    groups = _groups(len(names), adjusted)
    return CandidateRanking(kind, metric, n, left_out, tuple(ranked), differences, adjusted, groups)


def _between(pairs: Pairs, metric: str, seed: int) -> Difference:
    found = difference_of(pairs, metric, seed=seed)
    if found is None:
        raise _undefined(metric)
    return found


def _undefined(metric: str) -> UnusableInput:
    title = METRICS[metric].title
    return UnusableInput(f"{title} is not defined on these examples, or too costly.", "Rank by another metric.")


def _score(run: Predictions, metric: str, seed: int) -> Estimate:
    """Return the metric of one run with its interval."""
    if metric == "calibration_error":
        calibrated = calibration_error(run, seed=seed)
        found = calibrated.error if calibrated is not None else None
    elif metric in ("roc_area", "average_precision"):
        found = mean_areas(run).get(metric)
    else:
        found = summarise(run, seed=seed).get(metric)
    if found is None or not np.isfinite(found.value):
        raise _undefined(metric)
    return found


def _common(runs: Mapping[str, Predictions]) -> tuple[dict[str, Predictions], int]:
    """Return each run with the examples that all hold, in one order, and how many examples some lack."""
    first, *others = runs.values()
    pairs = [pair(first, other) for other in others]
    common = reduce(np.intersect1d, [p.rows_a for p in pairs])
    if not len(common):
        raise UnusableInput("No example was answered by all of the models.", "Rank them on the same data.")
    rows = [common, *(p.rows_b[np.searchsorted(p.rows_a, common)] for p in pairs)]
    kept = {name: run.take(own) for (name, run), own in zip(runs.items(), rows, strict=True)}
    return kept, _different(runs.values()) - len(common)


def _different(runs: Iterable[Predictions]) -> int:
    """Return how many different examples some runs hold."""
    first, *others = (run.ids for run in runs)
    more: set[str] = set()
    for ids in others:
        more |= set(ids.take(ids.positions_in(first) < 0))
    return len(first) + len(more)


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
