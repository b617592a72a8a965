"""Processor configurations of Hugging Face as pipelines, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.errors import UnusableInput
from analysis.preprocessing.constants import CLIP_MEAN, CLIP_STD, IMAGENET_MEAN, IMAGENET_STD
from analysis.preprocessing.geometry import RESAMPLE
from analysis.types import Json, Modality, Pipeline, Step

_HALF = [0.5, 0.5, 0.5]
_ANY = {"do_resize": True, "do_rescale": True, "do_normalize": True, "rescale_factor": 1 / 255}
_SHORTER_224 = {"size": {"shortest_edge": 224}, "do_center_crop": True, "crop_size": 224, "resample": 3}
_SQUARE_224 = {"size": {"height": 224, "width": 224}, "resample": 2}

#: What each processor assumes where its configuration is silent.
DEFAULTS: dict[str, dict[str, Json]] = {
    "ViT": {**_ANY, **_SQUARE_224, "image_mean": _HALF, "image_std": _HALF},
    "DeiT": {
        **_ANY,
        "size": {"height": 256, "width": 256},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": 224,
        "image_mean": _HALF,
        "image_std": _HALF,
    },
    "Beit": {
        **_ANY,
        "size": {"height": 224, "width": 224},
        "resample": 3,
        "image_mean": _HALF,
        "image_std": _HALF,
    },
    "Siglip": {**_ANY, "size": {"height": 224, "width": 224}, "resample": 3, "image_mean": _HALF, "image_std": _HALF},
    "CLIP": {**_ANY, **_SHORTER_224, "image_mean": CLIP_MEAN, "image_std": CLIP_STD, "do_convert_rgb": True},
    "Bit": {**_ANY, **_SHORTER_224, "image_mean": CLIP_MEAN, "image_std": CLIP_STD, "do_convert_rgb": True},
    "ConvNext": {
        **_ANY,
        "size": {"shortest_edge": 384},
        "crop_pct": 224 / 256,
        "resample": 3,
        "image_mean": IMAGENET_MEAN,
        "image_std": IMAGENET_STD,
    },
    "EfficientNet": {
        **_ANY,
        "size": {"height": 346, "width": 346},
        "crop_size": {"height": 289, "width": 289},
        "resample": 3,
        "rescale_offset": False,
        "include_top": True,
        "image_mean": IMAGENET_MEAN,
        "image_std": IMAGENET_STD,
    },
    "MobileNetV2": {
        **_ANY,
        "size": {"shortest_edge": 256},
        "do_center_crop": True,
        "crop_size": 224,
        "resample": 2,
        "image_mean": _HALF,
        "image_std": _HALF,
    },
    "MobileNetV1": {
        **_ANY,
        "size": {"shortest_edge": 256},
        "do_center_crop": True,
        "crop_size": 224,
        "resample": 2,
        "image_mean": _HALF,
        "image_std": _HALF,
    },
}
_RESAMPLE_NAMES = {int(value): name for name, value in RESAMPLE.items()}


def processor_family(config: Mapping[str, Json]) -> str:
    """Return the processor's family, "ViT" for ``ViTImageProcessorFast``.

    Raises
    ------
    UnusableInput
        If its arithmetic isn't known here.
    """
    name = str(config.get("image_processor_type") or config.get("feature_extractor_type") or "")
    for ending in ("ImageProcessorFast", "ImageProcessorPil", "ImageProcessor", "FeatureExtractor"):
        if name.endswith(ending):
            name = name.removesuffix(ending)
            break
    if name in DEFAULTS:
        return name
    if not name:
        raise UnusableInput(
            "preprocessor_config.json doesn't say which image processor it is for.", "Add image_processor_type."
        )
    raise UnusableInput(f"Caveat doesn't know the image processor “{name}”.", f"Known: {', '.join(sorted(DEFAULTS))}.")


def missing_keys(config: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the keys that decide what the model sees and that a configuration leaves to the processor's defaults."""
    known = DEFAULTS[processor_family(config)]
    return tuple(key for key in ("size", "resample", "image_mean", "image_std") if key in known and key not in config)


