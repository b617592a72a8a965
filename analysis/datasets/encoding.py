"""Bytes of a text file → characters, with a mark on every byte that can't be decoded."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Marks left by `decode` where a byte has no meaning: lone surrogates (UTF-8), U+FFFD (UTF-16 and UTF-32).
_ESCAPED = re.compile("[\ud800-\udfff]")
_REPLACED = re.compile("\ufffd")
#: Letters and signs that Western text in Windows-1252 is full of. ÿ and þ are left out: the bytes FF and FE are
#: far more often rubbish than text.
_PLAUSIBLE = set("àáâãäåæçèéêëìíîïñòóôõöøùúûüœšžßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒŠŽ‘’“”–—…•€£°©®™«»·´½¼¾×§¡¿²³\xa0")
_MIN_LINES = 3

_BOMS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


@dataclass(frozen=True)
class Encoding:
    """How a file's bytes are to be read.

    Attributes
    ----------
    name : str
        A codec: "utf-8", "utf-16-le", "cp1252" …
    skip : int
        Bytes of byte order mark to leave out.
    clean : bool
        True where the file is UTF-8 without a damaged byte.
    """

    name: str
    skip: int = 0
    clean: bool = False


def detect(data: bytes) -> Encoding:
    """Find a file's encoding: by its byte order mark, as UTF-8, as UTF-16 without a mark, as Windows-1252.

    Windows-1252 is taken only when at least three lines are no UTF-8, they outnumber the lines with valid UTF-8
    beyond ASCII ten to one, and nine in ten of their bytes beyond ASCII are common Western letters or signs.
    Otherwise the file is UTF-8 in which some lines are damaged.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    Encoding
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return Encoding(name, len(bom), clean=name == "utf-8" and _is_utf8(data))
    head = data[:4096]
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(head) >= 8 and zeros.count(0) > 0.6 * len(zeros) and head.count(0) < 0.6 * len(head):
            return Encoding(name)
    if _is_utf8(data):
        return Encoding("utf-8", clean=True)
    return Encoding("cp1252") if _looks_western(data) else Encoding("utf-8")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _looks_western(data: bytes) -> bool:
    """Whether lines that are no UTF-8 read as Windows-1252 text."""
    bad: list[bytes] = []
    good = 0
    for line in data.split(b"\n"):
        if line.isascii():
            continue
        if _is_utf8(line):
            good += 1
        else:
            bad.append(line)
    if len(bad) < _MIN_LINES or good * 10 > len(bad):
        return False
    try:
        high = [c for c in b"".join(bad).decode("cp1252") if ord(c) > 127]
    except UnicodeDecodeError:
        return False
    return sum(c in _PLAUSIBLE for c in high) >= 0.9 * len(high)


def decode(data: bytes, encoding: Encoding) -> str:
    """Decode, leaving a mark (see `damage`) where a byte has no meaning; never raises."""
    body = data[encoding.skip :]
    errors = "surrogateescape" if encoding.name == "utf-8" else "replace"
    return body.decode(encoding.name, errors)


def damage(encoding: Encoding) -> re.Pattern[str]:
    """Return the pattern that finds the marks that `decode` left for this encoding."""
    return _ESCAPED if encoding.name == "utf-8" else _REPLACED


def printable(text: str) -> str:
    """Return `text` with undecodable parts shown as U+FFFD, so that it can be displayed and encoded."""
    return _ESCAPED.sub("\ufffd", text)
