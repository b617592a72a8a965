"""Rules of `next_steps` for regression: each yields findings, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.failures.regression import errors_by_range, mean, residuals, worst_errors
from analysis.failures.seen import Seen
from analysis.failures.wording import counted, number
from analysis.metrics.classification import FEW
from analysis.types import Finding, Severity


def wrong_scale(seen: Seen) -> Iterator[Finding]:
    """Answers that follow the target, but in another unit or from another zero."""
    from scipy import stats

    y, f = np.asarray(seen.predictions.truth, np.float64), seen.predictions.values
    if len(y) < FEW or not np.isfinite(f).all() or np.ptp(y) == 0 or np.ptp(f) == 0:
        return
    fit = stats.linregress(f, y)
    left = float(np.square(y - fit.intercept - fit.slope * f).mean())
    now = float(np.square(y - f).mean())
    # Regression to the mean alone gives slopes below 1; a unit makes the error many times what it need be.
    if fit.rvalue >= 0.5 and now > 3 * left:
        yield Finding(
            "wrong_scale",
            Severity.CAUTION,
            f"The answers follow the target (correlation {fit.rvalue:.2f}) but in another scale: target ≈ "
            f"{number(float(fit.slope))} × answer {'+' if fit.intercept >= 0 else '−'} "
            f"{number(abs(float(fit.intercept)))}.",
            {"page": "doctor", "scale": float(fit.slope), "offset": float(fit.intercept), "r": float(fit.rvalue)},
            "Check the unit and the scaling of the target.",
        )


def worse_than_the_mean(seen: Seen) -> Iterator[Finding]:
    """R² at or below 0."""
    y = np.asarray(seen.predictions.truth, np.float64)
    if len(y) < FEW or np.ptp(y) == 0:
        return
    r2 = 1 - float(np.square(residuals(seen.predictions)).sum()) / float(np.square(y - y.mean()).sum())
    if r2 <= 0:
        yield Finding(
            "worse_than_the_mean",
            Severity.CAUTION,
            f"Always answering the mean, {number(float(y.mean()))}, would be better than the model (R² = {r2:.2f}).",
            {"page": "metrics", "r2": r2, "mean": float(y.mean())},
            "Check how the model is fed, and whether this is its target.",
        )


def bias(seen: Seen) -> Iterator[Finding]:
    """Answers that are too high or too low on average, by more than a quarter of the mean absolute error."""
    errors = residuals(seen.predictions)
    if len(errors) < FEW:
        return
    found = mean(errors)
    if found.low <= 0 <= found.high or abs(found.value) < 0.25 * float(np.abs(errors).mean()):
        return
    way = "high" if found.value > 0 else "low"
    low, high = sorted((abs(found.low), abs(found.high)))
    yield Finding(
        "bias",
        Severity.CAUTION,
        f"Answers are {number(abs(found.value))} too {way} on average (95 % interval {number(low)} to {number(high)}, "
        f"n = {found.n}).",
        {"page": "metrics", "bias": found.value, "low": found.low, "high": found.high},
        "See the residuals; a constant can be subtracted.",
    )


def largest_error(seen: Seen) -> Iterator[Finding]:
    """The example that is farthest off."""
    if not len(seen.predictions):
        return
    i = int(worst_errors(seen.predictions, 1)[0])
    errors = np.abs(residuals(seen.predictions))
    example, true, answer = seen.predictions.ids[i], float(seen.predictions.truth[i]), float(seen.predictions.values[i])
    if errors[i] == 0:
        return
    yield Finding(
        "largest_error",
        Severity.CAUTION if errors[i] > 5 * float(np.median(errors)) else Severity.UNKNOWN,
        f"The largest error is {number(float(errors[i]))}: the true value is {number(true)}, the answer "
        f"{number(answer)}. The median error is {number(float(np.median(errors)))}.",
        {"page": "explain", "example": example, "error": answer - true},
        "See what made the answer so.",
        (example,),
    )


def worst_range(seen: Seen) -> Iterator[Finding]:
    """A range of the target in which errors are clearly larger than in the others."""
    ranges = errors_by_range(seen.predictions)
    if len(ranges) < 2 or min(part.n for part in ranges) < FEW:
        return
    worst, best = max(ranges, key=lambda part: part.mae.value), min(ranges, key=lambda part: part.mae.value)
    if worst.mae.low <= best.mae.high or worst.mae.value < 1.5 * best.mae.value:
        return
    yield Finding(
        "worst_range",
        Severity.CAUTION,
        f"Errors are largest where the true value lies between {number(worst.low)} and {number(worst.high)}: "
        f"{number(worst.mae.value)} on average (n = {worst.n}), against {number(best.mae.value)} between "
        f"{number(best.low)} and {number(best.high)}.",
        {"page": "metrics", "low": worst.low, "high": worst.high, "mae": worst.mae.value},
        "See the residuals.",
    )


def few_examples(seen: Seen) -> Iterator[Finding]:
    """Too few examples for any of this to be sure."""
    n = len(seen.predictions)
    if 0 < n < 3 * FEW:
        yield Finding(
            "few_examples",
            Severity.UNKNOWN,
            f"All numbers rest on {counted(n, 'example')}: read the intervals.",
            {"page": "metrics", "n": n},
            "Label more examples.",
        )
