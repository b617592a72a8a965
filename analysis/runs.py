"""Runs kept on disk: the same run is never computed twice.

A run is a folder ``runs/<key>/`` under `analysis.storage.home`, where the key is the fingerprint of the
candidate, the pipeline without its output steps, the data set, the split and the precision:

``scores.npy``
    float32 (n, k), before the pipeline's output steps; opened memory-mapped.
``predictions.parquet``
    One row an example: ``row`` (position in the data set), ``id``, ``split``, ``label`` (as in the data),
    ``predicted`` (position of the highest score), ``score``.
``run.json``
    The key's parts, rejected items, seconds, library versions and the pipeline.

A folder appears under its key only when it is complete, so that two processes on the same run, or one that
is killed, leave nothing half-written behind.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.predict import RawScores, library_versions, predict_raw, rows_of, to_predictions
from analysis.progress import Progress
from analysis.storage import home, read_json, write_json
from analysis.types import Candidate, Dataset, Json, Pipeline, Predictions, Rejection, fingerprint_of

FORMAT = 1


def _parts(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, split: str | None) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "candidate": candidate.fingerprint,
        "pipeline": pipeline.forward_fingerprint,
        "dataset": dataset.fingerprint,
        "split": split,
        "precision": "fp32",
    }


def _folder(parts: dict[str, Json]) -> Path:
    return home() / "runs" / fingerprint_of(parts)


def _load(folder: Path) -> tuple[RawScores, dict[str, str]] | None:
    about = read_json(folder / "run.json")
    if about is None:
        return None
    try:
        scores = np.load(folder / "scores.npy", mmap_mode="r", allow_pickle=False)
        rows = pd.read_parquet(folder / "predictions.parquet", columns=["row"])["row"].to_numpy(dtype=np.int64)
    except (OSError, ValueError):
        return None
    rejected = tuple(Rejection(**item) for item in about["rejected"])
    return RawScores(rows, scores, rejected, about["seconds"]), about["versions"]


def _keep(folder: Path, raw: RawScores, dataset: Dataset, parts: dict[str, Json], pipeline: Pipeline) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".writing-"))
    try:
        np.save(temporary / "scores.npy", raw.scores)
        columns = dataset.table[["id", "split", "label"]].iloc[raw.rows].reset_index(drop=True)
        columns.insert(0, "row", raw.rows)
        columns["predicted"] = raw.scores.argmax(axis=1)
        columns["score"] = raw.scores.max(axis=1)
        columns.to_parquet(temporary / "predictions.parquet", index=False)
        about = {
            **parts,
            "rejected": [{"item": r.item, "reason": r.reason} for r in raw.rejected],
            "seconds": raw.seconds,
            "versions": library_versions(),
            "delivered_through": pipeline.to_json(),
        }
        write_json(temporary / "run.json", about)
        if folder.exists() and _load(folder) is None:
            shutil.rmtree(folder)  # Damaged: replaced by the run just made.
        os.rename(temporary, folder)
    except OSError:
        # Another process finished the same run first: its result equals ours.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _part_of_whole(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, split: str
) -> tuple[RawScores, dict[str, str]] | None:
    """Cut a split out of a kept run over all of the data."""
    kept = _load(_folder(_parts(candidate, dataset, pipeline, None)))
    if kept is None:
        return None
    raw, versions = kept
    rows = rows_of(dataset, split)
    mine = np.isin(raw.rows, rows)
    ids = set(dataset.table["id"].to_numpy()[rows])
    rejected = tuple(r for r in raw.rejected if r.item in ids)
    return RawScores(raw.rows[mine], raw.scores[mine], rejected, raw.seconds), versions


def find(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline | None = None,
    *,
    split: str | None = None,
) -> Predictions | None:
    """Open a kept run, or return None where it was never made.

    Raises
    ------
    UnusableInput
        If there is no such split.
    """
    pipeline = pipeline or candidate.pipeline
    rows_of(dataset, split)
    kept = _load(_folder(_parts(candidate, dataset, pipeline, split)))
    if kept is None and split is not None:
        kept = _part_of_whole(candidate, dataset, pipeline, split)
    if kept is None:
        return None
    raw, versions = kept
    return to_predictions(raw, candidate, dataset, pipeline, versions=versions)


def run(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline | None = None,
    *,
    split: str | None = None,
    progress: Progress | None = None,
) -> Predictions:
    """Open a kept run; where there is none, predict and keep it.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
        With its labels matched to the candidate's (`analysis.datasets.labels.match_labels`).
    pipeline : Pipeline, optional
        As delivered where it isn't given.
    split : str, optional
        All examples where it isn't given.
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If the split doesn't exist or no example can be read.
    Cancelled
        If the person asked for it; nothing is kept then.
    """
    pipeline = pipeline or candidate.pipeline
    kept = find(candidate, dataset, pipeline, split=split)
    if kept is not None:
        return kept
    raw = predict_raw(candidate, dataset, pipeline, rows_of(dataset, split), progress=progress)
    parts = _parts(candidate, dataset, pipeline, split)
    _keep(_folder(parts), raw, dataset, parts, pipeline)
    again = find(candidate, dataset, pipeline, split=split)
    if again is not None:
        return again
    return to_predictions(raw, candidate, dataset, pipeline)
