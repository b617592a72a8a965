"""One example as parts that can be taken out: tiles of a picture, words of a text, columns of a row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.candidates.batches import Frame, ImageBatch, TokenBatch
from analysis.errors import UnusableInput
from analysis.explainers.base import Question
from analysis.explainers.networks import TokensView, view_of
from analysis.explainers.pixels import baseline_image
from analysis.explainers.shap_permutation import filled
from analysis.progress import Progress
from analysis.types import Candidate, FloatArray, Inputs, IntArray, Kind, Modality, Pipeline, Prepared

if TYPE_CHECKING:
    from analysis.candidates.network import TorchCandidate

#: Which parts are there, bool (n, parts).
Masks: TypeAlias = npt.NDArray[np.bool_]
Values: TypeAlias = npt.NDArray[np.float64]

#: Tiles along each side of a picture: as fine as the coarsest maps, and few enough to be taken out one after another.
SIDE = 8
#: Usual rows from which an absent column takes its values.
USUAL = 25
#: Rows that go through a network at once, and masks of a table.
BATCH, TABLE_BATCH = 16, 64


@dataclass(frozen=True)
class Parts(ABC):
    """One example, and what the model answers where parts of it are absent.

    Attributes
    ----------
    candidate : Candidate
    pipeline : Pipeline
    target, contrast : int, int or None
        Positions among the candidate's outputs.
    count : int
        Parts.
    absent : str
        What "absent" means, in words.
    noun : (str, str)
        What a part is called: one, and several.
    """

    noun: ClassVar[tuple[str, str]]
    batch: ClassVar[int] = BATCH

    candidate: Candidate
    pipeline: Pipeline
    target: int
    contrast: int | None
    count: int
    absent: str

    @abstractmethod
    def prepared(self, masks: Masks) -> Prepared:
        """Return the example with parts absent, as the candidate takes it."""

    @abstractmethod
    def worth(self, scores: FloatArray) -> Values:
        """Return what an attribution says of each part, float64 (parts,)."""

    def answers(self, outputs: FloatArray) -> Values:
        """Return one number for each row of the candidate's outputs (n, k)."""
        if self.candidate.task.kind is Kind.REGRESSION:
            scale = float(self.pipeline.param("target_scale", "scale", 1.0))
            return outputs[:, 0].astype(np.float64) * scale
        scores = self.candidate.to_scores(outputs).astype(np.float64)
        target = scores[:, self.target]
        if self.contrast is None:
            return target
        # Between the two, as the question has it: "cucumber rather than cat".
        both = target + scores[:, self.contrast]
        return np.divide(target, both, out=np.full_like(target, 0.5), where=both > 0)

    def outcome(self, masks: Masks, progress: Progress) -> Values:
        """Return what the model answers for each mask, float64 (n,); see `outcome_name`."""
        found = []
        for start in range(0, len(masks), self.batch):
            part = masks[start : start + self.batch]
            found.append(self.answers(self._forward(part)))
            progress.advance(len(part))
        return np.concatenate(found) if found else np.zeros(0)

    def _forward(self, masks: Masks) -> FloatArray:
        return self.candidate.forward(self.prepared(masks))

    @property
    def outcome_name(self) -> str:
        """What `outcome` is: "probability", or "value" of a regression."""
        return "value" if self.candidate.task.kind is Kind.REGRESSION else "probability"


@dataclass(frozen=True)
class Tiles(Parts):
    """A picture; an absent tile shows the picture blurred.

    Attributes
    ----------
    pixels, blurred : ndarray of float32, shape (3, H, W)
    tiles : ndarray of int64, shape (H, W)
        Which part each pixel belongs to.
    grid : (int, int)
        Rows and columns of tiles.
    """

    noun: ClassVar[tuple[str, str]] = ("tile", "tiles")

    pixels: FloatArray
    blurred: FloatArray
    tiles: IntArray
    grid: tuple[int, int]

    def prepared(self, masks: Masks) -> ImageBatch:
        """Return the pictures, (n, 3, H, W)."""
        present = masks[:, self.tiles][:, None]
        return ImageBatch(np.where(present, self.pixels, self.blurred).astype(np.float32, copy=False))

    def worth(self, scores: FloatArray) -> Values:
        """Return the mean score of each tile."""
        tiles = self.tiles.ravel()
        total = np.bincount(tiles, weights=scores.astype(np.float64).ravel(), minlength=self.count)
        return np.asarray(total / np.bincount(tiles, minlength=self.count), dtype=np.float64)


