"""What inputs are compared with where there are no labels: one measure a modality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from analysis.candidates.batches import ImageBatch, TokenBatch
from analysis.errors import UnusableInput
from analysis.preprocessing.doctor.unlabelled import FAMILIES, columns_distance, prepared_columns
from analysis.preprocessing.doctor.without_labels import Floats, Measure
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.seen import seen_columns
from analysis.types import Candidate, Dataset, IntArray, Modality, Pipeline

#: Images that go through the network together.
TOGETHER = 8
#: Draws of the bootstrap over the examples; of a table's rows fewer, each of which looks at every column.
DRAWS, TABLE_DRAWS = 200, 30


def measure_of(candidate: Candidate, dataset: Dataset, rows: IntArray) -> Measure:
    """Return what the inputs of a model can be compared with.

    Raises
    ------
    UnusableInput
        If the model remembers nothing of its training.
    """
    if candidate.task.modality is Modality.IMAGE:
        return ChannelStatistics(candidate, dataset, rows)
    if candidate.task.modality is Modality.TEXT:
        return Coverage(candidate, dataset, rows)
    return ColumnRanges(candidate, dataset, rows)


class ChannelStatistics:
    """Activations against what the layers with batch normalisation remember of theirs in training."""

    sentence = "mean and spread of every channel against the batch normalisation's running statistics"
    draws = DRAWS
    families = ("channel_order", "rescale", "normalize", "color_mode", "layout")

    def __init__(self, candidate: Candidate, dataset: Dataset, rows: IntArray) -> None:
        from analysis.candidates.network import TorchCandidate
        from analysis.candidates.statistics import trained_layers

        self.candidate, self.dataset, self.rows = candidate, dataset, rows
        assert isinstance(candidate, TorchCandidate)
        self.layers = trained_layers(candidate.module)
        if not self.layers:
            raise UnusableInput(
                f"{candidate.name} has no batch normalisation: without labels its inputs can be compared with nothing.",
                "Add labels; ten are the least, some hundred are better.",
            )

    def distances(self, pipeline: Pipeline, draws: Sequence[IntArray]) -> Floats:
        """Return, averaged over the layers, how far means lie from those of training, and spreads, in their units."""
        from analysis.candidates.network import TorchCandidate
        from analysis.candidates.statistics import channel_moments

        assert isinstance(self.candidate, TorchCandidate)
        parts = []
        try:
            for start in range(0, len(self.rows), TOGETHER):
                inputs = self.dataset.inputs(self.rows[start : start + TOGETHER])
                prepared = self.candidate.prepare(inputs, pipeline)
                assert isinstance(prepared, ImageBatch)
                parts.append(channel_moments(self.candidate, self.layers, prepared))
        except (UnusableInput, RuntimeError):
            return np.full(len(draws), np.inf)
        moments = np.concatenate(parts).astype(np.float64)
        bounds = np.cumsum([int(layer.useful.sum()) for layer in self.layers])[:-1]
        return np.array([_channel_distance(moments[draw].mean(axis=0), bounds) for draw in draws])


def _channel_distance(moments: Floats, bounds: IntArray) -> float:
    mean = moments[:, 0]
    spread = np.sqrt(np.maximum(moments[:, 1] - mean**2, 1e-6))
    far = np.abs(mean) + np.abs(np.log(spread))
    return float(np.mean([layer.mean() for layer in np.split(far, bounds)]))


class Coverage:
    """How well a tokenizer covers the texts: unknown tokens, and words that fall into many pieces."""

    sentence = "unknown tokens and pieces a word, as the tokenizer cuts the texts"
    draws = DRAWS
    families = ("case", "markup", "encoding", "whitespace")

    def __init__(self, candidate: Candidate, dataset: Dataset, rows: IntArray) -> None:
        self.candidate, self.dataset, self.rows = candidate, dataset, rows
        self.unknown = str(getattr(getattr(candidate, "tokenizer", None), "unk_token", None) or "")

    def distances(self, pipeline: Pipeline, draws: Sequence[IntArray]) -> Floats:
        """Return the share of unknown pieces plus how many pieces a word of the raw text takes beyond one."""
        inputs = cast("Sequence[str | tuple[str, str]]", self.dataset.inputs(self.rows))
        try:
            prepared = self.candidate.prepare(inputs, pipeline)
        except UnusableInput:
            return np.full(len(draws), np.inf)
        assert isinstance(prepared, TokenBatch)
        counts = []
        for raw, tokens, spans in zip(inputs, prepared.tokens, prepared.spans, strict=True):
            pieces = [t for t, (start, end) in zip(tokens, spans, strict=True) if end > start]
            text = raw if isinstance(raw, str) else " ".join(raw)
            counts.append((pieces.count(self.unknown), len(pieces), len(text.split())))
        table = np.array(counts, dtype=np.float64)
        found = []
        for draw in draws:
            unknown, pieces, words = table[draw].sum(axis=0)
            found.append(unknown / max(pieces, 1) + max(pieces / max(words, 1) - 1, 0))
        return np.array(found)


class ColumnRanges:
    """Columns against what the model's scaler, trees or stored rows have seen of them."""

    sentence = "each column's values against what the model has seen of it"
    draws = TABLE_DRAWS
    families = FAMILIES

    def __init__(self, candidate: Candidate, dataset: Dataset, rows: IntArray) -> None:
        self.candidate, self.dataset, self.rows = candidate, dataset, rows
        self.seen = seen_columns(getattr(candidate, "estimator", None), getattr(candidate, "columns", ()))
        if not self.seen:
            raise UnusableInput(
                f"{candidate.name} tells nothing of the columns it was fitted on: without labels there is nothing to "
                "compare with.",
                "Add labels; ten are the least, some hundred are better.",
            )

    def distances(self, pipeline: Pipeline, draws: Sequence[IntArray]) -> Floats:
        """Return the mean distance of the columns."""
        columns = prepared_columns(pipeline, Context(self.candidate, self.dataset, self.rows), self.seen)
        if columns is None:
            return np.full(len(draws), np.inf)
        return np.array([columns_distance([values[draw] for values in columns], self.seen) for draw in draws])
