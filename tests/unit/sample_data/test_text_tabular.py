"""The text and tabular sample data load with the plain libraries and score what their cards say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from huggingface_hub import ModelCard
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error, r2_score, recall_score

SAMPLE_DATA = Path(__file__).resolve().parents[3] / "sample_data"
TREE = "sklearn.tree._tree.Tree"
TABULAR = [
    ("breast-cancer-logistic", "breast-cancer", "diagnosis", []),
    ("breast-cancer-trees", "breast-cancer", "diagnosis", [TREE]),
    ("diabetes-ridge", "diabetes", "progression", []),
    ("diabetes-trees", "diabetes", "progression", [TREE]),
]


def card_scores(name: str) -> dict[tuple[str, str, str], float]:
    """Read a card's measured results: {(data set, split, metric): value}."""
    card = ModelCard.load(SAMPLE_DATA / "models" / name / "README.md")
    return {
        (result.dataset_type, str(result.dataset_split), result.metric_type): float(result.metric_value)
        for result in card.data.eval_results
    }


def size_of(folder: Path) -> int:
    """Add up the bytes of the files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize(("name", "data", "target", "trusted"), TABULAR)
def test_tabular_model_scores_as_its_card_says(name: str, data: str, target: str, trusted: list[str]) -> None:
    file = SAMPLE_DATA / "models" / name / "model.skops"
    assert skops.io.get_untrusted_types(file=file) == trusted
    model = skops.io.load(file, trusted=trusted)
    test = pd.read_csv(SAMPLE_DATA / "data" / data / "test.csv")
    features, truth = test.drop(columns=target), test[target].to_numpy()
    assert list(model.feature_names_in_) == list(features.columns)
    predicted = model.predict(features)
    if target == "diagnosis":
        assert list(model.classes_) == ["benign", "malignant"]
        measured = {
            "accuracy": accuracy_score(truth, predicted),
            "f1_macro": f1_score(truth, predicted, average="macro"),
            "recall_malignant": recall_score(truth, predicted, pos_label="malignant"),
            "log_loss": log_loss(truth, model.predict_proba(features), labels=model.classes_),
        }
    else:
        measured = {
            "r2": r2_score(truth, predicted),
            "mae": mean_absolute_error(truth, predicted),
            "rmse": float(np.sqrt(np.mean((truth - predicted) ** 2))),
        }
    expected = {(data, "test", metric): value for metric, value in measured.items()}
    assert card_scores(name) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("data", ["breast-cancer", "diabetes"])
def test_tabular_splits_share_no_row_and_lose_none(data: str) -> None:
    train, test = (pd.read_csv(SAMPLE_DATA / "data" / data / f"{part}.csv") for part in ("train", "test"))
    assert len(train) + len(test) == {"breast-cancer": 569, "diabetes": 442}[data]
    assert not pd.concat([train, test]).duplicated().any()
    assert list(train.columns) == list(test.columns)
    assert not train.isna().any(axis=None)


@pytest.mark.parametrize("name", [name for name, *_ in TABULAR])
def test_tabular_model_is_small(name: str) -> None:
    assert size_of(SAMPLE_DATA / "models" / name) < 600_000
