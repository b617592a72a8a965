"""What transformers' image processors do where their configuration is silent: version 5.23, PIL backend.

A test compares this table to the installed classes, so that an update of transformers which changes a default is
noticed. Kept as data, because importing the classes costs seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from analysis.errors import UnusableInput
from analysis.preprocessing.constants import CLIP_MEAN, CLIP_STD, HALF, IMAGENET_MEAN, IMAGENET_STD
from analysis.types import Json

BILINEAR, BICUBIC = 2, 3
#: Of every processor that doesn't say otherwise.
COMMON: Mapping[str, Json] = {
    "do_resize": True,
    "default_to_square": True,
    "do_center_crop": None,
    "crop_size": None,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": HALF,
    "image_std": HALF,
    "do_convert_rgb": None,
    "do_pad": None,
}


class Resizing(Enum):
    """How a processor understands ``size``."""

    PLAIN = "as it says"
    CONVNEXT = "below 384, the shorter side to size / crop_pct and the centre cut out; squashed from 384 on"
    POOLFORMER = "the shorter side to size / crop_pct"
    LEVIT = "the shorter side to size · 256 / 224"


@dataclass(frozen=True)
class Processor:
    """One class of processors.

    Attributes
    ----------
    defaults : mapping
        What it fills in, beside `COMMON`.
    resizing : Resizing
    crops, normalizes : bool
        False for classes that ignore ``do_center_crop`` or ``do_normalize``.
    """

    defaults: Mapping[str, Json]
    resizing: Resizing = Resizing.PLAIN
    crops: bool = True
    normalizes: bool = True

    @property
    def all_defaults(self) -> dict[str, Json]:
        """Every key that the class fills in."""
        return {**COMMON, **self.defaults}


def _box(side: int) -> dict[str, int]:
    return {"height": side, "width": side}


_SHORTER_224: Mapping[str, Json] = {
    "size": {"shortest_edge": 224},
    "default_to_square": False,
    "crop_size": _box(224),
    "do_center_crop": True,
    "resample": BICUBIC,
}
_CLIP: Mapping[str, Json] = {
    **_SHORTER_224,
    "image_mean": CLIP_MEAN,
    "image_std": CLIP_STD,
    "do_convert_rgb": True,
}
_IMAGENET: Mapping[str, Json] = {"image_mean": IMAGENET_MEAN, "image_std": IMAGENET_STD}
_MOBILENET: Mapping[str, Json] = {**_SHORTER_224, "size": {"shortest_edge": 256}, "resample": BILINEAR}

#: Class name without "ImageProcessor" → what it does.
PROCESSORS: Mapping[str, Processor] = {
    "Beit": Processor({"size": _box(224), "crop_size": _box(224), "do_center_crop": False, "resample": BICUBIC}),
    "Bit": Processor(_CLIP),
    "CLIP": Processor(_CLIP),
    "ChineseCLIP": Processor(_CLIP),
    "ConvNext": Processor(
        {
            "size": {"shortest_edge": 384},
            "default_to_square": False,
            "resample": BICUBIC,
            "crop_pct": 224 / 256,
        },
        Resizing.CONVNEXT,
    ),
    "DeiT": Processor({"size": _box(256), "crop_size": _box(224), "do_center_crop": True, "resample": BICUBIC}),
    "EfficientNet": Processor(
        {
            "size": _box(346),
            "crop_size": _box(289),
            "do_center_crop": False,
            "resample": BICUBIC,
            "rescale_offset": False,
            "include_top": True,
        }
    ),
    "Levit": Processor({**_SHORTER_224, **_IMAGENET}, Resizing.LEVIT),
    "MobileNetV1": Processor(_MOBILENET),
    "MobileNetV2": Processor(_MOBILENET),
    "MobileViT": Processor(
        {**_SHORTER_224, "crop_size": _box(256), "do_normalize": None, "do_flip_channel_order": True},
        normalizes=False,
    ),
    "PoolFormer": Processor({**_SHORTER_224, **_IMAGENET, "crop_pct": 0.9}, Resizing.POOLFORMER),
    "Pvt": Processor({"size": _box(224), "resample": BICUBIC, **_IMAGENET}),
    "Segformer": Processor({"size": _box(512), "resample": BILINEAR, **_IMAGENET}, crops=False),
    "Siglip": Processor({"size": _box(224), "default_to_square": False, "resample": BICUBIC, "do_convert_rgb": True}),
    "ViT": Processor({"size": _box(224), "resample": BILINEAR}),
}

#: ``model_type`` → processor that transformers takes where the configuration names none; image classifiers only.
MODEL_TYPES: Mapping[str, str] = {
    "beit": "Beit",
    "bit": "Bit",
    "clip": "CLIP",
    "convnext": "ConvNext",
    "convnextv2": "ConvNext",
    "cvt": "ConvNext",
    "data2vec-vision": "Beit",
    "deit": "DeiT",
    "dinat": "ViT",
    "dinov2": "Bit",
    "efficientnet": "EfficientNet",
    "focalnet": "Bit",
    "hiera": "Bit",
    "ijepa": "ViT",
    "levit": "Levit",
    "metaclip_2": "CLIP",
    "mobilenet_v1": "MobileNetV1",
    "mobilenet_v2": "MobileNetV2",
    "mobilevit": "MobileViT",
    "mobilevitv2": "MobileViT",
    "poolformer": "PoolFormer",
    "pvt": "Pvt",
    "pvt_v2": "Pvt",
    "regnet": "ConvNext",
    "resnet": "ConvNext",
    "segformer": "Segformer",
    "siglip": "Siglip",
    "swiftformer": "ViT",
    "swin": "ViT",
    "swinv2": "ViT",
    "vit": "ViT",
    "vit_msn": "ViT",
}


def processor_name(config: Mapping[str, Json], model_type: str | None = None) -> str:
    """Return which entry of `PROCESSORS` a configuration is for.

    Parameters
    ----------
    config : mapping
        The processor's configuration.
    model_type : str, optional
        Of the model's configuration; decides where the processor's names no class, as in transformers. Without it
        such a configuration is taken for ViT's.

    Raises
    ------
    UnusableInput
        If it is another class.
    """
    named = config.get("image_processor_type") or config.get("feature_extractor_type")
    if named is None:
        found = "ViT" if model_type is None else MODEL_TYPES.get(model_type)
        if found is None:
            raise _unknown(f"of a model of type “{model_type}”, which names no class")
        return found
    name = str(named)
    for ending in ("Pil", "Fast", "ImageProcessor", "FeatureExtractor"):
        name = name.removesuffix(ending)
    if name not in PROCESSORS:
        raise _unknown(f"“{str(named)[:60]}”")
    return name


def _unknown(which: str) -> UnusableInput:
    return UnusableInput(
        f"The image processor {which} is unknown.",
        f"Describe the preprocessing as a pipeline file. Known are {', '.join(PROCESSORS)}.",
    )
