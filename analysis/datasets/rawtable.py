"""What a table format hands on: cells as they stand in the file, and the rows that can't be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from analysis.errors import UnusableInput
from analysis.types import Finding, IntArray

#: A `pyarrow.Table`: columns of strings (CSV), or of what the file declares (JSON lines, Parquet).
ArrowTable: TypeAlias = Any
#: A `pyarrow.ChunkedArray`.
ArrowColumn: TypeAlias = Any

MAX_TABLE_BYTES = 2 * 1024**3
MAX_COLUMNS = 10_000
#: Longer cells are rejected: no model here reads that far, and they are nearly always a quote left open.
MAX_CELL_CHARACTERS = 100_000


@dataclass(frozen=True)
class RawTable:
    """One table file, read but not interpreted.

    Attributes
    ----------
    name : str
        The file's name, for messages.
    table : pyarrow.Table
        The rows that have the right shape.
    rows : ndarray of int64, shape (n,)
        For each row of `table` its number in the file: data rows count from 0, rejected ones included.
    rejected : mapping of int to str
        Row number → why it could not even be read.
    digest : str
        SHA-256 of the file's bytes (hex).
    decimal_comma : bool
        Whether a comma inside a cell may be a decimal sign: false where commas separate the cells.
    findings : tuple of Finding
        What reading it found.
    """

    name: str
    table: ArrowTable
    rows: IntArray
    rejected: Mapping[int, str]
    digest: str
    decimal_comma: bool = False
    findings: tuple[Finding, ...] = ()


class TableFormat(Protocol):
    """Reads one kind of table file. One file in this package, one line in `registry.FORMATS`.

    Attributes
    ----------
    name, title : str
        "csv", and what a person calls it.
    suffixes : tuple of str
        Lower-case file name endings that this format answers for.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]

    def read(self, path: Path) -> RawTable:
        """Read a file; bad rows are collected, and only a file without any usable row raises `UnusableInput`."""
        ...


def read_bytes(path: Path, cap: int = MAX_TABLE_BYTES) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    UnusableInput
        If it is empty, too large, no regular file, or can't be read.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise UnusableInput(f"{path.name} is not a regular file.", "Give a file or a folder.")
        if size > cap:
            raise UnusableInput(
                f"{path.name} has {size / 1024**2:,.0f} MB; the cap is {cap / 1024**2:,.0f} MB.",
                "Take a random sample of its rows.",
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise UnusableInput(f"{path.name} can't be read: {error}.", "Check the path and its permissions.") from error
    if not data[:4096].strip() and not data.strip():
        raise UnusableInput(f"{path.name} is empty.", "Give a file that has rows in it.")
    return data


def check_width(name: str, columns: int) -> None:
    """Refuse a table of absurdly many columns, raising `UnusableInput`."""
    if columns > MAX_COLUMNS:
        raise UnusableInput(
            f"{name} has {columns:,} columns; the cap is {MAX_COLUMNS:,}.",
            "Keep the columns that the model needs.",
        )


def no_rows_left(name: str, rejected: Mapping[int, str]) -> UnusableInput:
    """Return the error for a table none of whose rows can be used: it names the first reasons."""
    if not rejected:
        return UnusableInput(f"{name} has no rows.", "Give a file that has rows below its header.")
    kinds = {reason.split(" (line ")[0] for reason in rejected.values()}
    first = "; ".join(f"row {row}: {reason}" for row, reason in list(rejected.items())[:3])
    why = f"each has the {next(iter(kinds))}" if len(kinds) == 1 and "wrong width" in str(kinds) else first
    what = f"None of the {len(rejected):,} rows of {name} can be used: {why}."
    return UnusableInput(what, "Check the delimiter, the header and the encoding, and that this is the right file.")


def unique_names(names: list[str]) -> tuple[list[str], list[str]]:
    """Name empty and repeated columns as pandas does, so that they fit a model that was trained on such a file.

    Parameters
    ----------
    names : list of str
        The header's cells.

    Returns
    -------
    names : list of str
        Unique: an empty one becomes "Unnamed: 3", the second "x" becomes "x.1".
    changed : list of str
        The names that were given.
    """
    taken = set(names)
    seen: set[str] = set()
    unique, changed = [], []
    for position, name in enumerate(names):
        new = name if name.strip() else f"Unnamed: {position}"
        if new in seen:
            stem, count = new, 1
            while f"{stem}.{count}" in seen | taken:
                count += 1
            new = f"{stem}.{count}"
        if new != name:
            changed.append(new)
        seen.add(new)
        unique.append(new)
    return unique, changed
