"""How often does the doctor see a mismatch where there is none? Resampled runs of healthy pipelines."""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace

import numpy as np
from scipy import stats

from analysis.preprocessing.doctor import Conclusion, diagnose
from analysis.samples import SAMPLES
from analysis.types import Dataset, InputSource, IntArray
from benchmarks.doctor import open_sample

MODELS = ("photos", "tweets", "reviews", "breast-cancer", "diabetes")
RUNS = 25


def resample(dataset: Dataset, generator: np.random.Generator, split: str | None) -> Dataset:
    """Return a data set of the same size, drawn with replacement from one split."""
    rows = np.arange(len(dataset)) if split is None else np.flatnonzero(dataset.table["split"] == split)
    drawn: IntArray = generator.choice(rows, size=len(rows)).astype(np.int64)
    table = dataset.table.iloc[drawn].reset_index(drop=True)
    table["id"] = [f"{i}:{identity}" for i, identity in enumerate(table["id"])]
    source: InputSource = dataset.inputs
    return replace(
        dataset,
        table=table,
        inputs=lambda positions: source(drawn[positions]),
        fingerprint=f"{dataset.fingerprint}-{generator.integers(1 << 30)}",
    )


def main(names: tuple[str, ...] = MODELS, runs: int = RUNS) -> None:
    """Print one row a model."""
    warnings.filterwarnings("ignore")
    print("| model | healthy runs | mismatch | undetermined |\n|---|---|---|---|")
    alarms = total = 0
    for sample in SAMPLES:
        if sample.id not in names:
            continue
        session = open_sample(sample)
        verdicts = []
        for number in range(runs):
            data = resample(session.dataset, np.random.default_rng(number), session.split)
            found = diagnose(session.candidate, data, session.candidate.pipeline, split=session.split, seed=number)
            verdicts.append(found.conclusion)
        wrong = verdicts.count(Conclusion.MISMATCH)
        print(f"| {sample.id} | {runs} | {wrong} | {verdicts.count(Conclusion.UNDETERMINED)} |", flush=True)
        alarms, total = alarms + wrong, total + runs
    interval = stats.binomtest(alarms, max(1, total)).proportion_ci(method="wilson")
    print(f"\n{alarms} of {total} healthy runs were called a mismatch (95 % interval up to {interval.high:.1%}).")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", choices=MODELS, help="only these")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs for each model")
    chosen = parser.parse_args()
    main(tuple(chosen.model or MODELS), chosen.runs)
