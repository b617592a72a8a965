"""CSV and TSV: every row that has the header's width is kept, every other one is named with its reason.

Two paths give the same answer (a property test holds them to it). Files without quotes, damage or rows of another
width go through `pyarrow.csv`; all others through the standard library's `csv`, which can be stopped at any row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from analysis.datasets.encoding import Encoding, damage, decode, detect, printable
from analysis.datasets.foreign import describe_foreign
from analysis.datasets.rawtable import (
    MAX_CELL_CHARACTERS,
    ArrowTable,
    RawTable,
    check_width,
    no_rows_left,
    read_bytes,
    unique_names,
)
from analysis.errors import UnusableInput
from analysis.types import Finding, Severity

_DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_CHARACTERS = 65_536
_SNIFFED_ROWS = 50
_CHUNK_ROWS = 50_000
_NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")


class DelimitedFormat:
    """Comma-, semicolon-, tab- and pipe-separated text."""

    name = "csv"
    title = "CSV or TSV"
    suffixes: tuple[str, ...] = (".csv", ".tsv", ".tab")

    def read(self, path: Path) -> RawTable:
        """Read a file whose first row names its columns.

        Returns
        -------
        RawTable
            All columns are strings, exactly as written; an empty cell is "", and ``NA`` is ``NA``.

        Raises
        ------
        UnusableInput
            If the file is no text, has no rows, or none of its rows can be used.
        """
        data = read_bytes(path)
        foreign = describe_foreign(data[:512], pictures=True)
        if foreign:
            raise UnusableInput(f"{path.name} is not a table: it is {foreign}.", "Give the table itself.")
        encoding = detect(data)
        head = decode(data[: 4 * _SNIFFED_CHARACTERS], encoding)[:_SNIFFED_CHARACTERS]
        delimiter = "\t" if path.suffix.lower() in {".tsv", ".tab"} else sniff_delimiter(head)
        findings = _about_encoding(path.name, encoding)
        fast = _read_clean(data, encoding, delimiter)
        if fast is not None:
            names, table = fast
            rejected: dict[int, str] = {}
            rows = np.arange(table.num_rows, dtype=np.int64)
        else:
            names, table, rows, rejected = _read_tolerant(path.name, decode(data, encoding), encoding, delimiter)
        if not table.num_rows:
            raise no_rows_left(path.name, rejected)
        unique, changed = unique_names(names)
        return RawTable(
            name=path.name,
            table=table.rename_columns(unique),
            rows=rows,
            rejected=rejected,
            digest=hashlib.sha256(data).hexdigest(),
            decimal_comma=delimiter != ",",
            findings=findings + _about_header(path.name, changed, _is_headerless(_first_row(head, delimiter))),
        )


def sniff_delimiter(head: str) -> str:
    """Find what separates the cells: the delimiter under which most rows are as wide as the header.

    Parameters
    ----------
    head : str
        The file's beginning.

    Returns
    -------
    str
        One of ``, ; | TAB``; a comma where none of them separates anything.
    """
    best, best_key = ",", (False, 0.0, 0)
    lines = list(io.StringIO(head, newline=""))
    lines = lines[:-1] if len(lines) > 1 and len(head) == _SNIFFED_CHARACTERS else lines
    for delimiter in _DELIMITERS:
        try:
            reader = csv.reader(lines, delimiter=delimiter)
            widths = [len(row) for row in itertools.islice((r for r in reader if r), _SNIFFED_ROWS)]
        except csv.Error:
            continue
        if not widths:
            continue
        agreeing = sum(width == widths[0] for width in widths) / len(widths)
        key = (widths[0] > 1, round(agreeing, 1), widths[0])
        if key > best_key:
            best, best_key = delimiter, key
    return best


def _first_row(head: str, delimiter: str) -> list[str]:
    """Return the cells of the first row that is not blank."""
    try:
        return next((row for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if row), [])
    except csv.Error:
        return []


def _is_headerless(cells: list[str]) -> bool:
    """Whether the first row holds values rather than names: all numbers, and not the names 0, 1, 2 … or 1, 2 …"""
    stripped = [cell.strip() for cell in cells]
    if len(cells) < 2 or not all(_NUMBER.fullmatch(cell) for cell in stripped):
        return False
    return all(stripped != [str(i + start) for i in range(len(cells))] for start in (0, 1))


def _names(cells: list[str]) -> list[str]:
    """Return the column names that a first row gives; "0", "1" … where it holds values."""
    if _is_headerless(cells):
        return [str(i) for i in range(len(cells))]
    return [printable(cell).replace("\x00", "") for cell in cells]


def _read_clean(data: bytes, encoding: Encoding, delimiter: str) -> tuple[list[str], ArrowTable] | None:
    """Read a file without quotes, damage or odd rows at full speed; None where it has any."""
    if encoding.name != "utf-8" or b'"' in data or b"\x00" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    start = encoding.skip
    while data[start : start + 1] in (b"\r", b"\n") and start < len(data):
        start += 1
    end = data.find(b"\n", start)
    if end < 0 or end - start > _SNIFFED_CHARACTERS:
        return None
    try:
        cells = data[start:end].decode("utf-8").rstrip("\r").split(delimiter)
    except UnicodeDecodeError:
        return None
    names = _names(cells)
    check_width("The table", len(names))
    body = pa.py_buffer(memoryview(data)[start if _is_headerless(cells) else end + 1 :])
    keys = [str(i) for i in range(len(names))]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(body),
            read_options=pyarrow.csv.ReadOptions(column_names=keys, block_size=16 * 1024**2),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(column_types={key: pa.string() for key in keys}),
        )
    except pa.ArrowInvalid:
        return None
    for column in table.columns:
        longest = pc.max(pc.utf8_length(column)).as_py() or 0
        if longest > MAX_CELL_CHARACTERS:
            return None
    if not table.num_rows or _any_blank_row(table):
        return None
    return names, table


def _any_blank_row(table: ArrowTable) -> bool:
    """Whether some row has nothing in any cell; such rows take the tolerant path, which names them."""
    blank = None
    for column in table.columns:
        empty = pc.equal(pc.utf8_length(column), 0)
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return False
    return True


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


def _read_tolerant(
    name: str, text: str, encoding: Encoding, delimiter: str
) -> tuple[list[str], ArrowTable, np.ndarray[tuple[int], np.dtype[np.int64]], dict[int, str]]:
    """Read row by row. Returns names, table, row numbers, and the reasons of the rejected rows."""
    width: list[int] = []
    rows = _rows(_Feed(text), delimiter, width)
    first = next(rows, (0, ""))[1]
    if isinstance(first, str):
        raise UnusableInput(
            f"The header of {name} can't be read: {first or 'there is none'}.", "Repair its first line."
        )
    names = _names(first)
    check_width(name, len(names))
    width.append(len(names))
    damaged = damage(encoding) if damage(encoding).search(text) else None
    zeros = "\x00" in text
    if _is_headerless(first):
        rows = itertools.chain([(1, first)], rows)
    rejected: dict[int, str] = {}
    numbers: list[int] = []
    batch: list[list[str]] = []
    chunks: list[ArrowTable] = []
    for number, (line, row) in enumerate(rows):
        reason = _why_not(row, width[0], damaged, zeros)
        if reason:
            rejected[number] = f"{reason} (line {line:,} of the file)"
        elif not isinstance(row, str):
            numbers.append(number)
            batch.append(row)
        if len(batch) == _CHUNK_ROWS:
            chunks.append(_to_arrow(batch, width[0]))
            batch = []
    chunks.append(_to_arrow(batch, width[0]))
    return names, pa.concat_tables(chunks), np.asarray(numbers, dtype=np.int64), rejected


def _why_not(row: list[str] | str, width: int, damaged: re.Pattern[str] | None, zeros: bool) -> str | None:
    """Why a row can't be used, or None."""
    if isinstance(row, str):
        return row
    if len(row) != width:
        return f"wrong width: {len(row):,} cells where the header has {width:,}"
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


