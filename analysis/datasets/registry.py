"""Everything that can be read: one line a format, one line a way to lay data out. The first that fits reads."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from analysis.datasets.columns import ColumnGuess, Known
from analysis.datasets.delimited import DelimitedFormat
from analysis.datasets.image_table import ImageTable
from analysis.datasets.images import ImageFolder
from analysis.datasets.jsonlines import JsonLinesFormat
from analysis.datasets.parquet import ParquetFormat
from analysis.datasets.rawtable import TableFormat
from analysis.datasets.tables import TableFile, TableFolder
from analysis.progress import Progress
from analysis.types import Dataset, Modality


class Reader(Protocol):
    """Opens data that is laid out in one way.

    Attributes
    ----------
    name, title : str
        "image_folder", and what it is in words.
    modalities : tuple of Modality
        What it can yield.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def modalities(self) -> tuple[Modality, ...]: ...

    def can_read(self, path: Path) -> bool:
        """Whether the path looks like its layout; cheap, and never raises."""
        ...

    def guess(self, path: Path, known: Known) -> ColumnGuess:
        """Say which column would be taken for what; raises `UnusableInput`."""
        ...

    def read(self, path: Path, known: Known, progress: Progress) -> Dataset:
        """Open it; raises `UnusableInput` or `Cancelled`."""
        ...


FORMATS: tuple[TableFormat, ...] = (
    DelimitedFormat(),
    JsonLinesFormat(),
    ParquetFormat(),
)

READERS: tuple[Reader, ...] = (
    ImageTable(FORMATS),
    ImageFolder(),
    TableFolder(FORMATS),
    TableFile(FORMATS),
)
