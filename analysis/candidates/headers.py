"""Read and check the header of a safetensors file without any loader.

The format (https://huggingface.co/docs/safetensors): eight bytes, little endian, give the length of a JSON
header; the header maps each tensor's name to its dtype, shape and byte range in the rest of the file.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

#: The library refuses longer headers; so does this reader, before it allocates anything.
HEADER_CAP = 100_000_000

#: Bytes an element. Types of less than a byte (F4, F6 …) are left out: no classifier is stored so.
ITEM_BYTES = {
    "BOOL": 1,
    "U8": 1,
    "I8": 1,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "U16": 2,
    "I16": 2,
    "F16": 2,
    "BF16": 2,
    "U32": 4,
    "I32": 4,
    "F32": 4,
    "U64": 8,
    "I64": 8,
    "F64": 8,
    "C64": 8,
}


class BadHeader(Exception):
    """The file is no safetensors file, or not all of one.

    Parameters
    ----------
    detail : str
        A short name of what is wrong: "truncated", "lfs_pointer" …
    sentence : str
        The same in words, to follow the file's name.
    action : str
        What to do.
    """

    def __init__(self, detail: str, sentence: str, action: str = "Fetch the file again from where it came.") -> None:
        super().__init__(sentence)
        self.detail = detail
        self.sentence = sentence
        self.action = action


@dataclass(frozen=True)
class Tensor:
    """One tensor as the header declares it: `begin` and `end` are positions in the file, in bytes."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def read_header(path: Path) -> dict[str, Tensor]:
    """Return the tensors that a safetensors file declares.

    Raises
    ------
    BadHeader
        If the file isn't one, is incomplete, or contradicts itself.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(512)
        _refuse_lookalikes(start, size)
        length = int.from_bytes(start[:8], "little")
        if length > HEADER_CAP:
            raise BadHeader("header", f"declares a header of {length:,} bytes, which no real one has")
        if 8 + length > size:
            raise BadHeader("truncated", f"is cut off: its header alone needs {8 + length:,} bytes, it has {size:,}")
        file.seek(8)
        raw = file.read(length)
    try:
        header = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadHeader("header", "does not begin as safetensors files do") from None
    if not isinstance(header, dict):
        raise BadHeader("header", "has a header that lists no tensors")
    header.pop("__metadata__", None)
    tensors = {str(name): _tensor(str(name), entry, 8 + length) for name, entry in header.items()}
    _check_ranges(tensors, 8 + length, size)
    return tensors


def _refuse_lookalikes(start: bytes, size: int) -> None:
    if size == 0:
        raise BadHeader("empty", "is empty")
    if start.startswith(b"version https://git-lfs"):
        raise BadHeader(
            "lfs_pointer",
            "is a Git LFS pointer, not the weights themselves",
            "Run `git lfs pull` in the folder, or download the file itself.",
        )
    if start.lstrip()[:1] == b"<" and any(mark in start.lower() for mark in (b"<!doctype", b"<html", b"<head")):
        raise BadHeader("web_page", "is a web page that was saved under this name", "Download the file itself.")
    if start.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x04", b"\x80\x05")):
        raise BadHeader("pickle", "is a PyTorch pickle under another name", "Save the model with safetensors.")
    if size < 8:
        raise BadHeader("truncated", f"is cut off: it has {size} bytes")


def _tensor(name: str, entry: object, offset: int) -> Tensor:
    try:
        assert isinstance(entry, dict)
        dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        assert all(type(n) is int and n >= 0 for n in (*shape, begin, end))
        assert isinstance(dtype, str)
    except (KeyError, TypeError, ValueError, AssertionError):
        raise BadHeader("header", f"describes tensor {name!r} in a way that can't be read") from None
    if dtype not in ITEM_BYTES:
        raise BadHeader("dtype", f"stores tensor {name!r} as {dtype!r}, a type that is not known here")
    tensor = Tensor(dtype, tuple(shape), offset + begin, offset + end)
    if len(shape) > 16 or end - begin != tensor.elements * ITEM_BYTES[dtype]:
        raise BadHeader("offsets", f"gives tensor {name!r} {end - begin:,} bytes, which don't fit its shape {shape}")
    return tensor


def _check_ranges(tensors: dict[str, Tensor], start: int, size: int) -> None:
    ranges = sorted((t.begin, t.end, name) for name, t in tensors.items() if t.end > t.begin)
    if ranges and max(end for _, end, _ in ranges) > size:
        needed = max(end for _, end, _ in ranges)
        raise BadHeader("truncated", f"is cut off: it should have {needed:,} bytes and has {size:,}")
    for (_, end, one), (begin, _, other) in pairwise(ranges):
        if begin < end:
            raise BadHeader("offsets", f"lets tensors {one!r} and {other!r} overlap")
    needed = max((end for _, end, _ in ranges), default=start)
    if needed != size or sum(end - begin for begin, end, _ in ranges) != size - start:
        raise BadHeader("offsets", "holds bytes that belong to no tensor")
