"""Parts of a data set that travel to a worker: what it needs of some rows, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from analysis.datasets.inputs import ImageInputs
from analysis.errors import UnusableInput
from analysis.preprocessing.edits.planting.fault import SpoiledInputs
from analysis.remote import origin_of
from analysis.types import Dataset, Inputs, InputSource, IntArray


@dataclass(frozen=True)
class SomeRows:
    """The inputs of some rows under their positions in the whole data set.

    Attributes
    ----------
    rows : ndarray of int64
        Ascending.
    source : InputSource
        Of those rows alone, numbered from 0.
    """

    rows: IntArray
    source: InputSource

    def __call__(self, rows: IntArray) -> Inputs:
        """Return the inputs of some of the rows."""
        return self.source(np.searchsorted(self.rows, rows).astype(np.int64))


@dataclass(frozen=True)
class HeldInputs:
    """Inputs that were read already."""

    inputs: Inputs

    def __call__(self, rows: IntArray) -> Inputs:
        """Return some of them."""
        if isinstance(self.inputs, pd.DataFrame):
            return self.inputs.iloc[rows].reset_index(drop=True)
        values = cast("Sequence[Any]", self.inputs)
        return [values[int(row)] for row in rows]


@dataclass(frozen=True)
class StoredImages:
    """Encoded image files that a worker reads from the store that they came from.

    Attributes
    ----------
    url : str
        Of their folder.
    names : tuple of str
        Paths relative to it.
    """

    url: str
    names: tuple[str, ...]

    def __call__(self, rows: IntArray) -> list[bytes]:
        """Return the files' bytes; raises `UnusableInput` for one that can't be had."""
        from fsspec.core import url_to_fs

        files, place = url_to_fs(self.url)
        found: list[bytes] = []
        for row in rows:
            name = self.names[int(row)]
            try:
                found.append(files.cat_file(f"{place}/{name}"))
            except Exception as error:  # Each store raises types of its own.
                raise UnusableInput(f"{name} can't be read any more: {type(error).__name__}.", "Try again.") from error
        return found


def part_of(dataset: Dataset, rows: IntArray) -> Dataset:
    """Return a data set with what belongs to some rows; their positions stay those in the whole.

    Images are named, not sent: a worker reads them itself, from the same path, or from the store that they were
    copied from. Texts and rows of tables are sent.
    """
    rows = np.unique(rows)
    table = dataset.table[["id", "split", "label"]].iloc[rows]
    return replace(dataset, table=table, inputs=_some(dataset.inputs, rows), rejected=(), findings=())


def whole_of(dataset: Dataset) -> Dataset:
    """Return a data set as a worker needs all of it; images that were copied from a store are read from there."""
    inputs = dataset.inputs
    return replace(dataset, inputs=_images(inputs, inputs.names)) if isinstance(inputs, ImageInputs) else dataset


def _images(source: ImageInputs, names: tuple[str, ...]) -> ImageInputs | StoredImages:
    root = Path(source.root).resolve()
    url = origin_of(root)
    return ImageInputs(root, names) if url is None else StoredImages(url, names)


def _some(source: InputSource, rows: IntArray) -> InputSource:
    if isinstance(source, SpoiledInputs):
        return SpoiledInputs(_some(source.source, rows), source.spoilers)
    if isinstance(source, ImageInputs):
        return SomeRows(rows, _images(source, tuple(source.names[int(row)] for row in rows)))
    try:
        return SomeRows(rows, HeldInputs(source(rows)))
    except UnusableInput:
        return source  # Some can't be read: which ones, whoever prepares them finds out.
