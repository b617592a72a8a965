"""Image processor configurations (``preprocessor_config.json``) as pipelines, and back.

The pipeline describes what `transformers.pipeline("image-classification")` does with a file: it applies the EXIF
orientation (`image_utils.load_image`), then the processor. A processor with ``do_convert_rgb`` lays transparent images
on white; others get them with their transparency dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.errors import UnusableInput
from analysis.preprocessing.constants import HALF
from analysis.preprocessing.image_specs import RESAMPLE
from analysis.preprocessing.processors import PROCESSORS, Processor, Resizing, processor_name
from analysis.preprocessing.text import default_text_pipeline
from analysis.types import Json, Kind, Modality, Params, Pipeline, Step

__all__ = ["default_text_pipeline", "missing_keys", "pipeline_from_processor", "processor_from_pipeline"]

#: Codes of Pillow's filters.
RESAMPLE_CODES = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
#: ConvNeXT squashes from this size on.
CONVNEXT_SQUASHES = 384
FILE = "preprocessor_config.json"


def pipeline_from_processor(
    config: Mapping[str, Json],
    labels: Sequence[str],
    *,
    model_type: str | None = None,
    kind: Kind = Kind.CLASSIFICATION,
) -> Pipeline:
    """Return the pipeline that an image processor's configuration describes.

    Keys that are absent are filled in as transformers does; see `missing_keys`. A key that is null is none: it doesn't
    stand for the default.

    Parameters
    ----------
    config : mapping
        Contents of ``preprocessor_config.json``.
    labels : sequence of str
        The model's outputs in order.
    model_type : str, optional
        Of the model's configuration, which decides where `config` names no processor class.
    kind : Kind
        A regression's pipeline also has a ``target_scale``.

    Raises
    ------
    UnusableInput
        If the class is unknown, or a key has a value that it can't have or that no step expresses.
    """
    processor = PROCESSORS[processor_name(config, model_type)]
    full = {**processor.all_defaults, **config}
    if full["do_pad"]:
        raise UnusableInput(f"{FILE} pads images (do_pad), which no step expresses.", "Use a pipeline file.")
    steps = [
        Step("decode"),
        Step("orientation", {"exif": True, "rotate": 0, "flip": "none"}),
        Step("background", {"color": [255, 255, 255] if full["do_convert_rgb"] else None}),
        Step("color_mode", {"mode": "rgb"}),
        Step("channel_order", {"order": "BGR" if full.get("do_flip_channel_order") else "RGB"}),
        Step("resize", _resize(processor, full) if full["do_resize"] else {"mode": "none"}),
        Step("crop", _crop(processor, full)),
        *_values(processor, full),
        Step("layout", {"order": "CHW"}),
    ]
    if kind is Kind.REGRESSION:
        steps.append(Step("target_scale", {"scale": 1.0, "offset": 0.0}))
    return Pipeline(Modality.IMAGE, (*steps, Step("label_order", {"labels": list(labels)})))


def missing_keys(config: Mapping[str, Json], *, model_type: str | None = None) -> tuple[str, ...]:
    """Return the keys that matter and that the configuration leaves to the defaults of its class.

    An empty configuration loads without a word and makes a model see 224 pixels with a mean of 0.5, whatever it
    was trained with.

    Raises
    ------
    UnusableInput
        If the class is unknown.
    """
    processor = PROCESSORS[processor_name(config, model_type)]
    full = {**processor.all_defaults, **config}
    named = config.get("image_processor_type") or config.get("feature_extractor_type")
    wanted = [] if named else ["image_processor_type"]
    if full["do_resize"]:
        wanted += ["size", "resample"] + (["crop_pct"] if "crop_pct" in full else [])
    if processor.crops and full["do_center_crop"]:
        wanted.append("crop_size")
    if full["do_rescale"]:
        wanted.append("rescale_factor")
    if processor.normalizes and full["do_normalize"]:
        wanted += ["image_mean", "image_std"]
    return tuple(key for key in wanted if key not in config)


def _resize(processor: Processor, full: Mapping[str, Json]) -> Params:
    """Return the parameters of ``resize`` as this class understands ``size`` and ``crop_pct``."""
    size = _size_of(full, "size", square=bool(full["default_to_square"]))
    params = _understood(processor.resizing, size, full)
    if params is None:
        raise _bad("size", full["size"], "something else for this class")
    return {**params, "resample": _resample(full["resample"])}


def _understood(resizing: Resizing, size: dict[str, int], full: Mapping[str, Json]) -> dict[str, Json] | None:
    keys, short = set(size), size.get("shortest_edge", 0)
    if resizing is Resizing.CONVNEXT:
        if keys != {"shortest_edge"}:
            return None
        if short >= CONVNEXT_SQUASHES:
            return {"mode": "squash", "height": short, "width": short}
        return {"mode": "crop_pct", "size": short, "crop_pct": _number(full, "crop_pct")}
    if resizing is Resizing.LEVIT and keys == {"shortest_edge"}:
        return {"mode": "shorter", "size": int((256 / 224) * short)}
    if resizing is Resizing.POOLFORMER:
        share = _number(full, "crop_pct")
        if keys == {"shortest_edge"}:
            return {"mode": "shorter", "size": int(short / share)}
        if keys == {"height", "width"}:
            height, width = int(size["height"] / share), int(size["width"] / share)
            if size["height"] == size["width"]:
                return {"mode": "shorter", "size": height}
            return {"mode": "squash", "height": height, "width": width}
        return None
    return _plain(size)


def _plain(size: dict[str, int]) -> dict[str, Json] | None:
    keys = set(size)
    if keys == {"height", "width"}:
        return {"mode": "squash", **size}
    if keys == {"shortest_edge"}:
        return {"mode": "shorter", "size": size["shortest_edge"]}
    if keys == {"shortest_edge", "longest_edge"}:
        return {"mode": "shorter", "size": size["shortest_edge"], "longer_max": size["longest_edge"]}
    if keys == {"max_height", "max_width"}:
        if size["max_height"] == size["max_width"]:
            return {"mode": "longest", "size": size["max_height"]}
        return {"mode": "fit", "height": size["max_height"], "width": size["max_width"]}
    return None


def _crop(processor: Processor, full: Mapping[str, Json]) -> Params:
    if not (processor.crops and full["do_center_crop"]):
        return {"height": None, "width": None}
    if full["crop_size"] is None:
        raise UnusableInput(f"{FILE} has do_center_crop, but no crop_size.", "Add it.")
    size = _size_of(full, "crop_size", square=True)
    if set(size) != {"height", "width"}:
        raise _bad("crop_size", full["crop_size"], "a height and a width")
    return size


def _values(processor: Processor, full: Mapping[str, Json]) -> tuple[Step, Step]:
    """Return the steps ``rescale`` and ``normalize``."""
    factor = _number(full, "rescale_factor") if full["do_rescale"] else 1.0
    offset = 1.0 if full["do_rescale"] and full.get("rescale_offset") else 0.0
    mean: list[float] | None = None
    std: list[float] | None = None
    if processor.normalizes and full["do_normalize"]:
        mean, std = _channels(full, "image_mean"), _channels(full, "image_std")
    if full.get("include_top"):
        # EfficientNet divides by the deviation once more, even where it doesn't normalise.
        again = _channels(full, "image_std")
        mean = mean or [0.0] * 3
        std = again if std is None else [first * second for first, second in zip(std, again, strict=True)]
    return Step("rescale", {"factor": factor, "offset": offset}), Step("normalize", {"mean": mean, "std": std})


def _size_of(full: Mapping[str, Json], key: str, *, square: bool) -> dict[str, int]:
    """Return a size as an object, whatever older notation it is written in."""
    value = full[key]
    if isinstance(value, int) and not isinstance(value, bool):
        value = {"height": value, "width": value} if square else {"shortest_edge": value}
    elif isinstance(value, list | tuple) and len(value) == 2:
        value = {"height": value[0], "width": value[1]}
    if not isinstance(value, Mapping):
        raise _bad(key, value, "a size")
    size = {str(name): edge for name, edge in value.items() if edge is not None}
    if any(isinstance(edge, bool) or not isinstance(edge, int) or edge < 1 for edge in size.values()):
        raise _bad(key, value, "whole numbers above 0")
    return size


def _number(full: Mapping[str, Json], key: str) -> float:
    value = full[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise _bad(key, value, "a number above 0")
    return float(value)


def _channels(full: Mapping[str, Json], key: str) -> list[float]:
    value = full[key]
    values = list(value) if isinstance(value, list | tuple) else [value] * 3
    if len(values) != 3 or any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        raise _bad(key, value, "three numbers")
    if key == "image_std" and 0 in values:
        raise _bad(key, value, "three numbers other than 0")
    return [float(v) for v in values]


def _resample(code: Json) -> str:
    name = next((name for name, number in RESAMPLE_CODES.items() if number == code), None)
    name = code if name is None and code in RESAMPLE else name
    if name is None:
        raise _bad("resample", code, "a code from 0 to 5")
    return str(name)


def _bad(key: str, value: Json, expected: str) -> UnusableInput:
    return UnusableInput(f"{FILE}: {key} is {str(value)[:60]}; expected {expected}.", "Correct it.")


def processor_from_pipeline(pipeline: Pipeline) -> dict[str, Json]:
    """Return the ``preprocessor_config.json`` that does what an image pipeline says.

    Its class is the plainest that can: CLIPImageProcessor, or ConvNextImageProcessor for ``crop_pct``, or
    MobileViTImageProcessor for channels in reverse that aren't normalised.

    Raises
    ------
    UnusableInput
        If no configuration does it; the message names the step.
    """
    _refuse_inexpressible(pipeline)
    config: dict[str, Json] = {
        "image_processor_type": "CLIPImageProcessor",
        "do_convert_rgb": pipeline.param("background", "color") is not None,
        **_size_config(pipeline),
        **_value_config(pipeline),
    }
    height, width = pipeline.param("crop", "height"), pipeline.param("crop", "width")
    config["do_center_crop"] = height is not None
    if height is not None:
        config["crop_size"] = {"height": height, "width": width}
    if "crop_pct" in config:
        config["image_processor_type"] = "ConvNextImageProcessor"
    if pipeline.param("channel_order", "order", "RGB") == "BGR":
        if config["do_normalize"] or "crop_pct" in config:
            raise _inexpressible(
                "channel_order", "the only class that reverses channels neither normalises nor has crop_pct"
            )
        config["image_processor_type"] = "MobileViTImageProcessor"
        config["do_flip_channel_order"] = True
    return config


def _refuse_inexpressible(pipeline: Pipeline) -> None:
    """Raise for steps that no processor class has."""
    neutral: tuple[tuple[str, str, tuple[Json, ...], str], ...] = (
        ("orientation", "exif", (True,), "EXIF is always applied"),
        ("orientation", "rotate", (0,), "no class turns images"),
        ("orientation", "flip", ("none",), "no class mirrors images"),
        ("background", "color", (None, [255, 255, 255]), "the background is always white"),
        ("color_mode", "mode", ("rgb",), "no class changes colours"),
        ("channel_order", "order", ("RGB", "BGR"), "no class has this order"),
        ("layout", "order", ("CHW",), "channels always come first"),
    )
    if pipeline.modality is not Modality.IMAGE:
        raise UnusableInput("Only image pipelines have a preprocessor_config.json.")
    for step, key, allowed, reason in neutral:
        if pipeline.get(step) is not None and pipeline.param(step, key, allowed[0]) not in allowed:
            raise _inexpressible(step, reason)
    if pipeline.get("orientation") is None:
        raise _inexpressible("orientation", "EXIF is always applied")


def _inexpressible(step: str, reason: str) -> UnusableInput:
    return UnusableInput(
        f"The step “{step}” can't be written into {FILE}: {reason}.", "Use the pipeline file, or the lines of Python."
    )


def _size_config(pipeline: Pipeline) -> dict[str, Json]:
    step = pipeline.get("resize")
    params: Params = {"mode": "none"} if step is None else step.params
    mode = params.get("mode", "none")
    if mode == "none":
        return {"do_resize": False}
    config: dict[str, Json] = {"do_resize": True, "resample": RESAMPLE_CODES[params.get("resample", "bilinear")]}
    if mode == "squash":
        return config | {"size": {"height": params["height"], "width": params["width"]}}
    if mode == "shorter":
        longest = params.get("longer_max")
        longer = {} if longest is None else {"longest_edge": longest}
        return config | {"size": {"shortest_edge": params["size"], **longer}}
    if mode == "longest":
        return config | {"size": {"max_height": params["size"], "max_width": params["size"]}}
    if mode == "fit":
        return config | {"size": {"max_height": params["height"], "max_width": params["width"]}}
    if mode == "crop_pct":
        if params["size"] >= CONVNEXT_SQUASHES:
            raise _inexpressible("resize", f"ConvNextImageProcessor squashes from {CONVNEXT_SQUASHES} pixels on")
        return config | {"size": {"shortest_edge": params["size"]}, "crop_pct": params["crop_pct"]}
    raise _inexpressible("resize", f"no class does “{mode}”")


def _value_config(pipeline: Pipeline) -> dict[str, Json]:
    factor, offset = pipeline.param("rescale", "factor", 1.0), pipeline.param("rescale", "offset", 0.0)
    mean, std = pipeline.param("normalize", "mean"), pipeline.param("normalize", "std")
    if factor <= 0:
        raise _inexpressible("rescale", "the factor must be above 0")
    config: dict[str, Json] = {"do_rescale": factor != 1.0, "rescale_factor": factor, "do_normalize": False}
    if mean is not None or std is not None or offset:
        # (x − offset − mean) / std, as one mean.
        config["do_normalize"] = True
        config["image_mean"] = [m + offset for m in mean or (0.0, 0.0, 0.0)]
        config["image_std"] = list(std or (1.0, 1.0, 1.0))
    else:
        config |= {"image_mean": list(HALF), "image_std": list(HALF)}
    return config
