"""What the raw inputs of the search show, so that families propose only what can matter on them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import cast

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from analysis.preprocessing.edits.base import Context
from analysis.types import Inputs

#: Raw inputs that are looked at, spread evenly over the search's examples.
LOOKED_AT = 200
#: Answers that are kept: a search asks for the same ones in every round.
KEPT = 32

_answers: dict[tuple[str, str, int], frozenset[str]] = {}

ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,6});", re.IGNORECASE)
TAG = re.compile(r"</?[a-z][^<>]{0,200}>", re.IGNORECASE)
URL = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
SPACES = re.compile(r"\s{2,}|[\t\n\r\u00a0]|^\s|\s$")


def inputs_of(context: Context) -> Inputs:
    """Return some of the raw inputs that the search may look at."""
    rows = context.rows
    if len(rows) > LOOKED_AT:
        rows = rows[np.linspace(0, len(rows) - 1, LOOKED_AT).astype(np.int64)]
    return context.dataset.inputs(rows)


def texts_of(context: Context) -> list[str]:
    """Return some texts of the search, both members of a pair."""
    texts: list[str] = []
    for text in cast("Sequence[str | tuple[str, str]]", inputs_of(context)):
        texts.extend([text] if isinstance(text, str) else text)
    return texts


def has_transparency(context: Context) -> bool:
    """Return whether an image of the search has transparent pixels, or may have."""
    return "transparency" in _image_signs(context)


def turned_by_exif(context: Context) -> bool:
    """Return whether an image of the search carries an EXIF orientation other than upright."""
    return "exif" in _image_signs(context)


def text_signs(context: Context) -> frozenset[str]:
    """Return which of ``entity``, ``tag``, ``url``, ``spaces`` and ``pair`` occur in the texts of the search."""
    key = _key(context, "text")
    if key not in _answers:
        patterns = {"entity": ENTITY, "tag": TAG, "url": URL, "spaces": SPACES}
        texts = texts_of(context)
        found = {name for name, pattern in patterns.items() if any(pattern.search(t) for t in texts)}
        if any(not isinstance(t, str) for t in cast("Sequence[str | tuple[str, str]]", inputs_of(context))):
            found.add("pair")
        _keep(key, frozenset(found))
    return _answers[key]


def _image_signs(context: Context) -> frozenset[str]:
    key = _key(context, "image")
    if key not in _answers:
        found: set[str] = set()
        for data in cast("Sequence[bytes]", inputs_of(context)):
            found |= _signs_of_image(data)
        _keep(key, frozenset(found))
    return _answers[key]


def _signs_of_image(data: bytes) -> set[str]:
    """Read the header only: decoding all images would cost more than the hypotheses that it saves."""
    found = set()
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.has_transparency_data:
                found.add("transparency")
            if image.getexif().get(ExifTags.Base.Orientation, 1) not in (0, 1):
                found.add("exif")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        pass  # Unreadable files are reported by whoever reads them in full.
    return found


def _key(context: Context, what: str) -> tuple[str, str, int]:
    return context.dataset.fingerprint, what, hash(context.rows.tobytes())


def _keep(key: tuple[str, str, int], answer: frozenset[str]) -> None:
    while len(_answers) >= KEPT:
        _answers.pop(next(iter(_answers)))
    _answers[key] = answer
