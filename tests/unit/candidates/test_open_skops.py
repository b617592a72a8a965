"""Skops files open with the types that a person trusts, and no others."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from analysis.candidates import Refused, open_candidate, preflight
from analysis.candidates.sklearn import NeedsTrust, SkopsCandidate, types_to_trust
from analysis.errors import UnusableInput
from analysis.samples import bundled_root
from analysis.types import Kind, Modality, Severity

IRIS = load_iris(as_frame=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[IRIS.target]
FEATURES: pd.DataFrame = IRIS.data
TREE = "sklearn.tree._tree.Tree"


def saved(path: Path, estimator: Any) -> Path:
    skops.io.dump(estimator, path)
    return path


def opened(path: Path) -> SkopsCandidate:
    candidate = open_candidate(path, trusted=types_to_trust(path))
    assert isinstance(candidate, SkopsCandidate)
    return candidate


@pytest.mark.parametrize(
    ("estimator", "trees", "linear"),
    [
        (make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)), False, True),
        (DecisionTreeClassifier(max_depth=3), True, False),
        (RandomForestClassifier(n_estimators=5), True, False),
        (HistGradientBoostingClassifier(max_iter=3), True, False),
    ],
)
def test_probabilities_and_labels_are_the_estimator_s(
    estimator: Any, trees: bool, linear: bool, tmp_path: Path
) -> None:
    estimator.fit(FEATURES, NAMES)
    candidate = opened(saved(tmp_path / "m.skops", estimator))
    scores = candidate.predict(FEATURES, candidate.pipeline)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, estimator.predict_proba(FEATURES), atol=1e-6)
    assert candidate.task.labels == ("setosa", "versicolor", "virginica")
    assert (candidate.task.kind, candidate.task.modality) == (Kind.CLASSIFICATION, Modality.TABULAR)
    assert (candidate.capabilities.trees, candidate.capabilities.linear) == (trees, linear)
    assert candidate.pipeline.param("column_order", "columns") == list(FEATURES.columns)
    assert candidate.pipeline.labels == candidate.task.labels


@pytest.mark.parametrize(
    "estimator", [Ridge(), make_pipeline(StandardScaler(), GradientBoostingRegressor(n_estimators=5))]
)
def test_regressors_give_values(estimator: Any, tmp_path: Path) -> None:
    estimator.fit(FEATURES.iloc[:, :3], FEATURES.iloc[:, 3])
    candidate = opened(saved(tmp_path / "m.skops", estimator))
    assert candidate.task.kind is Kind.REGRESSION
    scores = candidate.predict(FEATURES, candidate.pipeline)
    assert scores.shape == (150, 1)
    np.testing.assert_allclose(scores[:, 0], estimator.predict(FEATURES.iloc[:, :3]), rtol=1e-5)


def test_columns_are_taken_by_name_whatever_their_order(tmp_path: Path) -> None:
    estimator = LogisticRegression(max_iter=500).fit(FEATURES, NAMES)
    candidate = opened(saved(tmp_path / "m.skops", estimator))
    shuffled = FEATURES[FEATURES.columns[::-1]].assign(other="text")
    np.testing.assert_allclose(
        candidate.predict(shuffled, candidate.pipeline), estimator.predict_proba(FEATURES), atol=1e-6
    )


def test_integer_labels_become_strings(tmp_path: Path) -> None:
    candidate = opened(saved(tmp_path / "m.skops", LogisticRegression(max_iter=500).fit(FEATURES, IRIS.target)))
    assert candidate.task.labels == ("0", "1", "2")


@pytest.mark.parametrize("classes", [2, 3])
def test_decision_values_are_squashed_and_that_is_said(classes: int, tmp_path: Path) -> None:
    rows = IRIS.target < classes
    estimator = LinearSVC().fit(FEATURES[rows], NAMES[rows])
    candidate = opened(saved(tmp_path / "m.skops", estimator))
    scores = candidate.predict(FEATURES[rows], candidate.pipeline)
    assert scores.shape == (rows.sum(), classes)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    assert (np.array(candidate.task.labels)[scores.argmax(1)] == estimator.predict(FEATURES[rows])).all()
    assert "loading.no_probabilities" in {f.id for f in candidate.findings}
    if classes == 2:
        expected = 1 / (1 + np.exp(-estimator.decision_function(FEATURES[rows])))
        np.testing.assert_allclose(scores[:, 1], expected, atol=1e-6)


@pytest.mark.parametrize(
    "estimator",
    [
        KMeans(2, n_init=1).fit(FEATURES),
        StandardScaler().fit(FEATURES),
        LinearRegression().fit(FEATURES, FEATURES.iloc[:, :2]),
        DecisionTreeClassifier().fit(FEATURES, np.stack([IRIS.target, IRIS.target], axis=1)),
        LogisticRegression(),
        {"a": "dictionary"},
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_is_no_model_of_one_label_or_value_is_declined(estimator: Any, tmp_path: Path) -> None:
    with pytest.raises(UnusableInput) as caught:
        opened(saved(tmp_path / "m.skops", estimator))
    assert "Traceback" not in str(caught.value)


# --- Trust ---------------------------------------------------------------------------------------------------


def test_trust_is_asked_for_and_never_assumed(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.skops", RandomForestClassifier(n_estimators=2).fit(FEATURES, NAMES))
    assert types_to_trust(path) == (TREE,)
    with pytest.raises(NeedsTrust) as caught:
        open_candidate(path)
    assert caught.value.types == (TREE,)
    assert TREE in str(caught.value)
    with pytest.raises(NeedsTrust):
        open_candidate(path, trusted=["sklearn.tree._tree.Other"])
    candidate = open_candidate(path, trusted=[TREE])
    trusted = next(f for f in candidate.findings if f.id == "loading.trusted_types")
    assert trusted.evidence["types"] == [TREE]


def test_a_folder_with_a_skops_file_is_the_same_model(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = saved(tmp_path / "folder" / "model.skops", LogisticRegression(max_iter=500).fit(FEATURES, NAMES))
    (tmp_path / "folder" / "config.json").write_text('{"sklearn": {"model": {"file": "model.skops"}}}')
    assert types_to_trust(path.parent) == ()
    folder, file = open_candidate(path.parent), open_candidate(path)
    assert folder.fingerprint == file.fingerprint
    assert folder.name == "folder"
    saved(tmp_path / "folder" / "second.skops", Ridge().fit(FEATURES, IRIS.target))
    with pytest.raises(UnusableInput, match="2 skops files"):
        open_candidate(path.parent)


@pytest.mark.parametrize("name", ["breast-cancer-logistic", "breast-cancer-trees", "diabetes-ridge", "diabetes-trees"])
def test_the_bundled_models_open(name: str) -> None:
    folder = bundled_root() / "models" / name
    candidate = opened(folder)
    table = pd.read_csv(bundled_root() / "data" / name.rsplit("-", 1)[0] / "test.csv")
    scores = candidate.predict(table, candidate.pipeline)
    assert len(scores) == len(table)
    assert np.isfinite(scores).all()
    assert all(f.severity is Severity.OK for f in candidate.findings)


# --- Rows that can't be used -----------------------------------------------------------------------------------


@pytest.fixture
def logistic(tmp_path: Path) -> SkopsCandidate:
    return opened(saved(tmp_path / "m.skops", LogisticRegression(max_iter=500).fit(FEATURES, NAMES)))


def test_missing_columns_are_named(logistic: SkopsCandidate) -> None:
    with pytest.raises(UnusableInput, match=r"petal length \(cm\)"):
        logistic.predict(FEATURES.drop(columns="petal length (cm)"), logistic.pipeline)


def test_text_in_a_column_of_numbers_is_named(logistic: SkopsCandidate) -> None:
    wrong = FEATURES.astype(object)
    wrong.iloc[3, 1] = "wide"
    with pytest.raises(UnusableInput, match=r"sepal width \(cm\)'.*'wide'"):
        logistic.predict(wrong, logistic.pipeline)
    numbers_as_text = FEATURES.astype(str)
    np.testing.assert_allclose(
        logistic.predict(numbers_as_text, logistic.pipeline), logistic.predict(FEATURES, logistic.pipeline)
    )


def test_missing_values_are_named_unless_the_estimator_takes_them(logistic: SkopsCandidate, tmp_path: Path) -> None:
    holes = FEATURES.copy()
    holes.iloc[0, 0] = np.nan
    with pytest.raises(UnusableInput, match=r"'sepal length \(cm\)' has missing"):
        logistic.predict(holes, logistic.pipeline)
    imputed = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=500)).fit(FEATURES, NAMES)
    for estimator in (imputed, HistGradientBoostingClassifier(max_iter=2).fit(FEATURES, NAMES)):
        candidate = opened(saved(tmp_path / "m.skops", estimator))
        np.testing.assert_allclose(
            candidate.predict(holes, candidate.pipeline), estimator.predict_proba(holes), atol=1e-6
        )


def test_categories_reach_an_estimator_that_encodes_them(tmp_path: Path) -> None:
    table = pd.DataFrame({"colour": ["red", "blue", "red", "blue"] * 5, "size": np.arange(20.0)})
    encode = make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough")
    estimator = make_pipeline(encode, LogisticRegression()).fit(table, table["colour"])
    candidate = opened(saved(tmp_path / "m.skops", estimator))
    np.testing.assert_allclose(candidate.predict(table, candidate.pipeline), estimator.predict_proba(table), atol=1e-6)
    with pytest.raises(UnusableInput, match="green"):
        candidate.predict(pd.DataFrame({"colour": ["green"], "size": [1.0]}), candidate.pipeline)


def test_an_estimator_fitted_without_names_takes_columns_by_position(tmp_path: Path) -> None:
    estimator = LogisticRegression(max_iter=500).fit(FEATURES.to_numpy(), NAMES)
    candidate = opened(saved(tmp_path / "m.skops", estimator))
    assert candidate.columns == ()
    np.testing.assert_allclose(
        candidate.predict(FEATURES, candidate.pipeline), estimator.predict_proba(FEATURES.to_numpy()), atol=1e-6
    )
    with pytest.raises(UnusableInput, match="takes 4 columns; the table has 3"):
        candidate.predict(FEATURES.iloc[:, :3], candidate.pipeline)


# --- Hostile and damaged archives --------------------------------------------------------------------------------


def schema_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        found: dict[str, Any] = json.loads(archive.read("schema.json"))
        return found


def write_archive(path: Path, schema: Any, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", schema if isinstance(schema, str) else json.dumps(schema))
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def blockers(path: Path) -> set[str]:
    return {f.id.removeprefix("preflight.") for f in preflight(path) if f.severity is Severity.BLOCKER}


@pytest.mark.parametrize(
    ("content", "id"),
    [
        (b"", "skops.archive"),
        (b"not a zip", "skops.archive"),
        (pickle.dumps({"a": 1}), "skops.archive"),
        (b"PK\x03\x04 cut off", "skops.archive"),
        (b"version https://git-lfs.github.com/spec/v1\n", "skops.lfs_pointer"),
    ],
)
def test_what_is_no_archive_is_refused(content: bytes, id: str, tmp_path: Path) -> None:
    (tmp_path / "m.skops").write_bytes(content)
    assert blockers(tmp_path / "m.skops") == {id}
    with pytest.raises(Refused):
        open_candidate(tmp_path / "m.skops")


@pytest.mark.parametrize("schema", ["{", "[" * 200_000, "\x00", '"text"', "[]", "null", "{}"])
def test_a_schema_that_says_nothing_is_refused(schema: str, tmp_path: Path) -> None:
    path = write_archive(tmp_path / "m.skops", schema)
    with pytest.raises(UnusableInput):
        open_candidate(path)


def test_an_archive_without_schema_and_a_bomb_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.skops", "w") as archive:
        archive.writestr("other.txt", "x")
    assert blockers(tmp_path / "m.skops") == {"skops.schema"}
    write_archive(tmp_path / "b.skops", {}, zeros=bytes(150_000_000))
    assert blockers(tmp_path / "b.skops") == {"skops.bomb"}


@pytest.mark.parametrize("kind", ["os.system", "builtins.eval", "subprocess.Popen", "posix.system", "shutil.rmtree"])
def test_functions_that_run_things_are_refused_whatever_is_trusted(kind: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "m.skops", LogisticRegression(max_iter=500).fit(FEATURES, NAMES))
    schema = schema_of(path)
    module, name = kind.rsplit(".", 1)
    node = {"__class__": "function", "__module__": "builtins", "__loader__": "FunctionNode", "__id__": 1}
    schema["content"]["content"]["evil"] = {**node, "content": {"module_path": module, "function": name}}
    write_archive(path, schema)
    assert "skops.dangerous_type" in blockers(path)
    with pytest.raises(Refused):
        open_candidate(path, trusted=[kind])
    schema["content"]["content"]["evil"] = {"__class__": name, "__module__": module, "__loader__": "TypeNode"}
    assert "skops.dangerous_type" in blockers(write_archive(path, schema))


def test_columns_from_the_model_card_stand_in_for_names(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    saved(tmp_path / "m" / "model.skops", LogisticRegression(max_iter=500).fit(FEATURES.to_numpy(), NAMES))
    (tmp_path / "m" / "config.json").write_text(json.dumps({"sklearn": {"columns": list(FEATURES.columns)}}))
    assert opened(tmp_path / "m").columns == tuple(FEATURES.columns)


@pytest.mark.parametrize("make", [lambda p: p / "absent", lambda p: p / "a\x00b", lambda p: str(p / ("x" * 5000))])
def test_paths_that_do_not_exist_are_said_in_words(make: Callable[[Path], Any], tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"There is no file|is not a path"):
        open_candidate(make(tmp_path))
