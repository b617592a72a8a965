"""Rows of a table as vectors in which every column weighs about the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.types import FloatArray

Columns = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Number:
    """A column of numbers, divided by their standard deviation; a missing one takes the median."""

    median: float
    mean: float
    spread: float

    @classmethod
    def of(cls, column: pd.Series[float]) -> _Number:
        values = _finite(column)
        median = float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
        values[np.isnan(values)] = median
        return cls(median, float(values.mean()), float(values.std()) or 1.0)

    def vectors(self, column: pd.Series[float]) -> Columns:
        values = _finite(column)
        values[np.isnan(values)] = self.median
        out: Columns = ((values - self.mean) / self.spread)[:, None]
        return out


@dataclass(frozen=True)
class _Texts:
    """A column of texts, one dimension a value: two values are as far apart as numbers one standard deviation apart."""

    values: pd.Index[str]

    @classmethod
    def of(cls, column: pd.Series[str]) -> _Texts:
        return cls(pd.Index(pd.factorize(column.astype(str))[1]))

    def vectors(self, column: pd.Series[str]) -> Columns:
        # Each different value is looked up once; one that wasn't there before has nothing in any dimension.
        codes, different = pd.factorize(column.astype(str))
        places = self.values.get_indexer(pd.Index(different))[codes]
        dimensions: Columns = np.vstack([np.eye(len(self.values)), np.zeros(len(self.values))]) / np.sqrt(2)
        return dimensions[places]


def _finite(column: pd.Series[float]) -> Columns:
    values: Columns = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    values[~np.isfinite(values)] = np.nan
    return values


@dataclass(frozen=True)
class Standard:
    """How rows become vectors.

    Numbers are divided by their standard deviation, and a missing one takes the column's median. Text columns become
    one column a value, scaled so that two different values are as far apart as two numbers one standard deviation
    apart.
    """

    columns: tuple[_Number | _Texts, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Standard:
        """Learn medians, spreads and values from some rows."""
        each = (frame.iloc[:, position] for position in range(frame.shape[1]))
        return cls(tuple(_Number.of(c) if pd.api.types.is_numeric_dtype(c) else _Texts.of(c) for c in each))

    @property
    def width(self) -> int:
        """Dimensions of a vector."""
        return sum(len(column.values) if isinstance(column, _Texts) else 1 for column in self.columns)

    def vectors(self, frame: pd.DataFrame) -> FloatArray:
        """Return rows with the same columns as vectors.

        Parameters
        ----------
        frame : pandas.DataFrame
            n rows.

        Returns
        -------
        ndarray of float32, shape (n, width)
        """
        parts = [column.vectors(frame.iloc[:, position]) for position, column in enumerate(self.columns)]
        wide = np.concatenate(parts, axis=1) if parts else np.zeros((len(frame), 0))
        return wide.astype(np.float32)
