"""Models so small that what an explainer must say about them is known."""

from __future__ import annotations

import io
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import torch
import transformers
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn
from transformers import PreTrainedTokenizerFast

from analysis.candidates.estimators import read_estimator
from analysis.candidates.huggingface import ImageClassifier, TextClassifier
from analysis.candidates.network import Network
from analysis.candidates.sklearn import SkopsCandidate
from analysis.types import Capabilities, Dataset, Kind, Modality, Pipeline, Step, Task

SIDE = 32
LABELS = ("cat", "cucumber", "tiger")
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film", "##s", "very")

IMAGE_PIPELINE = Pipeline(
    Modality.IMAGE,
    (
        Step("rescale", {"factor": 1 / 255, "offset": 0.0}),
        Step("normalize", {"mean": [0.5, 0.4, 0.3], "std": [0.5, 0.5, 0.5]}),
        Step("label_order", {"labels": list(LABELS)}),
    ),
)
TEXT_PIPELINE = Pipeline(
    Modality.TEXT,
    (
        Step("special_tokens", {"add": True}),
        Step("truncation", {"max_length": 32, "side": "right"}),
        Step("label_order", {"labels": ["negative", "positive"]}),
    ),
)


class LinearPixels(nn.Module):
    """Logits are weighted sums of the pixels: no curvature at all."""

    def __init__(self, outputs: int = 3) -> None:
        super().__init__()
        weights = torch.randn((outputs, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(1)) / SIDE
        self.weights = nn.Parameter(weights)

    def forward(self, pixel_values: torch.Tensor) -> Any:
        return SimpleNamespace(logits=torch.einsum("nchw,kchw->nk", pixel_values, self.weights))


class BrightSpots(nn.Module):
    """Convolutions that pass on red (output 0) and green (output 1), averaged over the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 1)
        self.second = nn.Conv2d(4, 3, 4, stride=4)
        self.head = nn.Linear(3, 3)
        # Modules of their own: DeepLIFT does not see functions.
        self.first_relu, self.second_relu = nn.ReLU(), nn.ReLU()
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.zero_()
            for channel in range(3):
                self.first.weight[channel, channel] = 1.0
                self.second.weight[channel, channel] = 1 / 16
                self.head.weight[channel, channel] = 10.0

    def forward(self, pixel_values: torch.Tensor) -> Any:
        features = self.second_relu(self.second(self.first_relu(self.first(pixel_values))))
        return SimpleNamespace(logits=self.head(features.mean(dim=(2, 3))))


class WordSum(nn.Module):
    """Logits are the sums of the words' vectors, as far as the attention mask reaches."""

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        self.words = nn.Embedding(len(WORDS), outputs)
        with torch.no_grad():
            self.words.weight.zero_()
            self.words.weight[WORDS.index("good")] = torch.tensor([-1.0, 2.0])[-outputs:]
            self.words.weight[WORDS.index("bad")] = torch.tensor([3.0, -1.0])[-outputs:]
            self.words.weight[WORDS.index("[MASK]"), -1] = 0.25
            self.words.weight[WORDS.index("[PAD]"), -1] = 0.5

    def get_input_embeddings(self) -> nn.Module:
        return self.words

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        vectors = self.words(input_ids) * attention_mask[:, :, None]
        return SimpleNamespace(logits=vectors.sum(dim=1))


def _parts(
    task: Task, pipeline: Pipeline, module: nn.Module, *, config: Any = None, tokenizer: Any = None, **more: Any
) -> dict[str, Any]:
    config = config or SimpleNamespace(is_encoder_decoder=False)
    return {
        "name": "tiny",
        "source": "tests",
        "task": task,
        "pipeline": pipeline,
        "deployed": None,
        "fingerprint": "0" * 16,
        "capabilities": Capabilities(gradients=True, convolutional=True),
        "findings": (),
        "network": Network(module.eval(), config, torch.device("cpu"), tokenizer),
        **more,
    }


def image_candidate(module: nn.Module, kind: Kind = Kind.CLASSIFICATION) -> ImageClassifier:
    labels = LABELS if kind is Kind.CLASSIFICATION else ("weight",)
    return ImageClassifier(**_parts(Task(kind, Modality.IMAGE, labels), IMAGE_PIPELINE, module))


def text_candidate(module: nn.Module | None = None, kind: Kind = Kind.CLASSIFICATION, **more: Any) -> TextClassifier:
    labels = ("negative", "positive") if kind is Kind.CLASSIFICATION else ("rating",)
    task = Task(kind, Modality.TEXT, labels)
    return TextClassifier(**_parts(task, TEXT_PIPELINE, module or WordSum(), tokenizer=tokenizer(), **more))


SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16, "num_labels": 3}


