"""Find the slices in which a model fails more than elsewhere, and test them for all that were tried.

SliceLine (Sagadeeva and Boehm, SIGMOD 2021) ranks slices of one or two predicates by how much worse the model fares
in them and how large they are. Each is then tested against all other examples, with Bonferroni's correction for
every slice of that many predicates that is large enough, whether or not it was ranked high: the choice of the worst
among thousands is what would otherwise find something in noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.failures.regression import mean
from analysis.failures.slices.predicates import AND, Predicates
from analysis.metrics.intervals import wilson
from analysis.types import Estimate, IntArray, Kind, Predictions

#: Slices that are ranked before they are tested, and that are reported at most.
RANKED, REPORTED = 150, 12
LEVEL = 0.05
#: A slice with more than this of its examples in the slices before it is one of them in other words.
ALIKE = 0.7
#: SliceLine's weight of the error against the size: what is small but far worse comes among the ranked, and the test
#: decides. At its default of 0.6 slices of a tenth of the data with three times the errors score below 0.
ALPHA = 0.98


@dataclass(frozen=True)
class Slice:
    """Examples that share one or two properties.

    Attributes
    ----------
    name : str
        Its predicates in words, joined by "and".
    rows : ndarray of int64, shape (n,)
        Positions in the predictions, the failures first.
    rate : Estimate
        Share that is wrong with Wilson's interval, or the mean absolute error with Student's; of the slice alone.
    rest : Estimate
        The same for all other examples.
    failures : int
        Wrong answers in it; for a regression 0.
    share_of_errors, share_of_examples : float
        What it covers of all errors (or of the sum of absolute errors) and of all examples.
    p_value, p_adjusted : float
        One-sided, of the null hypothesis that it is no worse than the rest; as tested, and corrected.
    """

    name: str
    rows: IntArray
    rate: Estimate
    rest: Estimate
    failures: int
    share_of_errors: float
    share_of_examples: float
    p_value: float
    p_adjusted: float

    @property
    def significant(self) -> bool:
        """Whether chance is an unlikely reason, after correction."""
        return self.p_adjusted < LEVEL


@dataclass(frozen=True)
class Slices:
    """What was found, and what was looked at.

    Attributes
    ----------
    kind : Kind
    overall : Estimate
        Share that is wrong, or mean absolute error, of all judged examples.
    found : tuple of Slice
        The worst first: those that stand after correction, then some that may be chance.
    tried : int
        Slices that were large enough to be tested.
    least : int
        Examples that a slice must have.
    predicates : Predicates
    """

    kind: Kind
    overall: Estimate
    found: tuple[Slice, ...]
    tried: int
    least: int
    predicates: Predicates

    @property
    def significant(self) -> tuple[Slice, ...]:
        """Those that chance is an unlikely reason for."""
        return tuple(s for s in self.found if s.significant)


def least_size(n: int) -> int:
    """Return how many examples a slice must have to be worth a sentence."""
    return max(10, round(0.02 * n))


def find_slices(predictions: Predictions, predicates: Predicates) -> Slices:
    """Find the slices in which the model fails more than elsewhere.

    Parameters
    ----------
    predictions : Predictions
        Examples whose label the model doesn't know are left out.
    predicates : Predicates
        Of the same examples, in the same order.
    """
    judged = np.flatnonzero(predictions.known).astype(np.int64)
    regression = predictions.task.kind is Kind.REGRESSION
    truth = np.asarray(predictions.truth)[judged]
    if regression:
        errors = np.abs(predictions.values[judged] - truth)
        errors = np.where(np.isfinite(errors), errors, 0.0)
    else:
        errors = (predictions.predicted[judged] != truth).astype(np.float64)
    least = least_size(len(judged))
    codes = predicates.codes[judged]
    overall = _estimate(errors, regression)
    tried = _tried(codes, least)
    if not errors.any() or not tried:
        return Slices(predictions.task.kind, overall, (), tried, least, predicates)
    ranked = _ranked(codes, errors, least)
    found: list[Slice] = []
    for chosen in ranked:
        inside = np.ones(len(judged), dtype=np.bool_)
        for column, level in chosen:
            inside &= codes[:, column] == level
        if least <= inside.sum() < len(judged) and _adds(chosen, codes, inside, errors, regression):
            name = AND.join(predicates.levels[column][level] for column, level in chosen)
            found.append(_slice(name, inside, judged, errors, tried, regression))
    # The clearest first; those that aren't clear by the errors that they hold beyond what the rest would.
    found.sort(key=lambda s: (not s.significant, s.p_value if s.significant else -_excess(s)))
    place = np.zeros(len(predictions), dtype=np.int64)
    place[judged] = np.arange(len(judged))
    distinct = _distinct(found, errors, place, regression)
    return Slices(predictions.task.kind, overall, distinct, tried, least, predicates)


def _excess(found: Slice) -> float:
    """Return the errors that the slice has beyond what the rest would have in its place."""
    return (found.rate.value - found.rest.value) * found.rate.n


def _tried(codes: IntArray, least: int) -> int:
    """Return how many slices of one or two predicates are large enough."""
    from scipy import sparse

    parts = [
        (codes[:, column] == level)
        for column in range(codes.shape[1])
        for level in range(int(codes[:, column].max(initial=-1)) + 1)
    ]
    if not parts:
        return 0
    columns = sparse.csr_array(np.column_stack(parts).astype(np.float32))
    # Two levels of one column hold nobody together, so they don't count; the diagonal are the single predicates.
    return int(np.triu((columns.T @ columns).toarray() >= least).sum())


def _ranked(codes: IntArray, errors: npt.NDArray[np.float64], least: int) -> list[tuple[tuple[int, int], ...]]:
    """Return the slices that SliceLine ranks highest, each as (column, level) pairs."""
    from sliceline.slicefinder import Slicefinder

    finder = Slicefinder(alpha=ALPHA, k=RANKED, max_l=2, min_sup=least, verbose=False)
    # Level 0 of every column stands for "none that is looked at"; names of those are dropped below.
    finder.fit(codes + 1, errors)
    out = []
    for row in finder.top_slices_:
        chosen = tuple((c, int(v) - 1) for c, v in enumerate(row) if v is not None)
        if chosen and all(level >= 0 for _, level in chosen):
            out.append(chosen)
    return out


def _adds(
    chosen: tuple[tuple[int, int], ...],
    codes: IntArray,
    inside: npt.NDArray[np.bool_],
    errors: npt.NDArray[np.float64],
    regression: bool,
) -> bool:
    """Whether every predicate makes the slice worse than it is without it, beyond chance."""
    if len(chosen) == 1:
        return True
    for column, level in chosen:
        parent = codes[:, column] == level
        if _p_value(errors[inside], errors[parent & ~inside], regression) >= LEVEL:
            return False
    return True


def _p_value(inside: npt.NDArray[np.float64], outside: npt.NDArray[np.float64], regression: bool) -> float:
    from scipy import stats

    if not len(outside) or not len(inside):
        return 1.0
    if regression:
        return float(stats.mannwhitneyu(inside, outside, alternative="greater").pvalue)
    wrong, n = int(inside.sum()), len(inside)
    total = n + len(outside)
    return float(stats.hypergeom.sf(wrong - 1, total, wrong + int(outside.sum()), n))


def _estimate(errors: npt.NDArray[np.float64], regression: bool) -> Estimate:
    if regression:
        return mean(errors) if len(errors) else Estimate(float("nan"), float("nan"), float("nan"), 0, "no example")
    return wilson(float(errors.sum()), len(errors))


def _slice(
    name: str,
    inside: npt.NDArray[np.bool_],
    judged: IntArray,
    errors: npt.NDArray[np.float64],
    tried: int,
    regression: bool,
) -> Slice:
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(-errors[rows], kind="stable")]
    p = _p_value(errors[inside], errors[~inside], regression)
    return Slice(
        name=name,
        rows=judged[rows],
        rate=_estimate(errors[inside], regression),
        rest=_estimate(errors[~inside], regression),
        failures=0 if regression else int(errors[inside].sum()),
        share_of_errors=float(errors[inside].sum() / errors.sum()),
        share_of_examples=float(inside.mean()),
        p_value=p,
        p_adjusted=min(1.0, p * tried),
    )


def _distinct(
    found: list[Slice], errors: npt.NDArray[np.float64], place: IntArray, regression: bool
) -> tuple[Slice, ...]:
    """Return the slices that say something beyond the ones before them.

    A slice stays where it is worse than the rest also without the examples of the slices before it, so that neither
    a better one in other words nor a wider one around it is told twice.
    """
    kept: list[Slice] = []
    told = np.zeros(len(errors), dtype=np.bool_)
    for one in found:
        inside = np.zeros(len(errors), dtype=np.bool_)
        inside[place[one.rows]] = True
        if kept and (inside & told).any():
            new = inside & ~told
            if new.sum() < (1 - ALIKE) * inside.sum():
                continue
            if one.significant and _p_value(errors[new], errors[~inside & ~told], regression) >= LEVEL:
                continue
        kept.append(one)
        told |= inside
        if len(kept) == REPORTED:
            break
    return tuple(kept)
