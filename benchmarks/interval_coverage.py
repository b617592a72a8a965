"""Do 95 % intervals hold what they promise? Runs drawn from known models, and how often the truth lies within."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from analysis.metrics import METRICS, summarise
from analysis.metrics.calibration import calibration_error
from analysis.metrics.conformal import conformal, margin_of
from analysis.metrics.curves import average_precision, one_class, roc_area
from analysis.metrics.mean_areas import mean_areas
from analysis.types import Estimate, Kind, Modality, Predictions, Task

SIZES, DRAWS, SEED, TRUTH = (30, 100, 300, 1000), 1000, 0, 400_000
PRIORS, SHARPNESS, TOO_SURE = (0.5, 0.3, 0.2), 2.0, 1.3


def classified(n: int, rng: np.random.Generator) -> Predictions:
    """Return answers of a model of three classes that is right in four of five cases, and a little too sure."""
    truth = rng.choice(3, n, p=PRIORS)
    logits = rng.normal(size=(n, 3)) + np.log(PRIORS) / TOO_SURE
    logits[np.arange(n), truth] += SHARPNESS
    odds = np.exp(TOO_SURE * logits)
    scores = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    task = Task(Kind.CLASSIFICATION, Modality.TABULAR, ("a", "b", "c"))
    return _run(task, truth.astype(np.int64), scores, tuple(task.labels[t] for t in truth))


def regressed(n: int, rng: np.random.Generator) -> Predictions:
    """Return answers with errors that grow with the target."""
    target = rng.gamma(3.0, 20.0, n)
    return _values(target, rng.normal(size=n))


def long_tailed(n: int, rng: np.random.Generator) -> Predictions:
    """Return such answers with errors of Student's law with 5 degrees of freedom: now and then a very large one."""
    target = rng.gamma(3.0, 20.0, n)
    return _values(target, stats.t.rvs(5, size=n, random_state=rng))


def _values(target: np.ndarray, error: np.ndarray) -> Predictions:
    task = Task(Kind.REGRESSION, Modality.TABULAR, ("y",))
    return _run(task, target, (target + error * (4 + 0.15 * target))[:, None], ())


def _run(task: Task, truth: np.ndarray, scores: np.ndarray, names: tuple[str, ...]) -> Predictions:
    ids = tuple(map(str, range(len(truth))))
    return Predictions(task, ids, ("test",) * len(ids), truth, names, scores.astype(np.float32), "c", "p", "d")


def of_classes(run: Predictions, seed: int) -> dict[str, Estimate]:
    """Return everything that is shown of a classification with an interval."""
    found = summarise(run, seed=seed)
    one = one_class(run, "c")
    if 1 < one.truth.sum() < len(one.truth) - 1:
        found["ROC area, rarest class"] = roc_area(one.truth, one.scores)
        found["average precision, rarest class"] = average_precision(one.truth, one.scores)
    error = calibration_error(run, seed=seed)
    assert error is not None
    return found | mean_areas(run) | {"calibration_error": error.error}


def of_values(run: Predictions, seed: int) -> dict[str, Estimate]:
    """Return everything that is shown of a regression with an interval."""
    return summarise(run, seed=seed)


KINDS: dict[str, tuple[Callable[[int, np.random.Generator], Predictions], Callable[..., Mapping[str, Estimate]]]] = {
    "classes": (classified, of_classes),
    "values": (regressed, of_values),
    "values with long tails": (long_tailed, of_values),
}


def coverage(kind: str, sizes: tuple[int, ...], draws: int, seed: int) -> dict[str, dict[int, tuple[int, int]]]:
    """Return, for each metric and size, how many intervals held the truth, and of how many."""
    draw, measure = KINDS[kind]
    truth = {key: e.value for key, e in measure(draw(TRUTH, np.random.default_rng(10**6)), 0).items()}
    found: dict[str, dict[int, tuple[int, int]]] = {key: {} for key in truth}
    for n in sizes:
        for number in range(draws):
            for key, e in measure(draw(n, np.random.default_rng([seed, n, number])), number).items():
                if np.isfinite(e.low):
                    hits, of = found[key].get(n, (0, 0))
                    found[key][n] = hits + bool(e.low <= truth[key] <= e.high), of + 1
    return found


def conformal_coverage(sizes: tuple[int, ...], draws: int, seed: int) -> dict[int, float]:
    """Return how often a new example lies within the prediction interval, on average over draws."""
    fresh = regressed(100_000, np.random.default_rng(10**6 + 1))
    errors = np.sort(np.abs(fresh.values - fresh.truth))
    out = {}
    for n in sizes:
        within = []
        for number in range(draws):
            run = regressed(n, np.random.default_rng([seed, n, number]))
            found = conformal(run, seed=number)
            margin = found.margin if found is not None else margin_of(run.values - np.asarray(run.truth))
            if np.isfinite(margin):
                within.append(np.searchsorted(errors, margin, side="right") / len(errors))
        out[n] = float(np.mean(within)) if within else float("nan")
    return out


def main(
    draws: int = DRAWS, sizes: tuple[int, ...] = SIZES, seed: int = SEED, kinds: tuple[str, ...] = tuple(KINDS)
) -> None:
    """Print one row a metric: the share of intervals that hold the truth, by the number of examples."""
    warnings.filterwarnings("ignore")
    print(f"| 95 % interval of | {' | '.join(f'n = {n}' for n in sizes)} |")
    print(f"|---|{'---|' * len(sizes)}")
    below, cells = [], 0
    for kind in kinds:
        for key, row in coverage(kind, sizes, draws, seed).items():
            shares = {n: hits / of for n, (hits, of) in row.items()}
            name = METRICS[key].title if key in METRICS else key
            name += ", errors with long tails" if kind == "values with long tails" else ""
            print(f"| {name} | {' | '.join(f'{shares[n]:.1%}' if n in shares else '–' for n in sizes)} |", flush=True)
            cells += len(shares)
            below += [f"{name} at n = {n} ({share:.1%})" for n, share in shares.items() if share < 0.93]
    within = conformal_coverage(sizes, draws, seed)
    print(f"| (prediction interval: new examples within it) | {' | '.join(f'{within[n]:.1%}' for n in sizes)} |")
    print(f"\n{draws} draws each, seed {seed}. {cells - len(below)} of {cells} hold at least 93 %.")
    if below:
        print(f"Below 93 %: {'; '.join(below)}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--n", type=int, action="append", help="examples; repeat it for several sizes")
    parser.add_argument("--kind", choices=KINDS, action="append", help="runs to draw; repeat it for several kinds")
    chosen = parser.parse_args()
    main(chosen.draws, tuple(chosen.n or SIZES), chosen.seed, tuple(chosen.kind or KINDS))