def pipeline_from_processor(config: Mapping[str, Json], labels: Sequence[str]) -> Pipeline:
    """Return the pipeline that a ``preprocessor_config.json`` describes.

    Parameters
    ----------
    config : mapping
        Its contents.
    labels : sequence of str
        Names of the outputs.

    Raises
    ------
    UnusableInput
        If the processor isn't known, or a value isn't understood.
    """
    family = processor_family(config)
    given = {key: value for key, value in config.items() if value is not None}
    full: dict[str, Any] = {**DEFAULTS[family], **given}
    try:
        resize, crop = _resize_and_crop(family, full)
        rescale, normalize = _scale(family, full)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise UnusableInput(
            f"preprocessor_config.json has a value that isn't understood: {error!r}.", "Correct it."
        ) from error
    steps = (
        Step("decode"),
        Step("orientation", {"exif": False, "rotate": 0, "flip": "none"}),
        Step("background", {"color": None}),
        Step("color_mode", {"mode": "rgb"}),
        Step("channel_order", {"order": "RGB"}),
        resize,
        crop,
        rescale,
        normalize,
        Step("layout", {"order": "CHW"}),
        Step("label_order", {"labels": list(labels)}),
    )
    return Pipeline(Modality.IMAGE, steps)


def _size(value: Any) -> dict[str, int]:
    if isinstance(value, int):
        return {"height": value, "width": value}
    if isinstance(value, list | tuple):
        return {"height": int(value[0]), "width": int(value[1])}
    return {str(key): int(edge) for key, edge in dict(value).items() if edge is not None}


def _resize_and_crop(family: str, full: dict[str, Any]) -> tuple[Step, Step]:
    resample = _RESAMPLE_NAMES[int(full["resample"])]
    size = full["size"]
    if isinstance(size, int) and "shortest_edge" in str(DEFAULTS[family]["size"]):
        size = {"shortest_edge": size}
    size = _size(size)
    resize = Step("resize", {"mode": "none", "resample": resample})
    if full["do_resize"] and family == "ConvNext":
        resize = Step(
            "resize", {"mode": "crop_pct", "size": size["shortest_edge"], "crop_pct": float(full["crop_pct"])}
        )
    elif full["do_resize"] and "shortest_edge" in size:
        resize = Step("resize", {"mode": "shorter", "size": size["shortest_edge"]})
        if "longest_edge" in size:
            resize = resize.with_params(longer_max=size["longest_edge"])
    elif full["do_resize"]:
        resize = Step("resize", {"mode": "squash", "height": size["height"], "width": size["width"]})
    crop = Step("crop", {"height": None, "width": None})
    if full.get("do_center_crop"):
        edges = _size(full["crop_size"])
        crop = Step("crop", {"height": edges["height"], "width": edges["width"]})
    return resize.with_params(resample=resample), crop


def _scale(family: str, full: dict[str, Any]) -> tuple[Step, Step]:
    factor = float(full["rescale_factor"]) if full["do_rescale"] else 1.0
    offset = 1.0 if family == "EfficientNet" and full["do_rescale"] and full["rescale_offset"] else 0.0
    mean = [float(m) for m in _three(full["image_mean"])] if full["do_normalize"] else [0.0] * 3
    std = [float(s) for s in _three(full["image_std"])] if full["do_normalize"] else [1.0] * 3
    if family == "EfficientNet" and full["include_top"]:
        # (x - mean) / std, and once more divided by image_std.
        extra = [float(s) for s in _three(full["image_std"])]
        std = [s * e for s, e in zip(std, extra, strict=True)]
    plain = mean == [0.0] * 3 and std == [1.0] * 3
    normalize = {"mean": None, "std": None} if plain else {"mean": mean, "std": std}
    return Step("rescale", {"factor": factor, "offset": offset}), Step("normalize", normalize)


