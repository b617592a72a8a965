"""Where pickles hide: in plain files, archives in archives, compressed files and arrays of objects."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

#: Bytes of a file or of an archive's member that are looked at, and of all members of an archive together.
READ_CAP, ARCHIVE_CAP = 64_000_000, 256_000_000
MEMBERS_CAP, DEPTH_CAP = 5_000, 4
#: A member that unpacks to more than this many times its packed size is a bomb.
RATIO_CAP = 1_000
PICKLE_NAMES = (".pkl", ".pickle", ".bin", ".pt", ".pth", ".ckpt", ".joblib", ".dill", ".cloudpickle", ".dat", ".p")
_OPENERS: Mapping[str, Callable[[IO[bytes]], io.BufferedIOBase]] = {
    "gzip": lambda file: gzip.GzipFile(fileobj=file),
    "bzip2": bz2.BZ2File,
    "lzma": lzma.LZMAFile,
}
_TEXT_PICKLE = re.compile(rb"^(?:\(|c[A-Za-z_][\w.]*\n[\w.]+\n|[\]\}]q?|I\d+\n|S')")
_BURIED = re.compile(rb"\x80[\x02-\x05](?:\x95.{8}|[cX\x8c}\](Kq])", re.DOTALL)


@dataclass(frozen=True)
class Stream:
    """Bytes that a loader would unpickle, or a place that can't be looked into.

    Attributes
    ----------
    place : str
        File, and the members that lead there: "model.bin → archive/data.pkl".
    data : bytes
        Empty where there is a problem.
    problem : str
        Why it can't be looked into, to follow the place; else empty.
    """

    place: str
    data: bytes = b""
    problem: str = ""


def streams_of(path: Path, name: str) -> Iterator[Stream]:
    """Yield every stream of pickles in a file, whatever its ending.

    Parameters
    ----------
    path : Path
    name : str
        As it is called towards people.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(512)
        file.seek(0)
        if zipfile.is_zipfile(file):
            file.seek(0)
            yield from _zip(file, name, 0)
            if not _is_pickle(start, name):
                return
        file.seek(0)
        if not _worth_reading(start, name):
            return
        data = file.read(READ_CAP)
    yield from _bytes(data, name, 0)
    if size > READ_CAP and _is_pickle(start, name):
        yield Stream(name, problem=f"has {size:,} bytes, of which the first {READ_CAP:,} were looked at")


def _worth_reading(start: bytes, name: str) -> bool:
    if start[:6] == b"\x93NUMPY" or start[:4] == b"PK\x03\x04" or _is_tar(start):
        return True
    return _is_pickle(start, name) or _packing(start) is not None


def _is_tar(start: bytes) -> bool:
    return start[257:262] == b"ustar"


def _is_pickle(start: bytes, name: str) -> bool:
    if start[:1] == b"\x80" and start[1:2] in (b"\0", b"\1", b"\2", b"\3", b"\4", b"\5"):
        return True
    known = re.sub(r"( → (gzip|bzip2|lzma|zlib))+$", "", name.lower()).endswith(PICKLE_NAMES)
    return known and (bool(_TEXT_PICKLE.match(start)) or start[:2] not in (b"PK", b"ve"))


