"""A long sequence of strings behaves as a tuple of them does, however it is held."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.strings import Strings

words = st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=4), max_size=30)


def held(values: list[str]) -> list[Strings]:
    """Return the same strings held in every way."""
    array = pa.array(values, pa.string())
    return [
        Strings(values),
        Strings(tuple(values)),
        Strings(array),
        Strings(pa.chunked_array([array[:3], array[3:]], pa.string())),
        Strings(array.cast(pa.large_string())),
        Strings(array.dictionary_encode()),
        Strings(pd.Series(values, dtype="str")),
        Strings(np.array(values, dtype=object)),
        Strings.coded(np.arange(len(values)), values),
    ]


@given(words)
def test_it_reads_as_a_tuple(values: list[str]) -> None:
    for found in held(values):
        assert found == tuple(values)
        assert found == values
        assert found == Strings(values)
        assert hash(found) == hash(Strings(values))
        assert len(found) == len(values)
        assert list(found) == values
        assert [found[i] for i in range(len(values))] == values
        assert list(found[1:4]) == values[1:4]
        assert list(found[::-1]) == values[::-1]
        assert found != [*values, "more"]
        if values:
            assert found[-1] == values[-1]
            assert values[0] in found
        with pytest.raises(IndexError):
            found[len(values)]


@given(words, words)
def test_it_finds_what_a_loop_finds(values: list[str], others: list[str]) -> None:
    for found in held(values):
        assert [found.find(word) for word in others] == [values.index(w) if w in values else None for w in others]
        assert found.among(others).tolist() == [value in others for value in values]
        unique = list(dict.fromkeys(others))
        wanted = [unique.index(value) if value in unique else -1 for value in values]
        assert found.positions_in(Strings(unique)).tolist() == wanted
        assert found.find(None) is None


@given(words)
def test_codes_are_in_order_of_first_appearance(values: list[str]) -> None:
    expected = list(dict.fromkeys(values))
    for found in held(values):
        codes, names = found.factorised
        assert list(names) == expected == list(found.distinct)
        assert [names[code] for code in codes] == values


@given(words, st.data())
def test_some_are_taken_by_position_or_by_mask(values: list[str], data: st.DataObject) -> None:
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))), dtype=np.bool_)
    rows = np.flatnonzero(mask)[::-1]
    for found in held(values):
        assert list(found.take(mask)) == [value for value, kept in zip(values, mask, strict=True) if kept]
        assert list(found.take(rows)) == [values[row] for row in rows]
        assert list(found.take(rows.tolist())) == [values[row] for row in rows]
        assert found.take([]) == ()


def test_names_that_stand_twice_are_one() -> None:
    found = Strings.coded(np.array([0, 1, 2, 1]), ["cat", "dog", "cat"])
    assert found == ("cat", "dog", "cat", "dog")
    assert found.distinct == ("cat", "dog")


def test_what_is_no_string_is_refused() -> None:
    for wrong in ([1, 2], ["a", None], np.array([0.5])):
        with pytest.raises((TypeError, pa.ArrowException)):
            Strings(wrong)


def test_a_million_labels_cost_four_bytes_each() -> None:
    """What it holds is counted, not timed: one small number an example, however long the names are."""
    found = Strings.coded(np.zeros(1_000_000, dtype=np.int64), ["a rather long name of a class " * 4])
    assert found.array.nbytes < 5_000_000
    assert found.take(np.arange(500_000)).array.nbytes < 2_600_000
