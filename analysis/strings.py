"""A long sequence of strings that costs little: ids, splits and labels of a million examples in one Arrow array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, SupportsIndex, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from analysis.scores import unwritable

#: Strings that are made Python objects at once while iterating.
_AT_ONCE = 65_536

#: Positions, or a mask of bool, shape (n,).
Rows = Iterable[int] | npt.NDArray[np.integer[Any]] | npt.NDArray[np.bool_]


class Strings(Sequence[str]):
    """An immutable sequence of strings, equal to a tuple or a list of the same strings.

    Parameters
    ----------
    values : iterable of str, pyarrow array, or pandas.Series of str
        An Arrow array of strings is taken over without a copy. A dictionary-encoded one stays so: the cheap way to
        hold a few names a million times.
    """

    def __init__(self, values: Any = ()) -> None:
        self._array = _as_array(values)

    @classmethod
    def coded(cls, codes: npt.NDArray[np.integer[Any]], names: Sequence[str]) -> Strings:
        """Return ``names[codes]``; a name may stand several times among `names`."""
        unique = {name: place for place, name in enumerate(dict.fromkeys(names))}
        places = np.array([unique[name] for name in names], dtype=np.int32)
        indices = places[codes] if len(places) else np.empty(0, dtype=np.int32)
        return cls(pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(list(unique), pa.string())))

    @property
    def array(self) -> Any:
        """The `pyarrow.Array` behind it: strings, or a dictionary of them."""
        return self._array

    def __len__(self) -> int:
        return len(self._array)

    @overload
    def __getitem__(self, place: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Strings: ...
    def __getitem__(self, place: SupportsIndex | slice) -> str | Strings:
        if isinstance(place, slice):
            return self.take(np.arange(len(self), dtype=np.int64)[place])
        at = place.__index__()
        if not -len(self) <= at < len(self):
            raise IndexError(place)
        value: str = self._array[at % len(self)].as_py()
        return value

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self._array.slice(start, _AT_ONCE).to_pylist()

    def __contains__(self, value: object) -> bool:
        return self.find(value) is not None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Strings):
            same = self._array is other._array or _plain(self._array).equals(_plain(other._array))
            return len(self) == len(other) and bool(same)
        if isinstance(other, tuple | list):
            return len(self) == len(other) and list(self) == list(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:3]))
        return f"Strings({len(self)}: {shown}{', …' if len(self) > 3 else ''})"

    def take(self, rows: Rows) -> Strings:
        """Return the strings at some positions, or where a mask holds."""
        chosen = as_rows(rows)
        mask = pa.array(chosen)
        return Strings(self._array.filter(mask) if chosen.dtype == np.bool_ else self._array.take(mask))

    def find(self, value: object) -> int | None:
        """Return the first position of a string, or None."""
        if not isinstance(value, str):
            return None
        scalar = pa.scalar(value, pa.large_string() if _is_coded(self._array) else self._array.type)
        at = int(pc.index(_plain(self._array) if _is_coded(self._array) else self._array, scalar).as_py())
        return at if at >= 0 else None

    def among(self, values: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Return which of them are one of `values`, bool (n,)."""
        wanted = pa.array(list(values), pa.large_string())
        found: npt.NDArray[np.bool_] = pc.is_in(_plain(self._array), value_set=wanted).to_numpy(zero_copy_only=False)
        return found

    def positions_in(self, others: Strings) -> npt.NDArray[np.int64]:
        """Return the position of each string in another sequence of unique ones, int64 (n,); -1 where it has none."""
        if self == others:
            return np.arange(len(self), dtype=np.int64)
        found = pc.fill_null(pc.index_in(_plain(self._array), value_set=_plain(others._array)), -1)
        places: npt.NDArray[np.int64] = found.to_numpy().astype(np.int64)
        return places

    @cached_property
    def factorised(self) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Codes, int64 (n,), into the different strings in order of first appearance, and these."""
        coded = self._array if _is_coded(self._array) else self._array.dictionary_encode()
        indices = coded.indices.to_numpy()
        order = pc.unique(coded.indices).to_numpy()
        rank = np.full(len(coded.dictionary), -1, dtype=np.int64)
        rank[order] = np.arange(len(order))
        return unwritable(rank[indices]), tuple(coded.dictionary.take(pa.array(order)).to_pylist())

    @property
    def distinct(self) -> tuple[str, ...]:
        """The different strings, in order of first appearance."""
        return self.factorised[1]


def as_strings(values: Any) -> Strings:
    """Return `values` as `Strings`; those that are so already, as they are."""
    return values if isinstance(values, Strings) else Strings(values)


def as_rows(rows: Rows) -> npt.NDArray[Any]:
    """Return positions as int64, or a mask as it is."""
    chosen: npt.NDArray[Any] = np.asarray(rows if isinstance(rows, np.ndarray) else list(rows))
    return chosen if chosen.dtype == np.bool_ else chosen.astype(np.int64, copy=False)


def _is_coded(array: Any) -> bool:
    return bool(pa.types.is_dictionary(array.type))


def _plain(array: Any) -> Any:
    """Return an array as large strings, so that any two of them can be compared."""
    return array.cast(pa.large_string())


def _as_array(values: Any) -> Any:
    if isinstance(values, Strings):
        return values.array
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
    elif not isinstance(values, pa.Array):
        found = pa.array(values if hasattr(values, "__arrow_array__") or hasattr(values, "dtype") else list(values))
        values = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
        if not len(values):
            values = pa.array([], pa.string())
    if values.null_count or not (_is_coded(values) or _is_string(values.type)):
        raise TypeError(f"not all of them are strings: {values.type}")
    return values


def _is_string(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
