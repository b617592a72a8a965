"""Find the slices in which a model fails more than elsewhere, and test them for all that were tried.

SliceLine (Sagadeeva and Boehm, SIGMOD 2021) ranks slices of one or two predicates by how much worse the model fares
in them and how large they are. Each is then tested against all other examples, with Bonferroni's correction for
every slice of that many predicates that is large enough, whether or not it was ranked high: the choice of the worst
among thousands is what would otherwise find something in noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.failures.regression import mean
from analysis.failures.slices.predicates import AND, Codes, Predicates
from analysis.metrics.intervals import wilson
from analysis.sampling import draw
from analysis.types import Estimate, IntArray, Kind, Predictions

#: Slices that are ranked before they are tested, and that are reported at most.
RANKED, REPORTED = 150, 12
#: Examples that slices are ranked on; of more, as many drawn at random. Every slice is then tested on all.
SEARCHED = 20_000
#: Pairs of predicates that all of these may hold together; and examples that are drawn at least even so.
PAIRS, FEWEST = 2_500_000, 4_000
LEVEL = 0.05
#: A slice as pairs of a column and a level.
Chosen: TypeAlias = tuple[tuple[int, int], ...]
Errors: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
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
        The same for all other examples; for the others that were drawn, where the name says that some were.
    failures : int
        Wrong answers in it; for a regression 0.
    share_of_errors, share_of_examples : float
        What it covers of all errors (or of the sum of absolute errors) and of all examples; or of those drawn.
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
    drawn : str
        In words, on how many examples slices were ranked before they were tested on all; empty for all.
    groups_drawn : str
        In words, among how many examples groups that are alike to the model were looked for; the numbers of such a
        slice, and its rows, are of these alone. Empty for all.
    """

    kind: Kind
    overall: Estimate
    found: tuple[Slice, ...]
    tried: int
    least: int
    predicates: Predicates
    drawn: str = ""
    groups_drawn: str = ""

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
    overall = _estimate(errors, np.ones(len(errors), dtype=np.bool_), regression)
    tried = _tried(codes, least)
    if not errors.any() or not tried:
        return Slices(predictions.task.kind, overall, (), tried, least, predicates)
    # Each example stands in as many pairs of predicates as there are pairs of columns, and all are held at once.
    drawn = draw(len(judged), int(np.clip(PAIRS // max(1, codes.shape[1] ** 2 // 2), FEWEST, SEARCHED)))
    ranked = _ranked(codes[drawn.rows], errors[drawn.rows], least_size(len(drawn.rows)))
    found: list[tuple[Slice, Chosen]] = []
    for chosen in ranked:
        inside = _inside(chosen, codes)
        if least <= inside.sum() < len(judged) and _adds(chosen, codes, inside, errors, regression):
            name = AND.join(predicates.levels[column][level] for column, level in chosen)
            found.append((_slice(name, inside, errors, tried, regression), chosen))
    # The clearest first; those that aren't clear by the errors that they hold beyond what the rest would.
    found.sort(key=lambda f: (not f[0].significant, f[0].p_value if f[0].significant else -_excess(f[0])))
    distinct = tuple(
        replace(one, rows=_failures_first(_inside(chosen, codes), judged, errors))
        for one, chosen in _distinct(found, codes, errors, regression)
    )
    return Slices(predictions.task.kind, overall, distinct, tried, least, predicates, drawn.sentence)


def _inside(chosen: Chosen, codes: Codes) -> Mask:
    inside = np.ones(len(codes), dtype=np.bool_)
    for column, level in chosen:
        inside &= codes[:, column] == level
    return inside


def _failures_first(inside: Mask, judged: IntArray, errors: Errors) -> IntArray:
    rows = np.flatnonzero(inside)
    return judged[rows[np.argsort(-errors[rows], kind="stable")]]


def _excess(found: Slice) -> float:
    """Return the errors that the slice has beyond what the rest would have in its place."""
    return (found.rate.value - found.rest.value) * found.rate.n


def _tried(codes: Codes, least: int) -> int:
    """Return how many slices of one or two predicates are large enough, by counting each pair of columns once."""
    # Level 0 stands for "none that is looked at" here, and is left out of every count.
    shifted = [codes[:, column].astype(np.int64) + 1 for column in range(codes.shape[1])]
    levels = [int(column.max(initial=0)) + 1 for column in shifted]
    tried = 0
    for first, column in enumerate(shifted):
        tried += int((np.bincount(column, minlength=levels[first])[1:] >= least).sum())
        for second in range(first + 1, len(shifted)):
            together = np.bincount(column * levels[second] + shifted[second], minlength=levels[first] * levels[second])
            tried += int((together.reshape(levels[first], levels[second])[1:, 1:] >= least).sum())
    return tried


def _ranked(codes: Codes, errors: Errors, least: int) -> list[Chosen]:
    """Return the slices that SliceLine ranks highest, each as (column, level) pairs."""
    from sliceline.slicefinder import Slicefinder

    finder = Slicefinder(alpha=ALPHA, k=RANKED, max_l=2, min_sup=least, verbose=False)
    # Level 0 of every column stands for "none that is looked at"; names of those are dropped below.
    finder.fit(codes.astype(np.int64) + 1, errors)
    out = []
    for row in finder.top_slices_:
        chosen = tuple((c, int(v) - 1) for c, v in enumerate(row) if v is not None)
        if chosen and all(level >= 0 for _, level in chosen):
            out.append(chosen)
    return out


def _adds(
    chosen: Chosen,
    codes: Codes,
    inside: Mask,
    errors: Errors,
    regression: bool,
) -> bool:
    """Whether every predicate makes the slice worse than it is without it, beyond chance."""
    if len(chosen) == 1:
        return True
    for column, level in chosen:
        parent = codes[:, column] == level
        if _p_value(errors, inside, parent & ~inside, regression) >= LEVEL:
            return False
    return True


def _p_value(errors: Errors, inside: Mask, outside: Mask, regression: bool) -> float:
    from scipy import stats

    n, others = np.count_nonzero(inside), np.count_nonzero(outside)
    if not n or not others:
        return 1.0
    if regression:
        return float(stats.mannwhitneyu(errors[inside], errors[outside], alternative="greater").pvalue)
    wrong = errors > 0
    here, there = np.count_nonzero(wrong & inside), np.count_nonzero(wrong & outside)
    return float(stats.hypergeom.sf(here - 1, n + others, here + there, n))


def _estimate(errors: Errors, inside: Mask, regression: bool) -> Estimate:
    n = int(np.count_nonzero(inside))
    if not regression:
        return wilson(float(np.count_nonzero((errors > 0) & inside)), n)
    return mean(errors[inside]) if n else Estimate(float("nan"), float("nan"), float("nan"), 0, "no example")


def _slice(
    name: str,
    inside: Mask,
    errors: Errors,
    tried: int,
    regression: bool,
) -> Slice:
    p = _p_value(errors, inside, ~inside, regression)
    rate, held = _estimate(errors, inside, regression), float(errors @ inside)
    return Slice(
        name=name,
        rows=np.empty(0, dtype=np.int64),  # Only those that are reported get theirs.
        rate=rate,
        rest=_estimate(errors, ~inside, regression),
        failures=0 if regression else round(held),
        share_of_errors=held / float(errors.sum()),
        share_of_examples=float(inside.mean()),
        p_value=p,
        p_adjusted=min(1.0, p * tried),
    )


def _distinct(
    found: list[tuple[Slice, Chosen]], codes: Codes, errors: Errors, regression: bool
) -> list[tuple[Slice, Chosen]]:
    """Return the slices that say something beyond the ones before them.

    A slice stays where it is worse than the rest also without the examples of the slices before it, so that neither
    a better one in other words nor a wider one around it is told twice.
    """
    kept: list[tuple[Slice, Chosen]] = []
    told = np.zeros(len(errors), dtype=np.bool_)
    for one, chosen in found:
        inside = _inside(chosen, codes)
        if kept and (inside & told).any():
            new = inside & ~told
            if np.count_nonzero(new) < (1 - ALIKE) * np.count_nonzero(inside):
                continue
            if one.significant and _p_value(errors, new, ~inside & ~told, regression) >= LEVEL:
                continue
        kept.append((one, chosen))
        told |= inside
        if len(kept) == REPORTED:
            break
    return kept
