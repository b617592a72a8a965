"""Regression metrics against scikit-learn, at their edges, and their intervals' coverage."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from analysis.metrics import METRICS, intervals, regression, summarise
from analysis.types import Kind
from tests.unit.metrics.runs import regressed


def noisy(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.normal(150, 70, n)
    return y, (y + rng.normal(0, 35, n)).astype(np.float32)


@pytest.mark.parametrize("n", [8, 300, intervals.LARGE + 1])
def test_values_are_scikit_learns(n: int) -> None:
    y, f = noisy(n, 0)
    found = regression.summary(regressed(y, f))
    expected = {
        "r2": sk.r2_score(y, f),
        "mse": sk.mean_squared_error(y, f),
        "rmse": sk.root_mean_squared_error(y, f),
        "mae": sk.mean_absolute_error(y, f),
        "median_ae": sk.median_absolute_error(y, f),
    }
    assert set(found) == set(expected)
    for key, value in expected.items():
        assert found[key].value == pytest.approx(value, rel=1e-6)
        assert found[key].low <= found[key].value <= found[key].high
        assert found[key].n == n
        assert METRICS[key].kind is Kind.REGRESSION


def test_edges_do_not_fall_over() -> None:
    assert summarise(regressed([], [])) == {}
    one = summarise(regressed([3.0], [4.0]))
    assert one["mse"].value == 1
    assert np.isnan(one["r2"].value)
    exact = summarise(regressed([1, 2, 3], [1, 2, 3]))
    assert exact["r2"].value == exact["r2"].low == exact["r2"].high == 1
    assert exact["mse"].low == exact["mse"].high == 0
    assert np.isnan(summarise(regressed([2, 2, 2], [1, 2, 3]))["r2"].value)


def test_large_and_small_methods_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    y, f = noisy(2000, 1)
    small = regression.summary(regressed(y, f))
    monkeypatch.setattr(intervals, "LARGE", 100)
    large = regression.summary(regressed(y, f))
    assert "normal" in large["mae"].method
    for key in ("r2", "mse", "mae"):
        width = small[key].high - small[key].low
        assert large[key].low == pytest.approx(small[key].low, abs=0.1 * width)
        assert large[key].high == pytest.approx(small[key].high, abs=0.1 * width)


def test_intervals_cover_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "MOST_DRAWS", 400)
    true = {"mse": 35**2, "r2": 1 - 35**2 / 70**2, "median_ae": 35 * 0.67449}
    hits = dict.fromkeys(true, 0)
    for draw in range(300):
        found = regression.summary(regressed(*noisy(100, 1000 + draw)), seed=draw)
        for key, value in true.items():
            hits[key] += found[key].low <= value <= found[key].high
    assert min(hits.values()) >= 0.92 * 300, hits
