"""Take in an uploaded zip, table or image, with caps on everything that a hostile file could blow up."""

from __future__ import annotations

import hashlib
import lzma
import os
import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from analysis import storage
from analysis.datasets.foreign import describe_foreign, is_clutter
from analysis.datasets.image_files import MAX_IMAGE_BYTES, SUFFIXES
from analysis.datasets.registry import FORMATS
from analysis.errors import UnusableInput
from analysis.labelled import UNLABELLED

MAX_UPLOAD_BYTES = 1024**3
MAX_ENTRIES = 50_000
MAX_UNPACKED_BYTES = 4 * 1024**3
#: Unpacked to packed size; real tables reach 20 or so. Small archives may exceed it.
MAX_RATIO = 100
_RATIO_MATTERS_BYTES = 10 * 1024**2
MAX_DEPTH = 12
MAX_NAME_BYTES = 200

_BLOCK = 1024**2
_TABLES = tuple(suffix for form in FORMATS for suffix in form.suffixes)
_ARCHIVES = (".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst", ".tbz2", ".txz")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


def unpack_upload(file: BinaryIO, name: str) -> Path:
    """Store an upload under ``<home>/uploads/<sha256>/`` and return what `open_dataset` takes.

    The same upload lands in the same place and is unpacked once.

    Parameters
    ----------
    file : binary file
        Read from its present position to its end.
    name : str
        The name that the browser gave.

    Returns
    -------
    Path
        A folder (zip; its one top folder is entered; or a single image in a class folder ``unlabelled``), or a
        table's file.

    Raises
    ------
    UnusableInput
        If it is too large, another kind of archive, damaged, encrypted, or holds paths that lead elsewhere.
    """
    clean = _safe_name(PurePosixPath(name.replace("\\", "/")).name)
    suffix = PurePosixPath(clean).suffix.lower()
    if suffix not in (*_TABLES, *SUFFIXES, ".zip"):
        raise _refused(clean, suffix)
    uploads = storage.home() / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=uploads, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as target:
            digest = _receive(file, target, clean, MAX_IMAGE_BYTES if suffix in SUFFIXES else MAX_UPLOAD_BYTES)
        folder = uploads / digest
        folder.mkdir(exist_ok=True)
        if suffix == ".zip":
            return _enter(_unpack(Path(temporary), folder, clean))
        root = folder / PurePosixPath(clean).stem
        stored = root / UNLABELLED / clean if suffix in SUFFIXES else folder / clean
        stored.parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary, stored)
        return root if suffix in SUFFIXES else stored
    finally:
        Path(temporary).unlink(missing_ok=True)


def _refused(name: str, suffix: str) -> UnusableInput:
    """Say what to do with a kind of file that isn't taken."""
    if suffix in _ARCHIVES:
        return UnusableInput(f"{name} is an archive of a kind that is not unpacked here.", "Upload a .zip instead.")
    if suffix in {".xlsx", ".xls", ".ods"}:
        return UnusableInput(f"{name} is a spreadsheet.", "Save it as CSV and upload that.")
    kinds = ", ".join((".zip", *_TABLES))
    return UnusableInput(f"{name} is no kind of file that can be uploaded.", f"Upload {kinds}, or an image.")


def _receive(source: BinaryIO, target: BinaryIO, name: str, cap: int) -> str:
    """Copy an upload and return its SHA-256; stops at the cap."""
    digest, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        size += len(block)
        if size > cap:
            raise UnusableInput(f"{name} is larger than {cap // 1024**2:,} MB.", "Upload a random sample of it.")
        digest.update(block)
        target.write(block)
    if not size:
        raise UnusableInput(f"{name} is empty.", "Choose a file that has something in it.")
    return digest.hexdigest()