@dataclass(frozen=True)
class Words(Parts):
    """A text; the tokens of an absent word are replaced by the mask token, or what stands in for it.

    Attributes
    ----------
    tokens : TokenBatch
        Of the one text.
    words : tuple of tuple of int
        Positions of each word's tokens.
    filler : int
    """

    noun: ClassVar[tuple[str, str]] = ("word", "words")

    tokens: TokenBatch
    words: tuple[tuple[int, ...], ...]
    filler: int

    def prepared(self, masks: Masks) -> TokenBatch:
        """Return the texts' tokens, (n, length)."""
        return repeated(self.tokens, self.ids(masks))

    def ids(self, masks: Masks) -> IntArray:
        """Return token ids with the absent words' replaced, int64 (n, length)."""
        rows = np.repeat(self.tokens.arrays["input_ids"], len(masks), axis=0)
        for number, word in enumerate(self.words):
            rows[np.ix_(~masks[:, number], np.array(word))] = self.filler
        return rows

    def worth(self, scores: FloatArray) -> Values:
        """Return the sum of each word's tokens."""
        return np.array([scores[list(word)].sum(dtype=np.float64) for word in self.words])


@dataclass(frozen=True)
class Columns(Parts):
    """A row; an absent column takes the values of usual rows, and the answers are averaged over them.

    Attributes
    ----------
    row, usual : pandas.DataFrame
        As the estimator takes them.
    """

    noun: ClassVar[tuple[str, str]] = ("column", "columns")
    batch: ClassVar[int] = TABLE_BATCH

    row: pd.DataFrame
    usual: pd.DataFrame

    def prepared(self, masks: Masks) -> Frame:
        """Return the rows: for each mask, as many as there are usual ones."""
        return Frame(filled(self.row, self.usual, masks))

    def _forward(self, masks: Masks) -> FloatArray:
        outputs = super()._forward(masks)
        return np.asarray(outputs.reshape(len(masks), len(self.usual), -1).mean(axis=1), dtype=np.float32)

    def worth(self, scores: FloatArray) -> Values:
        """Return the scores: they are one a column already."""
        return scores.astype(np.float64)


def parts_of(
    candidate: Candidate,
    raw: Inputs,
    pipeline: Pipeline,
    target: int,
    contrast: int | None,
    usual: Inputs | None,
    seed: int = 0,
) -> Parts:
    """Divide one example into parts.

    Parameters
    ----------
    candidate : Candidate
    raw : Inputs
        One raw input.
    pipeline : Pipeline
    target, contrast : int
        Positions among the candidate's outputs.
    usual : Inputs or None
        Tables: rows that stand for usual ones.
    seed : int
        Draws among the usual rows.

    Raises
    ------
    UnusableInput
        If the example can't be prepared, has no words, or a table comes without usual rows.
    """
    if candidate.task.modality is Modality.TABULAR:
        return _columns(candidate, raw, pipeline, target, contrast, usual, seed)
    if candidate.task.modality is Modality.IMAGE:
        return _tiles(candidate, raw, pipeline, target, contrast)
    view = view_of(candidate, raw, pipeline, Question(target, contrast, seed, Progress()))
    assert isinstance(view, TokensView)
    filler, words, _ = view.filler("mask")
    return Words(candidate, pipeline, target, contrast, len(view.words), words, view.batch, view.words, filler)


def _tiles(candidate: Candidate, raw: Inputs, pipeline: Pipeline, target: int, contrast: int | None) -> Tiles:
    pixels = cast(ImageBatch, cast("TorchCandidate", candidate).prepare(raw, pipeline)).pixels[0]
    blurred, words = baseline_image("blur", pixels, pipeline)
    height, width = pixels.shape[1:]
    grid = min(SIDE, height), min(SIDE, width)
    rows, columns = np.arange(height) * grid[0] // height, np.arange(width) * grid[1] // width
    tiles = (rows[:, None] * grid[1] + columns[None]).astype(np.int64)
    count = grid[0] * grid[1]
    return Tiles(candidate, pipeline, target, contrast, count, words, pixels, blurred, tiles, grid)


def _columns(
    candidate: Candidate,
    raw: Inputs,
    pipeline: Pipeline,
    target: int,
    contrast: int | None,
    usual: Inputs | None,
    seed: int,
) -> Columns:
    if not isinstance(usual, pd.DataFrame) or not len(usual):
        raise UnusableInput("There are no other rows that values could be taken from.", "Give more rows of data.")
    row = cast(Frame, candidate.prepare(raw, pipeline)).data
    others = cast(Frame, candidate.prepare(usual, pipeline)).data
    if len(others) > USUAL:
        others = others.sample(USUAL, random_state=seed)
    words = f"the values of {len(others)} rows of the data"
    return Columns(candidate, pipeline, target, contrast, row.shape[1], words, row, others)


def repeated(batch: TokenBatch, ids: IntArray) -> TokenBatch:
    """Return one text's tokens as often as there are rows of `ids`, with those ids."""
    n = len(ids)
    arrays: Mapping[str, IntArray] = {name: np.repeat(array, n, axis=0) for name, array in batch.arrays.items()}
    return replace(
        batch,
        arrays={**arrays, "input_ids": ids},
        texts=list(batch.texts) * n,
        tokens=list(batch.tokens) * n,
        spans=list(batch.spans) * n,
        parts=list(batch.parts) * n,
        truncated=list(batch.truncated) * n,
    )
