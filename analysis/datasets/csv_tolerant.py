"""The tolerant path for delimited files: the standard library's `csv`, stopped and restarted at bad rows."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import deque
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from analysis.datasets.csv_header import Cells, at_line, column_names, is_headerless, wrong_width
from analysis.datasets.rawtable import MAX_CELL_CHARACTERS, ArrowTable, check_width
from analysis.errors import UnusableInput

_CHUNK_ROWS = 50_000


def read_tolerant(name: str, text: str, marks: re.Pattern[str], delimiter: str) -> Cells:
    """Read row by row.

    Parameters
    ----------
    name : str
        The file's name, for messages.
    text : str
        The decoded file.
    marks : re.Pattern
        Finds what could not be decoded; see `encoding.damage`.
    delimiter : str

    Returns
    -------
    Cells

    Raises
    ------
    UnusableInput
        If there is no header.
    """
    width: list[int] = []
    rows = _rows(_Feed(text), delimiter, width)
    first = next(rows, (0, ""))[1]
    if isinstance(first, str):
        raise UnusableInput(
            f"The header of {name} can't be read: {first or 'there is none'}.", "Repair its first line."
        )
    names = column_names(first)
    check_width(name, len(names))
    width.append(len(names))
    damaged = marks if marks.search(text) else None
    zeros = "\x00" in text
    if is_headerless(first):
        rows = itertools.chain([(1, first)], rows)
    rejected: dict[int, str] = {}
    numbers: list[int] = []
    batch: list[list[str]] = []
    chunks: list[ArrowTable] = []
    for number, (line, row) in enumerate(rows):
        reason = _why_not(row, width[0], damaged, zeros)
        if reason:
            rejected[number] = at_line(reason, line)
        elif not isinstance(row, str):
            numbers.append(number)
            batch.append(row)
        if len(batch) == _CHUNK_ROWS:
            chunks.append(_to_arrow(batch, width[0]))
            batch = []
    chunks.append(_to_arrow(batch, width[0]))
    return Cells(names, pa.concat_tables(chunks), np.asarray(numbers, dtype=np.int64), rejected)


class _Feed:
    """Lines for `csv.reader`, which remembers those of the current row so that they can be read again."""

    def __init__(self, text: str) -> None:
        self._lines = iter(io.StringIO(text, newline=""))
        self._pending: deque[str] = deque()
        self.current: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._pending.popleft() if self._pending else next(self._lines)
        self.number += 1
        self.current.append(line)
        return line

    def put_back(self, lines: list[str]) -> None:
        """Let these lines come again."""
        self._pending.extendleft(reversed(lines))
        self.number -= len(lines)


def _rows(feed: _Feed, delimiter: str, width: list[int]) -> Iterator[tuple[int, list[str] | str]]:
    """Yield (line number, cells or the reason why there are none) for each row that is not blank.

    A quote that is opened and never closed swallows the rows after it; so the row where it stands is given up
    and reading goes on with the next line. `width` holds the header's width once it is known.
    """
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.current = []
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines = feed.current
            feed.put_back(lines[1:])
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
            line = feed.number
            yield line, _one_line(lines[0], delimiter, width) or _quote_reason(str(error))
            continue
        line = feed.number - len(feed.current) + 1
        if not row:
            continue
        if width and len(row) != width[0] and len(feed.current) > 1 and _swallowed(feed.current, delimiter, width[0]):
            feed.put_back(feed.current[1:])
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
            yield line, _quote_reason("")
            continue
        yield line, row


def _one_line(line: str, delimiter: str, width: list[int]) -> list[str] | None:
    """Read one line leniently, as with quotes inside a quoted cell; None unless it has the width and no open quote."""
    if line.count('"') % 2:
        return None
    try:
        row = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return None
    return row if width and len(row) == width[0] else None


def _swallowed(lines: list[str], delimiter: str, width: int) -> bool:
    """Whether most lines after the first would be rows by themselves."""
    alone = sum(_one_line(line, delimiter, [width]) is not None for line in lines[1:])
    return alone * 2 > len(lines) - 1


def _quote_reason(error: str) -> str:
    if "field limit" in error or "field larger" in error:
        return f"a cell is longer than {MAX_CELL_CHARACTERS:,} characters, or a quote is left open"
    return "quotes are out of place: one is opened and never closed, or text follows a closing one"


def _why_not(row: list[str] | str, width: int, damaged: re.Pattern[str] | None, zeros: bool) -> str | None:
    """Why a row can't be used, or None."""
    if isinstance(row, str):
        return row
    if len(row) != width:
        return wrong_width(len(row), width)
    if not any(row):
        return "every cell is empty"
    if damaged and any(damaged.search(cell) for cell in row):
        return "undecodable text: some bytes are not in the file's encoding"
    if zeros and any("\x00" in cell for cell in row):
        return "a cell holds a NUL byte"
    if max(map(len, row)) > MAX_CELL_CHARACTERS:
        return f"a cell is longer than {MAX_CELL_CHARACTERS:,} characters"
    return None


def _to_arrow(batch: list[list[str]], width: int) -> ArrowTable:
    columns = list(zip(*batch, strict=True)) if batch else [()] * width
    return pa.table([pa.array(column, pa.string()) for column in columns], names=[str(i) for i in range(width)])