def _unpack(archive: Path, folder: Path, name: str) -> Path:
    """Unpack a zip into ``folder/<name>``: all of it, or nothing."""
    target = folder / (PurePosixPath(name).stem or "upload")
    if target.is_dir():
        return target
    if not zipfile.is_zipfile(archive):
        with archive.open("rb") as file:
            found = describe_foreign(file.read(512), pictures=True)
        raise UnusableInput(
            f"{name} is no zip archive{f': it is {found}' if found else ', or damaged'}.", "Zip it again."
        )
    partial = Path(tempfile.mkdtemp(dir=folder, prefix=".partial-"))
    try:
        with zipfile.ZipFile(archive) as content:
            members = _check_members(content, name, archive.stat().st_size)
            _extract(content, members, partial, name)
        try:
            os.rename(partial, target)
        except OSError:
            if not target.is_dir():  # Somebody else unpacked the same upload meanwhile: theirs is as good.
                raise
    except _DAMAGED as error:
        raise UnusableInput(f"{name} can't be unpacked: {str(error)[:120]}.", "Zip it again.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _check_members(content: zipfile.ZipFile, name: str, packed: int) -> dict[str, zipfile.ZipInfo]:
    """Return the files to unpack by their safe path; refuses the archive if anything in it is out of order."""
    infos = content.infolist()
    if len(infos) > MAX_ENTRIES:
        raise UnusableInput(f"{name} has {len(infos):,} entries; the cap is {MAX_ENTRIES:,}.", "Take a sample.")
    total = sum(info.file_size for info in infos)
    if total > MAX_UNPACKED_BYTES:
        raise UnusableInput(
            f"{name} would unpack to {total / 1024**3:,.1f} GB; the cap is {MAX_UNPACKED_BYTES // 1024**3} GB.",
            "Take a sample.",
        )
    if total > _RATIO_MATTERS_BYTES and total > MAX_RATIO * packed:
        raise UnusableInput(
            f"{name} would grow to {total / packed:,.0f} times its size; the cap is {MAX_RATIO}.",
            "This looks like a decompression bomb.",
        )
    members: dict[str, zipfile.ZipInfo] = {}
    seen: dict[str, str] = {}
    for info in infos:
        path = _safe_path(info, name)
        if path is None or info.is_dir():
            continue
        key = unicodedata.normalize("NFC", path).casefold()
        if key in seen:
            raise UnusableInput(f"{name} holds “{path}” twice.", "Give each file its own name.")
        seen[key] = path
        members[path] = info
    if "[Content_Types].xml" in members:
        raise UnusableInput(f"{name} is an office document.", "Save the table as CSV and upload that.")
    if not members:
        raise UnusableInput(f"{name} holds no files.", "Zip a folder of images or tables.")
    return members


def _safe_path(info: zipfile.ZipInfo, name: str) -> str | None:
    """Return a member's path with forbidden characters replaced, None for clutter; raises if it leads elsewhere."""
    raw = info.filename.replace("\\", "/")
    parts = PurePosixPath(raw).parts
    if raw.startswith("/") or re.match(r"[A-Za-z]:", raw) or ".." in parts:
        raise UnusableInput(f"{name} holds a path that leads outside of it: “{info.filename[:80]}”.", "Zip it again.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnusableInput(f"{name} holds a link: “{info.filename[:80]}”.", "Zip the files themselves.")
    if info.flag_bits & 0x1:
        raise UnusableInput(f"{name} is encrypted.", "Zip it without a password.")
    if len(parts) > MAX_DEPTH:
        raise UnusableInput(f"{name} nests folders deeper than {MAX_DEPTH}.", "Zip a flatter folder.")
    if not parts or any(is_clutter(part) for part in parts):
        return None
    return "/".join(_safe_name(part) for part in parts)


def _extract(content: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], folder: Path, name: str) -> None:
    """Write the members as plain files; counts what really comes out, since an archive can lie about sizes."""
    left = MAX_UNPACKED_BYTES
    for path, info in members.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with content.open(info) as source, target.open("xb") as out:
            while block := source.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    raise UnusableInput(f"{name} holds more than it says.", "This looks like a decompression bomb.")
                out.write(block)


def _enter(folder: Path) -> Path:
    """Enter the one folder at the top, as an archive of a folder has, unless it is itself a class of images."""
    inside = list(folder.iterdir())
    if len(inside) != 1 or not inside[0].is_dir():
        return folder
    below = list(inside[0].iterdir())
    images = any(item.is_file() and item.suffix.lower() in SUFFIXES for item in below)
    tables = any(item.is_file() and item.suffix.lower() in _TABLES for item in below)
    return folder if images and not tables else inside[0]


def _safe_name(name: str) -> str:
    """Return a file name that every file system takes: no control characters, no separators, not too long."""
    clean = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).strip(" ")
    clean = clean.encode("utf-8", "replace").decode("utf-8")
    if clean in {"", ".", ".."}:
        clean = "_"
    suffix = PurePosixPath(clean).suffix
    suffix = suffix if len(suffix.encode()) <= 16 else ""
    stem = clean.removesuffix(suffix).encode()[: MAX_NAME_BYTES - len(suffix.encode())]
    return stem.decode("utf-8", "ignore") + suffix
