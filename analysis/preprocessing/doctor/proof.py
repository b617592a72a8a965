"""Is the difference real? Paired tests, correction for all that was tried, and how much data would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.preprocessing.doctor.losses import Losses

#: A mismatch is called proved below this, after correction.
ALPHA = 0.05
#: Sign flips of the permutation test; its smallest p-value is one in so many.
FLIPS = 20_000


@dataclass(frozen=True)
class Paired:
    """A paired comparison of two pipelines on the same examples.

    Attributes
    ----------
    gain : float
        Mean loss that the second pipeline saves, in nats (or variances).
    z : float
        The gain in standard errors.
    p_value : float
        One-sided: how often chance alone gives such a gain.
    mcnemar : float
        One-sided exact McNemar test of the right answers; 1 for a regression.
    n : int
    """

    gain: float
    z: float
    p_value: float
    mcnemar: float
    n: int


def z_score(differences: Losses) -> float:
    """Return mean over standard error; 0 where all differences are zero."""
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    mean = float(differences.mean()) if len(differences) else 0.0
    if spread == 0.0:
        return 0.0 if mean == 0.0 or len(differences) < 2 else float(np.sign(mean)) * np.inf
    return float(mean / (spread / np.sqrt(len(differences))))


def sign_flip_p(differences: Losses, *, seed: int = 0) -> float:
    """One-sided permutation test of paired differences: under the null each sign is a coin toss.

    Where the flips can't resolve a small p-value, Student's t takes over. Source: Fisher (1935), ch. 3.
    """
    differences = differences[differences != 0.0]
    n = len(differences)
    if n == 0 or differences.sum() <= 0:
        return 1.0
    if n <= 14:
        signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * n)).reshape(n, -1)
        sums = differences @ signs
        return float((sums >= differences.sum() - 1e-12).mean())
    generator = np.random.default_rng(seed)
    signs = generator.integers(0, 2, size=(FLIPS, n), dtype=np.int8) * 2 - 1
    hits = int((signs @ differences >= differences.sum() - 1e-12).sum())
    if hits >= 20:
        return (hits + 1) / (FLIPS + 1)
    return max(float(stats.ttest_1samp(differences, 0.0, alternative="greater").pvalue), 2.0**-n)


def mcnemar_p(before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> float:
    """One-sided exact McNemar test that more answers became right than wrong."""
    repaired = int((after & ~before).sum())
    broken = int((before & ~after).sum())
    if repaired + broken == 0:
        return 1.0
    return float(stats.binomtest(repaired, repaired + broken, 0.5, alternative="greater").pvalue)


def compare(
    before: Losses,
    after: Losses,
    right_before: npt.NDArray[np.bool_] | None = None,
    right_after: npt.NDArray[np.bool_] | None = None,
    *,
    seed: int = 0,
) -> Paired:
    """Compare the losses of two pipelines on the same examples."""
    differences = before - after
    mcnemar = 1.0
    if right_before is not None and right_after is not None:
        mcnemar = mcnemar_p(right_before, right_after)
    gain = float(differences.mean()) if len(differences) else 0.0
    return Paired(gain, z_score(differences), sign_flip_p(differences, seed=seed), mcnemar, len(differences))


def holm(p_values: Sequence[float], weights: Sequence[float]) -> npt.NDArray[np.float64]:
    """Weighted Holm correction.

    Parameters
    ----------
    p_values : sequence of float, length m
    weights : sequence of float, length m
        Prior weight of each hypothesis; scaled to sum to 1. Equal weights give Holm's own correction.

    Returns
    -------
    ndarray of float64, shape (m,)
        Adjusted p-values: compare with the level itself.

    Notes
    -----
    Holm (1979), "A simple sequentially rejective multiple test procedure", section 4.
    """
    p, share = np.asarray(p_values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    share = share / share.sum()
    order = np.argsort(p / share, kind="stable")
    adjusted, left, worst = np.ones_like(p), 1.0, 0.0
    for i in order:
        worst = max(worst, min(1.0, p[i] / share[i] * left))
        adjusted[i] = worst
        left -= share[i]
    return adjusted


def examples_needed(differences: Losses, alpha: float, *, power: float = 0.8) -> int | None:
    """Return about how many examples would prove a gain of the size seen, or None where there is none."""
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    if mean <= 0 or not np.isfinite(spread) or spread == 0:
        return None
    wanted = stats.norm.isf(alpha) + stats.norm.ppf(power)
    return int(np.ceil((wanted * spread / mean) ** 2))
