"""What the raw inputs of the search show, so that families propose only what can matter on them."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.text import repaired
from analysis.types import Inputs, IntArray

Answer = TypeVar("Answer")

#: Raw inputs that are looked at, spread evenly over the search's examples.
LOOKED_AT = 200
#: Answers that are kept: a search asks for the same ones in every round.
KEPT = 256

_answers: dict[tuple[str, ...], object] = {}
_lock = threading.Lock()

ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,6});", re.IGNORECASE)
TAG = re.compile(r"</?[a-z][^<>]{0,200}>", re.IGNORECASE)
URL = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
FOREIGN = re.compile(r"[^\x00-\x7f]")
SPACES = re.compile(r"\s{2,}|[\t\n\r\u00a0]|^\s|\s$")


def looked_at(context: Context, most: int = LOOKED_AT) -> IntArray:
    """Return at most so many of the rows that the search may look at, spread evenly."""
    rows = context.rows
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def inputs_of(context: Context) -> Inputs:
    """Return some of the raw inputs that the search may look at."""
    return context.dataset.inputs(looked_at(context))


def texts_of(context: Context) -> list[str]:
    """Return some texts of the search, both members of a pair."""
    texts: list[str] = []
    for text in cast("Sequence[str | tuple[str, str]]", inputs_of(context)):
        texts.extend([text] if isinstance(text, str) else text)
    return texts


def has_transparency(context: Context) -> bool:
    """Return whether an image of the search has transparent pixels, or may have."""
    return "transparency" in remember(_image_signs, context)


def turned_by_exif(context: Context) -> bool:
    """Return whether an image of the search carries an EXIF orientation other than upright."""
    return "exif" in remember(_image_signs, context)


def text_signs(context: Context) -> frozenset[str]:
    """Return which of ``entity``, ``tag``, ``url``, ``foreign``, ``mojibake``, ``spaces``, ``pair`` the texts have."""
    return remember(_text_signs, context)


def _text_signs(context: Context) -> frozenset[str]:
    patterns = {"entity": ENTITY, "tag": TAG, "url": URL, "foreign": FOREIGN, "spaces": SPACES}
    texts = texts_of(context)
    found = {name for name, pattern in patterns.items() if any(pattern.search(text) for text in texts)}
    if any(repaired(text) != text for text in texts):
        found.add("mojibake")
    if len(texts) > len(inputs_of(context)):
        found.add("pair")
    return frozenset(found)


def longest_tokens(context: Context) -> int | None:
    """Return how many tokens the longest text of the search has, or None where the documented length cuts some off."""
    return remember(_longest_tokens, context)


def _longest_tokens(context: Context) -> int | None:
    from analysis.candidates.batches import TokenBatch

    prepared = context.candidate.prepare(inputs_of(context), context.documented)
    if not isinstance(prepared, TokenBatch) or any(prepared.truncated):
        return None
    return max((len(tokens) for tokens in prepared.tokens), default=0)


def _image_signs(context: Context) -> frozenset[str]:
    found: set[str] = set()
    for data in cast("Sequence[bytes]", inputs_of(context)):
        found |= _signs_of_image(data)
    return frozenset(found)


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


def remember(look: Callable[[Context], Answer], context: Context, detail: str = "") -> Answer:
    """Return ``look(context)``; the same candidate, data, rows and detail are looked at once."""
    rows = hashlib.blake2b(context.rows.tobytes(), digest_size=8).hexdigest()
    where = (context.candidate.fingerprint, context.dataset.fingerprint, rows)
    key = (look.__module__, look.__qualname__, *where, detail)
    with _lock:
        if key in _answers:
            return cast("Answer", _answers[key])
    answer = look(context)
    with _lock:
        _answers[key] = answer
        while len(_answers) > KEPT:
            _answers.pop(next(iter(_answers)))
    return answer
