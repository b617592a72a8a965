"""Networks of which it is known what they look at: weights set by hand, or trained on a planted cue."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn

from analysis.candidates.huggingface import ImageClassifier, TextClassifier
from analysis.candidates.network import Network
from analysis.types import Capabilities, Inputs, Kind, Modality, Pipeline, Step, Task

SIDE, PATCH = 64, 10
LABELS = ("without", "with")
COLOURS = {"red": (230, 30, 30), "blue": (40, 60, 230), "yellow": (230, 220, 40), "green": (30, 170, 50)}
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CUE = "zebra"
OTHERS = tuple(f"word{number}" for number in range(60))
WORDS = 14

PICTURES = Pipeline(
    Modality.IMAGE,
    (
        Step("rescale", {"factor": 1 / 255, "offset": 0.0}),
        Step("normalize", {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]}),
        Step("label_order", {"labels": list(LABELS)}),
    ),
)
TEXTS = Pipeline(
    Modality.TEXT,
    (
        Step("special_tokens", {"add": True}),
        Step("truncation", {"max_length": 32, "side": "right"}),
        Step("label_order", {"labels": list(LABELS)}),
    ),
)


@dataclass(frozen=True)
class Example:
    """One example with what the network is known to use.

    Attributes
    ----------
    raw : Inputs
        One raw input with the cue.
    without : Inputs
        The same with the cue painted over or replaced: the intervention.
    mask : ndarray of bool
        Pixels (H, W) of the cue, or words (words,).
    """

    raw: Inputs
    without: Inputs
    mask: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Known:
    """A network, its pipeline, and examples that carry the cue."""

    title: str
    candidate: ImageClassifier | TextClassifier
    pipeline: Pipeline
    examples: Callable[[int], Example]


def known_networks() -> tuple[Known, ...]:
    """Return the four networks, trained where they are to be trained (seeds fixed)."""
    return (
        Known("picture, by hand", _pictures(RedSpot()), PICTURES, picture),
        Known("picture, trained", _pictures(_trained_pictures()), PICTURES, picture),
        Known("text, by hand", _texts(CueWord(), SimpleNamespace(is_encoder_decoder=False)), TEXTS, text),
        Known("text, trained", _trained_texts(), TEXTS, text),
    )


class RedSpot(nn.Module):
    """Red that is neither yellow nor white, averaged over a patch, above a threshold: the logit of "with"."""

    def __init__(self) -> None:
        super().__init__()
        self.red, self.patch = nn.Conv2d(3, 1, 1), nn.Conv2d(1, 1, PATCH, stride=2)
        self.first_relu, self.second_relu = nn.ReLU(), nn.ReLU()
        with torch.no_grad():
            self.red.weight[:] = torch.tensor([1.0, -1.0, -1.0]).view(1, 3, 1, 1)
            self.red.bias[:] = 0.0
            self.patch.weight[:] = 1 / PATCH**2
            self.patch.bias[:] = -0.2

    def forward(self, pixel_values: torch.Tensor) -> Any:
        found = self.second_relu(self.patch(self.first_relu(self.red(pixel_values)))).sum(dim=(1, 2, 3))
        return SimpleNamespace(logits=torch.stack([torch.zeros_like(found), found * 2 - 2], dim=1))


class SmallCnn(nn.Module):
    """Three convolutions and a linear layer, to be trained."""

    def __init__(self) -> None:
        super().__init__()
        sizes = (3, 12, 24, 24)
        parts: list[nn.Module] = []
        for before, after in pairwise(sizes):
            parts += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
        self.features, self.head = nn.Sequential(*parts), nn.Linear(sizes[-1], 2)

    def forward(self, pixel_values: torch.Tensor) -> Any:
        return SimpleNamespace(logits=self.head(self.features(pixel_values).amax(dim=(2, 3))))


class CueWord(nn.Module):
    """The logit of "with" is 6 where the cue stands in the text, as far as the mask reaches, and -3 elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.relu = nn.Embedding(len(SPECIAL) + 1 + len(OTHERS), 2), nn.ReLU()
        with torch.no_grad():
            self.words.weight.zero_()
            self.words.weight[len(SPECIAL), 1] = 6.0

    def get_input_embeddings(self) -> nn.Module:
        return self.words

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        found = self.relu((self.words(input_ids) * attention_mask[:, :, None]).sum(dim=1))
        return SimpleNamespace(logits=found - torch.tensor([0.0, 3.0]))


