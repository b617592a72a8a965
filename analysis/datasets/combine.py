"""Put the tables of several files under one another, remembering where each row came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.datasets.numbers import is_number_type
from analysis.datasets.rawtable import ArrowColumn, ArrowTable, RawTable
from analysis.types import Finding, IntArray, Rejection


@dataclass(frozen=True)
class Part:
    """One file of a data set.

    Attributes
    ----------
    raw : RawTable
    prefix : str
        Stands before the row number in an id: "test.csv:", or nothing.
    split : str or None
        The split of all its rows, where the file tells it.
    """

    raw: RawTable
    prefix: str
    split: str | None


@dataclass(frozen=True)
class Combined:
    """Rows of all files.

    Attributes
    ----------
    parts : tuple of Part
    table : pyarrow.Table
        n rows.
    part : ndarray of int64, shape (n,)
        Which file each row is from.
    rows : ndarray of int64, shape (n,)
        Its number in that file.
    """

    parts: tuple[Part, ...]
    table: ArrowTable
    part: IntArray
    rows: IntArray

    def ids(self) -> ArrowColumn:
        """Return the row numbers as strings behind each file's prefix, shape (n,)."""
        numbers = pa.array(self.rows).cast(pa.string())
        if not any(part.prefix for part in self.parts):
            return numbers
        prefixes = pa.array([part.prefix for part in self.parts]).take(pa.array(self.part))
        return pc.binary_join_element_wise(prefixes, numbers, "")

    def splits(self) -> ArrowColumn:
        """Return the files' splits, "all" where a file tells none, shape (n,)."""
        return pa.array([part.split or "all" for part in self.parts]).take(pa.array(self.part))

    def item(self, position: int) -> str:
        """Name a row for a person: "reviews.csv row 17"."""
        return f"{self.parts[int(self.part[position])].raw.name} row {int(self.rows[position])}"

    def rejections(self, reasons: dict[int, str]) -> list[Rejection]:
        """Merge the rows that could not be read with those rejected later, in the order of the files.

        Parameters
        ----------
        reasons : dict of int to str
            Position in `table` → reason.
        """
        found = [(index, row, why) for index, p in enumerate(self.parts) for row, why in p.raw.rejected.items()]
        found += [(int(self.part[at]), int(self.rows[at]), why) for at, why in reasons.items()]
        return [Rejection(f"{self.parts[index].raw.name} row {row}", why) for index, row, why in sorted(found)]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What reading the files found."""
        return tuple(finding for part in self.parts for finding in part.raw.findings)


def combine(parts: Sequence[Part]) -> Combined:
    """Put files with the same columns under one another, in the order of the first one's columns.

    Parameters
    ----------
    parts : sequence of Part
        At least one.

    Returns
    -------
    Combined
        A column that files declare differently becomes float64 where all are numbers, else strings.
    """
    names = parts[0].raw.table.column_names
    columns = [_stack([part.raw.table.column(name) for part in parts]) for name in names]
    sizes = [part.raw.table.num_rows for part in parts]
    return Combined(
        parts=tuple(parts),
        table=pa.table(columns, names=names),
        part=np.repeat(np.arange(len(parts), dtype=np.int64), sizes),
        rows=np.concatenate([part.raw.rows for part in parts]),
    )


def _stack(columns: Sequence[ArrowColumn]) -> ArrowColumn:
    kinds = {column.type for column in columns}
    if len(kinds) > 1:
        common = pa.float64() if all(map(is_number_type, columns)) else pa.string()
        columns = [_cast(column, common) for column in columns]
    return pa.chunked_array([chunk for column in columns for chunk in column.chunks], columns[0].type)


def _cast(column: ArrowColumn, kind: pa.DataType) -> ArrowColumn:
    if pa.types.is_boolean(column.type) and pa.types.is_floating(kind):
        column = column.cast(pa.uint8())
    return column.cast(kind, safe=False)
