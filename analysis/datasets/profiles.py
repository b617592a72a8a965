"""What the cells of a column look like: the ground on which its role is guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from analysis.datasets.numbers import is_number_type, to_numbers
from analysis.datasets.rawtable import ArrowColumn, ArrowTable

#: Rows that a guess looks at, spread evenly over the table.
SAMPLED_ROWS = 5_000
#: Share of a column's filled cells that must be numbers for the column to count as one of numbers.
NUMERIC_SHARE = 0.9
_SHOWN_CHARACTERS = 80
_DATE = r"^\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"


@dataclass(frozen=True)
class Profile:
    """One column of the sampled rows.

    Attributes
    ----------
    name : str
    rows : int
        Rows that were looked at.
    filled : int
        Of these, cells that are not empty.
    distinct : int
        Different values among them.
    numeric : bool
        At least nine in ten filled cells are numbers.
    declared : bool
        The file itself declares numbers.
    whole : bool
        All its numbers are integers.
    low, high : float
        Smallest and largest number; NaN for other columns.
    counts_up : bool
        Whole numbers from 0 or 1, each larger than the last by the same step, as in a row number.
    dates : bool
        Nearly all filled cells begin with a date.
    characters, words : float
        Mean length of the filled cells.
    first : tuple of str
        The first twenty different values.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    numeric: bool
    declared: bool
    whole: bool
    low: float
    high: float
    counts_up: bool
    dates: bool
    characters: float
    words: float
    first: tuple[str, ...]

    @property
    def dtype(self) -> str:
        """One word for a person: "empty", "number", "date", "text" or "category"."""
        if not self.filled:
            return "empty"
        if self.numeric:
            return "number"
        if self.dates:
            return "date"
        return "text" if self.words >= 3 or self.distinct > max(20, 0.5 * self.filled) else "category"

    @property
    def continuous(self) -> bool:
        """Whether its numbers measure something rather than number classes."""
        if not self.numeric or self.distinct <= 2:
            return False
        if not self.whole:
            return True
        if self.distinct <= 20:
            return False
        like_indices = self.low in (0, 1) and self.high <= 2 * self.distinct
        return not like_indices or (self.rows >= 50 and self.distinct > 0.5 * self.filled)


def profile_table(table: ArrowTable, *, decimal_comma: bool = False) -> dict[str, Profile]:
    """Profile every column on at most `SAMPLED_ROWS` rows spread evenly over the table.

    Parameters
    ----------
    table : pyarrow.Table
    decimal_comma : bool
        Whether "3,14" may be a number.

    Returns
    -------
    dict of str to Profile
        In the order of the columns.
    """
    total = table.num_rows
    if total > SAMPLED_ROWS:
        table = table.take(np.linspace(0, total - 1, SAMPLED_ROWS).astype(np.int64))
    return {name: _profile(name, table.column(name), decimal_comma) for name in table.column_names}


def _profile(name: str, column: ArrowColumn, decimal_comma: bool) -> Profile:
    declared = is_number_type(column)
    text = column.cast("string")
    filled = text.filter(pc.fill_null(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(text)), 0), False))
    values = filled.unique()
    numbers = to_numbers(column, decimal_comma=decimal_comma)
    numeric = declared or (len(filled) > 0 and numbers.share >= NUMERIC_SHARE)
    found = numbers.values[~np.isnan(numbers.values)] if numeric else np.empty(0)
    numeric = numeric and (declared or len(found) > 0)
    dated = pc.sum(pc.match_substring_regex(filled, _DATE)).as_py() or 0
    return Profile(
        name=name,
        rows=len(column),
        filled=len(filled),
        distinct=len(values),
        numeric=numeric,
        declared=declared,
        whole=bool(len(found)) and bool(np.all(found == np.round(found))),
        low=float(found.min()) if len(found) else float("nan"),
        high=float(found.max()) if len(found) else float("nan"),
        counts_up=len(found) == len(column) and _counts_up(found),
        dates=not numeric and len(filled) > 0 and dated >= NUMERIC_SHARE * len(filled),
        characters=_mean(pc.utf8_length(filled)),
        words=_mean(pc.add(pc.count_substring_regex(pc.utf8_trim_whitespace(filled), r"\s+"), 1)),
        first=tuple(values.slice(0, 20).to_pylist()),
    )


def _counts_up(values: npt.NDArray[np.float64]) -> bool:
    """Whether these number rows; the even spread of a sample makes its steps differ by one."""
    if len(values) < 3 or values[0] not in (0, 1) or not np.array_equal(values, np.round(values)):
        return False
    steps = np.diff(values)
    if len(values) < SAMPLED_ROWS:
        return bool(np.all(steps == 1))
    return bool(steps.min() >= 1 and steps.max() - steps.min() <= 1)


def _mean(values: ArrowColumn) -> float:
    mean = pc.mean(values).as_py()
    return float(mean) if mean is not None else 0.0


def shorten(text: str, limit: int = _SHOWN_CHARACTERS) -> str:
    """Return `text` on one line, cut in the middle beyond `limit` characters."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    half = (limit - 1) // 2
    return f"{line[:half]}…{line[-half:]}"
