"""SHAP over a hierarchy of tiles or tokens (Lundberg & Lee 2017, arXiv:1705.07874; Owen 1977)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import numpy.typing as npt

from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView, TokensView
from analysis.explainers.partition import ROUND, Masks, Owen, Tree, balanced, owen_values
from analysis.explainers.pixels import BASELINES
from analysis.types import FloatArray, Modality

#: Tiles are halved until no side is longer than this share of the picture's: finer than 300 evaluations resolve.
FINEST = 32


@dataclass(frozen=True)
class ShapPartition(NetworkExplainer):
    """Owen values of the tiles of a picture, or of the tokens of a text.

    Attributes
    ----------
    evaluations : int
        Forward passes at most, about; they go where the output changes most.
    baseline : {"mean", "black", "blur", "noise"}
        What covers an absent tile.
    filler : {"mask", "pad"}
        The token that stands for an absent one.
    """

    name: ClassVar[str] = "shap_partition"
    title: ClassVar[str] = "SHAP (partition)"
    when: ClassVar[str] = (
        "For any network, without gradients: a fair share of the output for every part, adding up exactly."
    )
    cost: ClassVar[str] = "300 forward"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE, Modality.TEXT)
    baselines: ClassVar[tuple[str, ...]] = BASELINES
    needs_gradients: ClassVar[bool] = False

    evaluations: int = 300
    baseline: str = "blur"
    filler: str = "mask"

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture or text."""
        view.expect(self.evaluations, self.title)
        if isinstance(view, PictureView):
            return self._picture(view)
        return self._text(cast(TokensView, view))

    def _picture(self, view: PictureView) -> Scored:
        import torch

        tree, tiles = tile_tree(*view.size)
        baseline, words = view.baseline(self.baseline)
        # Most of what isn't the network's time is copying: one layout, and one buffer for all rounds.
        pixels, absent = view.pixels.contiguous(), baseline.contiguous()
        buffer = pixels.repeat(ROUND, 1, 1, 1)

        def game(masks: Masks) -> npt.NDArray[np.float64]:
            present = torch.from_numpy(np.take(masks, tiles, axis=1))[:, None].to(pixels.device)
            covered = buffer[: len(masks)] if len(masks) <= ROUND else None
            return view.score_all(torch.where(present, pixels, absent, out=covered)).astype(np.float64)

        players = int(tiles.max()) + 1
        owen = owen_values(game, tree, players, self.evaluations, view.question.seed)
        sizes = np.bincount(tiles.ravel(), minlength=players)
        scores = (owen.values / sizes)[tiles].astype(np.float32)
        return self._scored(view, owen, scores, f"a tile of {words}", ())

    def _text(self, view: TokensView) -> Scored:
        import torch

        filler, words, notes = view.filler(self.filler)
        inside = [position for word in view.words for position in word]
        numbers = {position: number for number, position in enumerate(inside)}
        tree = balanced([balanced([numbers[position] for position in word]) for word in view.words])
        places = torch.tensor(inside, device=view.ids.device)

        def game(masks: Masks) -> npt.NDArray[np.float64]:
            rows = view.ids.repeat(len(masks), 1)
            present = torch.from_numpy(masks).to(rows.device)
            rows[:, places] = torch.where(present, rows[:, places], filler)
            return view.score_all(rows).astype(np.float64)

        owen = owen_values(game, tree, len(inside), self.evaluations, view.question.seed)
        scores = np.zeros(view.ids.shape[1], dtype=np.float32)
        scores[inside] = owen.values
        return self._scored(view, owen, scores, words, notes)

    def _scored(self, view: NetworkView, owen: Owen, scores: FloatArray, words: str, notes: tuple[str, ...]) -> Scored:
        difference = owen.full - owen.empty
        delta = float(scores.sum(dtype=np.float64)) - difference
        return Scored(scores, view.output, words, delta, (*notes, *convergence_notes(delta, difference, "")))


def tile_tree(height: int, width: int) -> tuple[Tree, npt.NDArray[np.int64]]:
    """Halve a picture along its longer side until the tiles are small, as `shap.maskers.Image` does.

    Returns
    -------
    tree : Tree
    tiles : ndarray of int64, shape (height, width)
        Which player each pixel belongs to.
    """
    tiles = np.zeros((height, width), dtype=np.int64)
    tallest, widest = max(1, height // FINEST), max(1, width // FINEST)
    count = 0

    def split(top: int, bottom: int, left: int, right: int) -> Tree:
        nonlocal count
        rows, columns = bottom - top, right - left
        if rows <= tallest and columns <= widest:
            tiles[top:bottom, left:right] = count
            count += 1
            return count - 1
        if rows >= columns and rows > 1:
            middle = top + rows // 2
            return split(top, middle, left, right), split(middle, bottom, left, right)
        middle = left + columns // 2
        return split(top, bottom, left, middle), split(top, bottom, middle, right)

    return split(0, height, 0, width), tiles
