"""Raw inputs on demand. All of these only read, so several threads may call them at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from analysis.datasets.rawtable import ArrowColumn
from analysis.errors import UnusableInput
from analysis.types import IntArray


@dataclass(frozen=True)
class ImageInputs:
    """Encoded image files, read from disk when asked for.

    Attributes
    ----------
    root : Path
    names : tuple of str
        Paths relative to `root`, one an example.
    """

    root: Path
    names: tuple[str, ...]

    def __call__(self, rows: IntArray) -> list[bytes]:
        """Return the files' bytes; raises `UnusableInput` for one that is gone by now."""
        return [self._read(self.names[int(row)]) for row in rows]

    def _read(self, name: str) -> bytes:
        try:
            return (self.root / name).read_bytes()
        except OSError as error:
            raise UnusableInput(f"{name} can't be read any more: {error.strerror}.", "Open the data again.") from error


@dataclass(frozen=True)
class TextInputs:
    """Texts, or pairs of texts, exactly as in the file.

    Attributes
    ----------
    text : pyarrow.ChunkedArray of string, shape (n,)
    pair : pyarrow.ChunkedArray of string, shape (n,), or None
    """

    text: ArrowColumn
    pair: ArrowColumn | None = None

    def __call__(self, rows: IntArray) -> list[str] | list[tuple[str, str]]:
        """Return the texts of some rows."""
        wanted = pa.array(rows)
        texts: list[str] = self.text.take(wanted).to_pylist()
        if self.pair is None:
            return texts
        return list(zip(texts, self.pair.take(wanted).to_pylist(), strict=True))


@dataclass(frozen=True)
class TableInputs:
    """Rows of a table.

    Attributes
    ----------
    frame : pandas.DataFrame, shape (n, features)
        Numbers as float64 with NaN for missing ones; other columns as objects: strings, NaN for missing ones.
    """

    frame: pd.DataFrame

    def __call__(self, rows: IntArray) -> pd.DataFrame:
        """Return some rows, numbered from 0."""
        return self.frame.iloc[rows].reset_index(drop=True)
