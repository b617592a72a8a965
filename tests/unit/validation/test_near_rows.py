"""Pairs of rows found by the grid are those that comparing all with all finds; how many are compared is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.progress import Progress
from analysis.validation import near_rows, signatures

RADIUS = 0.02
PLENTY = {"most_pairs": 10**9, "most_compared": 10**9}


def all_with_all(matrix: np.ndarray, groups: np.ndarray) -> set[tuple[int, int]]:
    """Return the pairs by the definition."""
    alike = (np.abs(matrix[:, None] - matrix[None]) <= RADIUS).all(axis=2) & (groups[:, None] == groups[None])
    return {(int(a), int(b)) for a, b in zip(*np.nonzero(np.triu(alike, 1)), strict=True)}


@given(
    st.integers(0, 2**32 - 1), st.integers(0, 120), st.integers(1, 5), st.sampled_from([0.05, 0.3, 3.0, 1e6]),
    st.integers(1, 3),
)  # fmt: skip
def test_the_grid_finds_what_comparing_all_finds(seed: int, n: int, width: int, spread: float, groups: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, width)) * spread
    copies = rng.integers(n, size=n // 3) if n else np.empty(0, np.int64)
    # Differences on either side of the limit, and exactly at the cells' edges.
    matrix = np.concatenate([matrix, matrix[copies] + rng.choice([0, RADIUS / 2, RADIUS * 0.99, RADIUS * 1.01])])
    of = rng.integers(groups, size=len(matrix))
    found = near_rows.near_pairs(matrix, of, RADIUS, **PLENTY)
    assert found is not None
    assert [tuple(pair) for pair in found.tolist()] == sorted(all_with_all(matrix, of))


def test_places_that_coincide_beyond_their_bits_hide_nothing() -> None:
    """Far outliers need more bits than a cell has: they may cost comparisons, and must not cost pairs."""
    far = RADIUS * (1 << near_rows._BITS)
    matrix = np.array([[0.0], [0.01], [far], [far + 0.01], [1e6], [1e6 + 0.01], [-1e6]])
    found = near_rows.near_pairs(matrix, np.zeros(7, np.int64), RADIUS, **PLENTY)
    assert found is not None
    assert found.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_of_fifty_thousand_rows_few_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """All with all would be 1.25 billion comparisons; near-linear is some dozen a row."""
    compared = []
    blocks = near_rows._blocks

    def counted(start: np.ndarray, end: np.ndarray) -> object:
        compared.append(int(np.maximum(end - start, 0).sum()))
        return blocks(start, end)

    monkeypatch.setattr(near_rows, "_blocks", counted)
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(50_000, 6))
    matrix[49_990:] = matrix[:10] + 0.001
    found = near_rows.near_pairs(matrix, np.zeros(50_000, np.int64), RADIUS, **PLENTY)
    assert found is not None
    assert {(i, 49_990 + i) for i in range(10)} <= {tuple(pair) for pair in found.tolist()}
    assert sum(compared) < 50_000 * 20


def test_values_that_lie_densely_are_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"only": np.linspace(0, 1, 3_000)})
    monkeypatch.setattr(signatures, "MOST_PAIRS", 1_000)
    pairs, note = signatures.near_rows(frame, Progress())
    assert len(pairs) == 0
    assert "densely" in note
    monkeypatch.setattr(signatures, "MOST_PAIRS", 10**9)
    pairs, note = signatures.near_rows(frame, Progress())
    assert len(pairs) > 1_000
    assert note == ""


def test_rows_are_the_same_where_every_cell_is() -> None:
    frame = pd.DataFrame(
        {
            "number": [1.0, 1.0, np.nan, np.nan, 1.0, 2.0],
            "word": ["a", "a", None, np.nan, "b", "a"],
            "other": [0, 0, 0, 0, 0, 0],
        }
    )
    codes = signatures.same_rows(frame)
    assert codes[0] == codes[1]
    assert codes[2] == codes[3]
    assert len(set(codes.tolist())) == 4
