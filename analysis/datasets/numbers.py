"""Cells → numbers, with what is missing and what is no number told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from analysis.datasets.rawtable import ArrowColumn

BoolArray: TypeAlias = npt.NDArray[np.bool_]

#: What stands for a missing number. In a label or a category ``NA`` is a value like any other.
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none", "?")
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_INFINITE = r"^[+-]?(inf|infinity)$"
_COMMA = r"^[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?$"
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+$"


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        NaN where `missing` or `bad`.
    missing : ndarray of bool, shape (n,)
        Empty cells and the words in `MISSING`.
    bad : ndarray of bool, shape (n,)
        Cells that hold something else than a finite number.
    comma : bool
        Whether some cells were read with a comma as their decimal sign.
    """

    values: npt.NDArray[np.float64]
    missing: BoolArray
    bad: BoolArray
    comma: bool = False

    @property
    def share(self) -> float:
        """Share of the cells that are not missing which hold a number, infinite ones included; 0 for none."""
        filled = len(self.missing) - int(self.missing.sum())
        return 1.0 - int(self.bad.sum()) / filled if filled else 0.0


def is_number_type(column: ArrowColumn) -> bool:
    """Whether the file itself declares the column as numbers or booleans."""
    kind = column.type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def to_numbers(column: ArrowColumn, *, decimal_comma: bool = False) -> Numbers:
    """Read a column as numbers.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n,)
        Strings, numbers or booleans (1 and 0).
    decimal_comma : bool
        Whether "3,14" may mean 3.14. Where every such cell could also be thousands ("1,234"), it stays no number.

    Returns
    -------
    Numbers
        ``bad`` includes infinities.
    """
    if is_number_type(column):
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.uint8())
        values = _to_numpy(column.cast(pa.float64(), safe=False))
        missing = np.isnan(values)
        return _numbers(values, missing, np.zeros(len(values), dtype=np.bool_), comma=False)
    text = pc.utf8_trim_whitespace(column)
    gone = pc.fill_null(pc.is_in(pc.utf8_lower(text), value_set=pa.array(MISSING)), True)
    missing = _to_numpy(gone).astype(np.bool_)
    text = pc.if_else(gone, pa.scalar(None, pa.string()), text)
    try:
        return _numbers(
            _to_numpy(text.cast(pa.float64())), missing, np.zeros(len(missing), dtype=np.bool_), comma=False
        )
    except pa.ArrowInvalid:
        pass
    comma = decimal_comma and _has_decimal_commas(text)
    if comma:
        text = pc.if_else(pc.match_substring_regex(text, _COMMA), pc.replace_substring(text, ",", "."), text)
    is_number = pc.match_substring_regex(text, f"{_NUMBER}|(?i:{_INFINITE})")
    bad = ~_to_numpy(pc.fill_null(is_number, True)).astype(np.bool_)
    clean = pc.if_else(pc.fill_null(is_number, False), text, pa.scalar(None, pa.string()))
    return _numbers(_to_numpy(clean.cast(pa.float64())), missing, bad, comma=comma)


def _has_decimal_commas(text: ArrowColumn) -> bool:
    """Whether commas are decimal signs here: some cell with one can't be thousands."""
    decimal = pc.and_(pc.match_substring_regex(text, _COMMA), pc.invert(pc.match_substring_regex(text, _THOUSANDS)))
    return bool(pc.any(decimal).as_py())


def _numbers(values: npt.NDArray[np.float64], missing: BoolArray, bad: BoolArray, *, comma: bool) -> Numbers:
    bad = bad | np.isinf(values)
    return Numbers(np.where(bad, np.nan, values), missing, bad, comma)


def _to_numpy(column: ArrowColumn) -> npt.NDArray[np.float64]:
    """Return a column's values; nulls of floats become NaN."""
    array: npt.NDArray[np.float64] = column.to_numpy()
    return array
