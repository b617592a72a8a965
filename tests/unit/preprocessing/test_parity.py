"""Tensors equal those of transformers' own processors, for every class and kind of image."""

from __future__ import annotations

import importlib
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.huggingface import missing_keys, pipeline_from_processor, processor_from_pipeline
from analysis.preprocessing.image import apply_image
from analysis.preprocessing.processors import MODEL_TYPES, PROCESSORS, Processor, processor_name
from analysis.types import FloatArray, Json, Kind
from tests.unit.preprocessing.pictures import FILES

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
B0 = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.47853944, 0.4732864, 0.47434163]}

#: Configurations as they are published, and each class with no configuration at all.
CONFIGS: dict[str, dict[str, Json]] = {
    **{f"{name} as is": {"image_processor_type": f"{name}ImageProcessor"} for name in PROCESSORS},
    "vit, old": {"feature_extractor_type": "ViTFeatureExtractor", "size": 224, "resample": 2, "do_normalize": True},
    "swin": {"image_processor_type": "ViTImageProcessor", "size": 224, "resample": 3, **IMAGENET},
    "resnet": {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875, **IMAGENET},
    "convnext 384": {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 384}, **IMAGENET},
    "convnext 223, 0.95": {
        "image_processor_type": "ConvNextImageProcessor",
        "size": {"shortest_edge": 223},
        "crop_pct": 0.95,
    },
    "convnext, cropped again": {
        "image_processor_type": "ConvNextImageProcessor",
        "size": {"shortest_edge": 256},
        "do_center_crop": True,
        "crop_size": 200,
    },
    "efficientnet b0": {
        "image_processor_type": "EfficientNetImageProcessor",
        "size": {"height": 224, "width": 224},
        "resample": 0,
        "include_top": True,
        **B0,
    },
    "efficientnet, offset": {
        "image_processor_type": "EfficientNetImageProcessor",
        "rescale_factor": 1 / 127.5,
        "rescale_offset": True,
        "include_top": False,
        "do_center_crop": True,
        **B0,
    },
    "efficientnet, top only": {
        "image_processor_type": "EfficientNetImageProcessor",
        "do_normalize": False,
        "include_top": True,
    },
    "clip 336": {"image_processor_type": "CLIPImageProcessorFast", "size": 336, "crop_size": 336},
    "dinov2": {
        "image_processor_type": "BitImageProcessor",
        "size": {"shortest_edge": 256},
        "crop_size": {"height": 224, "width": 224},
        **IMAGENET,
    },
    "bit, squashed": {"image_processor_type": "BitImageProcessor", "size": {"height": 300, "width": 200}},
    "mobilenet, odd crop": {"image_processor_type": "MobileNetV2ImageProcessor", "crop_size": [223, 331]},
    "longer side capped": {
        "image_processor_type": "BitImageProcessor",
        "size": {"shortest_edge": 200, "longest_edge": 260},
    },
    "inside a box": {
        "image_processor_type": "BitImageProcessor",
        "size": {"max_height": 180, "max_width": 240},
        "crop_size": 150,
    },
    "levit, squashed": {"image_processor_type": "LevitImageProcessor", "size": {"height": 120, "width": 140}},
    "poolformer, square": {
        "image_processor_type": "PoolFormerImageProcessor",
        "size": {"height": 100, "width": 100},
    },
    "poolformer, box": {"image_processor_type": "PoolFormerImageProcessor", "size": {"height": 90, "width": 110}},
    "nothing but resized": {
        "image_processor_type": "ViTImageProcessor",
        "do_rescale": False,
        "do_normalize": False,
        "resample": 1,
    },
    "not resized": {"image_processor_type": "ViTImageProcessor", "do_resize": False, "resample": 4},
    "0 to 255, normalised": {
        "image_processor_type": "ViTImageProcessor",
        "do_rescale": False,
        "image_mean": [123.68, 116.779, 103.939],
        "image_std": [1, 1, 1],
        "resample": 5,
    },
    "one number for all channels": {"image_processor_type": "ViTImageProcessor", "image_mean": 0.4, "image_std": 0.2},
    "nulls": {"image_processor_type": "CLIPImageProcessor", "do_convert_rgb": None, "do_resize": None, "size": None},
}


def loaded(config: dict[str, Json]) -> Any:
    """Return transformers' own processor of a configuration: its Pillow variant, as without torchvision."""
    name = f"{processor_name(config)}ImageProcessorPil"
    return getattr(importlib.import_module("transformers"), name).from_dict(dict(config))


def expected(processor: Any, data: bytes) -> FloatArray:
    """Return what a processor makes of a file, opened as `transformers.pipeline` does where it needs RGB."""
    image = Image.open(io.BytesIO(data))
    if not processor.do_convert_rgb:
        image = image.convert("RGB")
    # One pixel is ambiguous: is (1, 1, 3) channels first?
    made = processor(images=image, return_tensors="np", input_data_format="channels_last")["pixel_values"][0]
    return np.asarray(made, dtype=np.float32)


@pytest.mark.parametrize("name", CONFIGS)
def test_tensors_equal_those_of_transformers(name: str) -> None:
    config = CONFIGS[name]
    pipeline = check_pipeline(pipeline_from_processor(config, ("a", "b")))
    processor = loaded(config)
    for kind, data in FILES.items():
        ours = apply_image(data, pipeline)
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, expected(processor, data), rtol=0, atol=1e-6, err_msg=kind)


