"""Data whose examples lie in heaps to a model, and one heap in which it fails: nothing else tells that heap apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analysis.candidates.batches import Frame
from analysis.preprocessing.huggingface import default_text_pipeline
from analysis.preprocessing.tabular import default_table_pipeline
from analysis.types import Capabilities, Dataset, FloatArray, Kind, Modality, Pipeline, Predictions, Task

LABELS = ("no", "yes")
#: Heaps, and the dimensions that they lie in: those of a network's embeddings, or the columns of a table.
HEAPS, WIDTHS = 12, {Modality.TEXT: 32, Modality.TABULAR: 8}
#: How often answers are wrong in the planted heap, and elsewhere; without a heap everywhere.
INSIDE, OUTSIDE, NOISE = 0.3, 0.1, 0.15


@dataclass(frozen=True)
class Known:
    """A model of which only is asked what it makes of each example: that is looked up.

    Attributes
    ----------
    task, fingerprint
        As of a `Candidate`.
    vectors : dict of str to ndarray of float32
        By the text.
    """

    task: Task
    fingerprint: str
    vectors: dict[str, FloatArray]
    name: ClassVar[str] = "known"
    capabilities: ClassVar[Capabilities] = Capabilities(embeddings=True)

    def prepare(self, inputs: Any, pipeline: Pipeline) -> Any:  # noqa: ARG002
        """Return what was given."""
        return Frame(inputs) if isinstance(inputs, pd.DataFrame) else inputs

    def embed(self, prepared: Sequence[str]) -> FloatArray:
        """Return the vector of each text."""
        return np.stack([self.vectors[text] for text in prepared])


@dataclass(frozen=True)
class Heaps:
    """A run, with all that slices are looked for with, and where it was made to fail.

    Attributes
    ----------
    predictions, dataset, candidate, pipeline
    inside : ndarray of bool, shape (n,)
        The planted heap.
    """

    predictions: Predictions
    dataset: Dataset
    candidate: Known
    pipeline: Pipeline
    inside: np.ndarray


def heaps(modality: Modality, n: int, seed: int, *, planted: bool = True) -> Heaps:
    """Make n texts of made-up words, or rows, that lie in heaps of different sizes to a model.

    Parameters
    ----------
    modality : Modality
        Of texts, embeddings are the heaps; of rows, their columns.
    n, seed : int
    planted : bool
        Whether a heap of about a tenth of the examples is answered worse than the others.
    """
    rng = np.random.default_rng(seed)
    width = WIDTHS[modality]
    sizes = rng.uniform(0.5, 1.5, HEAPS)
    sizes[0] = rng.uniform(0.9, 1.6)
    heap = rng.choice(HEAPS, n, p=sizes / sizes.sum())
    vectors = (1.5 * rng.normal(size=(HEAPS, width))[heap] + rng.normal(size=(n, width))).astype(np.float32)
    inside = heap == 0
    wrong = rng.random(n) < (np.where(inside, INSIDE, OUTSIDE) if planted else NOISE)
    key = f"{modality.value} {n} {seed}"
    ids = [str(i) for i in range(n)]
    truth = rng.integers(0, 2, n)
    names = [LABELS[t] for t in truth]
    table = pd.DataFrame({"id": ids, "split": "test", "label": names, "place": rng.choice(["a", "b", "c", "d"], n)})
    known, inputs, pipeline = _inputs(modality, vectors, rng)
    task = Task(Kind.CLASSIFICATION, modality, LABELS)
    scores = np.full((n, 2), 0.1, np.float32)
    scores[np.arange(n), np.where(wrong, 1 - truth, truth)] = 0.9
    run = Predictions(task, tuple(ids), ("test",) * n, truth, tuple(names), scores, key, "p", key)
    dataset = Dataset("heaps", "", modality, Kind.CLASSIFICATION, table, inputs, (), key)
    return Heaps(run, dataset, Known(task, key, known), pipeline, inside)


def _inputs(
    modality: Modality, vectors: FloatArray, rng: np.random.Generator
) -> tuple[dict[str, FloatArray], Any, Pipeline]:
    if modality is Modality.TABULAR:
        frame = pd.DataFrame(vectors.astype(np.float64), columns=[f"x{i}" for i in range(vectors.shape[1])])
        pipeline = default_table_pipeline(list(frame.columns), LABELS, Kind.CLASSIFICATION)
        return {}, lambda rows: frame.iloc[rows].reset_index(drop=True), pipeline
    words = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "lmnrst"]
    texts = [" ".join(rng.choice(words, size)) for size in rng.integers(12, 40, len(vectors))]
    pipeline = default_text_pipeline(LABELS, max_length=64, side="right", kind=Kind.CLASSIFICATION)
    return dict(zip(texts, vectors, strict=True)), lambda rows: [texts[i] for i in rows], pipeline
