"""The fast path for delimited files: `pyarrow.csv`, where nothing in the file can be understood in two ways."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from analysis.datasets.csv_header import Cells, at_line, column_names, is_headerless, wrong_width
from analysis.datasets.encoding import Encoding
from analysis.datasets.rawtable import MAX_CELL_CHARACTERS, ArrowTable, check_width

_LONGEST_HEADER = 65_536
_QUOTED = re.compile(r'"[^"]*"')
_BLOCK_BYTES = 16 * 1024**2


def read_fast(name: str, data: bytes, encoding: Encoding, delimiter: str) -> Cells | None:
    """Read a file without quotes (but around names), NUL or undecodable bytes, overlong cells, or rows without content.

    Parameters
    ----------
    name : str
        The file's name, for messages.
    data : bytes
        The whole file.
    encoding : Encoding
    delimiter : str

    Returns
    -------
    Cells or None
        None where the file needs the tolerant path. Rows of another width than the header are rejected.
    """
    if not encoding.clean or b"\x00" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    start = encoding.skip
    while data[start : start + 1] in (b"\r", b"\n"):
        start += 1
    end = data.find(b"\n", start)
    if end < 0 or end - start > _LONGEST_HEADER or data.find(b'"', end) >= 0:
        return None
    cells = data[start:end].decode("utf-8").rstrip("\r").split(delimiter)
    if b'"' in data[start:end]:
        # Some libraries quote the names only. A name that holds a quote or a delimiter needs the tolerant path.
        if not all(_QUOTED.fullmatch(cell) or '"' not in cell for cell in cells):
            return None
        cells = [cell[1:-1] if cell.startswith('"') else cell for cell in cells]
        if is_headerless(cells):
            return None
    check_width(name, len(cells))
    body = memoryview(data)[start if is_headerless(cells) else end + 1 :]
    odd: dict[int, str] = {}
    try:
        table = _parse(body, delimiter, len(cells), None)
    except pa.ArrowInvalid:
        try:
            table = _parse(body, delimiter, len(cells), odd)
        except pa.ArrowInvalid:
            return None
    if not table.num_rows or _any_blank_row(table) or _longest(table) > MAX_CELL_CHARACTERS:
        return None
    if b"\n\n" not in data and b"\n\r\n" not in data:
        first = 1 if is_headerless(cells) else 2
        odd = {row: at_line(reason, row + first) for row, reason in odd.items()}
    rows = np.delete(np.arange(table.num_rows + len(odd), dtype=np.int64), list(odd))
    return Cells(column_names(cells), table, rows, odd)


def _parse(body: memoryview, delimiter: str, width: int, odd: dict[int, str] | None) -> ArrowTable:
    """Parse with all threads; or with one, where rows are counted, collecting those of another width in `odd`."""

    def collect(row: Any) -> str:
        assert odd is not None
        odd[row.number - 1] = wrong_width(row.actual_columns, row.expected_columns)
        return "skip"

    keys = [str(i) for i in range(width)]
    return pyarrow.csv.read_csv(
        pa.BufferReader(pa.py_buffer(body)),
        read_options=pyarrow.csv.ReadOptions(column_names=keys, block_size=_BLOCK_BYTES, use_threads=odd is None),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter, quote_char=False, invalid_row_handler=None if odd is None else collect
        ),
        convert_options=pyarrow.csv.ConvertOptions(column_types={key: pa.string() for key in keys}),
    )


def _longest(table: ArrowTable) -> int:
    return max(pc.max(pc.utf8_length(column)).as_py() or 0 for column in table.columns)


def _any_blank_row(table: ArrowTable) -> bool:
    """Whether some row has nothing in any cell."""
    blank = None
    for column in table.columns:
        empty = pc.equal(pc.utf8_length(column), 0)
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return False
    return True
