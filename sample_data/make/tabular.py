"""Make the tabular sample data: two data sets, and for each a transparent model and an ensemble of trees.

Run ``python sample_data/make/tabular.py``. It needs no network: both data sets ship inside scikit-learn.
It writes ``data/<name>/{train,test}.csv`` and ``models/<name>/{model.skops,README.md}`` beside this folder.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
import skops.io
from huggingface_hub import EvalResult, ModelCardData
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error, r2_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SAMPLE_DATA = Path(__file__).resolve().parents[1]
SEED = 20141
TEST_SHARE = 0.3
SOURCE = f"scikit-learn {sklearn.__version__}"


@dataclass(frozen=True)
class TabularData:
    """One data set: how to load it, and what a reader of a model card wants to know of it."""

    name: str
    title: str
    target: str
    classification: bool
    load: Callable[[], pd.DataFrame]
    about: str
    limits: str


@dataclass(frozen=True)
class TabularModel:
    """One model to fit on a data set: a folder name, an estimator and a sentence for its card."""

    name: str
    data: TabularData
    make: Callable[[], Any]
    about: str


def load_tumours() -> pd.DataFrame:
    """Breast cancer Wisconsin (diagnostic): 569 rows, 30 features, `diagnosis` in words."""
    bunch = load_breast_cancer(as_frame=True)
    names = np.asarray([str(name) for name in bunch.target_names])
    return bunch.data.assign(diagnosis=names[bunch.target.to_numpy()])


def load_progression() -> pd.DataFrame:
    """Diabetes (Efron et al. 2004): 442 rows, 10 features in their own units, `progression`."""
    bunch = load_diabetes(as_frame=True, scaled=False)
    return bunch.data.assign(progression=bunch.target)


BREAST_CANCER = TabularData(
    name="breast-cancer",
    title="Breast cancer Wisconsin (diagnostic)",
    target="diagnosis",
    classification=True,
    load=load_tumours,
    about=(
        "569 fine-needle aspirates of breast masses; 30 numbers describe the cell nuclei of each image (the "
        "mean, the standard error and the worst of ten measures such as radius and texture). `diagnosis` is "
        "`malignant` or `benign`. W. Wolberg, O. Mangasarian, N. Street and W. Street (1993); UCI Machine "
        "Learning Repository, doi:10.24432/C5DW2B."
    ),
    limits=(
        "569 cases of one hospital, from before 1995, measured by one program. No clinical use whatever. "
        "A missed malignancy costs far more than a false alarm, and nothing here was tuned for that."
    ),
)
DIABETES = TabularData(
    name="diabetes",
    title="Diabetes",
    target="progression",
    classification=False,
    load=load_progression,
    about=(
        "442 diabetes patients: age in years, sex (1 or 2; the source does not say which is which), bmi in "
        "kg/m², bp (average blood pressure), and six blood serum measurements: s1 total cholesterol, s2 LDL, "
        "s3 HDL, s4 total cholesterol / HDL, s5 possibly the logarithm of the triglycerides, s6 blood sugar. "
        "The columns are in their own units, not scaled. `progression` is a quantitative measure of the "
        "disease one year later, 25 to 346. B. Efron, T. Hastie, I. Johnstone and R. Tibshirani (2004), "
        "Least Angle Regression, Annals of Statistics."
    ),
    limits=(
        "442 patients and ten columns explain about half of the variance. No clinical use whatever. `s1` and "
        "`s2` are strongly correlated (0.90), so coefficients and attributions of the two trade off."
    ),
)


MODELS = (
    TabularModel(
        name="breast-cancer-logistic",
        data=BREAST_CANCER,
        make=lambda: make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=1000)),
        about="A transparent model: standardised features, then a logistic regression (L2, C = 0.5).",
    ),
    TabularModel(
        name="breast-cancer-trees",
        data=BREAST_CANCER,
        make=lambda: RandomForestClassifier(
            n_estimators=100,
            max_depth=6,
            min_samples_leaf=2,
            random_state=SEED,
        ),
        about="A random forest of 100 trees, at most 6 deep, at least 2 examples a leaf.",
    ),
    TabularModel(
        name="diabetes-ridge",
        data=DIABETES,
        make=lambda: make_pipeline(StandardScaler(), Ridge(alpha=10.0)),
        about="A transparent model: standardised features, then a ridge regression (alpha = 10).",
    ),
    TabularModel(
        name="diabetes-trees",
        data=DIABETES,
        make=lambda: GradientBoostingRegressor(
            n_estimators=120,
            learning_rate=0.05,
            max_depth=2,
            subsample=0.8,
            random_state=SEED,
        ),
        about="Gradient boosting of 120 trees, at most 2 deep, learning rate 0.05, 80 % of the rows a tree.",
    ),
)


def split(data: TabularData) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a data set into train and test, stratified by class when there are classes.

    Returns
    -------
    tuple of DataFrame
        The train and the test rows, features first and the target last.
    """
    frame = data.load()
    strata = frame[data.target] if data.classification else None
    train, test = train_test_split(frame, test_size=TEST_SHARE, random_state=SEED, stratify=strata)
    return train.sort_index(), test.sort_index()


