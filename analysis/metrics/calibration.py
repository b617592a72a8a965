"""Calibration error with its interval, and a temperature that is fitted on one half and judged on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.metrics import intervals
from analysis.metrics.averages import Floats
from analysis.metrics.halves import halves
from analysis.sampling import draw
from analysis.types import Estimate, FloatArray, IntArray, Predictions

BINS = 10
#: Temperatures that are looked among.
COLDEST, HOTTEST = 0.05, 20.0
#: Examples, and scores of them, that a temperature is told by at most.
TOLD, VALUES = 50_000, 10_000_000
#: Fewer examples than this on one half don't tell a temperature.
FEWEST = 20


@dataclass(frozen=True)
class CalibrationError:
    """How far confidence and accuracy are apart.

    Attributes
    ----------
    error : Estimate
        Expected calibration error (Naeini et al. 2015; Guo et al. 2017), 10 bins of equal width.
    by_chance : float
        What a perfectly calibrated model with these confidences would show on average: with few examples the error
        is never 0.
    """

    error: Estimate
    by_chance: float


@dataclass(frozen=True)
class Temperature:
    """A temperature for the scores, fitted on one half of the examples and judged on the other.

    Attributes
    ----------
    value : float
        Above 1 the model was too sure, below 1 not sure enough.
    fitted_on, judged_on : int
    before, after : CalibrationError
        On the half that it was not fitted on.
    log_loss_before, log_loss_after : float
        Mean on that half, in nats.
    saved : Estimate
        Mean fall of the log loss by the temperature, paired: above 0 it helps.
    judged : Predictions
        That half, with scores as the temperature makes them.
    untouched : Predictions
        That half as it was.
    seed : int
        Of the division.
    """

    value: float
    fitted_on: int
    judged_on: int
    before: CalibrationError
    after: CalibrationError
    log_loss_before: float
    log_loss_after: float
    saved: Estimate
    judged: Predictions
    untouched: Predictions
    seed: int

    @property
    def helps(self) -> bool:
        """Whether the fall of the log loss is more than chance."""
        return self.saved.low > 0


def confidences(predictions: Predictions) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the score of each answer and whether it is right, for examples whose label the model knows."""
    sure = np.asarray(predictions.confidence if predictions.scores.shape[1] else np.empty(0), dtype=np.float64)
    kept = predictions.known & np.isfinite(sure)
    return sure[kept], (predictions.predicted == predictions.truth)[kept]


def calibration_error(predictions: Predictions, *, seed: int = 0) -> CalibrationError | None:
    """Return the expected calibration error with its interval, or None where there is no example.

    The error is biased upwards, and its bootstrap twice. The interval is the percentile one stretched to where it
    lies without that bias (`intervals.widened_percentile`), and down by what luck alone makes of perfect calibration.

    Parameters
    ----------
    predictions : Predictions
        A classification run with probabilities.
    seed : int
    """
    sure, right = confidences(predictions)
    n = len(sure)
    if not n:
        return None
    place = np.clip(np.ceil(sure * BINS).astype(np.int64) - 1, 0, BINS - 1)
    value = float(np.abs(np.bincount(place, sure - right, minlength=BINS)).sum() / n)
    many = n > intervals.LARGE
    values, luck_only = (_drawn_gaps if many else _resampled_gaps)(sure, right, place, seed)
    draws = len(values)
    low, high = intervals.widened_percentile(values, float(values.mean()) - value)
    # No more than luck would show: perfect calibration can't be ruled out. Else what luck adds on average comes off.
    lucky = value <= float(np.quantile(luck_only, intervals.TAILS[1]))
    low = 0.0 if lucky else min(low, value - float(luck_only.mean()))
    law = "normal approximation of the bootstrap" if many else "bootstrap"
    method = f"{law}, stretched by its bias ({draws} draws, seed {seed})"
    estimate = Estimate(value, max(0.0, min(low, value)), min(1.0, max(high, value)), n, method)
    return CalibrationError(estimate, float(luck_only.mean()))


