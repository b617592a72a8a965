"""Properties cut into predicates: ranges of a number that hold about equally many examples, and categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.failures.properties import Properties
from analysis.strings import Strings
from analysis.types import IntArray

#: What joins the predicates of a slice in its name.
AND = " and "
#: Categories of one column that are looked at: the most frequent ones.
CATEGORIES = 20
_MISSING = "missing"
Codes: TypeAlias = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Predicates:
    """Every example described by one level of each column.

    Attributes
    ----------
    columns : tuple of str
        Properties that could be cut; a number stands here twice, cut finely and into its lower and upper two fifths.
    levels : tuple of tuple of str
        For each column its levels, as a person reads them: "brightness under 0.31", "negation: yes".
    codes : ndarray of int16, shape (n, columns)
        Position of each example's level; -1 where it has none that is looked at.
    skipped : tuple of str
        Columns that say the same of all, or something else of nearly each.
    """

    columns: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Codes
    skipped: tuple[str, ...]

    def take(self, rows: IntArray) -> Predicates:
        """Return those of some examples."""
        return replace(self, codes=self.codes[rows])

    def beside(self, others: Predicates) -> Predicates:
        """Return these and others of the same examples."""
        codes = np.column_stack([self.codes, others.codes]) if others.columns else self.codes
        return Predicates(
            self.columns + others.columns, self.levels + others.levels, codes, self.skipped + others.skipped
        )


def none_of(n: int, *skipped: str) -> Predicates:
    """Return no column for n examples, and what could not be cut."""
    return Predicates((), (), np.empty((n, 0), dtype=np.int16), skipped)


def cut(properties: Properties, *, least: int) -> Predicates:
    """Cut properties into predicates.

    Parameters
    ----------
    properties : Properties
    least : int
        Examples that a level must have, and must leave outside, to be looked at.
    """
    columns, levels, codes, skipped = [], [], [], []
    n = len(properties.table)
    for column in properties.table.columns:
        values = properties.table[column]
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        few = values.nunique() <= 8
        cuts = _cuts(str(column), values, n) if numeric and not few else [_categories(str(column), values)]
        for names, found in cuts:
            kept, places = large_levels(names, found, least=least)
            if kept:
                columns.append(str(column))
                levels.append(kept)
                codes.append(places)
        if str(column) not in columns:
            skipped.append(str(column))
    matrix = np.column_stack(codes) if codes else np.empty((n, 0), np.int16)
    return Predicates(tuple(columns), tuple(levels), matrix, tuple(skipped))


def large_levels(names: Sequence[str], found: IntArray, *, least: int) -> tuple[tuple[str, ...], Codes]:
    """Return the levels that at least `least` examples have and as many have not, and each example's place in them.

    Parameters
    ----------
    names : sequence of str
    found : ndarray of int, shape (n,)
        Position of each example's level; -1 where it has none.
    least : int
    """
    sizes = np.bincount(found[found >= 0], minlength=len(names))
    kept: IntArray = np.flatnonzero((sizes >= least) & (sizes <= len(found) - least))
    place = np.full(len(names) + 1, -1, dtype=np.int16)
    place[kept] = np.arange(len(kept), dtype=np.int16)
    return tuple(names[i] for i in kept), place[found]


def _cuts(column: str, values: pd.Series[float], n: int) -> list[tuple[list[str], IntArray]]:
    numbers = np.asarray(values, dtype=np.float64)
    if n < 200:
        return [_ranges(column, numbers, np.array([1, 2]) / 3)]
    names, found = _ranges(column, numbers, np.array([0.4, 0.6]))
    wide = np.where((found == 0) | (found == 2), found, -1) if len(names) == 4 else np.full(n, -1, np.int64)
    return [_ranges(column, numbers, np.arange(1, 5) / 5), (names, wide)]


def _ranges(
    column: str, numbers: npt.NDArray[np.float64], quantiles: npt.NDArray[np.float64]
) -> tuple[list[str], IntArray]:
    known = np.isfinite(numbers)
    edges = np.unique(np.quantile(numbers[known], quantiles)) if known.any() else np.empty(0)
    found = np.searchsorted(edges, numbers, side="right").astype(np.int64)
    found[~known] = len(edges) + 1
    shown = _short(edges)
    names = [f"{column} under {shown[0]}"] if len(edges) else [f"{column}: any"]
    names += [f"{column} from {low} to under {high}" for low, high in pairwise(shown)]
    names += [f"{column} from {shown[-1]} up"] if len(edges) else []
    return [*names, f"{column}: {_MISSING}"], found


def _short(edges: npt.NDArray[np.float64]) -> list[str]:
    """Return the edges with as few digits as keep them apart."""
    for digits in (3, 4, 6, 9):
        shown = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(shown)) == len(shown):
            break
    return shown


def _categories(column: str, values: pd.Series[str]) -> tuple[list[str], IntArray]:
    # Each different value is written as a word once, however often it stands there.
    codes, different = pd.factorize(values)
    written = Strings([*(in_a_word(value) for value in different), _MISSING])
    word, words = written.factorised
    texts = word[codes]  # Code −1, a missing value, reads the last.
    seen, first = np.unique(texts, return_index=True)
    sizes = np.bincount(texts, minlength=len(words))
    frequent = seen[np.lexsort((first, -sizes[seen]))][:CATEGORIES]
    place = np.full(len(words), -1, dtype=np.int64)
    place[frequent] = np.arange(len(frequent))
    names = [words[code] for code in frequent]
    return [f"{column}: {name}" for name in names], place[texts]


def in_a_word(value: object) -> str:
    """Return a value as it stands in the name of a level: on one line, and no longer than 80 characters."""
    if isinstance(value, float):
        return f"{value:g}"
    return " ".join(str(value).split())[:80]


def rows_of_slice(predicates: Predicates, name: str) -> IntArray | None:
    """Return the examples of a slice by its name, or None where these properties know no such slice.

    Parameters
    ----------
    predicates : Predicates
    name : str
        As `Slice.name` has it: levels joined by "and".
    """
    known = {level: (c, i) for c, levels in enumerate(predicates.levels) for i, level in enumerate(levels)}
    parts = _parts(name, known)
    if parts is None:
        return None
    inside = np.ones(len(predicates.codes), dtype=np.bool_)
    for column, level in parts:
        inside &= predicates.codes[:, column] == level
    return np.flatnonzero(inside).astype(np.int64)


def _parts(name: str, known: dict[str, tuple[int, int]]) -> list[tuple[int, int]] | None:
    """Split a name into levels; a level may itself hold the joining word."""
    if name in known:
        return [known[name]]
    at = name.find(AND)
    while at >= 0:
        if name[:at] in known:
            rest = _parts(name[at + len(AND) :], known)
            if rest is not None:
                return [known[name[:at]], *rest]
        at = name.find(AND, at + 1)
    return None
