"""Where Caveat keeps what it made: runs, uploads, small caches."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Json

#: How systems say that nothing more can be written: the disk, or the person's share of it, is used up.
FULL = (errno.ENOSPC, errno.EDQUOT)


def home() -> Path:
    """Return the folder for kept results: ``$CAVEAT_HOME``, or ``~/.cache/caveat``; made when absent."""
    chosen = os.environ.get("CAVEAT_HOME")
    folder = Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "caveat"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def room_in(folder: Path) -> Iterator[None]:
    """Turn the error of a full disk, met while writing below `folder`, into one that says where and what to do.

    Raises
    ------
    UnusableInput
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise UnusableInput(
            f"The disk is full: nothing more can be written to {folder} ({_free(folder)} MB are free).",
            "Free space there (the folders in it are kept results: each may go, and is made again when it is asked "
            "for), or set CAVEAT_HOME to a folder on a larger disk. What was finished is kept.",
        ) from error


def _free(folder: Path) -> str:
    try:
        return f"{shutil.disk_usage(folder).free / 1e6:,.0f}"
    except OSError:
        return "no"


@contextmanager
def only_one(name: str, progress: Progress, waiting: str) -> Iterator[None]:
    """Hold a lock that no other process and no other thread holds at the same time; released also by a crash.

    Parameters
    ----------
    name : str
        What the lock is for; a valid file name.
    progress : Progress
        Says `waiting` while another one holds it; a cancel ends the wait.
    waiting : str

    Raises
    ------
    Cancelled
    """
    from filelock import FileLock, Timeout

    folder = home() / "locks"
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / f"{name}.lock", thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        progress.start(waiting, 0)
        _wait_for(lambda: lock.acquire(timeout=0.2), Timeout, progress)
    try:
        yield
    finally:
        lock.release()


def _wait_for(acquire: Callable[[], object], refused: type[Exception], progress: Progress) -> None:
    while True:
        try:
            acquire()
        except refused:
            progress.advance(0)
        else:
            return


def write_json(path: Path, value: Json) -> None:
    """Write a JSON file so that a reader sees the old one or the new one, never half of it.

    Raises
    ------
    UnusableInput
        If the disk is full.
    """
    with room_in(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file, ensure_ascii=False, indent=1)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def read_json(path: Path) -> Json:
    """Return what `write_json` wrote, or None where there is nothing that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
