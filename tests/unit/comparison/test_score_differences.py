"""Areas under the curves and calibration errors of two models: known values, and where nothing differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

from analysis.comparison import RANKED_BY, compare, rank, side_by_side
from analysis.comparison.areas import mean_areas, sorted_by, weighted_areas
from analysis.comparison.metric_differences import difference_of, differences
from analysis.comparison.pairs import pair
from analysis.comparison.score_differences import AREAS, area_differences
from analysis.errors import UnusableInput
from analysis.metrics import METRICS
from analysis.metrics.calibration import calibration_error
from analysis.metrics.curves import curves
from analysis.metrics.mean_areas import mean_areas as area_estimates
from analysis.types import Kind
from benchmarks.interval_coverage import classified as drawn
from benchmarks.null_comparisons import equal_classifiers, verdict
from tests.unit.metrics.runs import classified, random_run, regressed

ALL = (*AREAS, "calibration_error")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0])), min_size=2, max_size=40),
    st.integers(0, 9),
)
def test_weighted_areas_are_scikit_learns(rows: list[tuple[bool, float]], seed: int) -> None:
    truth, scores = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    weights = np.random.default_rng(seed).integers(0, 4, size=len(rows)).astype(float)
    area, average = (float(x[0]) for x in weighted_areas(sorted_by(scores, truth), weights[None])) if truth.any() else (
        np.nan, np.nan,
    )  # fmt: skip
    if weights[truth].sum() > 0 and weights[~truth].sum() > 0:
        assert area == pytest.approx(roc_auc_score(truth, scores, sample_weight=weights))
        assert average == pytest.approx(average_precision_score(truth, scores, sample_weight=weights))
    else:
        assert np.isnan(area)
        assert np.isnan(average)


def test_values_are_scikit_learns_means_over_the_classes_that_occur() -> None:
    a, b = random_run(200, 5, sharpness=2.0), random_run(200, 5, sharpness=1.0)
    found = compare(a, b).differences
    for run, side in ((a, "a"), (b, "b")):
        truth, scores = np.asarray(run.truth), np.asarray(run.scores, np.float64)
        area = roc_auc_score(truth, scores, multi_class="ovr", average="macro", labels=range(5))
        assert getattr(found["roc_area"], side) == pytest.approx(area, abs=1e-6)
        average = average_precision_score(np.eye(5)[truth], scores, average="macro")
        assert getattr(found["average_precision"], side) == pytest.approx(average, abs=1e-6)
        error = calibration_error(run)
        assert error is not None
        assert getattr(found["calibration_error"], side) == pytest.approx(error.error.value)
        estimates = area_estimates(run)
        for key in AREAS:
            assert estimates[key].value == pytest.approx(getattr(found[key], side))
            assert 0 <= estimates[key].low <= estimates[key].value <= estimates[key].high <= 1


def test_the_better_model_is_told() -> None:
    a, b = random_run(400, 4, sharpness=3.0), random_run(400, 4, sharpness=0.3)
    found = compare(a, b)
    for key in AREAS:
        d = found.differences[key]
        assert d.low > 0
        assert d.p_value < 0.01
        assert d.n == 400
    over = replace(a, scores=np.where(np.eye(4)[a.predicted] > 0, 1.0, 0.0).astype(np.float32))
    d = compare(over, a).differences["calibration_error"]
    assert (d.difference > 0) == (d.low > 0)
    assert d.a == pytest.approx(float((a.predicted != a.truth).mean()))


def test_the_areas_are_blind_to_the_scale_of_one_model() -> None:
    """Squeezed scores rank alike: nothing differs, though hardly one score is the same."""
    a = random_run(150, 2, sharpness=1.0)
    first = np.asarray(a.scores[:, 0], np.float64) ** 9
    b = replace(a, scores=np.column_stack([first, 1 - first]).astype(np.float64))
    for d in area_differences(pair(a, b)).values():
        assert d.difference == pytest.approx(0, abs=1e-9)
        assert d.p_value == 1
        assert d.low <= 0 <= d.high


def test_labels_in_another_order_are_the_same_labels() -> None:
    a, b = random_run(120, 3, sharpness=2.0), random_run(120, 3, sharpness=1.0)
    order = np.array([2, 0, 1])
    place = np.argsort(order)
    turned = replace(
        b,
        task=replace(b.task, labels=tuple(b.task.labels[i] for i in order)),
        scores=b.scores[:, order],
        truth=place[np.asarray(b.truth)],
    )
    plain, mixed = compare(a, b).differences, compare(a, turned).differences
    for key in ALL:
        assert mixed[key].b == pytest.approx(plain[key].b)
        assert mixed[key].p_value == plain[key].p_value
    both = side_by_side(a, turned)
    for label, other, n in both.classes:
        assert label == other
        assert n == int((np.asarray(a.truth) == a.task.labels.index(label)).sum())
        found = both.curves(label)
        assert found is not None
        assert found[0].positives == found[1].positives == n
        assert found[1].area.value == pytest.approx(
            roc_auc_score(np.asarray(b.truth) == b.task.labels.index(label), b.scores[:, b.task.labels.index(label)])
        )


def test_one_class_has_no_areas_and_huge_tables_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    one = classified([0] * 20, np.tile([0.7, 0.3], (20, 1)))
    assert area_differences(pair(one, one)) == {}
    assert area_estimates(one) == {}
    assert side_by_side(one, one).curves(one.task.labels[0]) is None
    assert "calibration_error" in differences(pair(one, one))
    run = random_run(60, 3)
    monkeypatch.setattr("analysis.comparison.score_differences.MOST", 100)
    assert area_differences(pair(run, run)) == {}
    with pytest.raises(UnusableInput, match="not defined"):
        rank({"a": run, "b": run}, metric="roc_area")


def test_few_samples_rest_on_their_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = random_run(400, 3, sharpness=2.0), random_run(400, 3, sharpness=1.5)
    many = compare(a, b).differences
    monkeypatch.setattr("analysis.comparison.score_differences._BUDGET", 60_000)
    for key, d in compare(a, b).differences.items():
        if key in ALL:
            assert "normal approximation" in d.interval
            assert d.low <= d.difference <= d.high
            assert (d.high - d.low) == pytest.approx(many[key].high - many[key].low, rel=0.5)


@pytest.mark.parametrize("key", ALL)
def test_a_difference_is_seldom_found_where_there_is_none(key: str) -> None:
    alarms = held = 0
    for seed in range(80):
        a, b = equal_classifiers(80, 3, np.random.default_rng([3, seed]))
        found = difference_of(pair(a, b), key, seed=seed)
        assert found is not None
        alarms, held = alarms + found.significant, held + (found.low <= 0 <= found.high)
    assert stats.binomtest(alarms, 80, 0.05, alternative="greater").pvalue > 0.01
    assert held >= 70


def test_a_cell_is_above_the_bar_only_by_more_than_chance_allows() -> None:
    cells = {f"cell {i}": 15 for i in range(39)}
    assert "none of 40 cells" in verdict(cells | {"by luck": 23}, 300)
    assert "The highest: by luck, 7.7%" in verdict(cells | {"by luck": 23}, 300)
    assert "allows: biased (12.0%, p = " in verdict(cells | {"biased": 36}, 300)


def test_one_metric_alone_is_what_it_is_among_all() -> None:
    pairs = pair(random_run(60, 7), random_run(60, 7, sharpness=0.5))
    every = differences(pairs)
    for key, d in every.items():
        assert difference_of(pairs, key) == d
    y = np.random.default_rng(0).normal(size=50)
    numbers = pair(regressed(y, y + 0.1), regressed(y, y * 0.9))
    for key, d in differences(numbers).items():
        assert difference_of(numbers, key) == d
    assert difference_of(numbers, "accuracy") is None


@pytest.mark.parametrize("metric", RANKED_BY[Kind.CLASSIFICATION])
def test_classifiers_are_ranked_by_any_metric(metric: str) -> None:
    runs = {name: random_run(300, 4, sharpness=s) for name, s in (("poor", 0.2), ("good", 3.0), ("fair", 1.0))}
    found = rank(runs, metric=metric)
    assert found.metric == metric
    sign = -1 if METRICS[metric].higher_is_better else 1
    values = [sign * one.score.value for one in found.ranked]
    assert values == sorted(values)
    for (i, j), d in found.differences.items():
        assert d.a == pytest.approx(found.ranked[i].score.value, abs=1e-6)
        assert d.b == pytest.approx(found.ranked[j].score.value, abs=1e-6)
    if metric != "calibration_error":
        assert [one.name for one in found.ranked] == ["good", "fair", "poor"]
        assert found.p_adjusted[0, 2] < 0.05


@pytest.mark.parametrize("metric", RANKED_BY[Kind.REGRESSION])
def test_regressions_are_ranked_by_any_metric(metric: str) -> None:
    rng = np.random.default_rng(0)
    y, noise = rng.normal(size=300), rng.normal(size=300)
    found = rank({f"{s}": regressed(y, y + s * noise) for s in (2.0, 0.1, 0.7)}, metric=metric)
    assert [one.name for one in found.ranked] == ["0.1", "0.7", "2.0"]
    assert found.groups == ((0,), (1,), (2,))


def test_what_cannot_be_ranked_so_is_said() -> None:
    run = random_run(30, 3)
    with pytest.raises(UnusableInput, match="can't be ranked by mae"):
        rank({"a": run, "b": run}, metric="mae")


def test_the_mean_leaves_out_classes_that_a_sample_lacks() -> None:
    classes = [
        sorted_by(np.array([0.9, 0.8, 0.1]), np.array(hit)) for hit in ([True, False, False], [False, True, False])
    ]
    area, average = mean_areas(classes, np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]))
    assert area[0] == average[0] == 1
    assert np.isnan(area[1])


def test_two_classes_have_the_interval_of_one() -> None:
    """With two classes whose scores add up to one, both curves are one, and so is DeLong's interval."""
    run = random_run(60, 2, sharpness=1.0)
    found, single = area_estimates(run)["roc_area"], curves(run, run.task.labels[1])
    assert single is not None
    assert found.value == pytest.approx(single.area.value)
    assert found.low == pytest.approx(single.area.low, abs=0.005)
    assert found.high == pytest.approx(single.area.high, abs=0.005)


def test_a_faultless_ranking_is_no_certainty() -> None:
    truth = np.arange(30) % 3
    found = area_estimates(classified(truth, np.eye(3)[truth]))
    for one in found.values():
        assert one.value == one.high == 1
        assert 0.7 < one.low < 0.99
    many = np.arange(3000) % 3
    more = area_estimates(classified(many, np.eye(3)[many]))
    assert all(0.99 < one.low < 1 for one in more.values()), "more examples, less doubt"


@pytest.mark.parametrize("n", [30, 200])
def test_the_intervals_hold_what_they_promise(n: int) -> None:
    truth = {key: e.value for key, e in area_estimates(drawn(100_000, np.random.default_rng(1))).items()}
    hits = dict.fromkeys(AREAS, 0)
    for seed in range(200):
        for key, e in area_estimates(drawn(n, np.random.default_rng([n, seed]))).items():
            hits[key] += e.low <= truth[key] <= e.high
    assert all(stats.binomtest(count, 200, 0.95, alternative="less").pvalue > 0.01 for count in hits.values()), hits
