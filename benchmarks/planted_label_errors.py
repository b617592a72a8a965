"""Are planted label errors among the most suspect? 5 % of the labels of real data changed, and learned from so."""

from __future__ import annotations

import warnings

import numpy as np

from analysis.failures.suspects import find_suspects
from analysis.types import Kind, Modality, Predictions, Task

SHARE, TOP, RUNS = 0.05, 0.10, 5


def mislabelled(name: str, seed: int) -> tuple[Predictions, set[str]]:
    """Change labels of data that come with scikit-learn, and learn from the changed ones.

    Returns
    -------
    (Predictions, set of str)
        A logistic regression's answers by 10-fold cross-validation, and the ids whose label was changed.
    """
    from sklearn import datasets
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = getattr(datasets, f"load_{name}")()
    labels, truth = tuple(str(n) for n in data.target_names), data.target.astype(np.int64)
    rng = np.random.default_rng(seed)
    changed = rng.choice(len(truth), round(SHARE * len(truth)), replace=False)
    truth[changed] = (truth[changed] + rng.integers(1, len(labels), len(changed))) % len(labels)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000))
    scores = cross_val_predict(model, data.data, truth, cv=10, method="predict_proba").astype(np.float32)
    ids, names = tuple(map(str, range(len(truth)))), tuple(labels[t] for t in truth)
    task = Task(Kind.CLASSIFICATION, Modality.TABULAR, labels)
    run = Predictions(task, ids, ("test",) * len(ids), truth, names, scores, "c", "p", "d")
    return run, {str(i) for i in changed}


def main() -> None:
    """Print one row a data set."""
    warnings.filterwarnings("ignore")
    print(
        "| data | examples, classes | planted errors in the top 10 % | counted as errors | planted, of those counted |"
    )
    print("|---|---|---|---|---|")
    for name in ("digits", "breast_cancer", "wine", "iris"):
        found, likely, precise = [], [], []
        for seed in range(RUNS):
            run, ids = mislabelled(name, seed)
            suspects = find_suspects(run)
            top = {s.example for s in suspects.ranked[: round(TOP * len(run))]}
            counted = {s.example for s in suspects.likely}
            found.append(len(top & ids) / len(ids))
            likely.append(len(counted & ids) / len(ids))
            precise.append(len(counted & ids) / max(1, len(counted)))
        print(
            f"| {name} | {len(run)}, {len(run.task.labels)} | {np.mean(found):.0%} ({min(found):.0%} to "
            f"{max(found):.0%}) | {np.mean(likely):.0%} | {np.mean(precise):.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
