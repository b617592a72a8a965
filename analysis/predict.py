"""Batched prediction: the next batches are prepared while the network works on this one.

Batches never change an answer by more than float rounding: texts are sorted by length so that a batch
holds little padding, which the attention mask excludes; images all have one size; rows are independent.
"""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from analysis.batch import Batch, Predict, prepare_rows
from analysis.datasets.labels import encode_truth
from analysis.engines import LOCAL, Engine, Opened
from analysis.errors import UnusableInput
from analysis.preprocessing.outputs import apply_outputs
from analysis.progress import Progress
from analysis.strings import Strings
from analysis.types import (
    Candidate,
    Dataset,
    FloatArray,
    Inputs,
    IntArray,
    Modality,
    Pipeline,
    Predictions,
    Rejection,
)

#: Images in one batch on a CPU, where a small one stays in its caches, and on a GPU.
IMAGES, IMAGES_ON_GPU = 8, 64
#: Rows of a table in one batch.
ROWS = 8192
#: A batch of texts holds at most this many characters, padding included, on a CPU, whose caches are small and which
#: computes padding for nothing, and on a GPU; and this many texts.
CHARACTERS, CHARACTERS_ON_GPU, TEXTS = 2_048, 16_384, 256
#: As how many characters a token counts, where tokens are counted.
TOKEN = 4
NOUNS = {Modality.IMAGE: "photos", Modality.TEXT: "texts", Modality.TABULAR: "rows"}


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


def plan_batches(
    dataset: Dataset,
    rows: IntArray,
    *,
    images: int = IMAGES,
    characters: int = CHARACTERS,
    lengths: IntArray | None = None,
) -> list[IntArray]:
    """Divide rows into batches: texts by length under a character budget, others in order.

    Parameters
    ----------
    dataset : Dataset
    rows : ndarray of int64, shape (n,)
    images, characters : int
    lengths : ndarray of int64, shape (n,), optional
        Of texts, in characters, where something better is known than their own.
    """
    if dataset.modality is not Modality.TEXT:
        size = images if dataset.modality is Modality.IMAGE else ROWS
        return [rows[start : start + size] for start in range(0, len(rows), size)]
    if lengths is None:
        lengths = _characters(dataset.inputs(rows))
    batches, current = [], list[int]()
    # Longest first: if memory runs short, it does so at once and not after an hour.
    for position in np.argsort(-lengths, kind="stable"):
        longest = lengths[current[0]] if current else lengths[position]
        if current and ((len(current) + 1) * longest > characters or len(current) >= TEXTS):
            batches.append(rows[current])
            current = []
        current.append(int(position))
    batches.append(rows[current])
    return batches


def _characters(inputs: Inputs) -> IntArray:
    texts = cast("Sequence[str | tuple[str, str]]", inputs)
    return np.array([len(t) if isinstance(t, str) else len(t[0]) + len(t[1]) for t in texts], dtype=np.int64)


def _lengths(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray, progress: Progress
) -> IntArray | None:
    """Return how long texts are to a large network, in tokens of `TOKEN` characters; None for any other model.

    Texts of as many characters differ in tokens by a half, and a batch is as long as its longest.
    """
    count = getattr(candidate, "token_counts", None)
    if count is None:
        return None
    found = list[IntArray]()
    for start in range(0, len(rows), TEXTS):
        inputs = dataset.inputs(rows[start : start + TEXTS])
        try:
            tokens = count(inputs, pipeline)
        except UnusableInput:  # Whoever predicts them finds the one at fault.
            found.append(_characters(inputs))
        else:
            if tokens is None:
                return None
            found.append(TOKEN * tokens)
        if not start:
            progress.start("Measuring texts", len(rows))
        progress.advance(len(inputs))
    return np.concatenate(found)


