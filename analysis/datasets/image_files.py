"""One image file: can it be used, and if not, why not. Cheap checks first; nothing large is ever decoded blindly."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from analysis.datasets.foreign import describe_foreign
from analysis.progress import Progress

#: What Pillow may open here; everything else it knows (PostScript, FITS …) is never tried on a stranger's file.
FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        GifImagePlugin.GifImageFile,
        BmpImagePlugin.BmpImageFile,
        WebPImagePlugin.WebPImageFile,
        TiffImagePlugin.TiffImageFile,
        PpmImagePlugin.PpmImageFile,
    )
)
SUFFIXES = (".jpg", ".jpeg", ".jpe", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm")
MAX_IMAGE_BYTES = 64 * 1024**2
#: As many as Pillow itself warns at; checked in the header, before anything is decoded.
MAX_IMAGE_PIXELS = 89_478_485
#: Up to this many images are decoded in full when opened; in larger sets only headers are read.
MAX_DECODED = 2_000
_HEAD_BYTES = 65_536
_BLOCK = 256


@dataclass(frozen=True)
class ImageFacts:
    """What is known of one image file.

    Attributes
    ----------
    reason : str
        Why it can't be used; empty if it can.
    width, height : int
        In pixels, as stored: EXIF orientation is not applied.
    format : str
        "JPEG", "PNG" …
    digest : str
        SHA-256 of its bytes; where only the header was read, of its size, time of change and first 64 KB.
    """

    reason: str = ""
    width: int = 0
    height: int = 0
    format: str = ""
    digest: str = ""


def check_images(root: Path, names: Sequence[str], progress: Progress) -> list[ImageFacts]:
    """Check image files, several at a time.

    Up to `MAX_DECODED` files are read and decoded in full, which also finds pictures that end too early. Of more,
    only the header is read: a picture that breaks further down is rejected when it is predicted.

    Parameters
    ----------
    root : Path
        Resolved folder that no file may lie outside of.
    names : sequence of str
        Paths relative to it.
    progress : Progress

    Returns
    -------
    list of ImageFacts
        One a name, in order.

    Raises
    ------
    Cancelled
    """
    check = check_fully if len(names) <= MAX_DECODED else check_header
    progress.start("Checking images", len(names))
    return list(_in_threads(lambda name: check(root, name), names, progress))


def _in_threads(work: Callable[[str], ImageFacts], names: Sequence[str], progress: Progress) -> Iterator[ImageFacts]:
    """Yield results in order, some blocks at a time, so that a cancel takes effect at once."""
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1), thread_name_prefix="images") as pool:
        for start in range(0, len(names), _BLOCK):
            for facts in pool.map(work, names[start : start + _BLOCK]):
                yield facts
                progress.advance()


def check_fully(root: Path, name: str) -> ImageFacts:
    """Read and decode a file; see `check_images`."""
    path = root / name
    reason = _why_not_file(root, path)
    if reason:
        return ImageFacts(reason)
    try:
        data = path.read_bytes()
    except OSError as error:
        return ImageFacts(f"can't be read: {error.strerror}")
    facts = inspect(data, decode=True)
    return ImageFacts(facts.reason, facts.width, facts.height, facts.format, hashlib.sha256(data).hexdigest())


def check_header(root: Path, name: str) -> ImageFacts:
    """Read a file's header only; see `check_images`."""
    path = root / name
    reason = _why_not_file(root, path)
    if reason:
        return ImageFacts(reason)
    try:
        found = path.stat()
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            file.seek(0)
            facts = _inspect(head, file, decode=False)
    except OSError as error:
        return ImageFacts(f"can't be read: {error.strerror or error}")
    digest = hashlib.sha256(f"{found.st_size} {found.st_mtime_ns} ".encode() + head).hexdigest()
    return ImageFacts(facts.reason, facts.width, facts.height, facts.format, digest)


def _why_not_file(root: Path, path: Path) -> str:
    """Why a path is no plain file inside `root` of a fitting size, or ""."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root):
            return "a link that leads outside the folder"
        found = real.stat()
    except (OSError, RuntimeError, ValueError):
        return "no such file, or a broken link"
    if not stat.S_ISREG(found.st_mode):
        return "not a regular file"
    if not found.st_size:
        return "an empty file"
    if found.st_size > MAX_IMAGE_BYTES:
        return f"too large: {found.st_size / 1024**2:,.0f} MB, the cap is {MAX_IMAGE_BYTES // 1024**2} MB"
    return ""


def inspect(data: bytes, *, decode: bool) -> ImageFacts:
    """Check an encoded image in memory.

    Parameters
    ----------
    data : bytes
    decode : bool
        Whether to decode it in full. A truncated JPEG passes everything else, Pillow's ``verify`` included.

    Returns
    -------
    ImageFacts
        Without a digest.
    """
    return _inspect(data[:_HEAD_BYTES], io.BytesIO(data), decode=decode)


def _inspect(head: bytes, file: IO[bytes], *, decode: bool) -> ImageFacts:
    foreign = describe_foreign(head)
    if foreign:
        return ImageFacts(f"not an image: it is {foreign}")
    if head[:4] == b"RIFF" and head[8:12] != b"WEBP":
        return ImageFacts("not an image: it is a RIFF file other than WebP")
    try:
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_IMAGE_PIXELS:
                return ImageFacts(f"too many pixels: {width:,} × {height:,}, the cap is {MAX_IMAGE_PIXELS:,}")
            if decode:
                # A JPEG is read to its end at any scale; an eighth is much the fastest.
                image.draft("RGB", (1, 1))
                image.load()
            return ImageFacts("", width, height, image.format or "")
    except Image.DecompressionBombError:
        return ImageFacts(f"too many pixels: the cap is {MAX_IMAGE_PIXELS:,}")
    except UnidentifiedImageError:
        return ImageFacts("not an image in a format that is read here (JPEG, PNG, GIF, BMP, WebP, TIFF, PPM)")
    except MemoryError:
        return ImageFacts("too large to decode")
    except Exception as error:  # Decoders raise nearly anything on damaged files: OSError, SyntaxError, struct.error …
        return ImageFacts(f"corrupt or truncated: {str(error)[:120] or type(error).__name__}")
