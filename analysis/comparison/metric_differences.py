"""The difference of every headline metric of two runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from analysis.comparison.differences import (
    SWAPS,
    Difference,
    of_means,
    of_rows,
    of_shares,
    of_statistic,
    swap_rows,
)
from analysis.comparison.pairs import Pairs
from analysis.comparison.score_differences import AREAS, area_differences, calibration_difference
from analysis.metrics import METRICS, intervals
from analysis.metrics.averages import Floats
from analysis.metrics.classification import AVERAGES, SHARES, margins_of
from analysis.metrics.tally import Tally, tally
from analysis.types import IntArray, Predictions

#: Resamples or swaps times occupied cells that one metric may cost.
_BUDGET = 20_000_000


def differences(pairs: Pairs, *, seed: int = 0) -> dict[str, Difference]:
    """Return the paired difference of each metric that both runs have, by the keys of `METRICS`.

    Parameters
    ----------
    pairs : Pairs
    seed : int
        Of resampling and swapping.
    """
    groups = (_regression,) if pairs.regression else (_shares, _averages, _losses, area_differences, _calibration)
    found: dict[str, Difference] = {}
    for group in groups:
        found |= group(pairs, seed=seed)
    return {key: found[key] for key in METRICS if key in found}


def difference_of(pairs: Pairs, metric: str, *, seed: int = 0) -> Difference | None:
    """Return the paired difference of one metric, or None where the runs don't have it.

    Parameters
    ----------
    pairs : Pairs
    metric : str
        A key of `METRICS`.
    seed : int
    """
    if pairs.regression:
        return _regression(pairs, seed=seed).get(metric)
    group = next((group for keys, group in _GROUPS.items() if metric in keys), _losses)
    return group(pairs, seed=seed).get(metric)


def _shares(pairs: Pairs, *, seed: int) -> dict[str, Difference]:  # noqa: ARG001
    return dict.fromkeys(SHARES, of_shares(pairs.hits_a, pairs.hits_b))


def _calibration(pairs: Pairs, *, seed: int) -> dict[str, Difference]:
    return {"calibration_error": calibration_difference(pairs, seed=seed)}


def _losses(pairs: Pairs, *, seed: int) -> dict[str, Difference]:
    out = {}
    a, b = tally(_part(pairs.a, pairs.rows_a)), tally(_part(pairs.b, pairs.rows_b))
    out["log_loss"] = of_means(_log_losses(a), _log_losses(b), seed=seed)
    out["brier"] = of_means(_brier(a), _brier(b), seed=seed)
    if min(a.k, b.k) > 5:
        out["top5"] = of_shares(a.rank < 5, b.rank < 5)
    return out


def _part(run: Predictions, rows: IntArray) -> Predictions:
    """Return a run with some of its examples only; what the tally doesn't need stays as it was."""
    return replace(run, truth=np.asarray(run.truth, dtype=np.int64)[rows], scores=run.scores[rows])


def _log_losses(found: Tally) -> Floats:
    edge = float(np.finfo(np.float32).eps)
    losses: Floats = -np.log(np.clip(found.p_true, edge, 1 - edge, dtype=np.float64))
    return losses


def _brier(found: Tally) -> Floats:
    squared: Floats = np.maximum(found.squares - 2.0 * found.p_true + 1.0, 0.0) / (2.0 if found.k <= 2 else 1.0)
    return squared


def _averages(pairs: Pairs, *, seed: int) -> dict[str, Difference]:
    """Averages over classes and agreement, from the counts of (true, answer of a, answer of b) alone."""
    used, place = np.unique(np.concatenate([pairs.truth, pairs.answers_a, pairs.answers_b]), return_inverse=True)
    triples = np.column_stack(np.split(place, 3)).astype(np.int64)
    cells, counts = np.unique(triples, axis=0, return_counts=True)
    (t, a, b), k = cells.T, len(used)
    draws = int(np.clip(_BUDGET // max(1, len(cells)), intervals.ENOUGH_DRAWS, intervals.MOST_DRAWS))
    rng = np.random.default_rng(seed)
    resampled = rng.multinomial(pairs.n, counts / pairs.n, size=draws)
    kept = counts - np.random.default_rng(seed + 1).binomial(counts, 0.5, size=(min(draws, SWAPS), len(cells)))
    both_t, one, other = np.concatenate([t, t]), np.concatenate([a, b]), np.concatenate([b, a])
    turned = np.concatenate([kept, counts - kept], axis=1)
    here = [margins_of(t, answer, counts[None, :], k) for answer in (a, b)]
    boot = [margins_of(t, answer, resampled, k) for answer in (a, b)]
    swap = [margins_of(both_t, answer, turned, k) for answer in (one, other)]
    out = {}
    for key, metric in AVERAGES.items():
        values = [float(metric.value(side)[0]) for side in here]
        moved = metric.value(boot[0]) - metric.value(boot[1])
        changed = metric.value(swap[0]) - metric.value(swap[1])
        out[key] = of_statistic(values[0], values[1], moved, changed, n=pairs.n, seed=seed)
    return out


def _regression(pairs: Pairs, *, seed: int) -> dict[str, Difference]:
    y = np.asarray(pairs.a.truth, dtype=np.float64)[pairs.rows_a]
    sides = ((pairs.a, pairs.rows_a), (pairs.b, pairs.rows_b))
    errors = np.column_stack([np.abs(run.values[rows] - y) for run, rows in sides])
    squares, around = errors**2, (y - y.mean()) ** 2
    draws = int(np.clip(_BUDGET // pairs.n, intervals.ENOUGH_DRAWS, intervals.MOST_DRAWS))
    out = {
        "mse": of_means(squares[:, 0], squares[:, 1], seed=seed),
        "mae": of_means(errors[:, 0], errors[:, 1], seed=seed),
        "rmse": of_rows(squares, lambda losses: np.sqrt(losses.mean(axis=1)), draws=draws, seed=seed),
        "median_ae": of_rows(errors, lambda losses: np.median(losses, axis=1), draws=draws, seed=seed),
    }
    below = float(around.mean())
    if below > 0:
        a, b = (1 - float(squares[:, side].mean()) / below for side in (0, 1))
        moved = _resampled_r2(squares, around, draws, seed)
        # Both share the targets, so that swapping leaves their variance as it is.
        changed = -swap_rows(squares, lambda x: x.mean(axis=1) / below, draws=min(draws, SWAPS), seed=seed)
        out["r2"] = of_statistic(a, b, moved, changed, n=pairs.n, seed=seed)
    return out


def _resampled_r2(squares: Floats, around: Floats, draws: int, seed: int) -> Floats:
    rng, n = np.random.default_rng(seed), len(squares)
    block, out = max(1, 1_000_000 // n), []
    better = squares[:, 1] - squares[:, 0]
    for start in range(0, draws, block):
        rows = rng.integers(0, n, size=(min(block, draws - start), n), dtype=np.uint32)
        below = around[rows].mean(axis=1)
        out.append(better[rows].mean(axis=1) / np.where(below > 0, below, np.nan))
    found: Floats = np.concatenate(out)
    kept: Floats = found[np.isfinite(found)]
    return kept


_GROUPS: Mapping[tuple[str, ...], Callable[..., dict[str, Difference]]] = {
    SHARES: _shares,
    tuple(AVERAGES): _averages,
    AREAS: area_differences,
    ("calibration_error",): _calibration,
}