def _about_encoding(name: str, encoding: Encoding) -> tuple[Finding, ...]:
    if encoding.name == "utf-8":
        return ()
    words = {"cp1252": "Windows-1252"}.get(encoding.name, encoding.name.upper())
    summary = f"{name} is not UTF-8; it was read as {words}."
    action = "Check that accented letters look right." if encoding.name == "cp1252" else ""
    severity = Severity.CAUTION if encoding.name == "cp1252" else Severity.OK
    return (Finding("data.encoding", severity, summary, {"file": name, "encoding": encoding.name}, action),)


def _about_header(name: str, changed: list[str], headerless: bool) -> tuple[Finding, ...]:
    if headerless:
        summary = f"The first row of {name} holds numbers, not names; its columns are called 0, 1, 2 …"
        action = "Add a header row that names the columns as the model knows them."
        return (Finding("data.header", Severity.CAUTION, summary, {"file": name}, action),)
    if changed:
        summary = f"{len(changed)} columns of {name} have no name or a repeated one; they are called {_some(changed)}."
        evidence = {"file": name, "columns": changed[:20]}
        return (Finding("data.header", Severity.CAUTION, summary, evidence, "Give every column its own name."),)
    return ()


def _some(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:3])
    return shown + (" …" if len(names) > 3 else "")
