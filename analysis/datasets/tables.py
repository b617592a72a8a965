"""Tables of texts or of features: one file, or a folder of files, one a split."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.datasets.columns import ColumnGuess, Known, guess_roles
from analysis.datasets.combine import Part, combine
from analysis.datasets.foreign import is_clutter, is_document
from analysis.datasets.interpret import interpret
from analysis.datasets.kept import read_once
from analysis.datasets.profiles import profile_table
from analysis.datasets.rawtable import ArrowTable, RawTable, TableFormat
from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Dataset, Modality, Rejection

SPLIT_WORDS = ("train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval", "holdout")
_SPLIT_IN_NAME = re.compile(rf"(?:^|[-_. ])({'|'.join(SPLIT_WORDS)})(?=$|[-_. ])", re.IGNORECASE)


def split_in_name(name: str) -> str | None:
    """Return the split that a file's name tells ("reviews-test.csv", "test-00000-of-00001.parquet"), as written."""
    found = _SPLIT_IN_NAME.search(Path(name).stem)
    return found.group(1) if found else None


@dataclass(frozen=True)
class TableFile:
    """One table file.

    Attributes
    ----------
    formats : tuple of TableFormat
        What it can read; the registry's.
    """

    formats: tuple[TableFormat, ...]
    name: str = "table"
    title: str = "a table of texts or features"
    modalities: tuple[Modality, ...] = (Modality.TEXT, Modality.TABULAR)

    def can_read(self, path: Path) -> bool:
        """Whether the file's name ends as one of the formats' do."""
        return path.is_file() and format_of(path, self.formats) is not None

    def guess(self, path: Path, known: Known) -> ColumnGuess:
        """Say which column would be taken for what; raises `UnusableInput`."""
        raw = read_table(path, self.formats)
        return _guess(raw.table, raw.decimal_comma, known, self.name)

    def read(self, path: Path, known: Known, progress: Progress) -> Dataset:
        """Open the file. Ids are row numbers, the split is in its name or in a column, else "all"."""
        progress.start(f"Reading {path.name}", 1)
        dataset = read_once([path], known, self.name, path, lambda: self._read(path, known))
        progress.advance()
        return dataset

    def _read(self, path: Path, known: Known) -> Dataset:
        raw = read_table(path, self.formats)
        combined = combine([Part(raw, "", split_in_name(path.name))])
        guess = _guess(combined.table, raw.decimal_comma, known, self.name)
        name, keep = path.resolve().stem, known.keep_unlabelled
        return interpret(combined, guess, name=name, source=str(path), keep_unlabelled=keep)


@dataclass(frozen=True)
class TableFolder:
    """A folder of tables with the same columns: train.csv, test.csv …

    Attributes
    ----------
    formats : tuple of TableFormat
    """

    formats: tuple[TableFormat, ...]
    name: str = "tables"
    title: str = "a folder of tables, one a split"
    modalities: tuple[Modality, ...] = (Modality.TEXT, Modality.TABULAR)

    def can_read(self, path: Path) -> bool:
        """Whether there is a table directly in the folder."""
        return path.is_dir() and bool(tables_in(path, self.formats))

    def guess(self, path: Path, known: Known) -> ColumnGuess:
        """Say which column of the first table would be taken for what; raises `UnusableInput`."""
        raw, others = None, [*tables_in(path, self.formats)]
        while raw is None:
            try:
                raw = read_table(others.pop(0), self.formats)
            except UnusableInput:
                if not others:
                    raise
        return _guess(raw.table, raw.decimal_comma, _without_split(known, tables_in(path, self.formats)), self.name)

    def read(self, path: Path, known: Known, progress: Progress) -> Dataset:
        """Open all of them. Ids are ``file:row``; a file that can't be read, or has other columns, is rejected."""
        files = tables_in(path, self.formats)
        return read_once(files, known, self.name, path, lambda: self._read(path, files, known, progress))

    def _read(self, path: Path, files: Sequence[Path], known: Known, progress: Progress) -> Dataset:
        progress.start(f"Reading {len(files)} tables", len(files))
        parts: list[Part] = []
        refused = _others_in(path, files)
        for file in files:
            try:
                raw = read_table(file, self.formats)
                _check_same_columns(raw, parts)
                parts.append(Part(raw, f"{file.name}:", split_in_name(file.name) or file.stem))
            except UnusableInput as error:
                refused.append(Rejection(file.name, error.what.rstrip(".")))
            progress.advance()
        if not parts:
            raise UnusableInput(f"No table in {path.name} can be used: {refused[0].reason}.", "Repair the files.")
        combined = combine(parts)
        decimal_comma = all(part.raw.decimal_comma for part in parts)
        guess = _guess(combined.table, decimal_comma, _without_split(known, files), self.name)
        name, keep = path.resolve().name, known.keep_unlabelled
        return interpret(combined, guess, name=name, source=str(path), refused=refused, keep_unlabelled=keep)


def format_of(path: Path, formats: Sequence[TableFormat]) -> TableFormat | None:
    """Return the format that answers for a file's name."""
    return next((form for form in formats if path.suffix.lower() in form.suffixes), None)


def read_table(path: Path, formats: Sequence[TableFormat]) -> RawTable:
    """Read a table file with the format that answers for its name.

    Raises
    ------
    UnusableInput
        If none does, or no row can be used.
    """
    form = format_of(path, formats)
    if form is None:
        known = ", ".join(suffix for each in formats for suffix in each.suffixes)
        raise UnusableInput(f"{path.name} is no table that can be read.", f"Formats: {known}.")
    return form.read(path)


def tables_in(folder: Path, formats: Sequence[TableFormat]) -> list[Path]:
    """Return the tables directly in a folder, sorted by name. A ``.json`` there is taken for a description."""
    suffixes = {suffix for form in formats for suffix in form.suffixes} - {".json"}
    root = folder.resolve()
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in suffixes and not is_clutter(file.name) and file.is_file() and _inside(file, root)
    )


def _inside(file: Path, root: Path) -> bool:
    return file.resolve().is_relative_to(root)


def _guess(table: ArrowTable, decimal_comma: bool, known: Known, reader: str) -> ColumnGuess:
    return guess_roles(profile_table(table, decimal_comma=decimal_comma), known, reader=reader)


def _without_split(known: Known, files: Sequence[Path]) -> Known:
    """Where every file's name tells its split, no column is taken for it unless the person chose one."""
    if known.columns.split is None and all(split_in_name(file.name) for file in files):
        return replace(known, columns=replace(known.columns, split=""))
    return known


def _check_same_columns(raw: RawTable, parts: Sequence[Part]) -> None:
    if not parts or set(raw.table.column_names) == set(parts[0].raw.table.column_names):
        return
    first = parts[0].raw
    odd = sorted(set(raw.table.column_names) ^ set(first.table.column_names))
    shown = ", ".join(f"“{name}”" for name in odd[:5])
    raise UnusableInput(f"its columns are not those of {first.name}: {shown}", "Open it by itself.")


def _others_in(folder: Path, files: Sequence[Path]) -> list[Rejection]:
    """Reject what is no table, unless it describes the data or is clutter of an operating system."""
    taken = {file.name for file in files}
    others = sorted(item for item in folder.iterdir() if item.name not in taken and not is_clutter(item.name))
    return [Rejection(item.name, "no table") for item in others if not is_document(item.name)]
