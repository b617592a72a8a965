"""Batched prediction: the next batches are prepared while the network works on this one.

Batches never change an answer by more than float rounding: texts are sorted by length so that a batch
holds little padding, which the attention mask excludes; images all have one size; rows are independent.
"""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from analysis.datasets.labels import encode_truth
from analysis.errors import UnusableInput
from analysis.preprocessing.outputs import apply_outputs
from analysis.progress import Progress
from analysis.strings import Strings
from analysis.types import (
    Candidate,
    Dataset,
    FloatArray,
    IntArray,
    Modality,
    Pipeline,
    Predictions,
    Prepared,
    Rejection,
)

#: Images in one batch on a CPU, where a small one stays in its caches, and on a GPU.
IMAGES, IMAGES_ON_GPU = 8, 64
#: Rows of a table in one batch.
ROWS = 8192
#: A batch of texts holds at most this many characters, padding included, and this many texts.
CHARACTERS, TEXTS = 16_384, 256
#: Batches that are prepared ahead of the network.
AHEAD = 4

NOUNS = {Modality.IMAGE: "photos", Modality.TEXT: "texts", Modality.TABULAR: "rows"}


@dataclass(frozen=True)
class Batch:
    """What came of one batch.

    Attributes
    ----------
    rows : ndarray of int64
        Positions in the data set that were predicted.
    scores : ndarray of float32, shape (len(rows), k)
        Before the pipeline's output steps.
    rejected : tuple of (int, str)
        Position and reason of each example that couldn't be prepared.
    """

    rows: IntArray
    scores: FloatArray
    rejected: tuple[tuple[int, str], ...]


def rows_of(dataset: Dataset, split: str | None) -> IntArray:
    """Return the positions of a split's examples, or of all where `split` is None.

    Raises
    ------
    UnusableInput
        If there is no such split, or nothing to predict.
    """
    if split is not None and split not in dataset.splits:
        known = ", ".join(dataset.splits) or "none"
        raise UnusableInput(f"There is no split “{split}” in {dataset.name}.", f"Splits: {known}.")
    wanted = slice(None) if split is None else (dataset.table["split"] == split).to_numpy(dtype=np.bool_)
    rows: IntArray = np.arange(len(dataset), dtype=np.int64)[wanted]
    if not len(rows):
        raise UnusableInput(f"{dataset.name} has no example that can be used.", "See the rejected items for reasons.")
    return rows


def plan_batches(dataset: Dataset, rows: IntArray, *, images: int = IMAGES) -> list[IntArray]:
    """Divide rows into batches: texts by length under a character budget, others in order."""
    if dataset.modality is not Modality.TEXT:
        size = images if dataset.modality is Modality.IMAGE else ROWS
        return [rows[start : start + size] for start in range(0, len(rows), size)]
    texts = cast("Sequence[str | tuple[str, str]]", dataset.inputs(rows))
    lengths = np.array([len(t) if isinstance(t, str) else len(t[0]) + len(t[1]) for t in texts])
    batches, current = [], list[int]()
    # Longest first: if memory runs short, it does so at once and not after an hour.
    for position in np.argsort(-lengths, kind="stable"):
        longest = lengths[current[0]] if current else lengths[position]
        if current and ((len(current) + 1) * longest > CHARACTERS or len(current) >= TEXTS):
            batches.append(rows[current])
            current = []
        current.append(int(position))
    batches.append(rows[current])
    return batches


def _prepare(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray
) -> tuple[IntArray, Prepared | None, tuple[tuple[int, str], ...]]:
    """Prepare one batch; where it can't be, find the examples at fault and prepare the rest."""
    try:
        return rows, candidate.prepare(dataset.inputs(rows), pipeline), ()
    except UnusableInput as error:
        if len(rows) == 1:
            return rows[:0], None, ((int(rows[0]), str(error)),)
    faults = [_prepare(candidate, dataset, pipeline, rows[i : i + 1])[2] for i in range(len(rows))]
    kept = rows[[not fault for fault in faults]]
    rejected = tuple(f for fault in faults for f in fault)
    if not rejected:  # Only the whole batch fails: that is no single example's fault.
        candidate.prepare(dataset.inputs(rows), pipeline)
    prepared = candidate.prepare(dataset.inputs(kept), pipeline) if len(kept) else None
    return kept, prepared, rejected