def iterate_batches(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    batches: Sequence[IntArray],
    *,
    precision: str = "fp32",
    done: Collection[int] = (),
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Iterator[tuple[int, Batch]]:
    """Yield each batch's place and what came of it, as soon as it is finished; the local engine keeps their order.

    Parameters
    ----------
    candidate, dataset, pipeline : Candidate, Dataset, Pipeline
    batches : sequence of ndarray of int64
        What `plan_batches` returned.
    precision : str
    done : collection of int
        Places that were finished before: they are not predicted again.
    engine : Engine
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If there is not enough memory even for one example.
    Cancelled
        If the person asked for it; what was yielded before stays good.
    """
    progress = progress or Progress()
    total, already = sum(map(len, batches)), sum(len(batches[place]) for place in done)
    what = f"Predicting {NOUNS[dataset.modality]}"
    before = f" (resumed: {already:,} of {total:,} were done)" if already else ""
    progress.start(what + before, total, already)
    places = [place for place in range(len(batches)) if place not in done]
    job, parts = Predict(pipeline, precision, many=total > 1), 1
    pieces = [batches[place] for place in places]
    with closing(engine.map(Opened(candidate, dataset), job, pieces, progress=progress.part())) as results:
        for which, batch in results:
            yield places[which], batch
            if batch.parts > parts:
                parts = batch.parts
                progress.say(f"{what}, {parts} smaller batches instead of one since memory ran short")
            progress.advance(len(batch))


def readable_rows(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray) -> IntArray:
    """Return the rows that can be prepared, in the order given; nothing goes through the network.

    Raises
    ------
    UnusableInput
        If not one can be.
    """
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="prepare") as pool:
        batches = plan_batches(dataset, rows)
        kept = list(pool.map(lambda batch: prepare_rows(candidate, dataset, pipeline, batch)[0], batches))
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


def plan_of(
    candidate: Candidate,
    dataset: Dataset,
    rows: IntArray,
    engine: Engine = LOCAL,
    *,
    pipeline: Pipeline | None = None,
    progress: Progress | None = None,
) -> list[IntArray]:
    """Return the batches of a run: the same ones whenever it is made on the same kind of device.

    With a `pipeline`, texts for a large network are divided by the tokens that it receives.
    """
    lengths = None
    if pipeline is not None and len(rows) > 1:
        lengths = _lengths(candidate, dataset, pipeline, rows, progress or Progress())
    if device_of(candidate, engine) == "cpu":
        return plan_batches(dataset, rows, lengths=lengths)
    return plan_batches(dataset, rows, images=IMAGES_ON_GPU, characters=CHARACTERS_ON_GPU, lengths=lengths)


def device_of(candidate: Candidate, engine: Engine = LOCAL) -> str:
    """Return the kind of device that a candidate computes on: "cpu", "cuda"."""
    if engine.on_gpu:
        return "cuda"
    return str(getattr(getattr(candidate, "device", None), "type", "cpu"))


def predict_raw(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    rows: IntArray,
    *,
    precision: str = "fp32",
    engine: Engine = LOCAL,
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
    batches = plan_of(candidate, dataset, rows, engine, pipeline=pipeline, progress=progress)
    results = iterate_batches(
        candidate, dataset, pipeline, batches, precision=precision, engine=engine, progress=progress
    )
    done = [batch for _, batch in results]
    found = np.concatenate([b.rows for b in done])
    order = np.argsort(found)
    rejected = rejections(dataset, done)
    if not len(found):
        raise nothing_read(dataset, rejected)
    scores = np.concatenate([b.scores for b in done])[order]
    return RawScores(found[order], scores, rejected, time.monotonic() - began)


def rejections(dataset: Dataset, batches: Iterable[Batch]) -> tuple[Rejection, ...]:
    """Return the examples that couldn't be prepared, by name, in the order of the data."""
    ids = dataset.table["id"].to_numpy()
    return tuple(Rejection(str(ids[row]), why) for row, why in sorted(r for b in batches for r in b.rejected))


def nothing_read(dataset: Dataset, rejected: Sequence[Rejection]) -> UnusableInput:
    """Return the error of a run in which no example could be prepared."""
    return UnusableInput(f"Not one example of {dataset.name} could be read. {rejected[0].reason}")


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
    engine: Engine = LOCAL,
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
    rows = rows_of(dataset, split)
    raw = predict_raw(candidate, dataset, pipeline, rows, precision=precision, engine=engine, progress=progress)
    return to_predictions(raw, candidate, dataset, pipeline, precision=precision)
