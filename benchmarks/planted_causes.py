"""Is the cause of a failure named right? Photos, texts and tables in which the causes of failures were planted."""

from __future__ import annotations

import argparse
import os
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.failures.causes import CAUSES, causes_of
from analysis.predict import predict
from analysis.preprocessing.doctor import diagnose
from analysis.preprocessing.edits.plant import Fault, plantable
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import Dataset, Inputs, IntArray, Predictions, fingerprint_of
from benchmarks.planted_inputs import PLANTERS, Planted

#: Share of the well answered examples in which each cause is planted, and the runs for each data set.
SHARE, RUNS, SEED = 0.06, 3, 0


@dataclass(frozen=True)
class Overlaid:
    """Raw inputs of a data set, some of them replaced."""

    source: Callable[[IntArray], Inputs]
    replaced: Mapping[int, Any]

    def __call__(self, rows: IntArray) -> Inputs:
        """Return the inputs of some rows."""
        given = self.source(rows)
        if isinstance(given, pd.DataFrame):
            out = given.reset_index(drop=True).astype(object)
            for place, row in enumerate(rows.tolist()):
                if row in self.replaced:
                    out.iloc[place] = self.replaced[row].to_numpy()
            return out.infer_objects()
        return [self.replaced.get(row, value) for row, value in zip(rows.tolist(), given, strict=True)]


def planted(session: Session, run: Predictions, seed: int) -> tuple[Dataset, dict[str, str]]:
    """Plant causes in well answered examples.

    Returns
    -------
    (Dataset, dict of str to str)
        The changed data, and by example id the cause that was planted in it.
    """
    rng = np.random.default_rng(seed)
    data, modality = session.dataset, session.dataset.modality
    place = {str(example): row for row, example in enumerate(data.table["id"])}
    right = np.flatnonzero(run.truth == run.predicted)
    chosen = rng.permutation(right)
    size = max(6, round(SHARE * len(right)))
    labels_before = data.table["label"].to_numpy(dtype=object)
    labels, inputs, causes = labels_before.copy(), {}, {}
    for cause, make in PLANTERS[modality].items():
        rows, chosen = chosen[:size], chosen[size:]
        for i in rows.tolist():
            other = int(rng.choice(right[run.truth[right] != run.truth[i]]))
            found: Planted = make(data, place[run.ids[i]], place[run.ids[other]], rng)
            if found.input is not None:
                inputs[place[run.ids[i]]] = found.input
            if found.relabelled:
                labels[place[run.ids[i]]] = labels_before[place[run.ids[other]]]
            causes[run.ids[i]] = cause
    changed = replace(
        data,
        table=data.table.assign(label=labels),
        inputs=Overlaid(data.inputs, inputs),
        fingerprint=fingerprint_of([data.fingerprint, "causes", seed]),
    )
    return changed, causes


def judge(
    session: Session, data: Dataset, expected: Mapping[str, str], fault: Fault | None
) -> list[tuple[str, str, str]]:
    """Return (planted, named, sentence) of each failure.

    What fails without having been touched counts as the model's own; what fails only with a fault of the deployment
    counts as the fault's.
    """
    documented = session.candidate.pipeline
    sound = predict(session.candidate, data, documented, split=session.split)
    failed = {sound.ids[i] for i in np.flatnonzero(sound.truth != sound.predicted)}
    used = fault.deploy(documented) if fault else documented
    data = fault.spoil(data) if fault else data
    run = predict(session.candidate, data, used, split=session.split) if fault else sound
    diagnosis = diagnose(session.candidate, data, used, split=session.split)
    found = causes_of(run, data, session.candidate, used, split=session.split, diagnosis=diagnosis)
    rows = []
    for row, reasons in found.reasons.items():
        example = run.ids[row]
        cause = expected.get(example, "weakness") if example in failed else "preprocessing"
        rows.append((cause, reasons[0].cause, reasons[0].sentence))
    return rows


