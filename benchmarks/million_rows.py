"""Metrics of 1,000,000 predictions against scikit-learn's functions for the same numbers, which give no intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.failures.confusion import confusion
from analysis.metrics import summarise
from analysis.types import Kind, Modality, Predictions, Task
from benchmarks.timing import Row, compare, row, table

ROWS = 1_000_000
CLASSES = (2, 10)


def made(rows: int, classes: int, seed: int = 0) -> Predictions:
    """Return a run of a classifier that is right about four times in five."""
    random = np.random.default_rng(seed)
    truth = random.integers(classes, size=rows)
    logits = random.normal(size=(rows, classes)).astype(np.float32)
    logits[np.arange(rows), truth] += 2.0 if classes == 2 else 3.0
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    labels = tuple(f"class {c}" for c in range(classes))
    names = np.array(labels, dtype=object)
    return Predictions(
        task=Task(Kind.CLASSIFICATION, Modality.TABULAR, labels),
        ids=tuple(map(str, range(rows))),
        splits=("test",) * rows,
        truth=truth,
        truth_labels=tuple(names[truth]),
        scores=powers / powers.sum(axis=1, keepdims=True),
        candidate="", pipeline="", dataset="",
    )  # fmt: skip


def ours(run: Predictions) -> dict[str, float]:
    """Return the headline metrics, each of which has an interval too, and the matrix."""
    fresh = replace(run)  # What a run remembers of an earlier call doesn't count.
    found = {name: estimate.value for name, estimate in summarise(fresh).items()}
    return found | {"right": float(np.trace(confusion(fresh).counts))}


def theirs(run: Predictions) -> dict[str, float]:
    """Return the same numbers as scikit-learn's documentation says to compute them."""
    from sklearn import metrics as sk

    y, scores = run.truth, run.scores
    called = scores.argmax(axis=1)
    found = {
        "accuracy": sk.accuracy_score(y, called),
        "balanced_accuracy": sk.balanced_accuracy_score(y, called),
        "mcc": sk.matthews_corrcoef(y, called),
        "kappa": sk.cohen_kappa_score(y, called),
        "log_loss": sk.log_loss(y, scores),
        "brier": sk.brier_score_loss(y, scores),
        "right": np.trace(sk.confusion_matrix(y, called)),
    }
    for average in ("macro", "micro", "weighted"):
        parts = sk.precision_recall_fscore_support(y, called, average=average)
        found |= {f"{name}_{average}": part for name, part in zip(("precision", "recall", "f1"), parts, strict=False)}
    return {name: float(value) for name, value in found.items()}


def ratios() -> Iterator[Row]:
    """Return a row a number of classes."""
    for classes in CLASSES:
        run = made(ROWS, classes)
        mine, known = ours(run), theirs(run)
        agree = sum(abs(mine[name] - value) <= 1e-6 * max(1.0, abs(value)) for name, value in known.items())
        found = compare(lambda run=run: ours(run), lambda run=run: theirs(run))
        work = f"metrics of {ROWS:,} predictions, {classes} classes, with intervals"
        yield row(work, "scikit-learn, without intervals", found, f"{agree} of {len(known)} numbers to 1e-6")


def main() -> None:
    """Print one row a number of classes."""
    table(ratios())


if __name__ == "__main__":
    main()
