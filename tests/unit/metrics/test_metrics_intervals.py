"""Intervals against scipy's formulas, and what a tail may and may not do to them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from analysis.metrics import intervals, regression
from analysis.metrics.curves import roc_area
from tests.unit.metrics.runs import regressed


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_roc_area_has_the_error_and_freedom_of_brunner_and_munzel(share: float) -> None:
    rng = np.random.default_rng(4)
    truth = rng.random(60) < share
    scores = rng.normal(size=60).round(1) + truth
    test = stats.brunnermunzel(scores[~truth], scores[truth])
    found = roc_area(truth, scores)
    error = (found.value - 0.5) / abs(test.statistic)
    freedom = optimize.brentq(lambda df: 2 * stats.t.sf(abs(test.statistic), df) - test.pvalue, 2, 1e4)
    half = stats.t.ppf(0.975, freedom) * error / (found.value * (1 - found.value))
    ends = stats.logistic.cdf(stats.logistic.ppf(found.value) + np.array([-half, half]))
    assert (found.low, found.high) == pytest.approx(tuple(ends))


def test_a_tail_is_scipys_pareto() -> None:
    ordered = np.sort(stats.pareto.rvs(4.0, size=400, random_state=1))
    tail = intervals.pareto_tail(ordered)
    assert tail is not None
    assert (tail.size, tail.start) == (20, ordered[379])
    shape, _, _ = stats.pareto.fit(ordered[380:], floc=0, fscale=tail.start)
    assert tail.index == pytest.approx(1 / shape)
    drawn = np.concatenate([ordered[:380], [stats.pareto.mean(shape, scale=tail.start)] * 20])
    assert tail.gain(tail.index) == pytest.approx(drawn.mean() / ordered.mean())


def test_an_index_is_as_uncertain_as_hills_estimate_and_capped() -> None:
    """Nine of ten samples leave open an index as large as the true one, or larger, one time in ten."""
    rng, true = np.random.default_rng(0), 0.2
    above = 0
    for _ in range(400):
        tail = intervals.pareto_tail(np.sort(rng.pareto(1 / true, size=36) + 1))
        assert tail is not None
        above += bool(np.quantile(tail.indices(500, rng), 0.9) > true)
    assert stats.binomtest(above, 400, 0.9).pvalue > 0.01
    endless = intervals.pareto_tail(np.sort(stats.pareto.rvs(0.5, size=400, random_state=1)))
    assert endless is not None
    assert endless.indices(100, rng).max() == pytest.approx(0.5 * (1 + 1 / np.sqrt(20)))


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [0.0, 0.0, 0.0, 5.0]])
def test_too_few_values_and_zeros_have_no_tail(values: list[float]) -> None:
    assert intervals.pareto_tail(np.array(values)) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_tail_moves_the_upper_end_only_and_outwards(seed: int) -> None:
    squares = np.sort(np.random.default_rng(seed).standard_t(5, size=40) ** 2)[:, None]
    plain = intervals.bootstrap_t(squares, intervals.log_mean, seed)
    tailed = intervals.bootstrap_t(squares, intervals.log_mean, seed, tail=True)
    assert tailed[0] == plain[0]
    assert tailed[1] >= plain[1]
    assert "Pareto" in tailed[2]
    assert "Pareto" not in plain[2]


def test_students_law_widens_both_ends_alike() -> None:
    losses = np.random.default_rng(3).exponential(size=30)[:, None]
    middle = np.log(losses.mean())
    plain, wider = (
        np.log(intervals.bootstrap_t(losses, intervals.log_mean, 0, widened=widened)[:2]) for widened in (False, True)
    )
    assert wider - middle == pytest.approx((plain - middle) * stats.t.ppf(0.975, 29) / stats.norm.ppf(0.975))


@pytest.mark.parametrize("n", [30, 100])
def test_squared_errors_with_long_tails_are_covered(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "MOST_DRAWS", 300)
    law, target = stats.t(5), stats.norm(0, 3)
    true = {"mse": law.var(), "rmse": law.std(), "r2": 1 - law.var() / target.var()}
    hits = dict.fromkeys(true, 0)
    for draw in range(400):
        rng = np.random.default_rng([5, draw])
        y = target.rvs(n, random_state=rng)
        found = regression.summary(regressed(y, y + law.rvs(n, random_state=rng)), seed=draw)
        for key, value in true.items():
            hits[key] += found[key].low <= value <= found[key].high
    assert min(hits.values()) >= 0.93 * 400, hits
