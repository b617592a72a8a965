"""Plant faults in deployments and data of the sample models, and count how many the doctor names.

A fault counts as *found* when the step planted is among the edits of the best pipeline, whatever the verdict;
as *equivalent* when only a pipeline that the data can't tell from the best one has it.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from analysis.errors import UnusableInput
from analysis.predict import predict
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.doctor import Diagnosis, diagnose
from analysis.preprocessing.doctor.losses import losses_of
from analysis.preprocessing.doctor.proof import compare
from analysis.preprocessing.edits.plant import Fault, combine, plantable
from analysis.samples import Sample
from analysis.session import Session, open_session
from analysis.types import Dataset, Kind, Pipeline
from benchmarks.other_models import OTHERS, samples_of

#: A fault matters when it costs this much accuracy (or R²), or this p-value's worth of log loss.
POINTS, LEVEL = 0.05, 0.05
#: Pairs and triples tried for each model.
JOINT = 6
#: What the sample's trees are made of; this repository made them.
TRUSTED = ("sklearn.tree._tree.Tree",)
BUNDLED = ("photos", "tweets", "reviews", "breast-cancer", "breast-cancer-trees", "diabetes", "diabetes-trees")
MODELS = (*BUNDLED, *OTHERS)


@dataclass(frozen=True)
class Row:
    """What came of one planted fault."""

    model: str
    fault: Fault
    lost: float
    p_value: float
    diagnosis: Diagnosis

    @property
    def steps(self) -> set[str]:
        """Steps that the doctor names."""
        return {e.step for e in self.diagnosis.edits}

    @property
    def found(self) -> bool:
        """Whether every planted step is named."""
        return all(_named(step, self.steps) for step in self.fault.steps)

    @property
    def matters(self) -> str:
        """Which bar the fault falls under."""
        if self.lost >= POINTS:
            return "accuracy"
        return "log loss" if self.p_value < LEVEL else "nothing"


def _named(step: str, found: set[str]) -> bool:
    """A flipped positive class is a reversed label order; both name the same thing."""
    labels = {"label_order", "positive_class"}
    return step in found or (step in labels and bool(labels & found))


def open_sample(sample: Sample) -> Session:
    """Open a sample with the pipeline that its model documents."""
    return open_session(sample.model, sample.data, split=sample.split, trusted=TRUSTED)


def _cost(session: Session, dataset: Dataset, pipeline: Pipeline) -> tuple[float, float]:
    """Return what a fault costs: accuracy or R², and the p-value of the log loss."""
    results = []
    for data, used in ((session.dataset, session.candidate.pipeline), (dataset, pipeline)):
        run = predict(session.candidate, data, used, split=session.split)
        known = run.known
        losses = losses_of(np.asarray(run.scores)[known], run.truth[known], run.task.kind)
        if run.task.kind is Kind.REGRESSION:
            spread = float(np.var(run.truth))
            results.append((1 - float(np.mean((run.values - run.truth) ** 2)) / spread, losses))
        else:
            results.append((float((run.predicted == run.truth)[known].mean()), losses))
    (right, before), (spoiled, after) = results
    same = len(before) == len(after)
    return right - spoiled, compare(after, before).p_value if same else 0.0


def trials(session: Session, name: str, *, joint: int = JOINT, draw: int = 0) -> Iterator[Row]:
    """Plant every fault alone, then some pairs and triples of those that matter, drawn by a seed."""
    singles = []
    for fault in plantable(session.candidate, session.dataset):
        row = _try(session, name, fault)
        if row is not None:
            singles.append(row)
            yield row
    telling = [r.fault for r in singles if r.matters == "accuracy" and len(r.fault.steps) == 1]
    generator = np.random.default_rng(draw)
    for size in (2, 3):
        groups = [g for g in combinations(telling, size) if len({f.step for f in g}) == size]
        for position in generator.permutation(len(groups))[:joint]:
            try:
                fault = combine(groups[position])
            except ValueError:
                continue
            row = _try(session, name, fault)
            if row is not None:
                yield row


def _try(session: Session, name: str, fault: Fault) -> Row | None:
    dataset = fault.spoil(session.dataset)
    try:
        pipeline = check_pipeline(fault.deploy(session.candidate.pipeline))
        lost, p_value = _cost(session, dataset, pipeline)
        found = diagnose(session.candidate, dataset, pipeline, split=session.split)
    except UnusableInput as error:
        print(f"| {name} | {fault.name} | can't run: {error} | | | | |", flush=True)
        return None
    return Row(name, fault, lost, p_value, found)


def print_row(row: Row) -> None:
    """Print one row of the table."""
    named = ", ".join(sorted(row.steps)) or "nothing"
    share = row.diagnosis.passes / max(1, row.diagnosis.grid_passes)
    found, verdict = "yes" if row.found else "**no**", row.diagnosis.conclusion.value
    cells = [row.model, row.fault.name, f"{row.lost * 100:.0f}", f"{row.p_value:.2g}", named, found, verdict]
    print(f"| {' | '.join(cells)} | {row.diagnosis.passes} ({share:.0%}) |", flush=True)


def print_summary(rows: list[Row]) -> None:
    """Print the share found under each bar."""
    groups = {
        "single faults that cost ≥ 5 points": [r for r in rows if len(r.fault.steps) == 1 and r.matters == "accuracy"],
        "single faults that cost log loss only": [
            r for r in rows if len(r.fault.steps) == 1 and r.matters == "log loss"
        ],
        "pairs and triples": [r for r in rows if len(r.fault.steps) > 1 and r.matters != "nothing"],
    }
    print("\n| faults | found | of | share |\n|---|---|---|---|")
    for title, group in groups.items():
        found = sum(r.found for r in group)
        print(f"| {title} | {found} | {len(group)} | {found / max(1, len(group)):.0%} |")
    shares = [r.diagnosis.passes / max(1, r.diagnosis.grid_passes) for r in rows]
    print(f"\nPasses against the grid's: median {np.median(shares):.1%}, at most {max(shares):.1%}.")


def main(names: tuple[str, ...] = MODELS, joint: int = JOINT, draw: int = 0) -> None:
    """Print the table, a fault a row, and the shares found."""
    warnings.filterwarnings("ignore")
    print("| model | planted | points lost | p of the log loss | named | found | verdict | passes (of the grid) |")
    print("|---|---|---|---|---|---|---|---|")
    rows = []
    with TemporaryDirectory() as folder:
        for sample in samples_of(names, Path(folder)):
            for row in trials(open_sample(sample), sample.id, joint=joint, draw=draw):
                rows.append(row)
                print_row(row)
    print_summary(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", choices=MODELS, help="only these")
    parser.add_argument("--joint", type=int, default=JOINT, help="pairs and triples for each model")
    parser.add_argument("--draw", type=int, default=0, help="seed by which pairs and triples are drawn")
    chosen = parser.parse_args()
    main(tuple(chosen.model or MODELS), chosen.joint, chosen.draw)
