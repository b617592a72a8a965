"""Open labelled data of any kind that the registry knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analysis.datasets.columns import ColumnGuess, Columns, Known
from analysis.datasets.foreign import describe_foreign
from analysis.datasets.image_files import SUFFIXES
from analysis.datasets.registry import FORMATS, READERS, Reader
from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.remote import fetch, is_url
from analysis.types import Dataset, Kind, Modality


def open_dataset(
    path: str | Path,
    *,
    modality: Modality | None = None,
    kind: Kind | None = None,
    columns: Columns | None = None,
    unlabelled: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Open a folder of images, a folder of tables, or a table.

    Parameters
    ----------
    path : str or Path
        Or the address of one in a store: ``s3://…``.
    modality : Modality, optional
        What the model is fed; guessed where it isn't given.
    kind : Kind, optional
        What the model answers; guessed from the labels where it isn't given.
    columns : Columns, optional
        Which column is what, where the guess is wrong.
    unlabelled : bool
        Whether data without labels will do. All their labels are then "unlabelled", or not-a-number.
    progress : Progress, optional

    Returns
    -------
    Dataset
        Bad rows and files are in ``rejected``, each with its reason; ids are paths relative to `path`, or row
        numbers from 0 that count rejected rows too ("test.csv:12" in a folder of tables).

    Raises
    ------
    UnusableInput
        If there is nothing there that can be used.
    Cancelled
    """
    known = Known(columns or Columns(), modality, kind, unlabelled=unlabelled)
    progress = progress or Progress()
    if is_url(path):
        local = fetch(str(path), progress=progress)
        return replace(_reader_for(local, known).read(local, known, progress), source=str(path))
    path = Path(path)
    return _reader_for(path, known).read(path, known, progress)


def guess_columns(
    path: str | Path,
    *,
    modality: Modality | None = None,
    kind: Kind | None = None,
    columns: Columns | None = None,
    unlabelled: bool = False,
) -> ColumnGuess:
    """Say how `open_dataset` would read the same data: the role of every column, three values, and why.

    Parameters
    ----------
    path, modality, kind, columns, unlabelled
        As for `open_dataset`.

    Returns
    -------
    ColumnGuess

    Raises
    ------
    UnusableInput
        As `open_dataset` would.
    """
    path = fetch(str(path)) if is_url(path) else Path(path)
    known = Known(columns or Columns(), modality, kind, unlabelled=unlabelled)
    return _reader_for(path, known).guess(path, known)


def _reader_for(path: Path, known: Known) -> Reader:
    """Return the first reader that fits and yields the modality; else the first that fits, which says what is wrong."""
    try:
        there = path.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        raise UnusableInput(f"There is no file or folder {path}.", "Check the path.")
    try:
        wanted = [reader for reader in READERS if known.modality in (None, *reader.modalities)]
        others = [reader for reader in READERS if reader not in wanted]
        found = next((reader for reader in [*wanted, *others] if reader.can_read(path)), None)
    except OSError as error:
        raise UnusableInput(f"{path} can't be read: {error.strerror}.", "Check its permissions.") from error
    if found is None:
        raise _nothing_fits(path)
    return found


def _nothing_fits(path: Path) -> UnusableInput:
    """Say why a path is no data."""
    formats = ", ".join(suffix for form in FORMATS for suffix in form.suffixes)
    if path.is_dir():
        return UnusableInput(
            f"{path.name or path} holds neither images nor tables.",
            f"Give a folder of images by class, or tables ({formats}).",
        )
    if path.suffix.lower() in SUFFIXES:
        return UnusableInput(f"{path.name} is one image; its label isn't known.", "Give the folder of images by class.")
    if path.suffix.lower() in {".xlsx", ".xls", ".ods"}:
        return UnusableInput(f"{path.name} is a spreadsheet.", "Save it as CSV first.")
    try:
        with path.open("rb") as file:
            foreign = describe_foreign(file.read(512), pictures=True)
    except OSError:
        foreign = None
    if foreign and "archive" in foreign:
        return UnusableInput(f"{path.name} is {foreign}.", "Unpack it first.")
    what = f" It is {foreign}." if foreign else ""
    return UnusableInput(
        f"{path.name} is no data that can be read.{what}", f"Formats: {formats}, or folders of images."
    )
