"""Changes of one raw input, as data: each can be listed, undone, sent as JSON and applied again."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.failures.wording import counted, number, quoted, shorten
from analysis.types import Dataset, Inputs, Json, Params, Pipeline

if TYPE_CHECKING:
    from PIL import Image


#: From an example's id to its raw file.
Others: TypeAlias = Callable[[str], bytes]


@dataclass(frozen=True)
class Change:
    """One change of one raw input.

    Attributes
    ----------
    kind : str
        Tables: "set" (column, value). Text: "text" (text, of the member ``part``). Images: "crop" and "rotate"
        (degrees, counter-clockwise), "brightness" (factor), "blur" and "cover" (a rectangle in shares of the
        picture: left, top, right, bottom; or painted ``strokes``, each a ``width`` in shares of the longer side and
        ``points`` in shares of the picture; blur has a ``radius`` in shares of the longer side, cover a ``colour``,
        or the id of another ``picture`` of the data; ``outside`` takes what is outside of the region).
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
        box = "" if "strokes" in p else ", ".join(f"{side} {100 * float(p[side]):.0f} %" for side in SIDES)
        if self.kind == "crop":
            return f"cropped to {box}"
        where = "outside of" if p.get("outside") else "inside"
        region = box or f"what was painted ({counted(len(p['strokes']), 'stroke')})"
        return f"{_doing(self)} {where} {region}"


def _doing(change: Change) -> str:
    """Return what a change does to a region, in words."""
    p = change.params
    if change.kind == "blur":
        return "blurred"
    if p.get("picture"):
        return f"covered with {shorten(str(p['picture']), 40)}"
    colour = str(p.get("colour", "mean"))
    return f"covered with {_COLOUR_NAMES.get(colour, colour)}"


SIDES = ("left", "top", "right", "bottom")
COLOURS = ("mean", "black", "white", "grey", "noise")
_COLOUR_NAMES = {"mean": "its mean colour", "noise": "random pixels"}


def to_json(example: str, changes: Sequence[Change]) -> Json:
    """Return a list of changes as plain JSON values."""
    listed = [{"kind": c.kind, "params": dict(c.params), "sentence": c.sentence} for c in changes]
    return {"example": example, "changes": listed}


def from_json(data: Json) -> tuple[Change, ...]:
    """Read what `to_json` wrote.

    Raises
    ------
    UnusableInput
        If it has another shape.
    """
    try:
        return tuple(Change(str(c["kind"]), dict(c["params"])) for c in data["changes"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableInput(
            "This is not a list of changes.", 'Expected {"changes": [{"kind": "set", "params": {…}}, …]}.'
        ) from error


def raw_of(dataset: Dataset, example: str) -> Inputs:
    """Return the raw input of one example, as a batch of one."""
    return dataset.inputs(np.array([dataset.position(example)], dtype=np.int64))


def apply_changes(raw: Inputs, changes: Sequence[Change], pipeline: Pipeline, others: Others | None = None) -> Inputs:
    """Return a changed copy of a batch of one; without changes the very same.

    Parameters
    ----------
    raw : DataFrame of one row, or sequence of one text or file
    changes : sequence of Change
    pipeline : Pipeline
        Images: says whether the camera's orientation counts; a changed picture is already turned so.
    others : callable, optional
        From an example's id to its file, for changes that take another ``picture``.

    Raises
    ------
    UnusableInput
        If a change does not fit the input.
    """
    if not changes:
        return raw
    try:
        if isinstance(raw, pd.DataFrame):
            return _changed_row(raw, changes)
        first = raw[0]
        if isinstance(first, bytes):
            return [_changed_picture(first, changes, pipeline, others)]
        return [_changed_text(first, changes)]
    except KeyError as error:  # Changes may come from a file that people edit.
        raise UnusableInput(f"A change lacks {error}.", "Undo it, or correct the file of changes.") from error


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


def upright(data: bytes, pipeline: Pipeline) -> Image.Image:
    """Decode a file, and turn it as the pipeline does.

    Raises
    ------
    UnusableInput
        If it can't be decoded.
    """
    from analysis.preprocessing.decoding import decode
    from analysis.preprocessing.image_steps import orient

    return orient(decode(data), {"exif": bool(pipeline.param("orientation", "exif", True))})


def encoded(image: Image.Image) -> bytes:
    """Return a picture as a PNG: nothing is lost, and it is turned already."""
    target = io.BytesIO()
    image.save(target, "PNG", compress_level=1)
    return target.getvalue()


def _changed_picture(data: bytes, changes: Sequence[Change], pipeline: Pipeline, others: Others | None) -> bytes:
    image = upright(data, pipeline)
    for change in changes:
        other = None
        if change.params.get("picture"):
            if others is None:
                raise UnusableInput("There is no other picture to take.", "Undo this change.")
            other = upright(others(str(change.params["picture"])), pipeline)
        image = changed_image(image, change, other)
    return encoded(image)


def changed_image(image: Image.Image, change: Change, picture: Image.Image | None = None) -> Image.Image:
    """Return a picture with one change made.

    Parameters
    ----------
    image : PIL.Image.Image
    change : Change
    picture : PIL.Image.Image, optional
        What a region is covered with, where the change says so; it is stretched to the same size.

    Raises
    ------
    UnusableInput
        If the change does not fit a picture.
    """
    from PIL import Image, ImageEnhance, ImageFilter

    p = change.params
    if change.kind == "rotate":
        return image.rotate(float(p["degrees"]), Image.Resampling.BICUBIC, fillcolor=_mean(image))
    if change.kind == "brightness":
        return ImageEnhance.Brightness(image).enhance(max(0.0, float(p["factor"])))
    if change.kind == "crop":
        return image.crop(_box(image, p))
    if change.kind == "blur":
        other = image.filter(ImageFilter.GaussianBlur(float(p.get("radius", 0.05)) * max(image.size)))
    elif change.kind == "cover" and picture is not None:
        other = picture.resize(image.size).convert(image.mode)
    elif change.kind == "cover":
        other = _ground(image, str(p.get("colour", "mean")))
    else:
        raise UnusableInput(f"A picture can't be changed by “{change.kind}”.", "Undo this change.")
    mask = Image.new("L", image.size, 0)
    if "strokes" in p:
        _paint(mask, p["strokes"])
    else:
        mask.paste(255, _box(image, p))
    return Image.composite(image, other, mask) if p.get("outside") else Image.composite(other, image, mask)


def _paint(mask: Image.Image, strokes: Json) -> None:
    """Draw strokes into a mask, round at their ends and bends."""
    from PIL import ImageDraw

    pen, (width, height) = ImageDraw.Draw(mask), mask.size
    try:
        lines = [(float(s["width"]), [(float(x), float(y)) for x, y in s["points"]]) for s in strokes]
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableInput("What was painted can't be read.", "Undo this change.") from error
    if not any(points for _, points in lines):
        raise UnusableInput("Nothing is painted yet.", "Paint over the part that should change.")
    for share, points in lines:
        radius = max(0.5, min(1.0, share) * max(mask.size) / 2)
        places = [(min(1.0, max(0.0, x)) * width, min(1.0, max(0.0, y)) * height) for x, y in points]
        for (x0, y0), (x1, y1) in zip([places[0], *places] if places else [], places, strict=False):
            pen.line((x0, y0, x1, y1), fill=255, width=max(1, round(2 * radius)))
            pen.ellipse((x1 - radius, y1 - radius, x1 + radius, y1 + radius), fill=255)


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
