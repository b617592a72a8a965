"""Faults that live in the data: files written with their channels swapped, escaped texts, columns in another unit.

Each function takes raw inputs as a data set hands them out and returns what somebody's careless export made of
them. The faults are for benchmarks; `each_image`, `each_text` and `Spoiler` also serve `analysis.robustness`.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import pandas as pd
from PIL import Image

from analysis.preprocessing.decoding import ORIENTATION, decode
from analysis.preprocessing.text import misread
from analysis.types import Inputs

Spoiler: TypeAlias = Callable[[Inputs], Inputs]

#: From this value on in all channels a pixel counts as background.
WHITE = 250


def each_image(change: Callable[[Image.Image], tuple[Image.Image, int]]) -> Spoiler:
    """Return a spoiler that decodes each image, changes it and writes it as a PNG with an EXIF orientation."""

    def spoil(inputs: Inputs) -> Inputs:
        return [_changed(data, change) for data in cast("Sequence[bytes]", inputs)]

    return spoil


def _changed(data: bytes, change: Callable[[Image.Image], tuple[Image.Image, int]]) -> bytes:
    plain = decode(data)
    orientation = plain.info[ORIENTATION]
    changed, turned = change(plain)
    exif = Image.Exif()
    exif[0x0112] = turned or orientation
    buffer = io.BytesIO()
    # Fast rather than small: these files are read once.
    changed.save(buffer, "PNG", exif=exif, compress_level=1)
    return buffer.getvalue()


def swapped_channels(image: Image.Image) -> tuple[Image.Image, int]:
    """Return what an RGB array looks like that was written by a library which takes it for BGR."""
    red, green, blue = image.convert("RGB").split()
    return Image.merge("RGB", [blue, green, red]), 0


def inverted(image: Image.Image) -> tuple[Image.Image, int]:
    """Return the negative."""
    return Image.eval(image.convert("RGB"), lambda value: 255 - value), 0


def lying(image: Image.Image) -> tuple[Image.Image, int]:
    """Return the image as a phone stores it: on its side, with an EXIF note that turns it upright."""
    return image.transpose(Image.Transpose.ROTATE_90), 6


def upside_down(image: Image.Image) -> tuple[Image.Image, int]:
    """Return the image turned by 180°, without any note of it."""
    return image.transpose(Image.Transpose.ROTATE_180), 0


def cut_out(image: Image.Image) -> tuple[Image.Image, int]:
    """Return the image with its white background transparent, and black hidden under it: a cut-out for a shop."""
    pixels = np.array(image.convert("RGBA"))
    ground = (pixels[..., :3] >= WHITE).all(axis=-1)
    pixels[ground] = 0
    return Image.fromarray(pixels, "RGBA"), 0


def each_text(change: Callable[[str], str]) -> Spoiler:
    """Return a spoiler that changes each text, both of a pair."""

    def spoil(inputs: Inputs) -> Inputs:
        texts = cast("Sequence[str | tuple[str, str]]", inputs)
        return [change(t) if isinstance(t, str) else (change(t[0]), change(t[1])) for t in texts]

    return spoil


def as_web_page(text: str) -> str:
    """Return the text as it stands in a page's source: escaped, in paragraphs, with line breaks."""
    sentences = html.escape(text).replace(". ", ".<br /><br />")
    return f'<p class="review-content">{sentences}</p>'


def misread_as(encoding: str) -> Callable[[str], str]:
    """Return a change that writes typographic apostrophes and dashes and reads their UTF-8 in another encoding."""
    return lambda text: misread(text.replace("'", "\u2019").replace(" - ", " \u2013 "), encoding)


def with_address(text: str) -> str:
    """Return the text with web addresses around it, as posts have them."""
    return f"https://t.co/Qz81xYw0Lm {text} https://www.example.org/p/8127361?utm_source=share&ref=home"


def in_lines(text: str) -> str:
    """Return the text in lines of a few words, indented."""
    words = text.split()
    return "\n\n    ".join(" ".join(words[i : i + 4]) for i in range(0, len(words), 4))


def each_column(changes: Mapping[str, Callable[[pd.Series[Any]], pd.Series[Any]]]) -> Spoiler:
    """Return a spoiler that changes some columns of a table."""

    def spoil(inputs: Inputs) -> Inputs:
        frame = cast("pd.DataFrame", inputs)
        return frame.assign(**{name: change(frame[name]) for name, change in changes.items()})

    return spoil


def scaled_by(factor: float, offset: float = 0.0) -> Callable[[pd.Series[Any]], pd.Series[Any]]:
    """Return a change of unit: ``value · factor + offset``."""
    return lambda column: column.astype(np.float64) * factor + offset


def with_sentinels(columns: Sequence[str], value: float, every: int) -> Spoiler:
    """Return a spoiler that loses one value in so many of some columns, and writes a sentinel for it.

    Which ones is told by the row's contents, so that the same row is spoiled alike wherever it is asked for.
    """

    def spoil(inputs: Inputs) -> Inputs:
        frame = cast("pd.DataFrame", inputs)
        digits = pd.util.hash_pandas_object(frame, index=False).to_numpy()
        lost = {name: (digits >> np.uint64(8 * i)) % np.uint64(every) == 0 for i, name in enumerate(columns)}
        return frame.assign(**{name: frame[name].astype(np.float64).mask(lost[name], value) for name in columns})

    return spoil


def exchanged(first: str, second: str) -> Spoiler:
    """Return a spoiler that writes the values of two columns under each other's name."""

    def spoil(inputs: Inputs) -> Inputs:
        frame = cast("pd.DataFrame", inputs)
        return frame.assign(**{first: frame[second], second: frame[first]})

    return spoil
