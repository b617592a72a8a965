"""Maps that know nothing of the model: what an explainer has to beat (Adebayo et al. 2018, arXiv:1810.03292)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from analysis.explainers.base import Scored
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView, TokensView
from analysis.explainers.pixels import to_picture
from analysis.types import Modality

NOTE = "A control: it knows nothing of the model."


@dataclass(frozen=True)
class RandomMap(NetworkExplainer):
    """Smooth random scores for pictures, independent ones for tokens."""

    name: ClassVar[str] = "random_map"
    title: ClassVar[str] = "Random map (control)"
    when: ClassVar[str] = "To see whether a method says more than chance."
    cost: ClassVar[str] = "none"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE, Modality.TEXT)
    needs_gradients: ClassVar[bool] = False

    def attribute(self, view: NetworkView) -> Scored:
        """Draw scores for one picture or text."""
        view.expect(1, self.title)
        view.question.progress.advance()
        random = np.random.default_rng(view.question.seed)
        if isinstance(view, PictureView):
            from scipy.ndimage import gaussian_filter

            # As smooth as a Grad-CAM map: independent pixels would be too easy to beat.
            scores = gaussian_filter(random.normal(size=view.size), max(view.size) / 14)
            return Scored((scores / np.abs(scores).max()).astype(np.float32), "nothing", notes=(NOTE,))
        tokens = cast(TokensView, view)
        return Scored(random.normal(size=len(tokens.tokens)).astype(np.float32), "nothing", notes=(NOTE,))


@dataclass(frozen=True)
class EdgeDetector(NetworkExplainer):
    """The size of the picture's own gradient (Sobel)."""

    name: ClassVar[str] = "edge_detector"
    title: ClassVar[str] = "Edges (control)"
    when: ClassVar[str] = "To see whether a map shows more than the outlines in the picture."
    cost: ClassVar[str] = "none"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)
    signed: ClassVar[bool] = False
    needs_gradients: ClassVar[bool] = False

    def attribute(self, view: NetworkView) -> Scored:
        """Find the edges of one picture."""
        from scipy.ndimage import sobel

        picture = cast(PictureView, view)
        picture.expect(1, self.title)
        grey = to_picture(picture.pixels[0].cpu().numpy(), view.pipeline).mean(axis=2) / 255
        picture.question.progress.advance()
        edges = np.hypot(sobel(grey, axis=0), sobel(grey, axis=1))
        return Scored(edges.astype(np.float32), "nothing", notes=(NOTE,))


@dataclass(frozen=True)
class WordFrequency(NetworkExplainer):
    """How often each word stands in this text."""

    name: ClassVar[str] = "word_frequency"
    title: ClassVar[str] = "Word frequency (control)"
    when: ClassVar[str] = "To see whether scores say more than how often a word stands there."
    cost: ClassVar[str] = "none"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.TEXT,)
    signed: ClassVar[bool] = False
    needs_gradients: ClassVar[bool] = False

    def attribute(self, view: NetworkView) -> Scored:
        """Count the words of one text."""
        tokens = cast(TokensView, view)
        tokens.expect(1, self.title)
        tokens.question.progress.advance()
        spelled = [tuple(tokens.tokens[i].casefold() for i in word) for word in tokens.words]
        counts = Counter(spelled)
        scores = np.zeros(len(tokens.tokens), dtype=np.float32)
        for word, spelling in zip(tokens.words, spelled, strict=True):
            scores[list(word)] = counts[spelling]
        return Scored(scores, "nothing", notes=(NOTE,))
