"""What a table's columns tell without labels, where faults hide one another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.preprocessing.doctor.unlabelled import ODD, changes, nearest_to_seen
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.missing import sentinels_in, without_sentinels
from analysis.types import Edit
from tests.unit.preprocessing.edits.conftest import measurements, table_context, with_inputs


def spoiled(frame: pd.DataFrame) -> Context:
    """Return a healthy model whose data come otherwise."""
    return with_inputs(table_context(), frame)


def told(context: Context) -> set[str]:
    """Return the edits of the nearest hypothesis in words."""
    return {edit.sentence for edit in nearest_to_seen(context.documented, context)[0].edits}


def test_a_healthy_table_is_left_alone() -> None:
    assert nearest_to_seen(table_context().documented, table_context()) == []


def test_an_exchange_is_told_from_two_units() -> None:
    frame = measurements()
    swapped = frame.assign(height=frame["ratio"], ratio=frame["height"], weight=frame["weight"] * 1.8 + 32)
    assert told(spoiled(swapped)) == {
        "column order: height and ratio change places",
        "units: as they are → weight · 0.555556 − 17.7778",
    }


def test_a_sentinel_that_was_converted_is_no_measurement() -> None:
    frame = measurements()
    frame.loc[::12, "weight"] = -999.0
    context = spoiled(frame.assign(weight=frame["weight"] * 0.01))
    sentences = told(context)
    assert "units: as they are → weight · 100" in sentences
    assert any("-9.99 taken for missing" in sentence for sentence in sentences)


def test_orders_that_standardised_columns_do_not_tell_are_all_offered() -> None:
    frame = measurements()
    standardised = (frame - frame.mean()) / frame.std(ddof=0)
    reversed_ = standardised.iloc[:, ::-1].set_axis(frame.columns, axis=1)
    context = spoiled(reversed_)
    found = nearest_to_seen(context.documented, context)
    assert all("scaling" in hypothesis.steps for hypothesis in found)
    orders = [h.apply(context.documented).param("column_order", "columns") for h in found]
    assert list(frame.columns[::-1]) in [list(order) for order in orders]


def test_an_edit_counts_what_it_changes() -> None:
    units = Edit("units", {"factors": {}, "offsets": {}}, {"factors": {"a": 1.8, "b": 2.0}, "offsets": {"a": 32.0}}, "")
    assert changes(units) == 2
    assert changes(Edit("units", {"logs": {}}, {"logs": {"a": "exp"}}, "")) == ODD
    assert changes(Edit("column_order", {"columns": ["a", "b"]}, {"columns": ["b", "a"]}, "")) == 1


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([*np.linspace(40, 60, 50), *[-17.9] * 3], [-17.9]),
        ([*np.linspace(40, 60, 50), *[-17.9] * 2], []),  # Twice may be chance.
        ([*np.linspace(40, 60, 50), *[72.0] * 9], []),  # Near the others.
        ([0.0] * 50 + [1.0] * 50 + [2.0] * 3, []),  # Counts.
        ([*np.linspace(40, 60, 50), -999.0], [-999.0]),
        ([], []),
    ],
)
def test_what_stands_for_missing(values: list[float], found: list[float]) -> None:
    column = np.array(values)
    assert sentinels_in(column) == found
    assert np.isnan(without_sentinels(column)).sum() == sum(values.count(value) for value in found)
