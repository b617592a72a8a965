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

A folder appears under its key only when it is complete. Until then finished batches are in ``<key>.journal``
(`analysis.journal`): a run that was cancelled, crashed or was killed goes on from the last finished one. Of two
processes on the same run the second waits for the first, and opens what it made.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.engines import LOCAL, Engine
from analysis.journal import Journal
from analysis.predict import (
    RawScores,
    device_of,
    iterate_batches,
    library_versions,
    nothing_read,
    plan_of,
    rejections,
    rows_of,
    to_predictions,
)
from analysis.progress import Progress
from analysis.storage import home, only_one, read_json, room_in, write_json
from analysis.types import Candidate, Dataset, IntArray, Json, Pipeline, Predictions, Rejection, fingerprint_of

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


def _keep(folder: Path, journal: Journal, dataset: Dataset, parts: dict[str, Json], pipeline: Pipeline) -> RawScores:
    """Make the run's folder out of its journal.

    Raises
    ------
    UnusableInput
        If not one example could be prepared, or the disk is full.
    """
    with room_in(folder.parent):
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".writing-"))
        try:
            raw = _gather(journal, dataset, temporary / "scores.npy")
            columns = dataset.table[["id", "split", "label"]].iloc[raw.rows].reset_index(drop=True)
            columns.insert(0, "row", raw.rows)
            columns["predicted"] = raw.scores.argmax(axis=1)
            columns["score"] = raw.scores.max(axis=1)
            columns.to_parquet(temporary / "predictions.parquet", index=False)
            about = {
                **parts,
                "rejected": [{"item": r.item, "reason": r.reason} for r in raw.rejected],
                "seconds": raw.seconds,
                "batches_divided_by": journal.parts,
                "versions": library_versions(),
                "delivered_through": pipeline.to_json(),
            }
            write_json(temporary / "run.json", about)
            if folder.exists():
                shutil.rmtree(folder)  # Damaged: replaced by the run just made.
            os.rename(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return raw


def _gather(journal: Journal, dataset: Dataset, file: Path) -> RawScores:
    """Write the scores of all batches in the order of the data, never holding more than one batch in memory."""
    found = [batch.rows for batch in journal.batches()]
    rows = np.concatenate(found)
    rejected = rejections(dataset, journal.batches())
    if not len(rows):
        journal.discard()  # What can't be read today may be readable tomorrow.
        raise nothing_read(dataset, rejected)
    rows = np.sort(rows)
    width = next(journal.batches()).scores.shape[1]
    scores = np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=(len(rows), width))
    if hasattr(os, "posix_fallocate"):  # Else a full disk would end the process when a page is written.
        with file.open("r+b") as opened:
            os.posix_fallocate(opened.fileno(), 0, file.stat().st_size)
    for batch in journal.batches():
        scores[np.searchsorted(rows, batch.rows)] = batch.scores
    scores.flush()
    return RawScores(rows, scores, rejected, journal.seconds)


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
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Predictions:
    """Open a kept run; where there is none, predict and keep it, going on from where an earlier attempt stopped.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
        With its labels matched to the candidate's (`analysis.datasets.labels.match_labels`).
    pipeline : Pipeline, optional
        As delivered where it isn't given.
    split : str, optional
        All examples where it isn't given.
    engine : Engine
        Where batches are predicted.
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If the split doesn't exist, no example can be read, memory doesn't suffice for one example, or the disk is
        full; finished batches are kept.
    Cancelled
        If the person asked for it; finished batches are kept.
    """
    pipeline = pipeline or candidate.pipeline
    kept = find(candidate, dataset, pipeline, split=split)
    if kept is not None:
        return kept
    parts = _parts(candidate, dataset, pipeline, split)
    progress = progress or Progress()
    with only_one(f"run-{fingerprint_of(parts)}", progress, "Waiting for another process that makes the same run"):
        kept = find(candidate, dataset, pipeline, split=split)
        if kept is not None:
            return kept
        raw = _make(candidate, dataset, pipeline, rows_of(dataset, split), parts, engine, progress)
    again = find(candidate, dataset, pipeline, split=split)
    if again is not None:
        return again
    return to_predictions(raw, candidate, dataset, pipeline)


def _make(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    rows: IntArray,
    parts: dict[str, Json],
    engine: Engine,
    progress: Progress,
) -> RawScores:
    """Predict what the journal lacks, and make the run's folder."""
    folder = _folder(parts)
    batches = plan_of(candidate, dataset, rows, engine, pipeline=pipeline, progress=progress)
    journal = Journal(folder.parent / f"{folder.name}.journal", _plan(device_of(candidate, engine), batches))
    try:
        began = time.monotonic()
        for place, batch in iterate_batches(
            candidate, dataset, pipeline, batches, done=frozenset(journal.done), engine=engine, progress=progress
        ):
            now = time.monotonic()
            journal.add(place, batch, now - began)
            began = now
        raw = _keep(folder, journal, dataset, parts, pipeline)
    finally:
        journal.close()
    journal.discard()
    return raw


def _plan(device: str, batches: Sequence[IntArray]) -> dict[str, Json]:
    """Return all that decides what a batch's scores are, beside what the run's key holds already."""
    digest = hashlib.sha256(np.array([len(batch) for batch in batches], dtype=np.int64).tobytes())
    for batch in batches:
        digest.update(batch.tobytes())
    return {
        "format": FORMAT,
        "batches": digest.hexdigest(),
        "device": device,
        "versions": library_versions(),
    }
