"""What table explainers must say about estimators whose Shapley values are known."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from analysis.errors import UnusableInput
from analysis.explainers.registry import EXPLAINERS, fitting
from analysis.types import Step
from tests.unit.explainers.tiny_models import table, table_candidate

DATA = table()
TWO = np.where(DATA["a"] + DATA["b"] > 5, "yes", "no")
THREE = np.array(["x", "y", "z"])[np.digitize(DATA["b"], [4, 6])]
VALUE = 2 * DATA["a"] - 3 * DATA["b"] + 0.5 * DATA["c"]


def explained(name, estimator, target=0, contrast=None, row=7, background=DATA, columns=("a", "b", "c"), data=DATA):
    candidate = table_candidate(estimator, columns)
    one = data.iloc[[row]].reset_index(drop=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        return EXPLAINERS[name].explain(candidate, one, candidate.pipeline, target, contrast, background=background)


@pytest.mark.parametrize("name", ["shap_linear", "shap_permutation"])
def test_a_linear_regression_gives_weight_times_distance_from_the_mean(name):
    model = LinearRegression().fit(DATA, VALUE)
    usual = DATA.iloc[:40]
    found = explained(name, model, background=usual)
    np.testing.assert_allclose(found.scores, model.coef_ * (DATA.iloc[7] - usual.mean()), rtol=1e-4)
    assert found.units == ("a", "b", "c")
    assert found.params["output"] == "value"
    assert found.target == "value"


def test_a_scaler_before_a_linear_model_is_unwrapped_and_stands_for_usual_rows():
    model = make_pipeline(StandardScaler(), Ridge(alpha=1e-9)).fit(DATA, VALUE)
    found = explained("shap_linear", model, background=None)
    np.testing.assert_allclose(found.scores, np.array([2, -3, 0.5]) * (DATA.iloc[7] - DATA.mean()), rtol=1e-4)
    assert found.baseline == "the mean of the training rows"


def test_without_usual_rows_methods_that_need_them_say_so():
    for name in ("shap_linear", "shap_permutation"):
        with pytest.raises(UnusableInput, match="usual rows"):
            explained(name, LinearRegression().fit(DATA, VALUE), background=None)


def test_log_odds_of_two_classes_are_opposite():
    model = LogisticRegression().fit(DATA, TWO)
    yes, no = (explained("shap_linear", model, target) for target in (1, 0))
    np.testing.assert_allclose(yes.scores, -no.scores)
    assert yes.params["output"] == "log-odds"
    assert any("log-odds" in note for note in yes.notes)
    margin = model.decision_function(DATA)
    assert yes.scores.sum() == pytest.approx(margin[7] - margin.mean(), rel=1e-4)


def test_contrast_of_several_classes():
    model = LogisticRegression(max_iter=500).fit(DATA, THREE)
    first, second = (explained("shap_linear", model, target).scores for target in (2, 0))
    np.testing.assert_allclose(explained("shap_linear", model, 2, 0).scores, first - second, rtol=1e-4, atol=1e-6)


FORESTS = {
    "forest": RandomForestClassifier(20, random_state=0, max_depth=4),
    "tree": DecisionTreeClassifier(random_state=0, max_depth=3),
}
BOOSTED = {
    "boosting": GradientBoostingClassifier(n_estimators=20, random_state=0),
    "histogram": HistGradientBoostingClassifier(max_iter=10, random_state=0, min_samples_leaf=5),
}


@pytest.mark.parametrize("kind", FORESTS)
@pytest.mark.parametrize("labels", [TWO, THREE], ids=["two", "three"])
def test_forests_add_up_to_the_probability(kind, labels):
    model = make_pipeline(StandardScaler(), FORESTS[kind]).fit(DATA, labels)
    found = explained("shap_tree", model, target=1)
    assert found.params["output"] == "probability"
    assert found.convergence_delta == pytest.approx(0, abs=1e-6)
    contrast = explained("shap_tree", model, 1, 0)
    np.testing.assert_allclose(contrast.scores, found.scores - explained("shap_tree", model, 0).scores, atol=1e-6)


@pytest.mark.parametrize("kind", BOOSTED)
def test_boosting_adds_up_to_the_log_odds(kind):
    model = BOOSTED[kind].fit(DATA, TWO)
    yes, no = (explained("shap_tree", model, target) for target in (1, 0))
    assert yes.params["output"] == "log-odds"
    assert abs(yes.convergence_delta) < 1e-3
    np.testing.assert_allclose(yes.scores, -no.scores)


def test_histogram_boosting_of_several_classes():
    model = HistGradientBoostingClassifier(max_iter=10, random_state=0, min_samples_leaf=5).fit(DATA, THREE)
    found = explained("shap_tree", model, 2)
    assert abs(found.convergence_delta) < 1e-3


def test_regression_trees_are_in_the_unit_of_the_answer():
    for model in (RandomForestRegressor(20, random_state=0), GradientBoostingRegressor(random_state=0)):
        candidate = table_candidate(model.fit(DATA, VALUE))
        one = DATA.iloc[[3]].reset_index(drop=True)
        pipeline = candidate.pipeline.replacing(Step("target_scale", {"scale": 4.0, "offset": 1.0}))
        plain = EXPLAINERS["shap_tree"].explain(candidate, one, candidate.pipeline, 0)
        scaled = EXPLAINERS["shap_tree"].explain(candidate, one, pipeline, 0)
        np.testing.assert_allclose(scaled.scores, 4 * plain.scores, rtol=1e-5)
        assert abs(plain.convergence_delta) < 1e-3


def mixed_frame():
    return DATA.assign(colour=np.array(["red", "green", "blue"])[np.arange(len(DATA)) % 3])


def mixed_model(final):
    numbers = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())])
    columns = ColumnTransformer([("colour", OneHotEncoder(), ["colour"]), ("numbers", numbers, ["c", "a"])])
    frame = mixed_frame()
    return make_pipeline(columns, final).fit(frame, VALUE + 5 * (frame["colour"] == "red"))


@pytest.mark.parametrize(
    ("name", "final"),
    [("shap_tree", RandomForestRegressor(20, random_state=0)), ("shap_linear", Ridge(alpha=1e-6))],
)
def test_what_was_made_from_one_column_is_added_up(name, final):
    frame = mixed_frame()
    columns = tuple(frame.columns)
    found = explained(name, mixed_model(final), row=0, background=frame, columns=columns, data=frame)
    assert found.units == ("a", "b", "c", "colour")
    assert found.scores[1] == 0  # b is dropped by the model
    assert found.scores[3] > 1  # red
    assert abs(found.convergence_delta) < 1e-3
    sampled = explained("shap_permutation", mixed_model(final), row=0, background=frame, columns=columns, data=frame)
    assert np.corrcoef(found.scores, sampled.scores)[0, 1] > 0.9


@pytest.mark.parametrize(
    ("name", "estimator", "words"),
    [
        ("shap_tree", make_pipeline(PCA(2), RandomForestRegressor(5)), "mixes columns"),
        ("shap_linear", make_pipeline(PCA(2), Ridge()), "mixes columns"),
        ("shap_tree", Ridge(), "this is a Ridge"),
        ("shap_linear", RandomForestRegressor(5), "this is a RandomForestRegressor"),
        ("shap_linear", TransformedTargetRegressor(Ridge(), func=np.negative, inverse_func=np.negative), "this is"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(name, estimator, words):
    scaled = (VALUE - VALUE.mean()) / VALUE.std()
    assert words in EXPLAINERS[name].is_compatible(table_candidate(estimator.fit(DATA, scaled)))


def test_more_that_does_not_fit():
    boosted = GradientBoostingClassifier(n_estimators=3).fit(DATA, THREE)
    assert "two classes" in EXPLAINERS["shap_tree"].is_compatible(table_candidate(boosted))
    started = GradientBoostingRegressor(init=Ridge(), n_estimators=3).fit(DATA, VALUE)
    assert "starts from another" in EXPLAINERS["shap_tree"].is_compatible(table_candidate(started))
    counts = PoissonRegressor().fit(DATA, np.abs(VALUE))
    assert EXPLAINERS["shap_linear"].is_compatible(table_candidate(counts)) is not None


def test_any_other_estimator_is_left_with_permutations():
    model = AdaBoostClassifier(n_estimators=5, random_state=0).fit(DATA, TWO)
    assert [e.name for e in fitting(table_candidate(model))] == ["shap_permutation"]
    found = explained("shap_permutation", model, 1)
    assert found.params["output"] == "probability"
    assert abs(found.convergence_delta) < 1e-6


def test_estimators_fitted_without_names():
    model = make_pipeline(StandardScaler(), RandomForestClassifier(10, random_state=0)).fit(DATA.to_numpy(), TWO)
    found = explained("shap_tree", model, 1)
    assert found.units == ("a", "b", "c")
    assert abs(found.convergence_delta) < 1e-6
    assert isinstance(found.scores, np.ndarray)
    assert pd.Series(found.scores).notna().all()
