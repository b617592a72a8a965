"""Units that are solved for from captured rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.preprocessing.doctor.columns import with_units
from analysis.preprocessing.tabular import default_table_pipeline
from analysis.types import Kind

PIPELINE = default_table_pipeline(["a", "b", "c"], ["no", "yes"], Kind.CLASSIFICATION)
ROWS = np.random.default_rng(0).normal(5, 2, size=(8, 3))


@given(
    factor=st.sampled_from([0.001, 0.01, 0.5, 1.8, 10.0, 1000.0, -1.0]), offset=st.sampled_from([0.0, 32.0, -273.15])
)
def test_a_factor_and_an_offset_are_found(factor: float, offset: float) -> None:
    captured = ROWS.copy()
    captured[:, 1] = captured[:, 1] * factor + offset
    found = with_units(PIPELINE, list(ROWS), list(captured))
    assert found.param("units", "factors") == {"b": factor}
    assert found.param("units", "offsets") == ({"b": offset} if offset else {})


def test_equal_rows_leave_the_pipeline_as_it_is() -> None:
    assert with_units(PIPELINE, list(ROWS), list(ROWS)) == PIPELINE


def test_what_is_no_line_is_left_alone() -> None:
    captured = ROWS.copy()
    captured[:, 0] **= 2
    assert with_units(PIPELINE, list(ROWS), list(captured)).param("units", "factors") == {}


def test_few_rows_tell_nothing() -> None:
    assert with_units(PIPELINE, list(ROWS[:2]), list(ROWS[:2] * 10)) == PIPELINE
