"""Images that a table names: metadata.csv as Hugging Face has it, or any table with a column of file names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

import pandas as pd
import pyarrow as pa

from analysis.datasets.columns import NO_LABELS, ColumnGuess, Known, find_file_column, guess_roles
from analysis.datasets.combine import Combined, Part, combine
from analysis.datasets.foreign import is_clutter
from analysis.datasets.image_tree import Tree, has_splits, holds_images, walk
from analysis.datasets.images import LabelledImage, open_images
from analysis.datasets.interpret import about_columns, labels_of, metadata_of, no_labels, splits_of
from analysis.datasets.profiles import profile_table, shorten
from analysis.datasets.rawtable import RawTable, TableFormat
from analysis.datasets.rows import RowFilter
from analysis.datasets.tables import format_of, read_table, split_in_name, tables_in
from analysis.errors import LabelsMissing, UnusableInput
from analysis.labelled import UNLABELLED
from analysis.progress import Progress
from analysis.types import Dataset, Finding, Kind, Modality, Severity

_SHOWN = 20


@dataclass(frozen=True)
class ImageTable:
    """A table beside images, one of whose columns names their files; or one such table in each split folder.

    Attributes
    ----------
    formats : tuple of TableFormat
        What the table may be written in; the registry's.
    """

    formats: tuple[TableFormat, ...]
    name: str = "image_table"
    title: str = "images and a table that names their files"
    modalities: tuple[Modality, ...] = (Modality.IMAGE,)

    def can_read(self, path: Path) -> bool:
        """Whether most first cells of some column name files that are there."""
        return bool(self._parts(path, Known()))

    def guess(self, path: Path, known: Known) -> ColumnGuess:
        """Say which column would be taken for what; raises `UnusableInput`."""
        return self._guess(_root(path), combine(self._checked(path, known)), walk(_root(path)), known)

    def read(self, path: Path, known: Known, progress: Progress) -> Dataset:
        """Open the images that the table names; ids are paths relative to the folder."""
        root = _root(path)
        combined = combine(self._checked(path, known))
        tree = walk(root)
        guess = self._guess(root, combined, tree, known)
        images, reasons = _images(combined, guess, tree, unlabelled=known.unlabelled)
        columns = {key: value for key, value in asdict(guess.chosen).items() if value}
        if not guess.chosen.label:
            columns["label"] = "folder"
        refused = (*tree.rejected, *combined.rejections(reasons))
        findings = (*combined.findings, about_columns(guess), *_about_unlisted(tree, images, combined))
        if not images:
            shown = "; ".join(f"{r.item}: {r.reason}" for r in refused[:3])
            raise UnusableInput(f"No row of the table in {root.name} can be used ({shown}).", "Check its columns.")
        return open_images(root, images, refused, guess.kind, columns, findings, progress)

    def _checked(self, path: Path, known: Known) -> list[Part]:
        parts = self._parts(path, known)
        if not parts:
            raise UnusableInput(f"No table in {path.name} names images.", "Add a metadata.csv (file_name, label).")
        names = set(parts[0].raw.table.column_names)
        return [part for part in parts if set(part.raw.table.column_names) == names]

    def _parts(self, path: Path, known: Known) -> list[Part]:
        """Find the tables that name files; a prefix is the folder that the names are relative to."""
        if path.is_file():
            if format_of(path, self.formats) is None or not holds_images(path.parent):
                return []
            return self._naming([path], path.parent, known, "")
        if not path.is_dir():
            return []
        found = self._naming(tables_in(path, self.formats), path, known, "")
        if found or not has_splits(path):
            return found
        folders = sorted(p for p in path.iterdir() if p.is_dir() and not p.is_symlink() and not is_clutter(p.name))
        return [p for f in folders for p in self._naming(tables_in(f, self.formats), f, known, f"{f.name}/")]

    def _naming(self, files: Sequence[Path], base: Path, known: Known, prefix: str) -> list[Part]:
        """Read the tables that name files below `base`; one called metadata is the only one."""
        metadata = [file for file in files if file.stem.casefold() == "metadata"]
        parts = []
        for file in metadata or files:
            try:
                raw = read_table(file, self.formats)
            except UnusableInput:
                continue
            if _file_column(raw, base, known) is not None:
                parts.append(Part(raw, prefix, prefix.rstrip("/") or split_in_name(file.name)))
        return parts

    def _guess(self, root: Path, combined: Combined, tree: Tree, known: Known) -> ColumnGuess:
        base = root / combined.parts[0].prefix
        # Where all files lie in folders, those may be the classes: then only a well-known name makes a label column.
        in_folders = all(map(tree.folder, tree.names))
        filled = replace(known, is_file=lambda cell: _is_file(base, cell), label_by_name=in_folders)
        if known.columns.split is None and combined.parts[0].split:
            filled = replace(filled, columns=replace(known.columns, split=""))
        filled = replace(filled, modality=Modality.IMAGE)
        guess = guess_roles(profile_table(combined.table, decimal_comma=_commas(combined)), filled, reader=self.name)
        needed = guess.kind is Kind.REGRESSION or not in_folders
        if not guess.chosen.label and needed and not known.unlabelled:
            shown = ", ".join(f"“{name}”" for name in combined.table.column_names[:20])
            what = f"No column looks like the label (columns: {shown})."
            raise LabelsMissing(what, f"Say which column it is. {NO_LABELS}")
        return guess


def _root(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _commas(combined: Combined) -> bool:
    return all(part.raw.decimal_comma for part in combined.parts)


def _file_column(raw: RawTable, base: Path, known: Known) -> str | None:
    known = Known(columns=known.columns, is_file=lambda cell: _is_file(base, cell))
    if known.columns.file and known.columns.file not in raw.table.column_names:
        return None
    return find_file_column(profile_table(raw.table.slice(0, _SHOWN)), known)


def relative_name(cell: str) -> str | None:
    """Return a file's path as written in a cell with forward slashes, or None where it leaves the folder."""
    path = PurePosixPath(cell.strip().replace("\\", "/"))
    drive = len(cell) > 1 and cell[1] == ":"
    if path.is_absolute() or drive or ".." in path.parts or not path.parts or "\x00" in cell or "://" in cell:
        return None
    return path.as_posix()


