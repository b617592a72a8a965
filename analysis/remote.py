"""Models and data that lie in a store: ``s3://bucket/model`` is copied into the cache once, and checked.

The copy belongs to the store's listing (names, sizes, and the checksum or time of each file that the store tells):
when anything changes there, it is copied anew.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from analysis.errors import Cancelled, UnusableInput
from analysis.progress import Progress
from analysis.storage import home, only_one, read_json, room_in, write_json
from analysis.types import Json, fingerprint_of

#: Protocols that are asked for, and what must be installed for those that fsspec doesn't speak by itself.
NEEDS = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "hdfs": None,
    "file": None,
    "memory": None,
}
#: A listing of more files than this is no data set that Caveat opens.
FILES_CAP = 2_000_000
#: What stores call a file's checksum or version, the most exact first.
MARKS = (
    "md5",
    "md5Hash",
    "content_md5",
    "ETag",
    "etag",
    "version_id",
    "generation",
    "mtime",
    "LastModified",
    "created",
)
_URL = re.compile(r"([a-z0-9]+)://.+", re.DOTALL)
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')


def is_url(source: str | Path) -> bool:
    """Return whether a source is the address of something in a store that can be asked."""
    found = _URL.fullmatch(str(source))
    return found is not None and found.group(1) in NEEDS


def fetch(url: str, *, progress: Progress | None = None) -> Path:
    """Return a local copy of a file or folder of a store; copied where there is none of its present contents.

    Parameters
    ----------
    url : str
        ``s3://bucket/models/cats`` or another protocol of `NEEDS`, with the credentials that fsspec finds.
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If there is nothing, it can't be read, or a file comes otherwise than the store says.
    Cancelled
    """
    progress = progress or Progress()
    progress.start(f"Looking at {url}", 0)
    try:
        return _fetched(url, progress)
    except (UnusableInput, Cancelled):
        raise
    except ImportError as error:
        protocol = url.partition("://")[0]
        package = NEEDS[protocol] or "its package"
        raise UnusableInput(f"{url} can't be read: {error}.", f"Install it: pip install {package}.") from error
    except Exception as error:  # Each store raises types of its own.
        first = (str(error).splitlines() or [""])[0]
        raise UnusableInput(
            f"{url} can't be read: {type(error).__name__}: {first[:300]}", "Check the address and the credentials."
        ) from error


def origin_of(path: Path) -> str | None:
    """Return the address that a file or folder of the cache was copied from, or None where it is another's."""
    cache = home() / "fetched"
    if not path.is_absolute() or not path.is_relative_to(cache):
        return None
    key, *inner = path.relative_to(cache).parts
    about = read_json(cache / f"{key}.json")
    if not isinstance(about, dict) or not inner:
        return None
    return "/".join([str(about["url"]).rstrip("/"), *inner[1:]])


def _fetched(url: str, progress: Progress) -> Path:
    from fsspec.core import url_to_fs

    files, place = url_to_fs(url)
    listing = _listing(files, place, url)
    key = fingerprint_of([url, {name: _mark(info) for name, info in listing.items()}])
    name = PurePosixPath(place).name or "root"
    target = home() / "fetched" / key / name
    with only_one(f"fetch-{key}", progress, "Waiting for another process that copies the same"):
        if not (home() / "fetched" / f"{key}.json").exists():
            _copy(files, listing, target, url, progress)
            write_json(home() / "fetched" / f"{key}.json", {"url": url, "files": len(listing)})
    return target


def _listing(files: Any, place: str, url: str) -> dict[str, Mapping[str, Json]]:
    """Return the files by their path relative to the address; "" where it is one file itself."""
    found = files.find(place, detail=True)
    if not found:
        raise UnusableInput(f"There is nothing at {url}.", "Check the address.")
    if len(found) > FILES_CAP:
        raise UnusableInput(f"{url} holds more than {FILES_CAP:,} files.", "Give a folder further down.")
    base = files._strip_protocol(place).rstrip("/")
    listing = {name[len(base) :].lstrip("/"): info for name, info in found.items()}
    for name in listing:
        if ".." in PurePosixPath(name).parts or "\\" in name or "\0" in name:
            raise UnusableInput(f"{url} holds a file with the name {name!r}.", "Rename it.")
    return dict(sorted(listing.items()))


def _mark(info: Mapping[str, Json]) -> list[str]:
    return [str(info.get("size")), *(str(info[key]) for key in MARKS if info.get(key) is not None)]


def _copy(files: Any, listing: Mapping[str, Mapping[str, Json]], target: Path, url: str, progress: Progress) -> None:
    size = sum(int(info.get("size") or 0) for info in listing.values())
    folder = target.parent.parent
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if size > free:
        raise UnusableInput(
            f"{url} has {size / 1e9:.1f} GB; {free / 1e9:.1f} GB are free in {folder}.",
            "Free space there, or set CAVEAT_HOME to a folder on a larger disk.",
        )
    progress.start(f"Copying {url}", size)
    with room_in(folder):
        temporary = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-"))
        try:
            for name, info in listing.items():
                _copy_one(files, info, temporary / target.name / name, url, progress)
            shutil.rmtree(target.parent, ignore_errors=True)
            temporary.rename(target.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _copy_one(files: Any, info: Mapping[str, Json], local: Path, url: str, progress: Progress) -> None:
    """Copy one file, and check that it is what the store says: its size, and its MD5 where that is told."""
    local.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.md5(usedforsecurity=False)
    with files.open(info["name"], "rb") as source, local.open("wb") as copy:
        while piece := source.read(2**22):
            copy.write(piece)
            digest.update(piece)
            progress.advance(len(piece))
    told = next((m.group(1) for key in MARKS[:5] if (m := _MD5.fullmatch(str(info.get(key, ""))))), None)
    # An ETag of 32 digits is the MD5, unless the store encrypts with keys of its own: then only the size is known.
    keyed = "kms" in str(info.get("ServerSideEncryption", info.get("SSEKMSKeyId", ""))).casefold()
    size = info.get("size")
    if (size is not None and local.stat().st_size != int(size)) or (told and not keyed and told != digest.hexdigest()):
        raise UnusableInput(
            f"{url}: {PurePosixPath(info['name']).name} came otherwise than the store says.", "Try again."
        )
