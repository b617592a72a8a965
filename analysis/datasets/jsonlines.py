"""JSON lines (one object a line), or one JSON array of objects."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from analysis.datasets.encoding import damage, decode, detect
from analysis.datasets.foreign import describe_foreign
from analysis.datasets.rawtable import (
    MAX_CELL_CHARACTERS,
    ArrowColumn,
    RawTable,
    check_width,
    no_rows_left,
    read_bytes,
)
from analysis.errors import UnusableInput

_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonLinesFormat:
    """JSON lines; a ``.json`` file may also be one array of objects."""

    name = "jsonl"
    title = "JSON lines"
    suffixes: tuple[str, ...] = (".jsonl", ".ndjson", ".json")

    def read(self, path: Path) -> RawTable:
        """Read objects as rows; a key that an object lacks is a missing cell, and so is ``null``.

        Returns
        -------
        RawTable
            Columns of booleans, of numbers (float64, or int64), else of strings: mixed values are written as
            strings, lists and objects as JSON.

        Raises
        ------
        UnusableInput
            If the file is no JSON, has no rows, or none of its rows can be used.
        """
        data = read_bytes(path)
        foreign = describe_foreign(data[:512], pictures=True)
        if foreign:
            raise UnusableInput(f"{path.name} is not JSON: it is {foreign}.", "Give the table itself.")
        encoding = detect(data)
        marks = damage(encoding)
        records: list[dict[str, Any]] = []
        numbers: list[int] = []
        rejected: dict[int, str] = {}
        for row, item in enumerate(_items(path.name, decode(data, encoding))):
            reason = _undecodable(item, marks) if isinstance(item, str) else None
            value = _parse(item) if isinstance(item, str) and not reason else item
            reason = reason or _why_not(value)
            if reason:
                rejected[row] = reason
            else:
                records.append(value)
                numbers.append(row)
        if not records:
            raise no_rows_left(path.name, rejected)
        names = list(dict.fromkeys(key for record in records for key in record))
        check_width(path.name, len(names))
        if not names:
            raise UnusableInput(f"The objects in {path.name} are empty.", "Give objects with keys.")
        columns = [_column([record.get(name) for record in records]) for name in names]
        rows = np.asarray(numbers, dtype=np.int64)
        table = pa.table(columns, names=names)
        return RawTable(path.name, table, rows, rejected, hashlib.sha256(data).hexdigest(), decimal_comma=True)


class _BadLine:
    """A line that is no JSON, with the parser's words."""

    def __init__(self, words: str) -> None:
        self.words = words


def _items(name: str, text: str) -> Iterator[Any]:
    """Yield lines that are not blank, or the elements of one array that fills the file."""
    first = text.lstrip()[:1]
    if first == "[":
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError):
            whole = None
        if isinstance(whole, list) and not all(isinstance(item, list) for item in whole):
            yield from (item if isinstance(item, dict) else _BadLine("not an object") for item in whole)
            return
    if first not in {"{", "["}:
        raise UnusableInput(f"{name} is not JSON lines.", 'Each line must be an object: {"text": "…", "label": "…"}.')
    yield from (line for line in io.StringIO(text, newline="\n") if line.strip())


def _undecodable(line: str, marks: re.Pattern[str]) -> str | None:
    return "undecodable text: some bytes are not in the file's encoding" if marks.search(line) else None


def _parse(line: str) -> Any:
    try:
        return json.loads(line)
    except RecursionError:
        return _BadLine("nested too deeply")
    except ValueError as error:
        return _BadLine(f"no JSON: {str(error)[:100]}")


def _why_not(value: Any) -> str | None:
    """Why a parsed value is no usable row, or None."""
    if isinstance(value, _BadLine):
        return value.words
    if not isinstance(value, dict):
        return "not an object"
    for key, cell in value.items():
        if _SURROGATE.search(key):
            return "a key holds half a surrogate pair"
        if not isinstance(cell, str):
            continue
        if len(cell) > MAX_CELL_CHARACTERS:
            return f"a cell is longer than {MAX_CELL_CHARACTERS:,} characters"
        if "\x00" in cell:
            return "a cell holds a NUL byte"
        if _SURROGATE.search(cell):
            return "a cell holds half a surrogate pair"
    return None


def _column(values: list[Any]) -> ArrowColumn:
    """Type a column by what is in it: booleans, numbers, or strings."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds and kinds <= {int, float}:
        wide = any(isinstance(value, int) and abs(value) > 2**53 for value in values)
        if not wide:
            return pa.array(values, pa.int64() if kinds == {int} else pa.float64(), from_pandas=False)
    return pa.array([_as_text(value) for value in values], pa.string())


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=True)
