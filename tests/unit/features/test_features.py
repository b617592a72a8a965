"""What a model does with each column: known answers on models whose weights are set by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from analysis.datasets.labels import without_labels
from analysis.errors import Cancelled, UnusableInput
from analysis.features import VIEWS, coefficients_of, partial_dependence, permutation_importance
from analysis.figures.features import feature_importance
from analysis.predict import predict
from analysis.progress import Progress
from analysis.types import Kind, Modality
from tests.unit.explainers.tiny_models import (
    TEXT_PIPELINE,
    dataset,
    table,
    table_candidate,
    text_candidate,
)

ROOT = Path(__file__).resolve().parents[3]


def weighted(weights=(3.0, 0.0, 1.0), noise=0.0, n=400):
    """A regression that is the weighted sum of its columns, and data on which it is right but for noise."""
    frame = table(n)
    truth = frame.to_numpy() @ np.array(weights)
    model = Ridge().fit(frame, truth)
    model.coef_, model.intercept_ = np.array(weights), 0.0
    truth = truth + noise * np.random.default_rng(1).normal(size=n)
    candidate = table_candidate(model)
    data = dataset(frame, truth.tolist(), Modality.TABULAR, Kind.REGRESSION)
    return candidate, data, predict(candidate, data, candidate.pipeline)


def test_importance_is_the_known_fall_of_r2():
    candidate, data, predictions = weighted()
    found = permutation_importance(candidate, data, candidate.pipeline, predictions, repeats=20)[0]
    assert found.measure == "r2"
    assert found.features == ("a", "c", "b")
    spread = np.var(predictions.truth)
    frame = table(400)
    # A shuffled column differs from itself by twice its variance. The cap takes a little off the largest.
    expected = 2 * 9 * frame["a"].var() / spread
    assert 0.75 * expected < found.rises[0].value <= 1.02 * expected
    assert found.rises[1].value == pytest.approx(2 * frame["c"].var() / spread, rel=0.15)
    assert found.clear == (True, True, False)
    assert (found.rises[2].value, found.rises[2].low, found.rises[2].high) == (0.0, 0.0, 0.0)
    assert found.p_values[2] == 1.0


def test_without_labels_it_is_measured_how_far_values_move():
    candidate, data, _ = weighted()
    data = without_labels(data)
    predictions = predict(candidate, data, candidate.pipeline)
    (found,) = permutation_importance(candidate, data, candidate.pipeline, predictions, repeats=20)
    assert (found.measure, found.judged) == ("moved", False)
    assert found.features == ("a", "c", "b")
    values = table(400)["a"].to_numpy()
    # The mean over all pairs: a shuffle exchanges any two.
    expected = 3 * np.abs(values[:, None] - values[None]).mean()
    assert found.rises[0].value == pytest.approx(expected, rel=0.05)
    assert found.rises[2].value == 0.0
    assert found.clear == (True, True, False)
    followed = partial_dependence(candidate, data, candidate.pipeline, predictions, "a")
    assert followed.mean[-1] > followed.mean[0]


def test_without_labels_answers_that_change_are_counted():
    frame = table(300)
    model = LogisticRegression().fit(frame, frame["a"] > 0)
    model.coef_, model.intercept_ = np.array([[40.0, 0.0, 0.0]]), np.array([0.0])
    candidate = table_candidate(model)
    data = without_labels(dataset(frame, [str(v) for v in frame["a"] > 0], Modality.TABULAR))
    moved, changed = permutation_importance(
        candidate, data, candidate.pipeline, predict(candidate, data, candidate.pipeline)
    )
    assert (moved.measure, changed.measure) == ("moved", "changed")
    # Half of the rows get a value from the other side, and the model is sure of nearly all.
    assert changed.rises[0].value == pytest.approx(0.5, abs=0.06)
    assert moved.rises[0].value == pytest.approx(changed.rises[0].value, abs=0.03)
    title = feature_importance(changed).title
    assert title == f"“a” moves answers most: {100 * changed.rises[0].value:.0f} % when shuffled, n = 300"
    assert [rise.value for rise in moved.rises[1:]] == [0.0, 0.0]


def test_absolute_error_is_in_the_unit_of_the_value():
    candidate, data, predictions = weighted(noise=0.5)
    loss, absolute = permutation_importance(candidate, data, candidate.pipeline, predictions)
    assert (loss.measure, absolute.measure) == ("r2", "absolute_error")
    assert loss.features == absolute.features
    assert absolute.rises[0].low < absolute.rises[0].value < absolute.rises[0].high
    assert absolute.rises[0].value > 1


def test_a_classifier_is_measured_by_log_loss_and_accuracy():
    frame = table(300)
    model = LogisticRegression().fit(frame, frame["a"] > 0)
    model.coef_, model.intercept_ = np.array([[4.0, 0.0, 0.0]]), np.array([0.0])
    candidate = table_candidate(model)
    data = dataset(frame, [str(v) for v in frame["a"] > 0], Modality.TABULAR)
    predictions = predict(candidate, data, candidate.pipeline)
    found = permutation_importance(candidate, data, candidate.pipeline, predictions)
    assert [one.measure for one in found] == ["log_loss", "accuracy"]
    # Half of the rows get a value from the other side.
    assert found[1].rises[0].value == pytest.approx(0.5, abs=0.06)
    assert found[1].clear == (True, False, False)


def test_a_column_of_noise_is_seldom_called_clear():
    """The corrected test keeps its promise on columns that only an overfitted tree uses."""
    false = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(160, 3)), columns=["a", "b", "c"])
        truth = rng.normal(size=160)
        candidate = table_candidate(DecisionTreeRegressor(max_depth=4, random_state=0).fit(frame[:80], truth[:80]))
        data = dataset(frame[80:], truth[80:].tolist(), Modality.TABULAR, Kind.REGRESSION)
        predictions = predict(candidate, data, candidate.pipeline)
        false += any(permutation_importance(candidate, data, candidate.pipeline, predictions, repeats=3)[0].clear)
    assert false <= 3  # One is expected; more than three would come by chance once in 60 times.


def test_columns_that_go_together_are_named():
    frame = table(200)
    frame["b"] = -(frame["a"] ** 3)
    model = Ridge().fit(frame, frame["a"])
    candidate = table_candidate(model)
    data = dataset(frame, frame["a"].tolist(), Modality.TABULAR, Kind.REGRESSION)
    found = permutation_importance(candidate, data, candidate.pipeline, predict(candidate, data, candidate.pipeline))[0]
    partners = dict(zip(found.features, found.together, strict=True))
    assert partners["a"] == ("b", pytest.approx(-1.0))
    assert partners["c"] is None


def test_dependence_of_a_weighted_sum_is_a_line():
    candidate, data, predictions = weighted()
    found = partial_dependence(candidate, data, candidate.pipeline, predictions, "a")
    values = np.array(found.values)
    assert found.numeric
    assert np.allclose(np.diff(found.mean), 3 * np.diff(values), atol=1e-4)
    assert np.allclose(found.curves - found.curves[:, :1], found.mean - found.mean[0], atol=1e-4)
    assert found.moved.value == pytest.approx(3 * (values[-1] - values[0]), abs=1e-4)
    assert found.opposite == 0
    # Each example's own answer lies on its own curve.
    own = np.array([np.interp(v, values, curve) for v, curve in zip(found.own, found.curves, strict=True)])
    answers = [predictions.values[predictions.ids.index(i)] for i in found.ids]
    assert np.allclose(own, answers, atol=1e-3)


def test_curves_show_what_the_mean_hides():
    """a counts for b above 5 and against it below: the mean stands still."""
    frame = table(400)
    truth = np.where(frame["b"] > frame["b"].median(), frame["a"] > 0, frame["a"] <= 0)
    candidate = table_candidate(DecisionTreeClassifier(random_state=0).fit(frame, truth))
    data = dataset(frame, [str(v) for v in truth], Modality.TABULAR)
    predictions = predict(candidate, data, candidate.pipeline)
    found = partial_dependence(candidate, data, candidate.pipeline, predictions, "a", "True")
    assert abs(found.moved.value) < 0.3
    assert np.ptp(found.curves, axis=1).mean() > 0.9
    assert found.opposite > 0.3


def mixed_table():
    frame = table(120)
    frame["c"] = np.array(["red", "green", "blue"] * 40, dtype=object)
    truth = 2 * frame["a"] + (frame["c"] == "red") * 5.0
    before = ColumnTransformer([("number", StandardScaler(), ["a", "b"]), ("word", OneHotEncoder(), ["c"])])
    return frame, truth, before


def test_categories_are_followed_one_by_one():
    frame, truth, before = mixed_table()
    candidate = table_candidate(make_pipeline(before, Ridge(alpha=1e-3)).fit(frame, truth))
    data = dataset(frame, truth.tolist(), Modality.TABULAR, Kind.REGRESSION)
    predictions = predict(candidate, data, candidate.pipeline)
    found = partial_dependence(candidate, data, candidate.pipeline, predictions, "c")
    means = dict(zip(found.values, found.mean, strict=True))
    assert not found.numeric
    assert means["red"] - means["green"] == pytest.approx(5, abs=0.01)
    held = coefficients_of(candidate, data, candidate.pipeline)
    assert set(held.names) == {"a", "b", "c_red", "c_green", "c_blue"}
    assert held.steps == ("ColumnTransformer",)
    assert held.weights[held.names.index("a")] == pytest.approx(2 * frame["a"].std(ddof=0), abs=0.01)


def test_coefficients_are_the_models_own_and_standardised():
    candidate, data, _ = weighted()
    held = coefficients_of(candidate, data, candidate.pipeline)
    assert held.names == ("a", "c", "b")
    assert held.weights.tolist() == [3.0, 1.0, 0.0]
    assert held.standardised == pytest.approx([3 * table(400)["a"].std(ddof=0), table(400)["c"].std(ddof=0), 0])
    assert (held.output, held.against, held.steps) == ("value", None, ())


@pytest.mark.parametrize(("classes", "against"), [(2, "one"), (3, None)])
def test_coefficients_speak_for_the_label_that_is_asked(classes: int, against: str | None):
    frame, names = table(90), np.array(["one", "two", "zero"][:classes])
    truth = names[np.arange(90) % classes]
    model = LogisticRegression().fit(frame, truth)
    candidate = table_candidate(model)
    data = dataset(frame, truth.tolist(), Modality.TABULAR)
    held = coefficients_of(candidate, data, candidate.pipeline, "two")
    row = frame.iloc[:5][list(held.names)].to_numpy() @ held.weights + held.intercept
    decided = model.decision_function(frame.iloc[:5])
    assert row == pytest.approx(decided if classes == 2 else decided[:, 1])
    assert (held.target, held.against, held.output) == ("two", against, "log-odds")
    if classes == 2:
        turned = coefficients_of(candidate, data, candidate.pipeline, "one")
        assert turned.weights == pytest.approx(-held.weights)
        assert turned.intercept == pytest.approx(-held.intercept)


def test_a_generalised_model_holds_the_log():
    frame = table(80)
    candidate = table_candidate(PoissonRegressor().fit(frame, np.arange(80.0)))
    data = dataset(frame, list(range(80)), Modality.TABULAR, Kind.REGRESSION)
    assert coefficients_of(candidate, data, candidate.pipeline).output == "log of the value"


def test_what_does_not_fit_is_refused_in_words():
    frame = table(60)
    tree = table_candidate(DecisionTreeClassifier().fit(frame, frame["a"] > 0))
    data = dataset(frame, ["True"] * 60, Modality.TABULAR)
    with pytest.raises(UnusableInput, match="DecisionTreeClassifier holds no coefficients"):
        coefficients_of(tree, data, tree.pipeline)
    pairs = table_candidate(SVC(kernel="linear").fit(frame, np.arange(60) % 4))
    assert "pair of classes" in (VIEWS["coefficients"].is_compatible(pairs) or "")
    assert "it is for tables" in (VIEWS["importance"].is_compatible(text_candidate()) or "")
    texts = dataset(["good film"] * 3, ["positive"] * 3, Modality.TEXT)
    candidate = text_candidate()
    predictions = predict(candidate, texts, TEXT_PIPELINE)
    with pytest.raises(UnusableInput, match="no table"):
        permutation_importance(candidate, texts, TEXT_PIPELINE, predictions)


def test_wrong_names_constant_columns_and_single_rows_are_said():
    candidate, data, predictions = weighted(n=30)
    with pytest.raises(UnusableInput, match="no column “z”"):
        partial_dependence(candidate, data, candidate.pipeline, predictions, "z")
    with pytest.raises(UnusableInput, match="no label “z”"):
        partial_dependence(candidate, data, candidate.pipeline, predictions, "a", "z")
    frame = table(1)
    one = dataset(frame, [1.0], Modality.TABULAR, Kind.REGRESSION)
    single = predict(candidate, one, candidate.pipeline)
    with pytest.raises(UnusableInput, match="never varies"):
        partial_dependence(candidate, one, candidate.pipeline, single, "a")
    with pytest.raises(UnusableInput, match="too few rows"):
        permutation_importance(candidate, one, candidate.pipeline, single)


def test_it_can_be_stopped():
    progress = Progress()
    progress.cancel()
    candidate, data, predictions = weighted(n=30)
    with pytest.raises(Cancelled):
        permutation_importance(candidate, data, candidate.pipeline, predictions, progress=progress)


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_documented(name: str):
    text = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    assert f"| {VIEWS[name].title} | `{name}` |" in text
