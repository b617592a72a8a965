"""Steps on images do what they say, and many pipelines at once do what each does alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from analysis.preprocessing import image_steps
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.decoding import decode
from analysis.preprocessing.image import apply_image, apply_many, scale_and_bias
from analysis.preprocessing.image_specs import ORDERS, RESAMPLE
from analysis.preprocessing.sizes import resized
from analysis.types import Json, Pipeline
from tests.unit.preprocessing.pictures import FILES, encoded, image_pipeline, photo

DATA = FILES["landscape"]


def made(**steps: dict[str, Json]) -> Pipeline:
    return check_pipeline(image_pipeline(**steps))


def planes(image: Image.Image) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(image.convert("RGB")).transpose(2, 0, 1)


def test_no_step_leaves_the_pixels_as_they_are() -> None:
    np.testing.assert_array_equal(apply_image(DATA, made()), planes(decode(DATA)))


@pytest.mark.parametrize("order", ORDERS)
def test_channels_are_fed_in_the_order_given(order: str) -> None:
    expected = planes(decode(DATA))[["RGB".index(letter) for letter in order]]
    np.testing.assert_array_equal(apply_image(DATA, made(channel_order={"order": order})), expected)


@pytest.mark.parametrize("order", ORDERS)
def test_what_follows_the_channel_order_knows_channels_as_fed(order: str) -> None:
    pipeline = made(
        channel_order={"order": order},
        resize={"mode": "pad", "height": 60, "width": 60, "color": [10, 20, 30]},
        normalize={"mean": [1, 2, 3], "std": [1, 10, 100]},
    )
    found = apply_image(DATA, pipeline)
    np.testing.assert_allclose(found[:, 0, 0], [9, 1.8, 0.27], rtol=1e-6)
    # Swapping channels before resizing is what a person would do; it makes no difference.
    swapped = Image.fromarray(planes(decode(DATA))[["RGB".index(c) for c in order]].transpose(1, 2, 0))
    alone = made(resize=pipeline.get("resize").params, normalize=pipeline.get("normalize").params)  # type: ignore[union-attr]
    np.testing.assert_array_equal(found, apply_image(encoded(swapped), alone))


def test_grey_and_inverted() -> None:
    image = decode(DATA)
    grey = planes(image.convert("L"))
    np.testing.assert_array_equal(apply_image(DATA, made(color_mode={"mode": "grey"})), grey)
    inverted = planes(ImageOps.invert(image))
    np.testing.assert_array_equal(apply_image(DATA, made(color_mode={"mode": "inverted"})), inverted)


@pytest.mark.parametrize("color", [[0, 0, 0], [114, 114, 114], [1, 2, 3]])
def test_grey_is_resized_and_padded_as_three_equal_channels(color: list[int]) -> None:
    resize: dict[str, Json] = {"mode": "pad", "height": 90, "width": 70, "color": color, "resample": "bicubic"}
    once = apply_image(DATA, made(color_mode={"mode": "grey"}, resize=resize, crop={"height": 95, "width": 60}))
    grey = encoded(decode(DATA).convert("L").convert("RGB"))
    again = apply_image(grey, made(resize=resize, crop={"height": 95, "width": 60}))
    np.testing.assert_array_equal(once, again)


@pytest.mark.parametrize(
    ("params", "transpose"),
    [
        ({"rotate": 90}, lambda a: np.rot90(a, 1)),
        ({"rotate": 180}, lambda a: np.rot90(a, 2)),
        ({"rotate": 270}, lambda a: np.rot90(a, 3)),
        ({"flip": "horizontal"}, np.fliplr),
        ({"flip": "vertical"}, np.flipud),
        ({"rotate": 90, "flip": "vertical"}, lambda a: a.transpose(1, 0, 2)),
    ],
)
def test_orientation(params: dict[str, Json], transpose: Any) -> None:
    expected = transpose(np.asarray(decode(DATA))).transpose(2, 0, 1)
    np.testing.assert_array_equal(apply_image(DATA, made(orientation=params)), expected)


def test_layout_scrambles_as_a_reshape_does() -> None:
    interleaved = np.asarray(decode(DATA), dtype=np.float32) / np.float32([1, 2, 4])
    found = apply_image(DATA, made(normalize={"std": [1, 2, 4]}, layout={"order": "HWC_as_CHW"}))
    np.testing.assert_array_equal(found, interleaved.reshape(3, *interleaved.shape[:2]))


def test_rescale_and_normalize_are_linear() -> None:
    pipeline = made(rescale={"factor": 1 / 127.5, "offset": 1}, normalize={"mean": [0.1, 0.2, 0.3], "std": [2, 3, 4]})
    scale, bias = scale_and_bias(pipeline)
    expected = planes(decode(DATA)) * scale[:, None, None] + bias[:, None, None]
    np.testing.assert_allclose(apply_image(DATA, pipeline), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"mode": "none"}, (375, 500)),
        ({"mode": "squash", "height": 10, "width": 20}, (10, 20)),
        ({"mode": "shorter", "size": 100}, (100, 133)),
        ({"mode": "shorter", "size": 100, "longer_max": 120}, (90, 120)),
        ({"mode": "longest", "size": 100}, (75, 100)),
        ({"mode": "fit", "height": 30, "width": 100}, (30, 40)),
        ({"mode": "pad", "height": 30, "width": 100}, (30, 100)),
        ({"mode": "crop_pct", "size": 70, "crop_pct": 0.7}, (70, 70)),
    ],
)
@pytest.mark.parametrize("resample", RESAMPLE)
def test_sizes(params: dict[str, Json], expected: tuple[int, int], resample: str) -> None:
    given_filter = {} if params["mode"] == "none" else {"resample": resample}
    assert apply_image(DATA, made(resize={**params, **given_filter})).shape == (3, *expected)


sides = st.integers(1, 5000)


@settings(deadline=None)
@given(sides, sides, st.integers(1, 600), st.integers(1, 600))
def test_sizes_are_those_of_transformers(height: int, width: int, size: int, other: int) -> None:
    from transformers import image_transforms
    from transformers.image_utils import get_image_size_for_max_height_width

    array = np.broadcast_to(np.uint8(0), (3, height, width))
    shorter = image_transforms.get_resize_output_image_size(
        array, size, default_to_square=False, input_data_format="channels_first"
    )
    assert resized(height, width, {"mode": "shorter", "size": size}) == shorter
    fit = get_image_size_for_max_height_width((height, width), size, other)
    found = resized(height, width, {"mode": "fit", "height": size, "width": other})
    assert found == (max(1, fit[0]), max(1, fit[1]))
    capped = image_transforms.get_size_with_aspect_ratio((height, width), size, other)
    found = resized(height, width, {"mode": "shorter", "size": size, "longer_max": other})
    assert found == (max(1, capped[0]), max(1, capped[1]))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_the_crop_is_that_of_transformers(height: int, width: int, new_height: int, new_width: int) -> None:
    from transformers.image_transforms import center_crop

    image = photo(height, width)
    expected = center_crop(planes(image), (new_height, new_width), input_data_format="channels_first")
    found = planes(image_steps.center_crop(image, new_height, new_width))
    np.testing.assert_array_equal(found, expected)


VARIANTS: dict[str, list[dict[str, Json]]] = {
    "orientation": [{"exif": True}, {"exif": False}, {"exif": True, "flip": "horizontal"}],
    "background": [{"color": None}, {"color": [255, 255, 255]}],
    "color_mode": [{"mode": "rgb"}, {"mode": "grey"}, {"mode": "inverted"}],
    "channel_order": [{"order": "RGB"}, {"order": "BGR"}],
    "resize": [
        {"mode": "shorter", "size": 40},
        {"mode": "squash", "height": 32, "width": 32, "resample": "bicubic"},
        {"mode": "pad", "height": 32, "width": 32, "color": [9, 8, 7]},
    ],
    "crop": [{"height": None, "width": None}, {"height": 32, "width": 32}],
    "rescale": [{"factor": 1.0}, {"factor": 1 / 255}],
    "normalize": [{"mean": None, "std": None}, {"mean": [0.5] * 3, "std": [0.2, 0.3, 0.4]}],
    "layout": [{"order": "CHW"}, {"order": "HWC_as_CHW"}],
}
pipelines = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VARIANTS.items()}).map(
    lambda steps: made(**{name: steps[name] for name in VARIANTS})
)


@settings(max_examples=40, deadline=None)
@given(st.lists(pipelines, min_size=2, max_size=8), st.sampled_from(["tiny", "transparent", "grey"]))
def test_many_pipelines_at_once_do_what_each_does_alone(many: list[Pipeline], name: str) -> None:
    for pipeline, together in zip(many, apply_many(FILES[name], many), strict=True):
        np.testing.assert_array_equal(together, apply_image(FILES[name], pipeline))


def test_no_step_runs_twice_on_the_same_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(name: str, function: Any) -> Any:
        def step(image: Any, params: Any) -> Any:
            calls.append(name)
            return function(image, params)

        return step

    steps = {name: counted(name, function) for name, function in image_steps.PIXEL_STEPS.items()}
    monkeypatch.setattr("analysis.preprocessing.image.PIXEL_STEPS", steps)
    resizes: list[dict[str, Json]] = VARIANTS["resize"]
    many = [
        made(orientation={"exif": exif}, channel_order={"order": order}, resize=resize, normalize={"mean": [m] * 3})
        for exif in (True, False)
        for order in ("RGB", "BGR")
        for resize in resizes
        for m in (0.1, 0.2)
    ]
    found = apply_many(DATA, many)
    # There is no EXIF to ignore, channels are swapped last, and only padding knows of their order.
    assert calls.count("resize") == len(resizes) + 1
    assert calls.count("background") == 1
    assert len({id(array) for array in found}) == len(many) // 2


def test_a_decoded_image_may_be_handed_over_and_is_left_as_it_was() -> None:
    image = decode(DATA)
    before = np.asarray(image).copy()
    many = [made(**{name: value}) for name, values in VARIANTS.items() for value in values]
    for pipeline, array in zip(many, apply_many(image, many), strict=True):
        np.testing.assert_array_equal(array, apply_image(DATA, pipeline))
    np.testing.assert_array_equal(np.asarray(image), before)
