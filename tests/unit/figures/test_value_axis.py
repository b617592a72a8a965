"""Axes of values: rates with their sign apart, over whatever range."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.figures.template import around, value_axis


@pytest.mark.parametrize(
    ("low", "high", "signed", "form", "first", "last", "n"),
    [
        (-0.02, 1.02, False, ".0%", "−2", "102", 105),
        (0.0, 0.318, False, ".0%", "0", "32", 33),
        (0.945, 1.0, False, ".0%", "94", "100", 7),
        (0.9525, 1.0, False, ".1%", "95.2", "100.0", 49),
        (0.0, 0.0005, False, ".3%", "0.000", "0.050", 51),
        (-0.5, 0.5, True, "+.0%", "−50", "+50", 101),
    ],
)
def test_every_mark_of_rates_has_its_sign_apart(
    low: float, high: float, signed: bool, form: str, first: str, last: str, n: int
) -> None:
    axis = value_axis("Share", low, high, signed=signed)
    names = axis["labelalias"]
    assert axis["range"] == [low, high]
    assert axis["tickformat"] == form
    assert [*names][:: n - 1] == [f"{first}%", f"{last}%"]
    assert [*names.values()][:: n - 1] == [f"{first}\u00a0%", f"{last}\u00a0%"]
    assert len(names) == n


def test_zero_has_no_sign_though_plotly_gives_it_one() -> None:
    assert value_axis("Difference", -1, 1, signed=True)["labelalias"]["+0%"] == "0\u00a0%"


@pytest.mark.parametrize("width", np.geomspace(1e-4, 2.2, 60))
def test_the_finest_marks_differ_and_have_names(width: float) -> None:
    axis = value_axis("Share", 0.0, float(width))
    # As plotly does it: the least of 1, 2 or 5 times a power of ten that makes at most ten steps.
    power = 10.0 ** np.floor(np.log10(width / 10))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= width / 10)
    digits = int(axis["tickformat"][1])
    shown = [f"{100 * i * step:.{digits}f}%" for i in range(int(width / step) + 1)]
    assert len(set(shown)) == len(shown)
    assert set(shown) <= set(axis["labelalias"])
    assert len(axis["labelalias"]) <= 240


def test_what_is_no_rate_is_marked_by_plotly() -> None:
    assert value_axis("Error", 0.0, 3.5, rate=False) == {
        "title": {"text": "Error"}, "range": [0.0, 3.5], "fixedrange": True,
    }  # fmt: skip
    assert value_axis("Error", -3.5, 3.5, rate=False, signed=True)["tickformat"] == "+"


def test_an_axis_reaches_around_its_values() -> None:
    assert around([0.5, float("nan"), 1.0]) == pytest.approx((0.48, 1.02))
    assert around([2.0, 2.0]) == pytest.approx((1.96, 2.04))
    assert around([float("nan")]) == pytest.approx((-0.04, 1.04))