def photos(folder: Path) -> Session:
    """Return the sample photos, each also turned, mirrored, cut, darkened and brightened: 49 are too few."""
    from PIL import Image, ImageEnhance, ImageOps

    root = bundled_root()
    changes: tuple[Callable[[Any], Any], ...] = (
        lambda p: p,
        ImageOps.mirror,
        lambda p: p.rotate(8, expand=False, fillcolor="white"),
        lambda p: p.crop((p.width // 12, p.height // 12, p.width * 11 // 12, p.height * 11 // 12)),
        lambda p: ImageEnhance.Brightness(p).enhance(0.75),
        lambda p: ImageEnhance.Color(p).enhance(0.7),
        lambda p: ImageOps.mirror(p.rotate(-8, fillcolor="white")),
    )
    for path in sorted((root / "data" / "photos").rglob("*.jp*g")):
        with Image.open(path) as image:
            picture = image.convert("RGB")
        target = folder / path.parent.name
        target.mkdir(exist_ok=True, parents=True)
        for number, change in enumerate(changes):
            change(picture).save(target / f"{path.stem}-{number}.jpg", quality=92)
    return open_session(root / "models" / "photos", folder)


def reviews(folder: Path) -> Session:  # noqa: ARG001
    """Return the sample reviews that the model has not seen."""
    root = bundled_root()
    return open_session(root / "models" / "reviews-sentiment", root / "data" / "reviews.csv", split="test")


def table(name: str) -> Callable[[Path], Session]:
    """Return what fits a logistic regression to half of a data set of scikit-learn, and opens it on the other half."""

    def make(folder: Path) -> Session:
        import skops.io
        from sklearn import datasets
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        found = getattr(datasets, f"load_{name}")(as_frame=True)
        frame, labels = found.data, np.array([f"is {n}" for n in found.target_names])[found.target]
        half = np.random.default_rng(0).permutation(len(frame))
        fit, judged = half[: len(half) // 2], half[len(half) // 2 :]
        model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=2000))
        model.fit(frame.iloc[fit], labels[fit])
        skops.io.dump(model, folder / "model.skops")
        frame.iloc[judged].assign(target=labels[judged]).to_csv(folder / "data.csv", index=False)
        return open_session(folder / "model.skops", folder / "data.csv", trusted=("numpy.dtype",))

    return make


SETS: dict[str, Callable[[Path], Session]] = {
    "photos": photos,
    "reviews": reviews,
    "tumours (table)": table("breast_cancer"),
}
#: The fault of the deployment that is planted in each kind of data, by the step that is at fault.
FAULTS = {
    "photos": "channel_order",
    "reviews": "positive_class",
    "tumours (table)": "units",
}


def fault_of(session: Session, step: str) -> Fault:
    """Return the fault of a step that costs most right answers."""
    offered = [f for f in plantable(session.candidate, session.dataset) if f.steps == (step,)]
    if not offered:
        raise SystemExit(
            f"no fault of {step}; {sorted({f.step for f in plantable(session.candidate, session.dataset)})}"
        )

    def right(fault: Fault) -> int:
        spoiled = fault.spoil(session.dataset), fault.deploy(session.candidate.pipeline)
        found = predict(session.candidate, *spoiled, split=session.split)
        return int((found.truth == found.predicted).sum())

    return min(offered, key=right) if len(offered) <= 12 else min(offered[:12], key=right)


def measure(name: str, runs: int, seed: int, show: int) -> list[tuple[str, str, str]]:
    """Return (planted, named, sentence) of all failures of all runs on one data set."""
    rows: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        session = SETS[name](Path(folder))
        clean = predict(session.candidate, session.dataset, session.candidate.pipeline, split=session.split)
        fault = fault_of(session, FAULTS[name])
        for number in range(seed, seed + runs):
            data, expected = planted(session, clean, number)
            rows += judge(session, data, expected, None)
            # With the fault everything else stays planted: causes of both kinds have to be told apart.
            rows += judge(session, data, expected, fault)
    for planted_cause, named, sentence in rows[:: max(1, len(rows) // show)] if show else ():
        print(f"  {planted_cause} → {named}: {sentence}")
    return rows


def _table(name: str, rows: Sequence[tuple[str, str, str]]) -> None:
    for cause in CAUSES:
        of = [named for planted_cause, named, _ in rows if planted_cause == cause]
        if not of:
            continue
        hits, others = of.count(cause), Counter(named for named in of if named != cause)
        low, high = stats.binomtest(hits, len(of)).proportion_ci(method="wilson")
        wrong = ", ".join(f"{n} {CAUSES[c].title.lower()}" for c, n in others.most_common()) or "–"
        called = sum(named == cause for _, named, _ in rows)
        precise = f"{hits / called:.0%} of {called}" if called else "–"
        print(
            f"| {name} | {CAUSES[cause].title} | {len(of)} | {hits / len(of):.0%} ({low:.0%}–{high:.0%}) | {precise} "
            f"| {wrong} |",
            flush=True,
        )


def main(names: tuple[str, ...] = tuple(SETS), runs: int = RUNS, seed: int = SEED, show: int = 0) -> None:
    """Print one row a data set and planted cause."""
    warnings.filterwarnings("ignore")
    print("| data | planted | failures | named right (95 % interval) | planted, of those named so | named instead |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home:
        former = os.environ.get("CAVEAT_HOME")
        os.environ["CAVEAT_HOME"] = home
        try:
            everything = []
            for name in names:
                rows = measure(name, runs, seed, show)
                _table(name, rows)
                everything += rows
        finally:
            os.environ.pop("CAVEAT_HOME") if former is None else os.environ.update(CAVEAT_HOME=former)
    right = sum(planted_cause == named for planted_cause, named, _ in everything)
    print(f"\n{right} of {len(everything)} failures were put down to the cause that was planted.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", action="append", choices=tuple(SETS), help="only these")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs for each data set")
    parser.add_argument("--seed", type=int, default=SEED, help="of the first run")
    parser.add_argument("--show", type=int, default=0, help="failures of each data set whose reason is printed")
    chosen = parser.parse_args()
    main(tuple(chosen.data or SETS), chosen.runs, chosen.seed, chosen.show)