def vit_candidate() -> ImageClassifier:
    """A vision transformer with random weights."""
    torch.manual_seed(0)
    config = transformers.ViTConfig(image_size=SIDE, patch_size=8, **SMALL)
    able = Capabilities(gradients=True, attention=True, transformer=True)
    module = transformers.ViTForImageClassification(config)
    task = Task(Kind.CLASSIFICATION, Modality.IMAGE, LABELS)
    return ImageClassifier(**_parts(task, IMAGE_PIPELINE, module, config=config, capabilities=able))


def bert_candidate() -> TextClassifier:
    """A BERT with random weights."""
    torch.manual_seed(0)
    config = transformers.BertConfig(vocab_size=len(WORDS), **{**SMALL, "num_labels": 2})
    able = Capabilities(gradients=True, attention=True, transformer=True)
    module = transformers.BertForSequenceClassification(config)
    return text_candidate(module, config=config, capabilities=able)


def tokenizer() -> PreTrainedTokenizerFast:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    inner = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    return PreTrainedTokenizerFast(tokenizer_object=inner, model_max_length=32, **special)


def table_candidate(estimator: Any, columns: tuple[str, ...] = ("a", "b", "c")) -> SkopsCandidate:
    return SkopsCandidate(
        name="tiny",
        source="tests",
        described=read_estimator(estimator),
        load=lambda: estimator,
        columns=columns,
        fingerprint="0" * 16,
        findings=(),
    )


def table(n: int = 60, seed: int = 0) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(n, 3)) * [1.0, 2.0, 0.5] + [0.0, 5.0, -1.0]
    return pd.DataFrame(values, columns=["a", "b", "c"])


def png(array: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(array, dtype=np.uint8)).save(buffer, format="PNG")
    return buffer.getvalue()


def spotted(row: int, column: int, channel: int = 0) -> bytes:
    """A black picture with an 8 × 8 spot of one colour."""
    array = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    array[row : row + 8, column : column + 8, channel] = 255
    return png(array)


def noisy(seed: int = 0) -> bytes:
    return png(np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3)))


def dataset(raw: Any, labels: list[Any], modality: Modality, kind: Kind = Kind.CLASSIFICATION) -> Dataset:
    ids = [str(i) for i in range(len(labels))]

    def inputs(rows: Any) -> Any:
        return raw.iloc[rows].reset_index(drop=True) if isinstance(raw, pd.DataFrame) else [raw[i] for i in rows]

    frame = pd.DataFrame({"id": ids, "split": "all", "label": labels})
    return Dataset("tiny", "tests", modality, kind, frame, inputs, (), "0" * 16)


def state_of(module: nn.Module) -> list[Any]:
    """Everything that an explainer must leave as it was."""
    tables = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return [
        [[len(getattr(part, name)) for name in tables] for part in module.modules()],
        [part.training for part in module.modules()],
        [(p.requires_grad, p.grad is None, p.detach().clone().numpy().tobytes()) for p in module.parameters()],
    ]


def run_in_threads(work: Any, count: int) -> list[Any]:
    results: list[Any] = [None] * count

    def one(place: int) -> None:
        results[place] = work()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
