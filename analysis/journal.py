"""Batches that are done, appended to one file: a run that was stopped, by whatever, goes on where it was.

The file begins with a record that says which plan the batches belong to; each further record is one batch. A record
is its length, a checksum and its contents, written at once: one that a crash or a full disk cut short is recognised
and cut off, and everything before it counts.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from analysis.batch import Batch
from analysis.storage import room_in
from analysis.types import Json

#: Length and checksum of what follows.
HEAD = struct.Struct("<QI")
#: Place in the plan, parts, seconds; then rows, outputs and bytes of the rejections in JSON.
BATCH = struct.Struct("<qqdqqq")


class Journal:
    """The finished batches of one run.

    Parameters
    ----------
    path : Path
        Made with the first batch. One that belongs to another plan is begun anew.
    plan : mapping
        All that decides what the batches are, as JSON values.

    Attributes
    ----------
    done : set of int
        Places in the plan that are finished.
    examples : int
        Examples in those, rejected ones included.
    seconds : float
        What they took.
    parts : int
        The most parts that a batch was computed in.
    """

    def __init__(self, path: Path, plan: Mapping[str, Json]) -> None:
        self.path = path
        self.done: set[int] = set()
        self.examples, self.seconds, self.parts = 0, 0.0, 1
        self._plan = json.dumps(dict(plan), sort_keys=True).encode()
        self._file: int | None = None
        self._end = 0
        self._read()

    def add(self, place: int, batch: Batch, seconds: float) -> None:
        """Append one finished batch.

        Raises
        ------
        UnusableInput
            If the disk is full; what was appended before stays good.
        """
        with room_in(self.path.parent):
            if self._file is None:
                self._file = self._begin()
            contents = _packed(place, batch, seconds)
            try:
                _write(self._file, contents)
            except OSError:
                os.truncate(self._file, self._end)
                raise
            self._end += HEAD.size + len(contents)
        self._count(place, batch, seconds)

    def batches(self) -> Iterator[Batch]:
        """Yield the finished batches in the order in which they were finished."""
        for _, contents in self._records():
            yield _unpacked(contents)[1]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def discard(self) -> None:
        """Remove the file: the run is kept elsewhere by now."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _begin(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.truncate(file, self._end)  # What a crash cut short, or what belongs to another plan.
            os.lseek(file, self._end, os.SEEK_SET)
            if not self._end:
                _write(file, self._plan)
                self._end = HEAD.size + len(self._plan)
        except OSError:
            os.close(file)
            raise
        return file

    def _read(self) -> None:
        for end, contents in self._records():
            place, batch, seconds = _unpacked(contents)
            self._count(place, batch, seconds)
            self._end = end

    def _count(self, place: int, batch: Batch, seconds: float) -> None:
        self.done.add(place)
        self.examples += len(batch)
        self.seconds += seconds
        self.parts = max(self.parts, batch.parts)

    def _records(self) -> Iterator[tuple[int, bytes]]:
        """Yield the end and the contents of each good record after the plan; none where the plan is another."""
        try:
            with self.path.open("rb") as file:
                if _next(file) == self._plan:
                    self._end = max(self._end, file.tell())
                    while (contents := _next(file)) is not None:
                        yield file.tell(), contents
        except FileNotFoundError:
            return


def _write(file: int, contents: bytes) -> None:
    left = memoryview(HEAD.pack(len(contents), zlib.crc32(contents)) + contents)
    while left:
        left = left[os.write(file, left) :]


def _next(file: BinaryIO) -> bytes | None:
    """Return the next record's contents, or None at the end and where it is damaged."""
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    length, checksum = HEAD.unpack(head)
    if length > os.fstat(file.fileno()).st_size - file.tell():
        return None
    contents = file.read(length)
    return contents if zlib.crc32(contents) == checksum else None


def _packed(place: int, batch: Batch, seconds: float) -> bytes:
    rejected = json.dumps(batch.rejected).encode()
    numbers = BATCH.pack(place, batch.parts, seconds, *batch.scores.shape, len(rejected))
    rows = np.ascontiguousarray(batch.rows, dtype=np.int64).tobytes()
    scores = np.ascontiguousarray(batch.scores, dtype=np.float32).tobytes()
    return b"".join((numbers, rows, scores, rejected))


def _unpacked(contents: bytes) -> tuple[int, Batch, float]:
    place, parts, seconds, n, k, length = BATCH.unpack_from(contents)
    middle = BATCH.size + 8 * n
    rows = np.frombuffer(contents, dtype=np.int64, count=n, offset=BATCH.size)
    scores = np.frombuffer(contents, dtype=np.float32, count=n * k, offset=middle).reshape(n, k)
    rejected = tuple((int(row), str(why)) for row, why in json.loads(contents[len(contents) - length :] or b"[]"))
    return place, Batch(rows, scores, rejected, parts), seconds
