"""What explainers of networks share: the template that guards the network, and views of one example."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from analysis.errors import UnusableInput
from analysis.explainers.base import Explainer, Question, Scored
from analysis.explainers.guard import untouched
from analysis.explainers.pixels import baseline_image
from analysis.explainers.words import group_words
from analysis.types import Candidate, FloatArray, Inputs, Kind, Modality, Pipeline

if TYPE_CHECKING:
    import torch

    from analysis.candidates.batches import TokenBatch
    from analysis.candidates.network import TorchCandidate

#: Rows a forward pass when no gradient is asked for. Larger ones gain nothing on a CPU.
BATCH = 16


@dataclass(frozen=True)
class NetworkView:
    """One example in front of one network, and the one number that is explained.

    Attributes
    ----------
    candidate : TorchCandidate
    pipeline : Pipeline
    question : Question
    """

    candidate: TorchCandidate
    pipeline: Pipeline
    question: Question

    @property
    def module(self) -> torch.nn.Module:
        """The network."""
        return self.candidate.module

    @property
    def output(self) -> str:
        """What the explained number is, in words."""
        if self.candidate.task.kind is Kind.REGRESSION:
            return "value"
        if self.question.contrast is None and self.against is not None:
            return "log-odds"
        return "logit" if self.against is None else "difference of two logits"

    @property
    def against(self) -> int | None:
        """The output that is subtracted.

        Of two classes the other one, also where nobody asked: what they are told apart by is the difference, and one
        logit alone may stand still while the other decides.
        """
        if self.question.contrast is None and len(self.candidate.task.labels) == 2:
            return 1 - self.question.target
        return self.question.contrast

    def pick(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the explained number of each row: (n, k) → (n,)."""
        if self.candidate.task.kind is Kind.REGRESSION:
            return logits[:, 0]
        target = logits[:, self.question.target]
        return target if self.against is None else target - logits[:, self.against]

    def expect(self, rows: int, doing: str) -> None:
        """Announce how many rows will go through the network."""
        self.question.progress.start(doing, rows)

    def generator(self) -> torch.Generator:
        """Return a new source of random numbers that is nobody else's."""
        import torch

        return torch.Generator().manual_seed(self.question.seed)


