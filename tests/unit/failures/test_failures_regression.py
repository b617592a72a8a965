"""Largest errors and errors by range of the target."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.failures.regression import errors_by_range, residuals, worst_errors
from tests.unit.metrics.runs import regressed


def test_largest_errors_first_whatever_their_sign() -> None:
    run = regressed([0, 0, 0, 0], [1, -5, 3, 0])
    assert residuals(run).tolist() == [1, -5, 3, 0]
    assert worst_errors(run, 2).tolist() == [1, 2]
    assert worst_errors(run, 99).tolist() == [1, 2, 0, 3]
    big = regressed(np.zeros(1000), np.arange(1000))
    assert worst_errors(big, 3).tolist() == [999, 998, 997]


def test_errors_by_range_of_the_target() -> None:
    y = np.arange(100.0)
    ranges = errors_by_range(regressed(y, np.where(y < 50, y + 1, y - 10)), bins=2)
    low, high = ranges
    assert (low.n, high.n) == (50, 50)
    assert low.bias.value == pytest.approx(1)
    assert high.bias.value == pytest.approx(-10)
    assert high.mae.value == pytest.approx(10)
    assert low.low == 0
    assert high.high == 99


def test_ranges_at_the_edges() -> None:
    assert errors_by_range(regressed([], [])) == ()
    (only,) = errors_by_range(regressed([2, 2], [1, 4]))
    assert (only.n, only.mae.value) == (2, 1.5)
    assert sum(part.n for part in errors_by_range(regressed([0, 0, 0, 1], [0, 1, 2, 3]))) == 4
