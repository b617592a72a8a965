"""How often is a difference called significant where there is none? Pairs of models that are equally good."""

from __future__ import annotations

import argparse

import numpy as np
from scipy import stats

from analysis.comparison import compare
from analysis.types import Kind, Modality, Predictions, Task

RUNS = 300
#: Examples, classes, and how the two models differ: by chance alone, or in kind as well.
SCENES = ((30, 2), (100, 3), (300, 10), (1_000, 5))
SHOWN = ("accuracy", "f1_macro", "mcc", "log_loss", "brier", "roc_area", "average_precision", "calibration_error")
NUMBERS = ("mae", "rmse", "r2", "median_ae")


def _run(task: Task, truth: np.ndarray, scores: np.ndarray) -> Predictions:
    ids = tuple(map(str, range(len(truth))))
    names = tuple(task.labels[int(t)] for t in truth) if task.kind is Kind.CLASSIFICATION else ()
    return Predictions(task, ids, ("test",) * len(ids), truth, names, scores.astype(np.float32), "a", "p", "d")


def equal_classifiers(n: int, k: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Return two runs that share what is hard about each example, and differ by chance alone."""
    task = Task(Kind.CLASSIFICATION, Modality.TABULAR, tuple(f"class {i}" for i in range(k)))
    truth = rng.choice(k, size=n, p=rng.dirichlet(np.full(k, 5.0)))
    shared = rng.normal(size=(n, k))
    shared[np.arange(n), truth] += 2.0
    runs = []
    for _ in range(2):
        odds = np.exp(1.5 * (shared + rng.normal(size=(n, k))))
        runs.append(_run(task, truth, odds / odds.sum(axis=1, keepdims=True)))
    return runs[0], runs[1]


def equal_regressions(n: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Return two runs with equally large errors that share a part."""
    task = Task(Kind.REGRESSION, Modality.TABULAR, ("target",))
    truth, shared = rng.normal(size=n), rng.standard_t(4, size=n)
    first, second = (truth + 0.4 * (shared + rng.standard_t(4, size=n)) for _ in range(2))
    return _run(task, truth, first[:, None]), _run(task, truth, second[:, None])


def main(runs: int = RUNS) -> None:
    """Print one row a metric and size."""
    print("| examples, classes | metric | significant of the time | intervals that hold 0 |\n|---|---|---|---|")
    alarms = total = 0
    scenes = [(n, k, SHOWN) for n, k in SCENES] + [(100, 0, NUMBERS), (1_000, 0, NUMBERS)]
    for n, k, metrics in scenes:
        found: dict[str, list[tuple[bool, bool]]] = {metric: [] for metric in metrics}
        for number in range(runs):
            rng = np.random.default_rng([n, k, number])
            a, b = equal_classifiers(n, k, rng) if k else equal_regressions(n, rng)
            differences = compare(a, b, seed=number).differences
            for metric in metrics:
                d = differences[metric]
                found[metric].append((d.significant, d.low <= 0 <= d.high))
        for metric, rows in found.items():
            significant, covered = (sum(column) for column in zip(*rows, strict=True))
            alarms, total = alarms + significant, total + runs
            name = f"{n}, {k} classes" if k else f"{n}, regression"
            print(f"| {name} | {metric} | {significant / runs:.1%} | {covered / runs:.1%} |", flush=True)
    interval = stats.binomtest(alarms, total).proportion_ci(method="wilson")
    print(f"\n{alarms} of {total} comparisons, {alarms / total:.1%} (up to {interval.high:.1%}), were significant.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="pairs of models for each size")
    main(parser.parse_args().runs)