def target_of(frame: pd.DataFrame, data: TabularData) -> np.ndarray:
    """Return the target column as a plain array: fixed-width strings, or float64."""
    return frame[data.target].to_numpy(dtype=str if data.classification else np.float64)


def measure(model: Any, features: pd.DataFrame, truth: np.ndarray) -> dict[str, float]:
    """Score a fitted model: accuracy, macro F1, recall of `malignant` and log loss, or R² and errors."""
    predicted = model.predict(features)
    if isinstance(truth[0], str):
        return {
            "accuracy": accuracy_score(truth, predicted),
            "f1_macro": f1_score(truth, predicted, average="macro"),
            "recall_malignant": recall_score(truth, predicted, pos_label="malignant"),
            "log_loss": log_loss(truth, model.predict_proba(features), labels=model.classes_),
        }
    return {
        "r2": r2_score(truth, predicted),
        "mae": mean_absolute_error(truth, predicted),
        "rmse": float(np.sqrt(np.mean((truth - predicted) ** 2))),
    }


def card(
    spec: TabularModel,
    scores: Mapping[str, float],
    train_scores: Mapping[str, float],
    sizes: str,
) -> str:
    """Write the model card: a YAML header with measured results, then prose."""
    data = spec.data
    kind = "tabular-classification" if data.classification else "tabular-regression"
    results = [
        EvalResult(
            task_type=kind,
            dataset_type=data.name,
            dataset_name=data.title,
            dataset_split="test",
            metric_type=name,
            metric_value=round(value, 4),
        )
        for name, value in scores.items()
    ]
    header = ModelCardData(
        license="bsd-3-clause",
        library_name="sklearn",
        pipeline_tag=kind,
        tags=["sklearn", "skops", kind],
        model_name=spec.name,
        eval_results=results,
    )
    columns = " | ".join(scores)
    rows = "\n".join(
        f"| {split_name} | " + " | ".join(f"{value:.4f}" for value in values.values()) + " |"
        for split_name, values in (("train", train_scores), ("test", scores))
    )
    return f"""---
{header.to_yaml()}
---
# {spec.name}

{spec.about} It predicts `{data.target}`. Fitted with {SOURCE} by `sample_data/make/tabular.py`, seed {SEED}.

## Intended use
A small real model to try an error analysis on. {data.limits}

## Data
{data.about} As shipped in {SOURCE} (BSD-3-Clause). {sizes}

## Measured
| split | {columns} |
|---|{"---|" * len(scores)}
{rows}

## Load
```python
import skops.io

unknown = skops.io.get_untrusted_types(file="model.skops")  # read these before trusting them
model = skops.io.load("model.skops", trusted=unknown)
```
It was fitted on a DataFrame: `feature_names_in_` names the columns it wants, in order.
"""


def save(spec: TabularModel, model: Any, text: str) -> None:
    """Save a fitted model as a compressed skops file, with its card beside it."""
    folder = SAMPLE_DATA / "models" / spec.name
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "model.skops"
    skops.io.dump(model, file, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    (folder / "README.md").write_text(text, encoding="utf-8")
    size, unknown = file.stat().st_size / 1024, skops.io.get_untrusted_types(file=file)
    print(f"{spec.name}: {size:.0f} KiB, types to trust: {unknown}")


def main() -> None:
    """Write both data sets and all four models."""
    splits = {data.name: split(data) for data in (BREAST_CANCER, DIABETES)}
    for name, parts in splits.items():
        folder = SAMPLE_DATA / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        for part, frame in zip(("train", "test"), parts, strict=True):
            frame.to_csv(folder / f"{part}.csv", index=False, lineterminator="\n")
    for spec in MODELS:
        train, test = splits[spec.data.name]
        features = [column for column in train.columns if column != spec.data.target]
        model = spec.make().fit(train[features], target_of(train, spec.data))
        scores = measure(model, test[features], target_of(test, spec.data))
        train_scores = measure(model, train[features], target_of(train, spec.data))
        sizes = f"{len(train)} rows to train on and {len(test)} to test on."
        save(spec, model, card(spec, scores, train_scores, sizes))
        print("  test", {key: round(value, 4) for key, value in scores.items()}, sizes)


if __name__ == "__main__":
    main()
