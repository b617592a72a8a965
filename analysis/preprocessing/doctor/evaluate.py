"""Run the same examples through many pipelines: decode once, and never run the same tensor twice.

An edit that changes nothing on the data at hand (EXIF on photos without it, lower case for a tokenizer that
lowers anyway) yields the very tensors of another pipeline: they are recognised by content and cost no pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from analysis.candidates.batches import Frame, ImageBatch, TokenBatch
from analysis.engines import Opened, Workers
from analysis.engines.local import LocalWorkers
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


@dataclass(frozen=True)
class Asked:
    """Some examples under some pipelines: what one worker does at once.

    Attributes
    ----------
    positions : ndarray of int64
        Of the examples among the evaluator's.
    where : ndarray of int64
        Their rows in the data set.
    pipelines : tuple of Pipeline
    known : frozenset of (int, bytes)
        Position and content of tensors whose scores are there already.
    """

    positions: IntArray
    where: IntArray
    pipelines: tuple[Pipeline, ...]
    known: frozenset[tuple[int, bytes]]


@dataclass(frozen=True)
class Scored:
    """What came of some examples under one pipeline.

    Attributes
    ----------
    keys : tuple of (int, bytes), or None
        Position and content of each example's tensor; None where they could not be prepared.
    new : tuple of int
        Places in `keys` of tensors that were not known.
    scores : ndarray of float32, shape (len(new), k)
    """

    keys: tuple[tuple[int, bytes], ...] | None
    new: tuple[int, ...]
    scores: FloatArray


@dataclass(frozen=True)
class Evaluate:
    """The job of running examples through pipelines: inputs are decoded once, and the same tensor is scored once."""

    def rows(self, piece: Asked) -> IntArray:
        """Return the rows of the examples."""
        return piece.where

    def prepare(self, opened: Opened, piece: Asked) -> tuple[Asked, list[Prepared | None]]:
        """Prepare the examples under each pipeline."""
        inputs = opened.dataset.inputs(piece.where)
        if opened.dataset.modality is Modality.IMAGE:
            return piece, _prepare_images(inputs, piece.pipelines)
        prepared: list[Prepared | None] = []
        for pipeline in piece.pipelines:
            try:
                prepared.append(opened.candidate.prepare(inputs, pipeline))
            except UnusableInput:
                prepared.append(None)
        return piece, prepared

    def finish(
        self, opened: Opened, ready: tuple[Asked, list[Prepared | None]], progress: Progress
    ) -> Iterator[Scored]:
        """Yield what comes of each pipeline, in their order."""
        piece, prepared = ready
        seen = set(piece.known)
        for batch in prepared:
            progress.advance(0)
            yield self._score(opened.candidate, batch, piece.positions, seen)

    def _score(
        self, candidate: Candidate, batch: Prepared | None, positions: IntArray, seen: set[tuple[int, bytes]]
    ) -> Scored:
        nothing = np.empty((0, len(candidate.task.labels)), dtype=np.float32)
        if batch is None:
            return Scored(None, (), nothing)
        keys = tuple((int(p), key) for p, key in zip(positions, row_keys(batch), strict=True))
        new = tuple(i for i, key in enumerate(keys) if key not in seen)
        seen.update(keys)
        if not new:
            return Scored(keys, new, nothing)
        chosen = batch if len(new) == len(batch) else take_rows(batch, new)
        return Scored(keys, new, candidate.to_scores(candidate.forward(chosen)))


class Evaluator:
    """Scores of some examples under any pipeline, each computed at most once.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
    rows : ndarray of int64
        Positions in the data set; results are in this order.
    progress : Progress
    workers : Workers, optional
        What prepares and scores; this process where it isn't given.

    Attributes
    ----------
    passes : int
        Examples that went through the network so far.
    """

    def __init__(
        self,
        candidate: Candidate,
        dataset: Dataset,
        rows: IntArray,
        progress: Progress,
        workers: Workers | None = None,
    ) -> None:
        self.candidate = candidate
        self.dataset = dataset
        self.rows = rows
        self.passes = 0
        self.workers = workers or LocalWorkers(Opened(candidate, dataset))
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
        distinct = tuple({p.forward_fingerprint: p for p in pipelines}.values())
        size = CHUNK[self.dataset.modality]
        chunks = [positions[start : start + size] for start in range(0, len(positions), size)]
        asked = [one for chunk in chunks for one in self._asked(distinct, chunk, len(chunks))]
        with closing(self.workers.map(Evaluate(), asked, progress=self._progress.part())) as results:
            for place, scored in results:
                for pipeline, one in zip(asked[place].pipelines, scored, strict=True):
                    self._record(pipeline, asked[place].positions, one)
                    self._progress.advance(len(asked[place].positions))

    def _asked(self, pipelines: tuple[Pipeline, ...], positions: IntArray, chunks: int) -> list[Asked]:
        """Return what is missing for some examples: together, or in groups of pipelines where workers would idle."""
        missing = [p for p in pipelines if np.isnan(self.outputs(p)[positions, 0]).any()]
        if not missing:
            return []
        groups = min(len(missing), -(-self.workers.number // chunks))
        wanted = set(positions.tolist())
        known = frozenset(key for key in self._seen if key[0] in wanted)
        return [Asked(positions, self.rows[positions], tuple(missing[first::groups]), known) for first in range(groups)]

    def _record(self, pipeline: Pipeline, positions: IntArray, scored: Scored) -> None:
        if scored.keys is None:
            # A row of zeros is "was tried and could not be prepared": the worst answer there is.
            self.outputs(pipeline)[positions] = 0.0
            return
        self.passes += len(scored.new)
        for i, row in zip(scored.new, scored.scores, strict=True):
            # Where two workers met the same tensor, one answer counts: what is alike stays alike.
            self._seen.setdefault(scored.keys[i], row)
        self.outputs(pipeline)[positions] = np.stack([self._seen[key] for key in scored.keys])


def _prepare_images(inputs: Inputs, pipelines: Sequence[Pipeline]) -> list[Prepared | None]:
    """Prepare images under all pipelines; each is decoded once and shared steps are done once."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=2) as pool:
        tensors = list(pool.map(lambda data: apply_many(data, pipelines), inputs))
    prepared: list[Prepared | None] = []
    for position in range(len(pipelines)):
        try:
            prepared.append(ImageBatch(np.stack([t[position] for t in tensors])))
        except ValueError:  # Sizes differ from image to image: no batch, and no network takes them.
            prepared.append(None)
    return prepared