@dataclass(frozen=True)
class PictureView(NetworkView):
    """One picture. `pixels` is what the network receives: float32 (1, 3, H, W) on its device."""

    pixels: torch.Tensor

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the input grid."""
        return int(self.pixels.shape[2]), int(self.pixels.shape[3])

    def score(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the explained number for pictures (n, 3, H, W), differentiable; raises `Cancelled` between calls."""
        import torch

        if self.candidate.capabilities.convolutional:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        scores = self.pick(self.candidate.forward_tensors(pixel_values=pixels))
        self.question.progress.advance(len(pixels))
        return scores

    def score_all(self, pixels: torch.Tensor) -> FloatArray:
        """Return the explained number for many pictures, without gradient, in batches, the fastest way there is."""
        import torch

        from analysis.candidates.batches import ImageBatch

        found = []
        for part in torch.split(pixels, BATCH):
            # `forward` may answer through a compiled network, in a third of the time that torch takes.
            logits = self.candidate.forward(ImageBatch(part.detach().cpu().numpy()))
            found.append(self.pick(torch.from_numpy(logits)).numpy())
            self.question.progress.advance(len(part))
        return np.concatenate(found)

    def gradient(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the derivative of each picture's number by its pixels, (n, 3, H, W)."""
        import torch

        leaf = pixels.detach().clone().requires_grad_(True)
        with torch.enable_grad():
            (found,) = torch.autograd.grad(self.score(leaf).sum(), leaf)
        return found

    def baseline(self, name: str) -> tuple[torch.Tensor, str]:
        """Return a baseline picture (1, 3, H, W) and what it is, in words."""
        import torch

        array, words = baseline_image(name, self.pixels[0].cpu().numpy(), self.pipeline, self.question.seed)
        return torch.from_numpy(array)[None].to(self.pixels), words


@dataclass(frozen=True)
class TokensView(NetworkView):
    """One text.

    Attributes
    ----------
    tensors : mapping
        The network's arguments, each (1, length): ``input_ids``, ``attention_mask`` …
    batch : TokenBatch
    """

    tensors: Mapping[str, torch.Tensor]
    batch: TokenBatch

    @property
    def ids(self) -> torch.Tensor:
        """Token ids, int64 (1, length)."""
        return self.tensors["input_ids"]

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens, special ones included."""
        return tuple(self.batch.tokens[0])

    @property
    def text(self) -> str:
        """What the tokenizer was given; the members of a pair are joined by a line break."""
        return _joined(self.batch.texts[0])

    @cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Each token's range of characters in `text`; (0, 0) for special tokens."""
        text = self.batch.texts[0]
        shift = 0 if isinstance(text, str) else len(text[0]) + 1
        places = zip(self.batch.spans[0], self.batch.parts[0], strict=True)
        return tuple((a + shift, b + shift) if part == 1 else (a, b) for (a, b), part in places)

    @cached_property
    def words(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the tokens of each word, in order, without special tokens."""
        return group_words(self.tokens, self.spans, self.text, self.batch.parts[0])

    @property
    def embedding(self) -> torch.nn.Module:
        """The layer that turns token ids into vectors."""
        return cast("torch.nn.Module", cast(Any, self.module).get_input_embeddings())

    def score(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the explained number for token ids (n, length), with the example's own attention mask."""
        others = {k: v.expand(len(ids), -1) for k, v in self.tensors.items() if k != "input_ids"}
        scores = self.pick(self.candidate.forward_tensors(input_ids=ids, **others))
        self.question.progress.advance(len(ids))
        return scores

    def score_all(self, ids: torch.Tensor) -> FloatArray:
        """Return the explained number for many rows of token ids, without gradient and in batches."""
        import torch

        with torch.no_grad():
            return np.concatenate([self.score(part).cpu().numpy() for part in torch.split(ids, BATCH)])

    def filler(self, name: str) -> tuple[int, str, tuple[str, ...]]:
        """Return the token that stands for "nothing said": its id, what it is, and a note where it is a stand-in.

        Parameters
        ----------
        name : {"mask", "pad"}

        Raises
        ------
        UnusableInput
            If the tokenizer has no token that could stand in.
        """
        tokenizer = self.candidate.tokenizer
        order = {"mask": ("mask", "pad", "unk", "eos"), "pad": ("pad", "unk", "mask", "eos")}[name]
        for kind in order:
            # Asking for an absent special token makes some tokenizers log an error; the map does not.
            token = (
                getattr(tokenizer, f"{kind}_token", None) if f"{kind}_token" in tokenizer.special_tokens_map else None
            )
            if token is not None:
                found = int(tokenizer.convert_tokens_to_ids(token))
                notes = () if kind == name else (f"The tokenizer has no {name} token: {token} stands in for it.",)
                return found, f"every token replaced by {token}", notes
        raise UnusableInput("The tokenizer has no special token that could stand for an absent word.")

    def blank(self, name: str) -> tuple[torch.Tensor, str, tuple[str, ...]]:
        """Return the example's ids with every token but the special ones replaced, (1, length), and as `filler`."""
        import torch

        filler, words, notes = self.filler(name)
        inside = [position for word in self.words for position in word]
        blank = self.ids.clone()
        blank[:, torch.tensor(inside, dtype=torch.long, device=blank.device)] = filler
        return blank, words, notes


@dataclass(frozen=True)
class NetworkExplainer(Explainer):
    """Template of every method for networks: a subclass overrides `attribute`, and `misfit` where it is choosy.

    Attributes
    ----------
    needs_gradients : bool
    """

    needs_gradients: ClassVar[bool] = True

    def is_compatible(self, candidate: Candidate) -> str | None:
        """Return None where the method fits, else the reason why it does not."""
        reason = self.wrong_modality(candidate)
        if reason is not None:
            return reason
        if getattr(candidate, "module", None) is None:
            return "it needs a network."
        if self.needs_gradients and not candidate.capabilities.gradients:
            return "it needs gradients, and this model gives none."
        return self.misfit(cast("TorchCandidate", candidate))

    def misfit(self, candidate: TorchCandidate) -> str | None:  # noqa: ARG002
        """Return why the method does not fit this network, or None."""
        return None

    @abstractmethod
    def attribute(self, view: NetworkView) -> Scored:
        """Explain one example; runs under the candidate's lock, with frozen parameters."""

    def answer(self, candidate: Candidate, inputs: Inputs, pipeline: Pipeline, question: Question) -> Scored:
        """Explain one output for one example; see `Explainer.explain`."""
        view = view_of(candidate, inputs, pipeline, question)
        view.expect(0, self.title)
        with candidate.lock, untouched(view.module):
            scored = self.attribute(view)
        if isinstance(view, TokensView):
            notes = (*scored.notes, *_text_notes(view, inputs))
            scored = replace(scored, units=view.tokens, spans=view.spans, notes=notes)
        return scored


def view_of(candidate: Candidate, inputs: Inputs, pipeline: Pipeline, question: Question) -> PictureView | TokensView:
    """Prepare one raw input for the candidate's network.

    Raises
    ------
    UnusableInput
        If it can't be prepared.
    """
    network = cast("TorchCandidate", candidate)
    prepared = network.prepare(inputs, pipeline)
    tensors = network.tensors(prepared)
    if network.task.modality is Modality.IMAGE:
        return PictureView(network, pipeline, question, tensors["pixel_values"])
    batch = cast("TokenBatch", prepared)
    view = TokensView(network, pipeline, question, tensors, batch)
    if not view.words:
        raise UnusableInput("This text has no words to explain.", "Choose another example.")
    return view


def text_of(candidate: Candidate, inputs: Inputs, pipeline: Pipeline) -> str:
    """Return the text that the spans of a text attribution refer to: after the pipeline's string steps."""
    prepared = cast("TokenBatch", candidate.prepare(inputs, pipeline))
    return _joined(prepared.texts[0])


def _joined(text: str | tuple[str, str]) -> str:
    return text if isinstance(text, str) else "\n".join(text)


def _text_notes(view: TokensView, inputs: Inputs) -> tuple[str, ...]:
    notes = []
    if view.batch.truncated[0]:
        notes.append("The text was longer than the model reads: its end is not explained.")
    if view.batch.texts[0] != cast(Sequence[Any], inputs)[0]:
        notes.append("The places of the tokens are those in the text as the pipeline changed it.")
    return tuple(notes)