@pytest.mark.parametrize("name", CONFIGS)
def test_configuration_there_and_back_gives_the_same_tensors(name: str) -> None:
    pipeline = check_pipeline(pipeline_from_processor(CONFIGS[name], ("a",)))
    config = processor_from_pipeline(pipeline)
    processor = loaded(config)
    back = check_pipeline(pipeline_from_processor(config, ("a",)))
    assert missing_keys(config) == ()
    for kind in ("landscape", "tiny", "transparent"):
        ours = apply_image(FILES[kind], pipeline)
        np.testing.assert_allclose(expected(processor, FILES[kind]), ours, rtol=0, atol=1e-6, err_msg=kind)
        np.testing.assert_allclose(apply_image(FILES[kind], back), ours, rtol=0, atol=1e-6, err_msg=kind)


@pytest.mark.parametrize("name", PROCESSORS)
def test_defaults_are_those_of_the_installed_transformers(name: str) -> None:
    cls = getattr(importlib.import_module("transformers"), f"{name}ImageProcessorPil")
    for key, value in PROCESSORS[name].all_defaults.items():
        theirs = getattr(cls, key, None)
        assert theirs == value, key
    known = set(Processor({}).all_defaults) | {"resample", "size", "data_format", "do_reduce_labels"}
    settings = {key for key, value in vars(cls).items() if not callable(value)}
    strange = {key for key in settings if key.startswith(("do_", "crop", "size", "rescale", "image_", "include"))}
    assert strange <= known | set(PROCESSORS[name].defaults), "the class has a setting that is not known here"


def test_model_types_are_those_of_the_installed_transformers() -> None:
    auto = importlib.import_module("transformers.models.auto.image_processing_auto")
    for model_type, name in MODEL_TYPES.items():
        assert auto.IMAGE_PROCESSOR_MAPPING_NAMES[model_type]["pil"] == f"{name}ImageProcessorPil", model_type


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"image_processor_type": "TextNetImageProcessor"}, "TextNet"),
        ({"image_processor_type": "Siglip2ImageProcessor"}, "Siglip2"),
        ({"image_processor_type": "PerceiverImageProcessor"}, "Perceiver"),
        ({"image_processor_type": ["ViT"]}, "unknown"),
        ({"image_processor_type": "ViTImageProcessor", "size": "224"}, "size"),
        ({"image_processor_type": "ViTImageProcessor", "size": None}, "size"),
        ({"image_processor_type": "ViTImageProcessor", "image_mean": None}, "image_mean"),
        ({"image_processor_type": "ViTImageProcessor", "size": {"longest_edge": 224}}, "size"),
        ({"image_processor_type": "ViTImageProcessor", "size": {"height": -1, "width": 2}}, "size"),
        ({"image_processor_type": "ConvNextImageProcessor", "size": {"height": 2, "width": 2}}, "size"),
        ({"image_processor_type": "ConvNextImageProcessor", "size": 224, "crop_pct": 0}, "crop_pct"),
        ({"image_processor_type": "ViTImageProcessor", "image_std": [1, 0, 1]}, "image_std"),
        ({"image_processor_type": "ViTImageProcessor", "image_mean": [1, 0]}, "image_mean"),
        ({"image_processor_type": "ViTImageProcessor", "resample": 9}, "resample"),
        ({"image_processor_type": "ViTImageProcessor", "rescale_factor": "1/255"}, "rescale_factor"),
        ({"image_processor_type": "ViTImageProcessor", "do_center_crop": True}, "crop_size"),
        ({"image_processor_type": "ViTImageProcessor", "do_pad": True, "pad_size": 300}, "do_pad"),
    ],
)
def test_what_no_pipeline_expresses_is_refused_in_words(config: dict[str, Json], words: str) -> None:
    with pytest.raises(UnusableInput, match=words):
        pipeline_from_processor(config, ())


@pytest.mark.parametrize(
    ("step", "params"),
    [
        ("orientation", {"rotate": 90}),
        ("orientation", {"exif": False}),
        ("background", {"color": [0, 0, 0]}),
        ("color_mode", {"mode": "grey"}),
        ("channel_order", {"order": "BGR"}),
        ("channel_order", {"order": "GRB"}),
        ("resize", {"mode": "pad", "height": 10, "width": 10}),
        ("resize", {"mode": "crop_pct", "size": 400, "crop_pct": 0.9}),
        ("layout", {"order": "HWC_as_CHW"}),
    ],
)
def test_a_step_that_no_configuration_expresses_is_named(step: str, params: dict[str, Json]) -> None:
    documented = pipeline_from_processor({"image_processor_type": "ViTImageProcessor"}, ())
    found = documented.get(step)
    assert found is not None
    pipeline = check_pipeline(documented.replacing(found.with_params(**params)))
    with pytest.raises(UnusableInput, match=f"“{step}”"):
        processor_from_pipeline(pipeline)


def test_an_empty_configuration_says_what_was_filled_in() -> None:
    assert missing_keys({}) == ("image_processor_type", "size", "resample", "rescale_factor", "image_mean", "image_std")
    assert "crop_pct" in missing_keys({}, model_type="resnet")
    assert missing_keys({"image_processor_type": "ViTImageProcessor", "do_resize": False, "do_rescale": False}) == (
        "image_mean",
        "image_std",
    )
    pipeline = check_pipeline(pipeline_from_processor({}, ()))
    assert pipeline.param("resize", "height") == 224
    assert pipeline.param("normalize", "mean") == [0.5, 0.5, 0.5]


def test_the_model_type_decides_where_no_class_is_named() -> None:
    resnet = check_pipeline(pipeline_from_processor({}, (), model_type="resnet"))
    assert resnet.param("resize", "height") == 384
    with pytest.raises(UnusableInput, match="imagegpt"):
        pipeline_from_processor({}, (), model_type="imagegpt")


def test_a_regression_can_be_given_another_unit() -> None:
    pipeline = check_pipeline(pipeline_from_processor({}, ("age",), kind=Kind.REGRESSION))
    assert pipeline.get("target_scale") is not None
