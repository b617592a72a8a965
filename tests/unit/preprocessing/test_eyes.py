"""What the model receives, stage by stage: known pictures and rows, and how two pipelines differ."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.eyes import (
    SeenRow,
    SeenText,
    Token,
    compare_rows,
    compare_tokens,
    pixel_difference,
    read_as,
    see_image,
)
from analysis.types import Modality, Pipeline, Step

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def photo() -> bytes:
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)
    pixels[:, :30] = (220, 40, 10)
    pixels[:, 30:] = (10, 90, 200)
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def pipeline(**steps: dict[str, object]) -> Pipeline:
    usual: dict[str, dict[str, object]] = {
        "resize": {"mode": "squash", "height": 32, "width": 32, "resample": "nearest"},
        "rescale": {"factor": 1 / 255},
        "normalize": IMAGENET,
    } | steps
    order = ("channel_order", "resize", "crop", "rescale", "normalize", "layout")
    return check_pipeline(Pipeline(Modality.IMAGE, tuple(Step(n, usual[n]) for n in order if n in usual)))


def test_under_its_own_pipeline_a_picture_looks_as_it_is() -> None:
    right = pipeline()
    seen = see_image(photo(), right, right)
    assert seen.outside == 0
    assert tuple(seen.picture[5, 5]) == (220, 40, 10)
    assert [s.step for s in seen.stages if s.acted] == ["decode", "resize", "rescale", "normalize"]
    assert [s.step for s in seen.stages if s.picture is None] == ["rescale", "normalize", "layout"]


def test_swapped_channels_look_swapped() -> None:
    seen = see_image(photo(), pipeline(channel_order={"order": "BGR"}), pipeline())
    assert tuple(seen.picture[5, 5]) == pytest.approx((10, 40, 220), abs=1)


def test_a_reference_that_takes_bgr_shows_natural_colours() -> None:
    caffe = pipeline(channel_order={"order": "BGR"})
    assert tuple(see_image(photo(), caffe, caffe).picture[5, 5]) == (220, 40, 10)


def test_values_that_are_no_colours_are_counted() -> None:
    raw = pipeline(rescale={"factor": 1.0}, normalize={"mean": None, "std": None})
    seen = see_image(photo(), raw, pipeline())
    assert seen.outside > 0.9
    assert seen.picture.max() == 255


def test_differences_in_the_numbers_that_the_network_receives() -> None:
    right = pipeline()
    same = pixel_difference(see_image(photo(), right, right), see_image(photo(), right, right))
    assert same is not None
    assert same.largest == 0
    other = see_image(photo(), pipeline(resize={"mode": "squash", "height": 16, "width": 16}), right)
    assert pixel_difference(other, see_image(photo(), right, right)) is None


def test_read_as_undoes_normalisation() -> None:
    tensor = np.zeros((3, 1, 1), dtype=np.float32)
    picture, outside = read_as(tensor, pipeline())
    assert tuple(picture[0, 0]) == (124, 116, 104)
    assert outside == 0


def text(*numbers: int) -> SeenText:
    return SeenText((), tuple(Token(str(n), n, "word") for n in numbers), False, "", "right")


def test_tokens_that_differ_are_marked_on_both_sides() -> None:
    left, right = compare_tokens(text(1, 2, 3, 4), text(1, 9, 3, 4, 5))
    assert [t.changed for t in left.tokens] == [False, True, False, False]
    assert [t.changed for t in right.tokens] == [False, True, False, False, True]


def test_rows_are_compared_by_place() -> None:
    left = SeenRow((), pd.Series([1.0, float("nan"), "yes"], index=["a", "b", "c"], dtype=object))
    right = SeenRow((), pd.Series([10.0, float("nan"), "no"], index=["a", "b", "c"], dtype=object))
    table = compare_rows(left, right)
    assert list(table["changed"]) == [True, False, True]
    assert table["difference"][0] == 9.0
    with pytest.raises(UnusableInput):
        compare_rows(left, SeenRow((), pd.Series([1.0])))
