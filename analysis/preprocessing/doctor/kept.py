"""Diagnoses kept on disk, so that none is made twice: ``<home>/diagnoses/<key>/{diagnosis.json,arrays.npz}``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis import storage
from analysis.engines import LOCAL, Engine
from analysis.preprocessing.doctor.diagnose import diagnose
from analysis.preprocessing.doctor.result import Conclusion, Diagnosis, Scorecard, Tested
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Edit, Estimate, Json, Pipeline, fingerprint_of

_ARRAYS = ("rows", "before", "after")
_PLAIN = ("sentence", "p_value", "mcnemar", "tried", "passes", "grid_passes", "examples_needed", "complete", "seed")


def diagnosis_of(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    *,
    split: str | None = None,
    seed: int = 0,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Diagnosis:
    """Return a diagnosis: from disk where it is kept, else made and, unless it was cancelled, kept.

    Parameters and errors are those of `diagnose`.
    """
    folder = _folder(candidate, dataset, pipeline, split, seed)
    kept = read(folder)
    if kept is not None:
        return kept
    found = diagnose(candidate, dataset, pipeline, split=split, seed=seed, engine=engine, progress=progress)
    if found.complete:
        write(folder, found)
    return found


def kept_diagnosis(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, *, split: str | None = None, seed: int = 0
) -> Diagnosis | None:
    """Return the diagnosis that is kept on disk, or None where it was never made to its end."""
    return read(_folder(candidate, dataset, pipeline, split, seed))


def has_diagnosis(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, *, split: str | None = None, seed: int = 0
) -> bool:
    """Return whether a diagnosis is kept on disk, without reading it."""
    return (_folder(candidate, dataset, pipeline, split, seed) / "diagnosis.json").is_file()


def _folder(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, split: str | None, seed: int) -> Path:
    parts = {
        "candidate": candidate.fingerprint,
        "dataset": dataset.fingerprint,
        "pipeline": pipeline.fingerprint,
        "documented": candidate.pipeline.fingerprint,
        "split": split,
        "seed": seed,
        "doctor": code_fingerprint(),
    }
    return storage.home() / "diagnoses" / fingerprint_of(parts)


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """Return what changes when the doctor or its edits do: another doctor may come to another result."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def write(folder: Path, diagnosis: Diagnosis) -> None:
    """Write a diagnosis into a folder; the JSON comes last, so that a half-written folder counts as none."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "arrays.npz", **{name: getattr(diagnosis, name) for name in _ARRAYS})
    data = {
        **{name: getattr(diagnosis, name) for name in _PLAIN},
        "conclusion": diagnosis.conclusion.value,
        "confirmed_classes": diagnosis.confirmed_classes,
        "baseline": asdict(diagnosis.baseline),
        "best": asdict(diagnosis.best),
        "edits": _edits_json(diagnosis.edits),
        "pipeline": diagnosis.pipeline.to_json(),
        "hypotheses": [{**asdict(tested), "edits": _edits_json(tested.edits)} for tested in diagnosis.hypotheses],
        "equivalent": [_edits_json(edits) for edits in diagnosis.equivalent],
    }
    storage.write_json(folder / "diagnosis.json", data)


def read(folder: Path) -> Diagnosis | None:
    """Return what `write` wrote, or None where there is nothing that can be read."""
    data = storage.read_json(folder / "diagnosis.json")
    if data is None:
        return None
    try:
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            parts = {name: arrays[name] for name in _ARRAYS}
        confirmed = data["confirmed_classes"]
        return Diagnosis(
            conclusion=Conclusion(data["conclusion"]),
            baseline=_scorecard(data["baseline"]),
            best=_scorecard(data["best"]),
            edits=_edits(data["edits"]),
            pipeline=Pipeline.from_json(data["pipeline"]),
            hypotheses=tuple(
                Tested(**{**row, "edits": _edits(row["edits"]), "score": _scorecard(row["score"])})
                for row in data["hypotheses"]
            ),
            equivalent=tuple(_edits(edits) for edits in data["equivalent"]),
            confirmed_classes=None if confirmed is None else (int(confirmed[0]), int(confirmed[1])),
            **{name: data[name] for name in _PLAIN},
            **parts,
        )
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _edits_json(edits: Sequence[Edit]) -> list[Json]:
    return [
        {"step": e.step, "before": dict(e.before), "after": dict(e.after), "sentence": e.sentence, "within": e.within}
        for e in edits
    ]


def _edits(data: Sequence[Json]) -> tuple[Edit, ...]:
    return tuple(Edit(**entry) for entry in data)


def _scorecard(data: Json) -> Scorecard:
    return Scorecard(Estimate(**data["accuracy"]), float(data["log_loss"]), int(data["n"]))
