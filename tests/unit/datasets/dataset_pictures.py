"""Small pictures for the tests of this folder."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed: int = 0, form: str = "JPEG", size: tuple[int, int] = (24, 16)) -> bytes:
    """Encode a picture of noise; `size` is (width, height)."""
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form)
    return buffer.getvalue()


def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """Build a PNG whose header promises width × height pixels and that holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def put(root: Path, name: str, data: bytes | None = None) -> Path:
    """Write a file below `root`; a picture of its own where no bytes are given."""
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture(sum(name.encode())) if data is None else data)
    return file
