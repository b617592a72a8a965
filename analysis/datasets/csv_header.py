"""The first row of a delimited file: names, or values where a file has no header."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.datasets.encoding import printable
from analysis.datasets.rawtable import ArrowTable
from analysis.types import IntArray

_NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class Cells:
    """A delimited file, taken apart.

    Attributes
    ----------
    names : list of str
        Of the columns as the file has them: perhaps empty, perhaps repeated.
    table : pyarrow.Table
        Columns of strings called "0", "1" …
    rows : ndarray of int64
        For each row of `table` its number in the file.
    rejected : dict of int to str
        Row number → reason.
    """

    names: list[str]
    table: ArrowTable
    rows: IntArray
    rejected: dict[int, str]


def is_headerless(cells: list[str]) -> bool:
    """Whether the first row holds values rather than names: all numbers, and not the names 0, 1, 2 … or 1, 2 …"""
    stripped = [cell.strip() for cell in cells]
    if len(cells) < 2 or not all(_NUMBER.fullmatch(cell) for cell in stripped):
        return False
    return all(stripped != [str(i + start) for i in range(len(cells))] for start in (0, 1))


def column_names(cells: list[str]) -> list[str]:
    """Return the column names that a first row gives; "0", "1" … where it holds values."""
    if is_headerless(cells):
        return [str(i) for i in range(len(cells))]
    return [printable(cell).replace("\x00", "") for cell in cells]


def wrong_width(found: int, expected: int) -> str:
    """Say that a row has another number of cells than the header."""
    return f"wrong width: {found:,} cells where the header has {expected:,}"


def at_line(reason: str, line: int) -> str:
    """Add where in the file a row begins, counted from 1 as editors do."""
    return f"{reason} (line {line:,} of the file)"