def iterate_batches(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    batches: Sequence[IntArray],
    *,
    precision: str = "fp32",
    progress: Progress | None = None,
) -> Iterator[Batch]:
    """Yield the scores of each batch in order, preparing the next ones meanwhile.

    Raises
    ------
    Cancelled
        If the person asked for it; what was yielded before stays good.
    """
    progress = progress or Progress()
    progress.start(f"Predicting {NOUNS[dataset.modality]}", sum(map(len, batches)))
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="prepare") as pool:
        waiting: list[Future[tuple[IntArray, Prepared | None, tuple[tuple[int, str], ...]]]] = []
        try:
            for position in range(len(batches) + AHEAD):
                if position < len(batches):
                    waiting.append(pool.submit(_prepare, candidate, dataset, pipeline, batches[position]))
                if position < AHEAD:
                    continue
                rows, prepared, rejected = waiting.pop(0).result()
                width = len(candidate.task.labels)
                scores = np.empty((0, width), dtype=np.float32)
                if prepared is not None:
                    scores = candidate.to_scores(candidate.forward(prepared, precision=precision))
                yield Batch(rows, scores, rejected)
                progress.advance(len(rows) + len(rejected))
        finally:
            for future in waiting:
                future.cancel()


def readable_rows(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray) -> IntArray:
    """Return the rows that can be prepared, in the order given; nothing goes through the network.

    Raises
    ------
    UnusableInput
        If not one can be.
    """
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="prepare") as pool:
        batches = plan_batches(dataset, rows)
        kept = list(pool.map(lambda batch: _prepare(candidate, dataset, pipeline, batch)[0], batches))
    found = np.concatenate(kept)
    if not len(found):
        raise UnusableInput(f"Not one example of {dataset.name} could be read.", "See the rejected items for reasons.")
    return rows[np.isin(rows, found)]


@dataclass(frozen=True)
class RawScores:
    """All scores of a run, before the pipeline's output steps.

    Attributes
    ----------
    rows : ndarray of int64, shape (n,)
        Ascending positions in the data set.
    scores : ndarray of float32, shape (n, k)
    rejected : tuple of Rejection
    seconds : float
    """

    rows: IntArray
    scores: FloatArray
    rejected: tuple[Rejection, ...]
    seconds: float


def predict_raw(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    rows: IntArray,
    *,
    precision: str = "fp32",
    progress: Progress | None = None,
) -> RawScores:
    """Predict some rows of a data set.

    Raises
    ------
    UnusableInput
        If not one example could be prepared.
    Cancelled
    """
    began = time.monotonic()
    on_cpu = getattr(getattr(candidate, "device", None), "type", "cpu") == "cpu"
    batches = plan_batches(dataset, rows, images=IMAGES if on_cpu else IMAGES_ON_GPU)
    done = list(iterate_batches(candidate, dataset, pipeline, batches, precision=precision, progress=progress))
    found = np.concatenate([b.rows for b in done])
    order = np.argsort(found)
    ids = dataset.table["id"].to_numpy()
    rejected = tuple(Rejection(str(ids[row]), why) for row, why in sorted(r for b in done for r in b.rejected))
    if not len(found):
        raise UnusableInput(f"Not one example of {dataset.name} could be read. {rejected[0].reason}")
    scores = np.concatenate([b.scores for b in done])[order]
    return RawScores(found[order], scores, rejected, time.monotonic() - began)


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that decide what a prediction is."""
    names = ("torch", "transformers", "tokenizers", "onnxruntime", "scikit-learn", "numpy", "pillow")
    return {name: importlib.metadata.version(name) for name in names}


def to_predictions(
    raw: RawScores,
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    *,
    precision: str = "fp32",
    versions: dict[str, str] | None = None,
) -> Predictions:
    """Apply a pipeline's output steps to raw scores and set the true labels beside them."""
    scores, labels = apply_outputs(raw.scores, candidate.task, pipeline)
    truth, truth_labels = encode_truth(dataset, labels)
    splits = Strings(dataset.table["split"])
    whole = len(raw.rows) == len(dataset)
    return Predictions(
        task=replace(candidate.task, labels=labels),
        ids=dataset.ids if whole else dataset.ids.take(raw.rows),
        splits=splits if whole else splits.take(raw.rows),
        truth=truth if whole else truth[raw.rows],
        truth_labels=truth_labels.take(raw.rows) if len(truth_labels) and not whole else truth_labels,
        scores=scores,
        candidate=candidate.fingerprint,
        pipeline=pipeline.fingerprint,
        dataset=dataset.fingerprint,
        precision=precision,
        rejected=raw.rejected,
        seconds=raw.seconds,
        versions=versions or library_versions(),
    )


def predict(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    *,
    split: str | None = None,
    precision: str = "fp32",
    progress: Progress | None = None,
) -> Predictions:
    """Run a candidate over a data set (or one split of it) through a pipeline; nothing is kept on disk.

    ``precision="bf16"`` computes a network faster and less exactly: compare its answers before you rely on them.

    Raises
    ------
    UnusableInput
        If the split doesn't exist or no example can be read.
    Cancelled
    """
    raw = predict_raw(candidate, dataset, pipeline, rows_of(dataset, split), precision=precision, progress=progress)
    return to_predictions(raw, candidate, dataset, pipeline, precision=precision)