def _packing(start: bytes) -> str | None:
    if start[:2] == b"\x1f\x8b":
        return "gzip"
    if start[:3] == b"BZh":
        return "bzip2"
    if start[:6] == b"\xfd7zXZ\0" or start[:3] == b"\x5d\0\0":
        return "lzma"
    if start[:1] == b"\x78" and len(start) > 1 and (start[0] * 256 + start[1]) % 31 == 0:
        return "zlib"
    if (
        start[:4] in (b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd")
        or start[:6] == b"7z\xbc\xaf\x27\x1c"
        or start[:4] == b"Rar!"
    ):
        return "closed"
    return None


def _bytes(data: bytes, place: str, depth: int) -> Iterator[Stream]:
    """Yield the streams in a member's or a small file's bytes."""
    if depth > DEPTH_CAP:
        yield Stream(place, problem="holds archives within archives, deeper than is looked")
        return
    start = data[:512]
    packing = _packing(start)
    if _is_tar(start):
        yield from _tar(data, place, depth)
    elif packing == "closed":
        yield Stream(place, problem="is packed in a way that is not looked into (7z, RAR, LZ4 or Zstandard)")
    elif packing is not None:
        unpacked, problem = _unpack(data, packing)
        if unpacked:
            # What a loader finds after unpacking needs no telling name.
            yield from _bytes(unpacked, f"{place} → {packing}", depth + 1)
        if problem:
            yield Stream(place, problem=problem)
    elif start[:6] == b"\x93NUMPY":
        yield from _array(data, place)
    elif data[:2] == b"PK" and zipfile.is_zipfile(io.BytesIO(data)):
        yield from _zip(io.BytesIO(data), place, depth)
    elif data[:4] == b"PK\x03\x04":
        yield Stream(place, problem="is a damaged archive, which some loaders read all the same")
        buried = _BURIED.search(data)
        if buried:
            yield Stream(f"{place} → byte {buried.start():,}", data[buried.start() :])
    elif _is_pickle(start, place):
        yield Stream(place, data)


def _unpack(data: bytes, packing: str) -> tuple[bytes, str]:
    try:
        if packing == "zlib":
            unpacked = zlib.decompressobj().decompress(data, READ_CAP + 1)
        else:
            with _OPENERS[packing](io.BytesIO(data)) as file:
                unpacked = file.read(READ_CAP + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        return b"", f"is packed with {packing} and can't be unpacked ({str(error)[:60]})"
    if len(unpacked) > READ_CAP:
        return unpacked[:READ_CAP], f"unpacks to more than {READ_CAP:,} bytes; these were looked at"
    return bytes(unpacked), ""


def _array(data: bytes, place: str) -> Iterator[Stream]:
    """Yield the pickle behind the header of a NumPy array of objects."""
    length = 2 if data[6:7] == b"\1" else 4
    end = 8 + length + int.from_bytes(data[8 : 8 + length], "little")
    if re.search(rb"'descr':\s*[\[\(]?.*O", data[8 + length : end], re.DOTALL):
        yield Stream(f"{place} (objects)", data[end:])


def _zip(file: IO[bytes], place: str, depth: int) -> Iterator[Stream]:
    if depth > DEPTH_CAP:
        yield Stream(place, problem="holds archives within archives, deeper than is looked")
        return
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        yield Stream(place, problem=f"is an archive that can't be read ({str(error)[:60]})")
        return
    if len(members) > MEMBERS_CAP:
        yield Stream(place, problem=f"holds {len(members):,} members; {MEMBERS_CAP:,} are looked at")
    total = 0
    for member in members[:MEMBERS_CAP]:
        where = f"{place} → {member.filename}"
        if ".." in member.filename.split("/") or member.filename.startswith(("/", "\\")):
            yield Stream(where, problem="would be written outside the folder when it is unpacked")
        if member.flag_bits & 1:
            yield Stream(where, problem="is encrypted, so nobody can see what it holds")
            continue
        if member.file_size > RATIO_CAP * max(1, member.compress_size) and member.file_size > 1_000_000:
            yield Stream(where, problem="unpacks to more than a thousand times its size, as a bomb does")
            continue
        data, problem = _member(archive, member)
        total += len(data)
        if problem:
            yield Stream(where, problem=problem)
        yield from _bytes(data, where, depth + 1)
        if total > ARCHIVE_CAP:
            yield Stream(place, problem=f"holds more than {ARCHIVE_CAP:,} bytes; these were looked at")
            return


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[bytes, str]:
    """Return a member's bytes where its first ones say that they matter, and what is wrong with it."""
    try:
        with archive.open(member) as file:
            start = file.read(512)
            if not _worth_reading(start, member.filename) and start[:2] != b"PK":
                return b"", ""
            data = start + file.read(READ_CAP - len(start))
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, zlib.error, ValueError) as error:
        raw = _raw(archive, member)
        return raw, f"can't be read as zip should be ({str(error)[:60]}), which some loaders do all the same"
    large = member.file_size > READ_CAP
    return data, f"has {member.file_size:,} bytes, of which {READ_CAP:,} were looked at" if large else ""


def _raw(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return what lies where a damaged member begins, if it is stored as it is."""
    file = archive.fp
    if file is None or member.compress_type != zipfile.ZIP_STORED:
        return b""
    try:
        file.seek(member.header_offset)
        data = file.read(min(READ_CAP, member.file_size + 4096))
    except (OSError, ValueError):
        return b""
    buried = _BURIED.search(data)
    return data[buried.start() :] if buried else b""


def _tar(data: bytes, place: str, depth: int) -> Iterator[Stream]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for number, member in enumerate(archive):
                where = f"{place} → {member.name}"
                if number >= MEMBERS_CAP:
                    yield Stream(place, problem=f"holds more than {MEMBERS_CAP:,} members")
                    return
                if member.name.startswith("/") or ".." in member.name.split("/") or member.issym() or member.islnk():
                    yield Stream(where, problem="would be written or linked outside the folder when it is unpacked")
                    continue
                file = archive.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield from _bytes(file.read(READ_CAP), where, depth + 1)
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        yield Stream(place, problem=f"is an archive that can't be read to its end ({str(error)[:60]})")
