"""Are slices found in which a model was made to fail? By properties, and as heaps of its embeddings; and noise."""

from __future__ import annotations

import argparse
import os
import tempfile
import warnings

import numpy as np
import pandas as pd
from scipy import stats

from analysis.failures.properties import Properties
from analysis.failures.slices import find_slices, slices_of
from analysis.failures.slices.clusters import NAME
from analysis.failures.slices.find import least_size
from analysis.failures.slices.predicates import cut
from analysis.types import Kind, Modality, Predictions, Task
from benchmarks.heaps import WIDTHS, heaps

SIZE, COLUMNS = 2_000, 12
#: Examples that lie in heaps: more than a network works for.
HEAPED = 6_000
#: Share of a slice that must be planted for it to count as found.
PURE = 0.75


def data(seed: int) -> tuple[pd.DataFrame, np.ndarray, str]:
    """Return properties, where the slice is, and what it is; odd seeds plant two predicates, even ones a range."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"x{i}": rng.normal(size=SIZE) for i in range(COLUMNS // 2)})
    for i in range(COLUMNS // 2):
        frame[f"c{i}"] = rng.choice([f"v{j}" for j in range(2 + i)], SIZE)
    number, category = f"x{seed % 6}", f"c{seed % 5}"
    if seed % 2 == 0:
        edge = float(frame[number].quantile(0.8))
        return frame, (frame[number] >= edge).to_numpy(), f"{number} high"
    edge = float(frame[number].quantile(0.35))  # On purpose no edge of the search's own.
    inside = ((frame[number] < edge) & (frame[category] == "v1")).to_numpy()
    return frame, inside, f"{number} low and {category}: v1"


def judged(wrong: np.ndarray) -> Predictions:
    """Return a run of two classes that is wrong where `wrong` says so."""
    truth = np.arange(len(wrong)) % 2
    answer = np.where(wrong, 1 - truth, truth)
    scores = np.full((len(wrong), 2), 0.1, np.float32)
    scores[np.arange(len(wrong)), answer] = 0.9
    task = Task(Kind.CLASSIFICATION, Modality.TABULAR, ("no", "yes"))
    ids, names = tuple(map(str, range(len(wrong)))), tuple(task.labels[t] for t in truth)
    return Predictions(task, ids, ("test",) * len(ids), truth, names, scores, "c", "p", "d")


def properties(sets: int, noise: int, first: int) -> None:
    """Print one row a slice that was planted among properties, and how often noise was called a slice."""
    print("| planted | examples | wrong inside, outside | found first | of its examples | p, corrected |")
    print("|---|---|---|---|---|---|")
    hits = 0
    for seed in range(first, first + sets):
        frame, inside, name = data(seed)
        wrong = np.random.default_rng(seed + 1_000).random(SIZE) < np.where(inside, 0.3, 0.1)
        found = find_slices(judged(wrong), cut(Properties(frame, {}), least=least_size(SIZE)))
        if not found.found:
            print(f"| {name} | {int(inside.sum())} | | (none) | | |")
            continue
        best = found.found[0]
        covered = float(inside[best.rows].mean())
        # Found: it stands after correction, and three quarters of what it names were planted.
        hit = best.significant and covered >= PURE
        hits += hit
        rates = f"{wrong[inside].mean():.0%}, {wrong[~inside].mean():.0%}"
        said = best.name if hit else f"({best.name})"
        print(f"| {name} | {int(inside.sum())} | {rates} | {said} | {covered:.0%} planted | {best.p_adjusted:.1g} |")
    alarms = 0
    for seed in range(first, first + noise):
        frame, _, _ = data(seed)
        wrong = np.random.default_rng(seed + 2_000).random(SIZE) < 0.15
        alarms += bool(find_slices(judged(wrong), cut(Properties(frame, {}), least=least_size(SIZE))).significant)
    low, high = stats.binomtest(alarms, max(1, noise)).proportion_ci(method="wilson")
    print(
        f"\n{hits} of {sets} planted slices were found; in {alarms} of {noise} runs of noise something was called one "
        f"(95 % interval {low:.1%} to {high:.1%})."
    )


def groups(modality: Modality, sets: int, noise: int, first: int) -> None:
    """Print in how many data sets a planted heap was found as a group, and how often noise was called a group."""
    hits, pure, named, alarms, by_group = 0, [], 0, 0, 0
    for seed in range(first, first + sets):
        made = heaps(modality, HEAPED, seed)
        sure = slices_of(made.predictions, made.dataset, made.candidate, made.pipeline).significant
        covered = {one.name: float(made.inside[one.rows].mean()) for one in sure}
        found = [one for one in sure if one.name.startswith(NAME) and covered[one.name] >= PURE]
        hits += bool(found)
        pure += [covered[one.name] for one in found]
        named += any(covered[one.name] >= PURE for one in sure if not one.name.startswith(NAME))
    for seed in range(first, first + noise):
        made = heaps(modality, HEAPED, seed + 1_000, planted=False)
        sure = slices_of(made.predictions, made.dataset, made.candidate, made.pipeline).significant
        alarms += bool(sure)
        by_group += any(one.name.startswith(NAME) for one in sure)
    low, high = stats.binomtest(alarms, max(1, noise)).proportion_ci(method="wilson")
    print(
        f"| {modality.value} | {hits} of {sets} | {min(pure, default=0):.0%} | {named} of {sets} "
        f"| {alarms} of {noise} ({low:.1%} to {high:.1%}) | {by_group} |"
    )


def main(sets: int = 10, noise: int = 100, first: int = 0) -> None:
    """Print what was found of slices among properties, then of heaps that only a model's embeddings show."""
    warnings.filterwarnings("ignore")
    properties(sets, noise, first)
    print(f"\nHeaps of {HEAPED:,} examples, one of them planted:\n")
    print("| data | found as a group | of it planted, at least | found by properties | alarms in noise | by a group |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home:
        os.environ["CAVEAT_HOME"] = home
        for modality in WIDTHS:
            groups(modality, sets, noise, first)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--noise", type=int, default=100, help="runs without a planted slice")
    parser.add_argument("--sets", type=int, default=10, help="runs with one")
    parser.add_argument("--seed", type=int, default=0, help="of the first run")
    chosen = parser.parse_args()
    main(chosen.sets, chosen.noise, chosen.seed)