def _is_file(base: Path, cell: str) -> bool:
    """Whether a cell names a file below `base`."""
    name = relative_name(cell)
    try:
        return name is not None and (base / name).is_file()
    except (OSError, ValueError):
        return False


def _images(
    combined: Combined, guess: ColumnGuess, tree: Tree, *, unlabelled: bool
) -> tuple[list[LabelledImage], dict[int, str]]:
    """Turn rows into images; returns them and the reasons of the rejected rows."""
    table, chosen = combined.table, guess.chosen
    rows = RowFilter(table.num_rows)
    cells: list[str] = [
        "" if cell is None else cell for cell in table.column(chosen.file).cast(pa.string()).to_pylist()
    ]
    prefixes = [combined.parts[part].prefix for part in combined.part.tolist()]
    names = [relative_name(cell) for cell in cells]
    ids = pd.Series([None if name is None else prefix + name for name, prefix in zip(names, prefixes, strict=True)])
    rows.reject(ids.isna().to_numpy(), lambda at: _bad_name(cells[at]))
    if chosen.label:
        labels = labels_of(table.column(chosen.label), guess.kind, rows, _commas(combined))
    elif unlabelled and guess.kind is Kind.REGRESSION:
        labels = no_labels(table.num_rows, guess.kind)
    else:
        nothing = UNLABELLED if unlabelled else ""
        labels = ids.map(lambda name: (tree.folder(name) or nothing) if isinstance(name, str) else "")
        rows.reject((labels == "").to_numpy(), "missing label: it lies in no class folder")
    again = pd.Series(False, index=ids.index)
    again[rows.kept] = ids[rows.kept].duplicated()
    rows.reject(again.to_numpy(), lambda at: f"duplicate file: “{shorten(cells[at], 60)}” is in an earlier row")
    splits = splits_of(combined, chosen.split).to_pylist()
    metadata = metadata_of(table, guess, _commas(combined))
    images = []
    for at in rows.positions.tolist():
        split = splits[at] if chosen.split or combined.parts[0].split else tree.split(ids[at])
        extra = {name: values.iat[at] for name, values in metadata.items()}
        item = f"{combined.item(at)} ({shorten(cells[at], 60)})"
        images.append(LabelledImage(str(ids[at]), split, labels[at], item, extra))
    return images, rows.reasons


def _bad_name(cell: str) -> str:
    if not cell.strip():
        return "missing file name"
    if "://" in cell:
        return f"a web address, not a file: “{shorten(cell, 60)}”; download it first"
    return f"a path that leads outside the folder: “{shorten(cell, 60)}”"


def _about_unlisted(tree: Tree, images: Sequence[LabelledImage], combined: Combined) -> tuple[Finding, ...]:
    """Count the files that no row names."""
    listed = {image.id for image in images}
    unlisted = [name for name in tree.names if name not in listed]
    if not unlisted:
        return ()
    names = ", ".join(part.raw.name for part in combined.parts[:2])
    summary = f"{len(unlisted):,} files in the folder are not used: no accepted row of {names} names them."
    evidence = {"files": len(unlisted), "first": unlisted[:_SHOWN]}
    return (Finding("data.unlisted_files", Severity.CAUTION, summary, evidence, "Add rows for them if they belong."),)
