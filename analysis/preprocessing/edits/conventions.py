"""Conventions that image networks are trained with: the numbers that get mixed up in deployments."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.preprocessing.constants import CLIP_MEAN, CLIP_STD, IMAGENET_MEAN, IMAGENET_STD
from analysis.preprocessing.edits.base import same
from analysis.types import Json, Params

Channels = tuple[float, ...]


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of the channels, of pixels on the scale 0–1, in the order that is fed.

    Attributes
    ----------
    name : str
        As people know it.
    mean, std : tuple of float
    """

    name: str
    mean: Channels
    std: Channels

    def on_scale(self, factor: float, offset: float) -> dict[str, Json]:
        """Return the parameters for pixels that were rescaled as ``value · factor − offset``."""
        unit = 255.0 * factor
        return {
            "mean": [_tidy(m * unit - offset) for m in self.mean],
            "std": [_tidy(s * unit) for s in self.std],
        }

    def reversed(self) -> Normalisation:
        """Return the same numbers for the channels in reverse order."""
        return Normalisation(f"{self.name}, channels reversed", self.mean[::-1], self.std[::-1])


def _tidy(value: float) -> float:
    """Drop what rounding left behind, far below what a float32 can hold."""
    return float(f"{value:.12g}")


#: torchvision, timm and most of transformers.
IMAGENET = Normalisation("ImageNet mean and standard deviation", tuple(IMAGENET_MEAN), tuple(IMAGENET_STD))
#: ViT, BiT, MobileNetV2 of transformers; the same as pixels from −1 to 1.
HALF = Normalisation("0.5", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
#: OpenAI's CLIP.
CLIP = Normalisation("CLIP mean and standard deviation", tuple(CLIP_MEAN), tuple(CLIP_STD))
#: EfficientNet-Lite and other TensorFlow Lite models: (value − 127) / 128 on pixels 0–255.
LITE = Normalisation("TensorFlow Lite (127, 128)", (127 / 255,) * 3, (128 / 255,) * 3)
#: Caffe's mean of ImageNet, subtracted from pixels 0–255 that are not divided; VGG and old ResNets, fed as BGR.
CAFFE_BGR = Normalisation(
    "Caffe means for BGR", (103.939 / 255, 116.779 / 255, 123.68 / 255), (1 / 255, 1 / 255, 1 / 255)
)
CAFFE_RGB = Normalisation("Caffe means for RGB", CAFFE_BGR.mean[::-1], CAFFE_BGR.std)
CIFAR = Normalisation("CIFAR-10 mean and standard deviation", (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
MNIST = Normalisation("MNIST mean and standard deviation", (0.1307,) * 3, (0.3081,) * 3)

#: Networks with inputs of at most this many pixels a side may have been trained on CIFAR or MNIST.
SMALL_INPUT = 64

NORMALISATIONS = (IMAGENET, HALF, CLIP, LITE, CAFFE_BGR, CAFFE_RGB, IMAGENET.reversed())
SMALL_NORMALISATIONS = (CIFAR, MNIST)
NOT_NORMALISED: Params = {"mean": None, "std": None}
#: What 0.5 comes to on pixels from −1 to 1: the same as none.
IDENTITY: dict[str, Json] = {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]}


@dataclass(frozen=True)
class Rescaling:
    """What pixel values from 0 to 255 are turned into: ``value · factor − offset``."""

    name: str
    factor: float
    offset: float

    @property
    def params(self) -> dict[str, Json]:
        """Parameters of the step ``rescale``."""
        return {"factor": self.factor, "offset": self.offset}


UNIT = Rescaling("0 to 1", 1 / 255, 0.0)
RAW = Rescaling("0 to 255", 1.0, 0.0)
SYMMETRIC = Rescaling("−1 to 1", 1 / 127.5, 1.0)
CENTRED = Rescaling("−0.5 to 0.5", 1 / 255, 0.5)
TWICE = Rescaling("divided by 255 twice", 1 / 255**2, 0.0)

RESCALINGS = (UNIT, RAW, SYMMETRIC, TWICE, CENTRED)

#: Sides that images are resized to in practice, in pixels.
SIDES = (224, 256, 288, 299, 384)
#: Share of the resized shorter side that is kept by the crop: 224 of 256.
CROP_SHARE = 0.875


def usual_sides(least: int) -> tuple[int, ...]:
    """Return usual sides from that of a network's input to its double, the likely ones first."""
    sides = (least, round(least / CROP_SHARE), *SIDES)
    return tuple(dict.fromkeys(side for side in sides if least <= side <= 2 * least))


def rescaling_words(params: Params) -> str:
    """Return in words what a ``rescale`` step makes of pixel values."""
    factor, offset = params.get("factor", 1.0), params.get("offset", 0.0)
    for known in RESCALINGS:
        if same([known.factor, known.offset], [factor, offset]):
            return known.name
    minus = f" − {offset:.6g}" if offset else ""
    return f"value · {factor:.6g}{minus}"


def normalisation_words(params: Params) -> str:
    """Return in words what a ``normalize`` step does."""
    mean, std = params.get("mean"), params.get("std")
    if mean is None and std is None:
        return "none"
    for known in (*NORMALISATIONS, *SMALL_NORMALISATIONS):
        for scale in RESCALINGS:
            if same(known.on_scale(scale.factor, scale.offset), {"mean": mean, "std": std}):
                return known.name if scale is UNIT else f"{known.name}, for pixels {scale.name}"
    parts = []
    if mean is not None:
        parts.append(f"mean {_numbers(mean)}")
    if std is not None:
        parts.append(f"std {_numbers(std)}")
    return ", ".join(parts)


def _numbers(values: Json) -> str:
    shown = list(dict.fromkeys(f"{v:.4g}" for v in values))
    return shown[0] if len(shown) == 1 else "(" + ", ".join(f"{v:.4g}" for v in values) + ")"
