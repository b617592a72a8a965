"""How often is a difference called significant where there is none? Pairs of models that are equally good."""

from __future__ import annotations

import argparse

import numpy as np
from scipy import stats

from analysis.comparison import compare
from analysis.comparison.compare import holm
from analysis.comparison.differences import LEVEL
from analysis.types import Kind, Modality, Predictions, Task

RUNS = 300
#: How often a difference may be called significant where there is none.
BAR = 0.06
CLASSIFIED = ("accuracy", "f1_macro", "mcc", "log_loss", "brier", "roc_area", "average_precision", "calibration_error")
NUMBERS = ("mae", "rmse", "r2", "median_ae")
#: Examples, classes (0: a regression), and the metrics that are compared.
SCENES = (
    (30, 2, CLASSIFIED),
    (100, 3, CLASSIFIED),
    (300, 10, CLASSIFIED),
    (1_000, 5, CLASSIFIED),
    (100, 0, NUMBERS),
    (1_000, 0, NUMBERS),
)


def _run(task: Task, truth: np.ndarray, scores: np.ndarray) -> Predictions:
    ids = tuple(map(str, range(len(truth))))
    names = tuple(task.labels[int(t)] for t in truth) if task.kind is Kind.CLASSIFICATION else ()
    return Predictions(task, ids, ("test",) * len(ids), truth, names, scores.astype(np.float32), "a", "p", "d")


def equal_classifiers(n: int, k: int, rng: np.random.Generator) -> tuple[Predictions, Predictions]:
    """Return two runs that share what is hard about each example, and differ by chance alone."""
    task = Task(Kind.CLASSIFICATION, Modality.TABULAR, tuple(f"class {i}" for i in range(k)))
    truth = np.zeros(n, np.int64)
    while len(np.unique(truth)) < 2:  # One class alone has no areas.
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


def alarms_of(n: int, k: int, metrics: tuple[str, ...], runs: int) -> dict[str, tuple[int, int]]:
    """Return for each metric how many of the pairs differ significantly, and how many intervals hold 0."""
    found = dict.fromkeys(metrics, (0, 0))
    for number in range(runs):
        rng = np.random.default_rng([n, k, number])
        a, b = equal_classifiers(n, k, rng) if k else equal_regressions(n, rng)
        differences = compare(a, b, seed=number).differences
        for metric, (alarms, held) in found.items():
            d = differences[metric]
            found[metric] = alarms + d.significant, held + bool(d.low <= 0 <= d.high)
    return found


def verdict(cells: dict[str, int], runs: int) -> str:
    """Say which cells are above the bar by more than chance allows, corrected for their number.

    Parameters
    ----------
    cells : dict of str to int
        Significant comparisons of each metric and size.
    runs : int
        Comparisons of each.
    """
    p_values = holm([float(stats.binomtest(k, runs, BAR, alternative="greater").pvalue) for k in cells.values()])
    above = [
        f"{name} ({cells[name] / runs:.1%}, p = {p:.2g})" for name, p in zip(cells, p_values, strict=True) if p < LEVEL
    ]
    highest = max(cells, key=cells.__getitem__)
    return (
        f"Above {BAR:.0%} by more than chance allows: {', '.join(above) or 'none'} of {len(cells)} cells "
        f"(binomial test, Holm). The highest: {highest}, {cells[highest] / runs:.1%}."
    )


def main(runs: int = RUNS, sizes: tuple[int, ...] = ()) -> None:
    """Print one row a metric and size, of all sizes or of some."""
    print("| examples, classes | metric | significant of the time | intervals that hold 0 |\n|---|---|---|---|")
    cells: dict[str, int] = {}
    for n, k, metrics in SCENES:
        if sizes and n not in sizes:
            continue
        name = f"{n}, {k} classes" if k else f"{n}, regression"
        for metric, (alarms, held) in alarms_of(n, k, metrics, runs).items():
            cells[f"{metric} of {name}"] = alarms
            print(f"| {name} | {metric} | {alarms / runs:.1%} | {held / runs:.1%} |", flush=True)
    alarms, total = sum(cells.values()), runs * len(cells)
    interval = stats.binomtest(alarms, total).proportion_ci(method="wilson")
    print(f"\n{alarms} of {total} comparisons, {alarms / total:.1%} (up to {interval.high:.1%}), were significant.")
    print(verdict(cells, runs))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="pairs of models for each size")
    parser.add_argument("--n", type=int, action="append", help="examples; repeat it for several sizes")
    chosen = parser.parse_args()
    main(chosen.runs, tuple(chosen.n or ()))
