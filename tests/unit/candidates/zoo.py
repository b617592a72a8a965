"""Tiny random models of many architectures, saved as a publisher would save them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

LABELS = {0: "cat", 1: "dog", 2: "owl"}
_WORDS = "the a film was is good bad fine dull long short cat dog very not so and but i it"
WORDS = _WORDS.split()

SQUARE = {"size": {"height": 32, "width": 32}, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}
ATTENTION = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
PATCHES = {**ATTENTION, "image_size": 32, "patch_size": 8}
STAGES = {"hidden_sizes": [8, 8, 16, 16], "depths": [1, 1, 1, 1]}

#: Architecture → (configuration class, its arguments, the image processor's configuration).
IMAGES: dict[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "vit": ("ViTConfig", PATCHES, {"image_processor_type": "ViTImageProcessor", "resample": 2, **SQUARE}),
    "convnext": (
        "ConvNextConfig",
        {**STAGES, "image_size": 32},
        {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 32}, "crop_pct": 0.875},
    ),
    "efficientnet": (
        "EfficientNetConfig",
        {"width_coefficient": 0.1, "depth_coefficient": 0.1, "image_size": 32, "hidden_dim": 128},
        {"image_processor_type": "EfficientNetImageProcessor", "resample": 0, **SQUARE},
    ),
    "clip": (
        "CLIPConfig",
        {"vision_config": PATCHES, "text_config": {**ATTENTION, "vocab_size": 64}, "projection_dim": 16},
        {
            "image_processor_type": "CLIPImageProcessor",
            "size": {"shortest_edge": 32},
            "crop_size": {"height": 32, "width": 32},
        },
    ),
    "bit": (
        "BitConfig",
        {**STAGES, "embedding_size": 8, "num_groups": 4},
        {
            "image_processor_type": "BitImageProcessor",
            "size": {"shortest_edge": 36},
            "crop_size": {"height": 32, "width": 32},
        },
    ),
    "mobilenet_v2": (
        "MobileNetV2Config",
        {"depth_multiplier": 0.25, "image_size": 32},
        {
            "image_processor_type": "MobileNetV2ImageProcessor",
            "size": {"shortest_edge": 36},
            "crop_size": {"height": 32, "width": 32},
        },
    ),
    "swin": (
        "SwinConfig",
        {"image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 4},
        {"image_processor_type": "ViTImageProcessor", "resample": 3, **SQUARE},
    ),
    "resnet": (
        "ResNetConfig",
        {**STAGES, "embedding_size": 8, "layer_type": "basic"},
        {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 32}, "crop_pct": 0.875},
    ),
}

#: Architecture → (configuration class, its arguments). All use the word-level vocabulary of `WORDS`.
TEXTS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "bert": ("BertConfig", {**ATTENTION, "max_position_embeddings": 24}),
    "distilbert": (
        "DistilBertConfig",
        {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "max_position_embeddings": 24},
    ),
    "roberta": ("RobertaConfig", {**ATTENTION, "max_position_embeddings": 26, "type_vocab_size": 1, "pad_token_id": 1}),
    "albert": ("AlbertConfig", {**ATTENTION, "embedding_size": 8, "max_position_embeddings": 24}),
    "electra": ("ElectraConfig", {**ATTENTION, "embedding_size": 8, "max_position_embeddings": 24}),
    "gpt2": ("GPT2Config", {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 24}),
}


def save_network(folder: Path, config: Any, auto: str, pixels: torch.Tensor | None = None) -> torch.nn.Module:
    """Build a network with random weights from a configuration, settle it on some images, and save both."""
    torch.manual_seed(0)
    config.architectures = config.architectures or []
    module = getattr(transformers, auto).from_config(config)
    for name, parameter in module.named_parameters():
        # With the initial weights, which are small, every input would get about the same answer.
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, 0.0, (2 / parameter[0].numel()) ** 0.5)
        elif name.endswith("bias"):
            torch.nn.init.normal_(parameter, 0.0, 0.3)
        elif "norm" in name or "bn" in name:
            torch.nn.init.ones_(parameter)
    if pixels is not None:
        _settle(module, pixels)
    module.eval().save_pretrained(folder)
    return module


def _settle(module: torch.nn.Module, pixels: torch.Tensor) -> None:
    """Give batch norms their statistics, and let the last layer spread its answers around even odds."""
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = None
    with torch.no_grad():
        module.train()(pixel_values=pixels)
        logits = module.eval()(pixel_values=pixels).logits
        last = [part for part in module.modules() if isinstance(part, torch.nn.Linear)][-1]
        last.weight /= logits.std()
        last.bias -= logits.mean(0)
        last.bias /= logits.std()


def save_image_model(folder: Path, name: str = "vit", **changes: Any) -> torch.nn.Module:
    """Save a tiny image classifier with its processor configuration."""
    kind, arguments, processor = IMAGES[name]
    folder.mkdir(parents=True)
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    pictures = [Image.open(io.BytesIO(photo(seed))) for seed in range(100, 108)]
    pixels = transformers.AutoImageProcessor.from_pretrained(folder)(pictures, return_tensors="pt").pixel_values
    config = getattr(transformers, kind)(**{"id2label": LABELS, **arguments, **changes})
    return save_network(folder, config, "AutoModelForImageClassification", pixels)


def word_tokenizer(pad: int = 0) -> Tokenizer:
    """Return a tokenizer of whole words with the special tokens of BERT; the padding token has id `pad`."""
    special = ["[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    special.insert(pad, "[PAD]")
    vocabulary = {word: i for i, word in enumerate([*special, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    return tokenizer


def save_tokenizer(folder: Path, length: int | None = 24, pad: int = 0, *, types: bool = False) -> None:
    """Save the word-level tokenizer; with `types` it tells the members of a pair apart."""
    names = ["input_ids", "token_type_ids", "attention_mask"] if types else ["input_ids", "attention_mask"]
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(pad),
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        pad_token="[PAD]",
        model_max_length=length,
        model_input_names=names,
    )
    fast.save_pretrained(folder)


def save_text_model(folder: Path, name: str = "bert", length: int | None = 24, **changes: Any) -> torch.nn.Module:
    """Save a tiny text classifier with its tokenizer."""
    kind, arguments = TEXTS[name]
    arguments = {"id2label": LABELS, "vocab_size": len(WORDS) + 5, **arguments, **changes}
    pad = int(arguments.get("pad_token_id") or 0)
    module = save_network(folder, getattr(transformers, kind)(**arguments), "AutoModelForSequenceClassification")
    save_tokenizer(folder, length, pad, types=name == "bert")
    return module


def edit_json(path: Path, change: Callable[[Any], Any]) -> None:
    """Read a JSON file, change it, write it back. `change` returns the new value, or None after editing in place."""
    value = json.loads(path.read_text())
    changed = change(value)
    path.write_text(json.dumps(value if changed is None else changed))


def photo(seed: int = 0, height: int = 40, width: int = 56) -> bytes:
    """Return a PNG file of smooth random colours."""
    noise = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()
