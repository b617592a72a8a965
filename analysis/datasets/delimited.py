"""CSV and TSV: every row that has the header's width is kept, every other one is named with its reason.

Two paths give the same answer (a property test holds them to it). A file without quotes or damage goes through
`pyarrow.csv`; all others through the standard library's `csv`, which can be stopped at any row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from pathlib import Path

from analysis.datasets.csv_fast import read_fast
from analysis.datasets.csv_header import is_headerless
from analysis.datasets.csv_tolerant import read_tolerant
from analysis.datasets.encoding import Encoding, damage, decode, detect
from analysis.datasets.foreign import describe_foreign
from analysis.datasets.rawtable import RawTable, no_rows_left, read_bytes, unique_names
from analysis.errors import UnusableInput
from analysis.types import Finding, Severity

_DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_CHARACTERS = 65_536
_SNIFFED_ROWS = 50


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
        cells = read_fast(path.name, data, encoding, delimiter) or read_tolerant(
            path.name, decode(data, encoding), damage(encoding), delimiter
        )
        if not cells.table.num_rows:
            raise no_rows_left(path.name, cells.rejected)
        unique, changed = unique_names(cells.names)
        return RawTable(
            name=path.name,
            table=cells.table.rename_columns(unique),
            rows=cells.rows,
            rejected=cells.rejected,
            digest=hashlib.sha256(data).hexdigest(),
            decimal_comma=delimiter != ",",
            findings=findings + _about_header(path.name, changed, is_headerless(_first_row(head, delimiter))),
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
