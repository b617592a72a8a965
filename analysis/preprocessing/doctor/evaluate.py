"""Run the same examples through many pipelines: decode once, and never run the same tensor twice.

An edit that changes nothing on the data at hand (EXIF on photos without it, lower case for a tokenizer that
lowers anyway) yields the very tensors of another pipeline: they are recognised by content and cost no pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.candidates.batches import Frame, ImageBatch, TokenBatch
from analysis.errors import UnusableInput
from analysis.preprocessing.image import apply_many
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, FloatArray, Inputs, IntArray, Modality, Pipeline, Prepared

#: Examples that are prepared together.
CHUNK = {Modality.IMAGE: 4, Modality.TEXT: 128, Modality.TABULAR: 4096}


def row_keys(prepared: Prepared) -> list[bytes]:
    """Return a content hash of what the network receives for each example of a batch."""
    if isinstance(prepared, ImageBatch):
        contents = [p.tobytes() for p in prepared.pixels]
    elif isinstance(prepared, TokenBatch):
        mask = np.asarray(prepared.arrays["attention_mask"]) == 1
        names = sorted(set(prepared.arrays) - {"attention_mask"})
        contents = [b"|".join(prepared.arrays[n][i][mask[i]].tobytes() for n in names) for i in range(len(prepared))]
    elif isinstance(prepared, Frame):
        contents = [repr(row).encode() for row in prepared.data.itertuples(index=False, name=None)]
    else:
        raise TypeError(f"unknown batch {type(prepared).__name__}")
    return [hashlib.blake2b(c, digest_size=16).digest() for c in contents]


def take_rows(prepared: Prepared, positions: Sequence[int]) -> Prepared:
    """Return a batch of some examples of another."""
    chosen = list(positions)
    if isinstance(prepared, ImageBatch):
        return replace(prepared, pixels=prepared.pixels[chosen])
    if isinstance(prepared, Frame):
        return replace(prepared, data=prepared.data.iloc[chosen].reset_index(drop=True))
    assert isinstance(prepared, TokenBatch)
    return replace(
        prepared,
        arrays={name: array[chosen] for name, array in prepared.arrays.items()},
        texts=[prepared.texts[i] for i in chosen],
        tokens=[prepared.tokens[i] for i in chosen],
        spans=[prepared.spans[i] for i in chosen],
        parts=[prepared.parts[i] for i in chosen],
        truncated=[prepared.truncated[i] for i in chosen],
    )


class Evaluator:
    """Scores of some examples under any pipeline, each computed at most once.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
    rows : ndarray of int64
        Positions in the data set; results are in this order.
    progress : Progress

    Attributes
    ----------
    passes : int
        Examples that went through the network so far.
    """

    def __init__(self, candidate: Candidate, dataset: Dataset, rows: IntArray, progress: Progress) -> None:
        self.candidate = candidate
        self.dataset = dataset
        self.rows = rows
        self.passes = 0
        self._progress = progress
        self._outputs: dict[str, FloatArray] = {}
        self._seen: dict[tuple[int, bytes], FloatArray] = {}

    def outputs(self, pipeline: Pipeline) -> FloatArray:
        """Return float32 (n, k) before the output steps; rows that weren't evaluated are NaN."""
        key = pipeline.forward_fingerprint
        if key not in self._outputs:
            shape = (len(self.rows), len(self.candidate.task.labels))
            self._outputs[key] = np.full(shape, np.nan, dtype=np.float32)
        return self._outputs[key]

    def evaluate(self, pipelines: Sequence[Pipeline], positions: IntArray) -> None:
        """Make sure that `outputs` of all `pipelines` has the rows at `positions`.

        Raises
        ------
        Cancelled
        """
        distinct = {p.forward_fingerprint: p for p in pipelines}
        size = CHUNK[self.dataset.modality]
        for start in range(0, len(positions), size):
            self._evaluate_chunk(list(distinct.values()), positions[start : start + size])

    def _evaluate_chunk(self, pipelines: list[Pipeline], positions: IntArray) -> None:
        # A row of zeros is "was tried and could not be prepared": the worst answer there is.
        missing = [p for p in pipelines if np.isnan(self.outputs(p)[positions, 0]).any()]
        if not missing:
            return
        inputs = self.dataset.inputs(self.rows[positions])
        for pipeline, prepared in self._prepare(inputs, missing):
            if prepared is None:
                self.outputs(pipeline)[positions] = 0.0
            else:
                self._forward(pipeline, prepared, positions)
            self._progress.advance(len(positions))

    def _prepare(self, inputs: Inputs, pipelines: list[Pipeline]) -> list[tuple[Pipeline, Prepared | None]]:
        if self.dataset.modality is Modality.IMAGE:
            return _prepare_images(inputs, pipelines)
        prepared: list[tuple[Pipeline, Prepared | None]] = []
        for pipeline in pipelines:
            try:
                prepared.append((pipeline, self.candidate.prepare(inputs, pipeline)))
            except UnusableInput:
                prepared.append((pipeline, None))
        return prepared

    def _forward(self, pipeline: Pipeline, prepared: Prepared, positions: IntArray) -> None:
        keys = [(int(p), key) for p, key in zip(positions, row_keys(prepared), strict=True)]
        new = [i for i, key in enumerate(keys) if key not in self._seen]
        if new:
            batch = prepared if len(new) == len(prepared) else take_rows(prepared, new)
            scores = self.candidate.to_scores(self.candidate.forward(batch))
            self.passes += len(new)
            for i, row in zip(new, scores, strict=True):
                self._seen[keys[i]] = row
        self.outputs(pipeline)[positions] = np.stack([self._seen[key] for key in keys])


def _prepare_images(inputs: Inputs, pipelines: list[Pipeline]) -> list[tuple[Pipeline, Prepared | None]]:
    """Prepare images under all pipelines; each is decoded once and shared steps are done once."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=2) as pool:
        tensors = list(pool.map(lambda data: apply_many(data, pipelines), inputs))
    prepared: list[tuple[Pipeline, Prepared | None]] = []
    for position, pipeline in enumerate(pipelines):
        try:
            prepared.append((pipeline, ImageBatch(np.stack([t[position] for t in tensors]))))
        except ValueError:  # Sizes differ from image to image: no batch, and no network takes them.
            prepared.append((pipeline, None))
    return prepared
