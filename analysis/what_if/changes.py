"""Changes of one raw input, as data: each can be listed, undone, sent as JSON and applied again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.failures.wording import number, quoted
from analysis.types import Dataset, Inputs, Json, Params, Pipeline

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class Change:
    """One change of one raw input.

    Attributes
    ----------
    kind : str
        Tables: "set" (column, value). Text: "text" (text, of the member ``part``). Images: "crop" and "rotate"
        (degrees, counter-clockwise), "brightness" (factor), "blur" and "cover" (a rectangle in shares of the
        picture: left, top, right, bottom; blur has a ``radius`` in shares of the longer side, cover a ``colour``;
        ``outside`` takes what is outside of the rectangle).
    params : mapping
        Plain JSON values.
    """

    kind: str
    params: Params = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The change in words; plain text that may quote data."""
        p = self.params
        if self.kind == "set":
            value = p["value"]
            shown = number(float(value)) if isinstance(value, int | float) else quoted(str(value))
            return f"{p['column']} set to {shown}"
        if self.kind == "text":
            return str(p.get("note") or "text edited")
        if self.kind == "rotate":
            return f"turned by {number(float(p['degrees']))}°"
        if self.kind == "brightness":
            return f"brightness × {number(float(p['factor']))}"
        box = ", ".join(f"{side} {100 * float(p[side]):.0f} %" for side in SIDES)
        where = "outside of" if p.get("outside") else "inside"
        if self.kind == "crop":
            return f"cropped to {box}"
        doing = (
            "blurred"
            if self.kind == "blur"
            else f"covered with {_COLOUR_NAMES.get(str(p.get('colour', 'mean')), p.get('colour'))}"
        )
        return f"{doing} {where} {box}"


SIDES = ("left", "top", "right", "bottom")
COLOURS = ("mean", "black", "white", "grey", "noise")
_COLOUR_NAMES = {"mean": "its mean colour", "noise": "random pixels"}


def to_json(example: str, changes: Sequence[Change]) -> Json:
    """Return a list of changes as plain JSON values."""
    listed = [{"kind": c.kind, "params": dict(c.params), "sentence": c.sentence} for c in changes]
    return {"example": example, "changes": listed}


def raw_of(dataset: Dataset, example: str) -> Inputs:
    """Return the raw input of one example, as a batch of one."""
    return dataset.inputs(np.array([dataset.position(example)], dtype=np.int64))


def apply_changes(raw: Inputs, changes: Sequence[Change], pipeline: Pipeline) -> Inputs:
    """Return a changed copy of a batch of one; without changes the very same.

    Parameters
    ----------
    raw : DataFrame of one row, or sequence of one text or file
    changes : sequence of Change
    pipeline : Pipeline
        Images: says whether the camera's orientation counts; a changed picture is already turned so.

    Raises
    ------
    UnusableInput
        If a change does not fit the input.
    """
    if not changes:
        return raw
    if isinstance(raw, pd.DataFrame):
        return _changed_row(raw, changes)
    first = raw[0]
    if isinstance(first, bytes):
        return [_changed_picture(first, changes, pipeline)]
    return [_changed_text(first, changes)]


def _changed_row(row: pd.DataFrame, changes: Sequence[Change]) -> pd.DataFrame:
    made = row.copy()
    for change in changes:
        column = str(change.params["column"])
        if column not in made.columns:
            raise UnusableInput(f"The table has no column “{column}”.", "Undo this change.")
        value = change.params["value"]
        old = made[column]
        if isinstance(value, float) and pd.api.types.is_integer_dtype(old) and not value.is_integer():
            made[column] = old.astype(np.float64)
        made[column] = pd.Series([value], index=made.index)
    return made


def _changed_text(text: str | tuple[str, str], changes: Sequence[Change]) -> str | tuple[str, str]:
    members = [text] if isinstance(text, str) else list(text)
    for change in changes:
        part = int(change.params.get("part", 0))
        if not 0 <= part < len(members):
            raise UnusableInput("This example has no second text.", "Undo this change.")
        members[part] = str(change.params["text"])
    return members[0] if isinstance(text, str) else (members[0], members[1])


def _changed_picture(data: bytes, changes: Sequence[Change], pipeline: Pipeline) -> bytes:
    from analysis.preprocessing.decoding import decode
    from analysis.preprocessing.image_steps import orient

    image = orient(decode(data), {"exif": bool(pipeline.param("orientation", "exif", True))})
    for change in changes:
        image = _changed_image(image, change)
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def _changed_image(image: Image.Image, change: Change) -> Image.Image:
    from PIL import Image, ImageEnhance, ImageFilter

    p = change.params
    if change.kind == "rotate":
        return image.rotate(float(p["degrees"]), Image.Resampling.BICUBIC, fillcolor=_mean(image))
    if change.kind == "brightness":
        return ImageEnhance.Brightness(image).enhance(max(0.0, float(p["factor"])))
    box = _box(image, p)
    if change.kind == "crop":
        return image.crop(box)
    if change.kind == "blur":
        other = image.filter(ImageFilter.GaussianBlur(float(p.get("radius", 0.05)) * max(image.size)))
    elif change.kind == "cover":
        other = _ground(image, str(p.get("colour", "mean")))
    else:
        raise UnusableInput(f"A picture can't be changed by “{change.kind}”.", "Undo this change.")
    outside = bool(p.get("outside"))
    mask = Image.new("L", image.size, 255 if outside else 0)
    mask.paste(0 if outside else 255, box)
    return Image.composite(other, image, mask)


def _box(image: Image.Image, params: Params) -> tuple[int, int, int, int]:
    width, height = image.size
    left, top, right, bottom = (min(1.0, max(0.0, float(params[side]))) for side in SIDES)
    box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
    if box[2] <= box[0] or box[3] <= box[1]:
        raise UnusableInput("The rectangle is empty.", "Choose a right end beyond the left, a lower below the upper.")
    return box


def _mean(image: Image.Image) -> tuple[int, ...]:
    flat = np.asarray(image.convert(image.mode), dtype=np.float64).reshape(-1, len(image.getbands()))
    return tuple(round(value) for value in flat.mean(axis=0))


def _ground(image: Image.Image, colour: str) -> Image.Image:
    """Return a picture of one colour, or of noise, of the same size and mode."""
    from PIL import Image

    if colour == "noise":
        shape = (image.height, image.width, len(image.getbands()))
        values = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        if image.mode == "RGBA":
            values[..., 3] = 255
        return Image.fromarray(values, image.mode) if shape[2] > 1 else Image.fromarray(values[..., 0])
    levels = {"black": 0, "white": 255, "grey": 128}
    if colour not in (*levels, "mean"):
        raise UnusableInput(f"There is no colour “{colour}”.", f"Choose one of: {', '.join(COLOURS)}.")
    filled = _mean(image) if colour == "mean" else (levels[colour],) * len(image.getbands())
    if image.mode == "RGBA" and colour != "mean":
        filled = (*filled[:3], 255)
    return Image.new(image.mode, image.size, filled)
