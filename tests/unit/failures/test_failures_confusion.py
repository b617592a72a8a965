"""The confusion matrix: counts, order, the rest as one class, and the examples behind each cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from analysis.failures.confusion import OTHER, UNKNOWN, cell, column, confusion, row, worst_confusions
from tests.unit.metrics.runs import called, classified, random_run


def test_counts_equal_scikit_learns() -> None:
    run = random_run(500, 6, sharpness=1.0)
    matrix = confusion(run)
    expected = confusion_matrix(run.truth, run.predicted, labels=matrix.order)
    assert np.array_equal(matrix.counts, expected)
    assert matrix.labels == tuple(run.task.labels[i] for i in matrix.order)
    assert (matrix.other, matrix.unknown, matrix.n) == (False, 0, 500)


def test_confusable_classes_adjoin() -> None:
    """Classes 0 and 7 are taken for each other, and so are 2 and 5: each pair stands together."""
    truth = [0] * 10 + [7] * 10 + [2] * 10 + [5] * 10 + list(range(8)) * 3
    predicted = [7] * 6 + [0] * 4 + [0] * 5 + [7] * 5 + [5] * 7 + [2] * 3 + [2] * 6 + [5] * 4 + list(range(8)) * 3
    order = confusion(called(truth, predicted, 8)).order.tolist()
    assert abs(order.index(0) - order.index(7)) == 1
    assert abs(order.index(2) - order.index(5)) == 1
    assert order[4:] == [1, 3, 4, 6]


def test_without_errors_the_models_own_order_stays() -> None:
    assert confusion(called([0, 1, 2], [0, 1, 2], 3)).order.tolist() == [0, 1, 2]


def test_many_classes_show_the_most_confused_and_the_rest_as_other() -> None:
    truth = list(range(50)) + [3] * 5 + [40] * 4
    predicted = list(range(50)) + [40] * 5 + [3] * 4
    run = called(truth, predicted, 50)
    matrix = confusion(run, limit=10)
    assert matrix.counts.shape == (11, 11)
    assert matrix.labels[-1] == OTHER
    assert {3, 40} <= set(matrix.order.tolist())
    assert matrix.n == len(truth)
    others = cell(run, OTHER, OTHER, limit=10)
    assert len(others) == matrix.counts[-1, -1] == 40
    assert np.intersect1d(np.asarray(run.truth)[others], matrix.order).size == 0


def test_unknown_labels_have_a_row_and_are_found_by_their_name() -> None:
    run = classified([0, -1, 1, -1], [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    matrix = confusion(run)
    assert matrix.row_labels[-1] == UNKNOWN
    assert matrix.counts[-1].tolist() == [1, 1]
    assert matrix.unknown == 2
    assert row(run, UNKNOWN).tolist() == row(run, "raccoon").tolist() == [3, 1]
    assert cell(run, "raccoon", "class 0").tolist() == [1]
    assert column(run, "class 0").tolist() == [0, 1]
    assert row(run, "no such label").tolist() == []


def test_cells_list_the_surest_first() -> None:
    run = classified([0, 0, 0], [[0.3, 0.7], [0.1, 0.9], [0.2, 0.8]])
    assert cell(run, "class 0", "class 1").tolist() == [1, 2, 0]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_example_lies_in_exactly_the_cell_that_counts_it(data: st.DataObject) -> None:
    k = data.draw(st.integers(1, 8))
    truth = data.draw(st.lists(st.integers(-1, k - 1), max_size=40))
    predicted = data.draw(st.lists(st.integers(0, k - 1), min_size=len(truth), max_size=len(truth)))
    limit = data.draw(st.integers(1, 8))
    run = called(truth, np.array(predicted, dtype=np.int64), k)
    matrix = confusion(run, limit=limit)
    assert matrix.n == len(truth)
    seen: list[int] = []
    for i, true in enumerate(matrix.row_labels):
        for j, answer in enumerate(matrix.labels):
            rows = cell(run, true, answer, limit=limit)
            assert len(rows) == matrix.counts[i, j]
            seen += rows.tolist()
    assert sorted(seen) == list(range(len(truth)))


def test_shares_of_rows_columns_and_all() -> None:
    matrix = confusion(called([0, 0, 0, 1], [0, 1, 1, 1], 3))
    place = {label: i for i, label in enumerate(matrix.labels)}
    zero, one, two = (place[f"class {i}"] for i in range(3))
    assert matrix.normalised("row")[zero, one] == pytest.approx(2 / 3)
    assert matrix.normalised("column")[zero, one] == pytest.approx(2 / 3)
    assert matrix.normalised("all")[zero, one] == pytest.approx(2 / 4)
    assert matrix.normalised("row")[two].tolist() == [0, 0, 0]


def test_worst_confusions_weigh_number_and_share() -> None:
    truth = [0] * 5 + [1] * 400 + [2]
    predicted = [3] * 5 + [2] * 6 + [1] * 394 + [3]
    worst = worst_confusions(called(truth, predicted, 4))
    first, second, third = ((c.true, c.predicted, c.n, c.of) for c in worst)
    assert first == ("class 0", "class 3", 5, 5)
    assert second == ("class 2", "class 3", 1, 1)
    assert third == ("class 1", "class 2", 6, 400)
    assert worst[0].rows.tolist() == [0, 1, 2, 3, 4]
    assert worst_confusions(called([0, 1], [0, 1], 2)) == ()
    assert len(worst_confusions(random_run(400, 5, sharpness=0.5), top=3)) == 3