def _three(value: Any) -> list[float]:
    values = [value] * 3 if isinstance(value, int | float) else list(value)
    if len(values) != 3 or not all(isinstance(v, int | float) for v in values):
        raise ValueError(f"expected three numbers, found {value!r}")
    return values


def processor_from_pipeline(pipeline: Pipeline) -> dict[str, Json]:
    """Return the ``preprocessor_config.json`` that describes a pipeline.

    Raises
    ------
    UnusableInput
        If its format can't say what a step does; the message names the step.
    """
    for step, key, value in (
        ("orientation", "exif", False),
        ("orientation", "rotate", 0),
        ("orientation", "flip", "none"),
        ("background", "color", None),
        ("color_mode", "mode", "rgb"),
        ("channel_order", "order", "RGB"),
        ("layout", "order", "CHW"),
    ):
        # A background only matters to transparent pictures; a missing step is neutral.
        if pipeline.get(step) is not None and pipeline.param(step, key) != value and step != "background":
            raise UnusableInput(f"The format has no word for the step {step} ({key}: {pipeline.param(step, key)}).")
    resize = pipeline.get("resize") or Step("resize", {"mode": "none"})
    mode, params = resize.params.get("mode", "none"), resize.params
    config: dict[str, Json] = {"image_processor_type": "ViTImageProcessor", "do_resize": mode != "none"}
    config["resample"] = int(RESAMPLE[params.get("resample", "bilinear")])
    if mode == "squash":
        config["size"] = {"height": params["height"], "width": params["width"]}
    elif mode == "shorter":
        config["image_processor_type"] = "CLIPImageProcessor"
        config["size"] = {"shortest_edge": params["size"]}
        if params.get("longer_max"):
            config["size"]["longest_edge"] = params["longer_max"]
    elif mode == "crop_pct":
        config["image_processor_type"] = "ConvNextImageProcessor"
        config |= {"size": {"shortest_edge": params["size"]}, "crop_pct": params["crop_pct"]}
    elif mode != "none":
        raise UnusableInput(f"The format has no word for the step resize (mode: {mode}).")
    height, width = pipeline.param("crop", "height"), pipeline.param("crop", "width")
    config["do_center_crop"] = height is not None
    if height is not None:
        config["crop_size"] = {"height": height, "width": width}
        if config["image_processor_type"] == "ViTImageProcessor":
            config["image_processor_type"] = "CLIPImageProcessor"
    return {**config, "do_convert_rgb": True, **_scale_config(pipeline)}


def _scale_config(pipeline: Pipeline) -> dict[str, Json]:
    factor, offset = pipeline.param("rescale", "factor", 1.0), pipeline.param("rescale", "offset", 0.0)
    mean = pipeline.param("normalize", "mean") or [0.0] * 3
    std = pipeline.param("normalize", "std") or [1.0] * 3
    plain = mean == [0.0] * 3 and std == [1.0] * 3 and not offset
    return {
        "do_rescale": factor != 1.0,
        "rescale_factor": factor,
        "do_normalize": not plain,
        "image_mean": [m + offset for m in mean],
        "image_std": list(std),
    }


def default_text_pipeline(labels: Sequence[str], *, max_length: int, side: str = "right") -> Pipeline:
    """Return the neutral text pipeline: the text as it is, truncated where the model ends."""
    steps = (
        Step("encoding", {"mojibake": "none"}),
        Step("markup", {"unescape": False, "strip_tags": False, "urls": "keep"}),
        Step("whitespace", {"collapse": False}),
        Step("case", {"mode": "keep"}),
        Step("pair_order", {"order": "ab"}),
        Step("special_tokens", {"add": True}),
        Step("truncation", {"max_length": max_length, "side": side}),
        Step("label_order", {"labels": list(labels)}),
    )
    return Pipeline(Modality.TEXT, steps)
