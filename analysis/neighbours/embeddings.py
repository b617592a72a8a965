"""What a model makes of every example, as vectors; computed once for a data set and kept on disk.

A set of embeddings is a folder ``embeddings/<key>/`` under `analysis.storage.home`: ``vectors.npy`` (float32, opened
memory-mapped) and ``about.json``, which is written last, so that a half-written folder counts as none.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.neighbours.standard import Standard
from analysis.predict import NOUNS, plan_batches
from analysis.progress import Progress
from analysis.storage import home, read_json, write_json
from analysis.types import Candidate, Dataset, FloatArray, IntArray, Modality, Pipeline, fingerprint_of

FORMAT = 1


@dataclass(frozen=True)
class Embeddings:
    """One vector for each of some examples.

    Attributes
    ----------
    vectors : ndarray of float32, shape (n, width)
        May be memory-mapped: never write to it. Compared by their straight (Euclidean) distance: those of networks
        have length 1, so that it orders as the cosine does.
    space : str
        What the vectors are, in words.
    distance : str
        What a distance between them is, in words.
    """

    vectors: FloatArray
    space: str
    distance: str

    def __len__(self) -> int:
        return len(self.vectors)


NETWORK = ("the last hidden layer of the network, averaged over its places", "1 − cosine similarity")
TABLE = (
    "the features as the model is fed them, each divided by its spread over the data",
    "straight distance over standardised features",
)


def misfit(candidate: Candidate) -> str | None:
    """Return why a candidate's examples have no embeddings, or None where they have."""
    if candidate.task.modality is Modality.TABULAR:
        return None
    if not candidate.capabilities.embeddings or not hasattr(candidate, "embed"):
        return "The model doesn't hand out its hidden layers."
    return None


def _folder(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray) -> Path:
    parts = {
        "format": FORMAT,
        "candidate": candidate.fingerprint,
        "pipeline": pipeline.forward_fingerprint,
        "dataset": dataset.fingerprint,
        "rows": hashlib.sha256(np.ascontiguousarray(rows, dtype=np.int64).tobytes()).hexdigest(),
    }
    return home() / "embeddings" / fingerprint_of(parts)


def _load(folder: Path, n: int) -> Embeddings | None:
    about = read_json(folder / "about.json")
    try:
        vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        if about is None or len(vectors) != n:
            return None
        return Embeddings(vectors, str(about["space"]), str(about["distance"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def find_embeddings(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray) -> Embeddings | None:
    """Open kept embeddings, or return None where they were never made."""
    return _load(_folder(candidate, dataset, pipeline, rows), len(rows))


def embeddings_of(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    rows: IntArray,
    *,
    progress: Progress | None = None,
) -> Embeddings:
    """Open kept embeddings; where there are none, compute and keep them.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
    pipeline : Pipeline
    rows : ndarray of int64, shape (n,)
        Positions in the data set of examples that can be prepared: those of a run.
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If the model has no embeddings, or gives numbers that are not finite.
    Cancelled
        If the person asked for it; nothing is kept then.
    """
    reason = misfit(candidate)
    if reason is not None:
        raise UnusableInput(reason, "Compare examples of another model.")
    folder = _folder(candidate, dataset, pipeline, rows)
    kept = _load(folder, len(rows))
    if kept is not None:
        return kept
    progress = progress or Progress()
    if candidate.task.modality is Modality.TABULAR:
        found = Embeddings(_of_table(candidate, dataset, pipeline, rows, progress), *TABLE)
    else:
        found = Embeddings(_of_network(candidate, dataset, pipeline, rows, progress), *NETWORK)
    if not np.isfinite(found.vectors).all():
        raise UnusableInput(
            f"{candidate.name} gives hidden layers that are not finite for some examples.", "See the model's checks."
        )
    _keep(folder, found)
    return _load(folder, len(rows)) or found


def _of_network(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray, progress: Progress
) -> FloatArray:
    progress.start(f"Comparing {NOUNS[candidate.task.modality]}", len(rows))
    pieces, order = [], []
    for batch in plan_batches(dataset, rows):
        pieces.append(cast(Any, candidate).embed(candidate.prepare(dataset.inputs(batch), pipeline)))
        order.append(batch)
        progress.advance(len(batch))
    places = {int(row): place for place, row in enumerate(np.concatenate(order))}
    vectors = np.concatenate(pieces)[[places[int(row)] for row in rows]]
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1), dtype=np.float32)


def _of_table(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray, progress: Progress
) -> FloatArray:
    progress.start("Comparing rows", len(rows))
    frames = []
    for batch in plan_batches(dataset, rows):
        frames.append(fed_rows(candidate, dataset, pipeline, batch))
        progress.advance(len(batch))
    frame = pd.concat(frames, ignore_index=True)
    return Standard.of(frame).vectors(frame)


def fed_rows(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray) -> pd.DataFrame:
    """Return some rows of a table as the model is fed them.

    Raises
    ------
    UnusableInput
        If one can't be prepared.
    """
    return cast("pd.DataFrame", cast(Any, candidate.prepare(dataset.inputs(rows), pipeline)).data)


def _keep(folder: Path, found: Embeddings) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".writing-"))
    try:
        np.save(temporary / "vectors.npy", found.vectors)
        write_json(temporary / "about.json", {"space": found.space, "distance": found.distance, "n": len(found)})
        if folder.exists() and _load(folder, len(found)) is None:
            shutil.rmtree(folder)  # Damaged: replaced by what was just made.
        os.rename(temporary, folder)
    except OSError:
        # Another process finished the same work first: its result equals ours.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
