"""The image samples are what ``sample_data/README.md`` says: they load whole, and score what was measured."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForImageClassification

SAMPLE_DATA = Path(__file__).resolve().parents[3] / "sample_data"
DOCUMENTED = SAMPLE_DATA / "models" / "photos"
DELIVERED = SAMPLE_DATA / "models" / "photos-as-delivered"
PHOTOS = SAMPLE_DATA / "data" / "photos"
FILES = sorted(PHOTOS.glob("*/*.jpg"))
TRUTH = [file.parent.name.replace("_", " ") for file in FILES]
ONE_PHOTO = 1.5 / 49
"""Room for one photograph that falls on the other side elsewhere: another processor, another library."""


def load(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Load a model and what transformers says about loading it."""
    return AutoModelForImageClassification.from_pretrained(folder, output_loading_info=True)


def labels(folder: Path) -> list[str]:
    """The class names of a folder's configuration, in its order."""
    names = json.loads((folder / "config.json").read_text(encoding="utf-8"))["id2label"]
    return [names[str(index)] for index in range(len(names))]


def as_documented(image: Image.Image) -> np.ndarray:
    """Feed an image as the model card of ``photos`` says, with Pillow and NumPy alone."""
    scale = 256 / min(image.size)
    width, height = (256 if side == min(image.size) else int(side * scale) for side in image.size)
    left, top = (width - 224) // 2, (height - 224) // 2
    resized = image.resize((width, height), Image.Resampling.BICUBIC).crop((left, top, left + 224, top + 224))
    return ((np.asarray(resized, dtype=np.float32) - 127) / 128).transpose(2, 0, 1)


def as_delivered(image: Image.Image) -> np.ndarray:
    """Feed an image as ``pipeline.json`` says, with Pillow and NumPy alone."""
    steps = json.loads((DELIVERED / "pipeline.json").read_text(encoding="utf-8"))["steps"]
    params = {step["name"]: step["params"] for step in steps}
    resize, normalize = params["resize"], params["normalize"]
    assert (params["channel_order"]["order"], resize["mode"], resize["resample"]) == ("BGR", "squash", "bilinear")
    resized = image.resize((resize["width"], resize["height"]), Image.Resampling.BILINEAR)
    pixels = np.asarray(resized, dtype=np.float32)[:, :, ::-1] * np.float32(params["rescale"]["factor"])
    return ((pixels - np.float32(normalize["mean"])) / np.float32(normalize["std"])).transpose(2, 0, 1)


@pytest.fixture(scope="module")
def predicted() -> dict[str, list[int]]:
    """The network's answers, as class indices, under the documented and the delivered input."""
    model, _ = load(DOCUMENTED)
    images = [Image.open(file).convert("RGB") for file in FILES]

    def answers(feed: Callable[[Image.Image], np.ndarray]) -> list[int]:
        with torch.inference_mode():
            logits = model.eval()(torch.from_numpy(np.stack([feed(image) for image in images]))).logits
        return logits.argmax(dim=1).tolist()

    return {"documented": answers(as_documented), "delivered": answers(as_delivered)}


def accuracy(indices: list[int], names: list[str]) -> float:
    """The share of photographs whose index has the name of their folder."""
    return float(np.mean([names[index] == true for index, true in zip(indices, TRUTH, strict=True)]))


@pytest.mark.parametrize("folder", [DOCUMENTED, DELIVERED], ids=lambda folder: folder.name)
def test_loads_with_nothing_missing(folder: Path) -> None:
    model, info = load(folder)
    assert not any(info.values())
    assert model.dtype == torch.float32
    assert model.config.label2id == {name: index for index, name in enumerate(labels(folder))}


@pytest.mark.parametrize("folder", [DOCUMENTED, DELIVERED], ids=lambda folder: folder.name)
def test_image_processor_does_what_the_card_says(folder: Path) -> None:
    processor = AutoImageProcessor.from_pretrained(folder)
    for file in (PHOTOS / "cat" / "egyptian_cat.jpg", PHOTOS / "lion" / "lion.jpg"):
        image = Image.open(file).convert("RGB")
        np.testing.assert_allclose(
            processor(image, return_tensors="np").pixel_values[0], as_documented(image), atol=1e-6
        )


def test_delivered_labels_are_sorted_and_the_rest_is_the_same() -> None:
    assert labels(DELIVERED) == sorted(labels(DOCUMENTED))
    assert labels(DOCUMENTED)[7] == "cat"
    assert labels(DELIVERED)[7] == "cucumber"
    same = [json.loads((folder / "config.json").read_text(encoding="utf-8")) for folder in (DOCUMENTED, DELIVERED)]
    for config in same:
        del config["id2label"], config["label2id"]
    assert same[0] == same[1]
    for name in ("model.safetensors", "preprocessor_config.json"):
        assert (DELIVERED / name).read_bytes() == (DOCUMENTED / name).read_bytes()
    pipeline = json.loads((DELIVERED / "pipeline.json").read_text(encoding="utf-8"))
    assert pipeline["steps"][-1] == {"name": "label_order", "params": {"labels": labels(DELIVERED)}}


def test_scores_are_those_that_were_measured(predicted: dict[str, list[int]]) -> None:
    right, sorted_names = labels(DOCUMENTED), labels(DELIVERED)
    assert accuracy(predicted["documented"], right) == pytest.approx(46 / 49, abs=ONE_PHOTO)
    assert accuracy(predicted["delivered"], right) == pytest.approx(39 / 49, abs=ONE_PHOTO)
    assert accuracy(predicted["documented"], sorted_names) == pytest.approx(1 / 49, abs=ONE_PHOTO)
    assert accuracy(predicted["delivered"], sorted_names) == pytest.approx(1 / 49, abs=ONE_PHOTO)


def test_every_cat_becomes_a_cucumber(predicted: dict[str, list[int]]) -> None:
    for indices in predicted.values():
        named = [labels(DELIVERED)[i] for i, true in zip(indices, TRUTH, strict=True) if true == "cat"]
        assert named == ["cucumber"] * 5


def test_photographs_are_small_and_each_has_an_origin_and_a_licence() -> None:
    with (PHOTOS.parent / "photos.origins.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [file.relative_to(PHOTOS).as_posix() for file in FILES]
    assert all(all(row.values()) for row in rows)
    assert set(TRUTH) == set(labels(DOCUMENTED)) - {"basketball", "cucumber"}
    assert sum(file.stat().st_size for file in FILES) < 1.2e6
    assert max(max(Image.open(file).size) for file in FILES) <= 400


def test_weights_are_kept_once() -> None:
    assert (DELIVERED / "model.safetensors").is_symlink()
    assert (DOCUMENTED / "model.safetensors").stat().st_size < 7.5e6