def picture(seed: int, cue: bool = True) -> Example:
    """Return a grainy picture with patches of other colours, and a red one: the cue."""
    random = np.random.default_rng(seed)
    array = random.integers(60, 110, (SIDE, SIDE, 3))
    places = random.permutation((SIDE // PATCH) ** 2)[: 1 + len(COLOURS)]
    corners = [(int(p) // (SIDE // PATCH) * PATCH, int(p) % (SIDE // PATCH) * PATCH) for p in places]
    for (top, left), name in zip(corners[1:], ("blue", "yellow", "green", "yellow"), strict=True):
        array[top : top + PATCH, left : left + PATCH] = COLOURS[name]
    without, (top, left) = array.copy(), corners[0]
    array[top : top + PATCH, left : left + PATCH] = COLOURS["red"]
    mask = np.zeros((SIDE, SIDE), dtype=np.bool_)
    mask[top : top + PATCH, left : left + PATCH] = True
    return Example([_png(array if cue else without)], [_png(without)], mask)


def text(seed: int, cue: bool = True) -> Example:
    """Return words drawn at random, one of them replaced by the cue."""
    random = np.random.default_rng(seed)
    words = [str(word) for word in random.choice(OTHERS, WORDS)]
    place = int(random.integers(WORDS))
    marked = [*words[:place], CUE, *words[place + 1 :]]
    return Example([" ".join(marked if cue else words)], [" ".join(words)], np.arange(WORDS) == place)


def _png(array: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(array, dtype=np.uint8)).save(buffer, format="PNG")
    return buffer.getvalue()


def _parts(
    modality: Modality, pipeline: Pipeline, module: nn.Module, *, config: Any = None, tokenizer: Any = None, **more: Any
) -> dict[str, Any]:
    network = Network(
        module.eval(), config or SimpleNamespace(is_encoder_decoder=False), torch.device("cpu"), tokenizer
    )
    return {
        "name": "known", "source": "benchmark", "task": Task(Kind.CLASSIFICATION, modality, LABELS),
        "pipeline": pipeline, "deployed": None, "fingerprint": "0" * 16, "findings": (), "network": network, **more,
    }  # fmt: skip


def _pictures(module: nn.Module) -> ImageClassifier:
    able = Capabilities(gradients=True, convolutional=True)
    return ImageClassifier(**_parts(Modality.IMAGE, PICTURES, module, capabilities=able))


def _texts(module: nn.Module, config: Any, **able: bool) -> TextClassifier:
    vocabulary = {word: number for number, word in enumerate((*SPECIAL, CUE, *OTHERS))}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=inner, model_max_length=32, **special)
    able_to = Capabilities(gradients=True, **able)
    return TextClassifier(
        **_parts(Modality.TEXT, TEXTS, module, tokenizer=tokenizer, capabilities=able_to, config=config)
    )


def _trained_pictures() -> nn.Module:
    torch.manual_seed(0)
    module = SmallCnn()
    candidate = _pictures(module)
    raw = [picture(10_000 + n, cue=n % 2 == 1).raw[0] for n in range(600)]
    pixels = torch.from_numpy(candidate.prepare(raw, PICTURES).pixels)
    _fit(module, lambda rows: module(pixels[rows]).logits, torch.arange(600) % 2, steps=400)
    return module


def _trained_texts() -> TextClassifier:
    torch.manual_seed(0)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    config = transformers.BertConfig(vocab_size=len(SPECIAL) + 1 + len(OTHERS), num_labels=2, **size)
    module = transformers.BertForSequenceClassification(config)
    candidate = _texts(module, config, attention=True, transformer=True)
    batch = candidate.prepare([text(10_000 + n, cue=n % 2 == 1).raw[0] for n in range(1200)], TEXTS)
    tensors = candidate.tensors(batch)
    labels = torch.arange(1200) % 2
    _fit(module, lambda rows: module(**{k: v[rows] for k, v in tensors.items()}).logits, labels, steps=300)
    return candidate


def _fit(module: nn.Module, logits: Callable[[torch.Tensor], torch.Tensor], labels: torch.Tensor, steps: int) -> None:
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(module.parameters(), lr=2e-3)
    module.train()
    for _ in range(steps):
        rows = torch.randint(len(labels), (32,), generator=generator)
        loss = nn.functional.cross_entropy(logits(rows), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    module.eval()
    module.zero_grad()
