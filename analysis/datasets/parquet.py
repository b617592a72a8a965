"""Parquet files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.datasets.rawtable import (
    MAX_TABLE_BYTES,
    ArrowColumn,
    RawTable,
    check_width,
    no_rows_left,
    read_bytes,
)
from analysis.errors import UnusableInput

_UNREADABLE = (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError, NotImplementedError)


class ParquetFormat:
    """Apache Parquet."""

    name = "parquet"
    title = "Parquet"
    suffixes: tuple[str, ...] = (".parquet", ".pq")

    def read(self, path: Path) -> RawTable:
        """Read a file whose declared size in memory stays under the cap.

        Returns
        -------
        RawTable
            Numbers and booleans as declared; everything else as strings: dates in ISO form, lists and structures
            as JSON.

        Raises
        ------
        UnusableInput
            If it is no Parquet, damaged, too large, or has no rows.
        """
        data = read_bytes(path)
        try:
            file = pq.ParquetFile(pa.BufferReader(data))
            declared = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
            check_width(path.name, file.metadata.num_columns)
            if declared > MAX_TABLE_BYTES:
                raise UnusableInput(
                    f"{path.name} would need {declared / 1024**3:,.1f} GB of memory; the cap is 2 GB.",
                    "Take a random sample of its rows.",
                )
            table = file.read()
            table.validate(full=True)
            names = [n for n in dict.fromkeys(table.column_names) if not n.startswith("__index_level_")]
            columns = [_column(table.column(table.column_names.index(name))) for name in names]
        except _UNREADABLE as error:
            words = str(error).splitlines()[0][:150] if str(error) else type(error).__name__
            raise UnusableInput(f"{path.name} is not a readable Parquet file: {words}.", "Write it again.") from error
        if not columns or not table.num_rows:
            raise no_rows_left(path.name, {})
        rows = np.arange(table.num_rows, dtype=np.int64)
        digest = hashlib.sha256(data).hexdigest()
        return RawTable(path.name, pa.table(columns, names=names), rows, {}, digest, decimal_comma=True)


def _column(column: ArrowColumn) -> ArrowColumn:
    """Bring a column to booleans, integers, floats or strings."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_float32(kind) or pa.types.is_float64(kind):
        return column
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        return column.cast(pa.float64())
    if pa.types.is_string(kind):
        return column
    if pa.types.is_large_string(kind) or pa.types.is_temporal(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    return pa.chunked_array([pa.array([_as_text(value) for value in column.to_pylist()], pa.string())])


def _as_text(value: object) -> str | None:
    """Write a value that is no plain cell; bytes are named, not shown."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return json.dumps(
        value, ensure_ascii=True, default=lambda v: f"<{len(v)} bytes>" if isinstance(v, bytes) else str(v)
    )
