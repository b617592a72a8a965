"""Leave one word out (Li, Monroe, Jurafsky 2016, arXiv:1612.08220)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from analysis.explainers.base import Scored
from analysis.explainers.networks import NetworkExplainer, NetworkView, TokensView
from analysis.types import Modality


@dataclass(frozen=True)
class LeaveOneOut(NetworkExplainer):
    """By how much the output falls when one word is replaced; its tokens share the fall evenly.

    Attributes
    ----------
    baseline : {"mask", "pad"}
        The token that stands for an absent word.
    """

    name: ClassVar[str] = "leave_one_out"
    title: ClassVar[str] = "Leave one out"
    when: ClassVar[str] = "Easy to tell in words, and for any text model: what happens without this word."
    cost: ClassVar[str] = "1 forward a word + 1"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.TEXT,)
    baselines: ClassVar[tuple[str, ...]] = ("mask", "pad")
    needs_gradients: ClassVar[bool] = False

    baseline: str = "mask"

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one text."""
        import torch

        tokens = cast(TokensView, view)
        tokens.expect(len(tokens.words) + 1, self.title)
        filler, _, notes = tokens.filler(self.baseline)
        rows = tokens.ids.repeat(len(tokens.words) + 1, 1)
        for row, word in enumerate(tokens.words):
            rows[row, torch.tensor(word, device=rows.device)] = filler
        outputs = tokens.score_all(rows)
        scores = np.zeros(rows.shape[1], dtype=np.float32)
        for row, word in enumerate(tokens.words):
            scores[list(word)] = (outputs[-1] - outputs[row]) / len(word)
        token = tokens.candidate.tokenizer.convert_ids_to_tokens(filler)
        return Scored(scores, view.output, f"the word replaced by {token}", notes=notes)