def _resampled_gaps(sure: Floats, right: npt.NDArray[np.bool_], place: IntArray, seed: int) -> tuple[Floats, Floats]:
    """Return the error of resampled examples, and of answers that are right as often as the confidences promise."""
    n = len(sure)
    bins = place[:, None] == np.arange(BINS)
    gaps = (sure - right)[:, None] * bins
    rng, draws = np.random.default_rng(seed), intervals.draws_for(n)
    resampled, calm = [], []
    block = max(1, 2_000_000 // n)
    for start in range(0, draws, block):
        size = min(block, draws - start)
        weights = rng.multinomial(n, np.full(n, 1 / n), size=size)
        resampled.append(np.abs(weights @ gaps).sum(axis=1) / n)
        luck = sure - (rng.random((size, n)) < sure)
        calm.append(np.abs(luck @ bins).sum(axis=1) / n)
    return np.concatenate(resampled), np.concatenate(calm)


def _drawn_gaps(sure: Floats, right: npt.NDArray[np.bool_], place: IntArray, seed: int) -> tuple[Floats, Floats]:
    """Return the same for many examples, whose sums in each bin follow the normal law with these very variances."""
    n = len(sure)
    apart = sure - right
    sums, squares, luck = (
        np.bincount(place, weights, minlength=BINS) for weights in (apart, apart**2, sure * (1 - sure))
    )
    rng, draws = np.random.default_rng(seed), intervals.MOST_DRAWS
    spread = np.diag(squares) - np.outer(sums, sums) / n
    resampled = rng.multivariate_normal(sums, spread, size=draws, method="eigh")
    calm = rng.normal(size=(draws, BINS)) * np.sqrt(np.maximum(luck, 0.0))
    return np.abs(resampled).sum(axis=1) / n, np.abs(calm).sum(axis=1) / n


def tempered(scores: FloatArray | Floats, temperature: float) -> Floats:
    """Return probabilities with their logarithms divided by a temperature (Guo et al. 2017)."""
    logs = np.log(np.clip(np.asarray(scores, dtype=np.float64), 1e-12, 1.0)) / temperature
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


def fit_temperature(predictions: Predictions, *, seed: int = 0) -> Temperature | None:
    """Fit a temperature on one half of the examples, and judge it on the other.

    Parameters
    ----------
    predictions : Predictions
        A classification run with probabilities.
    seed : int
        Of the division into halves, stratified by label, and of the draw of `TOLD` examples where there are more.

    Returns
    -------
    Temperature or None
        None with fewer than 20 examples a half, or a single class.
    """
    # One number is fitted: more examples than these change its third digit, and cost a copy of all scores.
    most = max(4 * FEWEST, min(TOLD, VALUES // max(1, predictions.scores.shape[1])))
    rows = draw(len(predictions), most, seed).rows
    finite = np.isfinite(np.asarray(predictions.scores[rows])).all(axis=1)
    rows = rows[predictions.known[rows] & finite]
    truth = np.asarray(predictions.truth, dtype=np.int64)[rows]
    fit, judge = halves(truth, seed)
    if min(len(fit), len(judge)) < FEWEST or predictions.scores.shape[1] < 2:
        return None
    value = _best(np.asarray(predictions.scores[rows[fit]]), truth[fit])
    before = predictions.take(rows[judge])
    after = replace(before, scores=tempered(before.scores, value).astype(np.float32))
    losses = [_losses(np.asarray(run.scores), truth[judge]) for run in (before, after)]
    saved = losses[0] - losses[1]
    low, high = intervals.student(saved)
    errors = [calibration_error(run, seed=seed) for run in (before, after)]
    assert errors[0] is not None
    assert errors[1] is not None
    return Temperature(
        value, len(fit), len(judge), errors[0], errors[1], float(losses[0].mean()), float(losses[1].mean()),
        Estimate(float(saved.mean()), low, high, len(saved), "Student's t, paired"), after, before, seed,
    )  # fmt: skip


def _losses(scores: FloatArray | Floats, truth: IntArray) -> Floats:
    own = np.asarray(scores, dtype=np.float64)[np.arange(len(truth)), truth]
    return np.asarray(-np.log(np.clip(own, 1e-12, 1.0)), dtype=np.float64)


def _best(scores: FloatArray, truth: IntArray) -> float:
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        return float(_losses(tempered(scores, float(np.exp(log_temperature))), truth).mean())

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))
