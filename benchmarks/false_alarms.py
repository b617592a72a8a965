"""How often does the doctor see a mismatch where there is none? Resampled runs of healthy pipelines."""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy import stats

from analysis.preprocessing.doctor import Conclusion, diagnose
from analysis.preprocessing.doctor.without_labels import diagnose_without_labels
from analysis.session import Session
from analysis.types import Dataset, InputSource, IntArray
from benchmarks.doctor import open_sample
from benchmarks.other_models import OTHERS, samples_of

BUNDLED = ("photos", "tweets", "reviews", "breast-cancer", "breast-cancer-trees", "diabetes", "diabetes-trees")
MODELS = (*BUNDLED, *OTHERS)
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


def verdict(session: Session, data: Dataset, seed: int, *, labelled: bool) -> Conclusion:
    """Return what the doctor says of the documented pipeline."""
    if labelled:
        found = diagnose(session.candidate, data, session.candidate.pipeline, split=session.split, seed=seed)
        return found.conclusion
    pipeline = session.candidate.pipeline
    return diagnose_without_labels(session.candidate, data, pipeline, split=session.split, seed=seed).conclusion


def main(names: tuple[str, ...] = MODELS, runs: int = RUNS, *, labelled: bool = True) -> None:
    """Print one row a model."""
    warnings.filterwarnings("ignore")
    print("| model | healthy runs | mismatch | undetermined |\n|---|---|---|---|")
    alarms = total = 0
    with TemporaryDirectory() as folder:
        for sample in samples_of(names, Path(folder)):
            session = open_sample(sample)
            verdicts = []
            for number in range(runs):
                data = resample(session.dataset, np.random.default_rng(number), session.split)
                verdicts.append(verdict(session, data, number, labelled=labelled))
            wrong = verdicts.count(Conclusion.MISMATCH)
            print(f"| {sample.id} | {runs} | {wrong} | {verdicts.count(Conclusion.UNDETERMINED)} |", flush=True)
            alarms, total = alarms + wrong, total + runs
    interval = stats.binomtest(alarms, max(1, total)).proportion_ci(method="wilson")
    print(f"\n{alarms} of {total} healthy runs were called a mismatch (95 % interval up to {interval.high:.1%}).")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", choices=MODELS, help="only these")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs for each model")
    parser.add_argument("--without-labels", action="store_true", help="ask the diagnosis that looks at inputs alone")
    chosen = parser.parse_args()
    main(tuple(chosen.model or MODELS), chosen.runs, labelled=not chosen.without_labels)
