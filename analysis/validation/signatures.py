"""What tells two examples alike: a hash of the content, and a measure of how near. One function a kind of data."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.progress import Progress
from analysis.strings import Strings
from analysis.types import Dataset, IntArray, Modality
from analysis.validation.near_rows import near_pairs as grid_pairs
from analysis.validation.pictures import ByteArray, look, near_pictures

#: Pairs of positions, the lower first; as an array of int64 (m, 2) once they are all found.
Pairs: TypeAlias = set[tuple[int, int]]

#: Share of their shingles that near-duplicate texts have in common, and the characters of a shingle.
ALIKE, SHINGLE = 0.7, 5
#: Near-duplicate rows differ in each number by less than this share of its standard deviation.
CLOSE = 0.02
#: More near pairs of rows than this, or more comparisons to find them, say that the values lie densely, not that rows
#: were copied.
MOST_PAIRS, MOST_COMPARED = 5_000_000, 500_000_000
_NO_PAIRS = np.empty((0, 2), dtype=np.int64)
_PERMUTATIONS = 128
_CHUNK = 64


def contents(dataset: Dataset, rows: IntArray, progress: Progress) -> tuple[IntArray, dict[int, ByteArray]]:
    """Return a number for each example's content, and what its near duplicates are told by where it is a picture.

    Parameters
    ----------
    dataset : Dataset
    rows : ndarray of int64, shape (n,)
    progress : Progress

    Returns
    -------
    (ndarray of int64, dict of int to ndarray of uint8)
        n numbers, the same for the same pixels, characters or values: texts are alike whatever their case, spaces and
        encoding of accents, pictures whatever their file format. And thumbnails by position in `rows`, see
        `pictures.look`.
    """
    progress.start("Looking for duplicates", len(rows))
    if dataset.modality is Modality.TABULAR:
        found = same_rows(cast("pd.DataFrame", dataset.inputs(rows)))
        progress.advance(len(rows))
        return found, {}
    hashes: list[str] = []
    thumbnails: dict[int, ByteArray] = {}
    for start in range(0, len(rows), _CHUNK):
        given = dataset.inputs(rows[start : start + _CHUNK])
        if dataset.modality is Modality.IMAGE:
            for data in cast("Sequence[bytes]", given):
                pixels, small = look(data)
                if small is not None:
                    thumbnails[len(hashes)] = small
                hashes.append(_digest(pixels))
        else:
            hashes += [_digest(plain_text(text).encode()) for text in cast("Sequence[str | tuple[str, str]]", given)]
        progress.advance(len(given))
    return Strings(hashes).factorised[0], thumbnails


def same_rows(frame: pd.DataFrame) -> IntArray:
    """Return a number for each row of a table, int64 (n,), the same for rows with the same values everywhere."""
    codes = np.zeros(len(frame), dtype=np.int64)
    for position in range(frame.shape[1]):
        found, names = pd.factorize(frame.iloc[:, position])
        # A missing value has the code −1, and is like any other missing one.
        codes = pd.factorize(codes * (len(names) + 1) + found + 1)[0].astype(np.int64)
    return codes


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def plain_text(text: str | tuple[str, str]) -> str:
    """Return a text as it is compared: lower case, single spaces, NFKC."""
    joined = text if isinstance(text, str) else "\x1f".join(text)
    return " ".join(unicodedata.normalize("NFKC", joined).casefold().split())


def near_pairs(
    dataset: Dataset, rows: IntArray, places: IntArray, thumbnails: dict[int, ByteArray], progress: Progress
) -> tuple[IntArray, str]:
    """Return pairs of examples that are nearly alike, int64 (m, 2), and what could not be looked at, in words.

    Parameters
    ----------
    dataset : Dataset
    rows : ndarray of int64, shape (n,)
    places : ndarray of int64
        Positions in `rows` to look at: one of each group of exact duplicates.
    thumbnails : dict
        As `contents` gives them.
    progress : Progress
    """
    if dataset.modality is Modality.IMAGE:
        places = np.array([p for p in places if int(p) in thumbnails], dtype=np.int64)
        if len(places) < 2:
            return _NO_PAIRS, ""
        found: Iterable[tuple[int, int]] = near_pictures(np.stack([thumbnails[int(p)] for p in places]), progress)
    elif dataset.modality is Modality.TEXT:
        found = _near_texts(dataset, rows[places], progress)
    else:
        near, note = near_rows(cast("pd.DataFrame", dataset.inputs(rows[places])), progress)
        return places[near], note
    return places[np.array(sorted(found), dtype=np.int64).reshape(-1, 2)], ""


def shingles(text: str) -> set[str]:
    """Return a text's shingles: all runs of `SHINGLE` characters, or the text itself where it is shorter."""
    return {text[i : i + SHINGLE] for i in range(max(1, len(text) - SHINGLE + 1))}


def _near_texts(dataset: Dataset, rows: IntArray, progress: Progress) -> Pairs:
    """Return pairs of texts with a Jaccard similarity of at least `ALIKE`: MinHash finds them, shingles decide."""
    from datasketch import MinHash, MinHashLSH

    progress.start("Comparing texts", len(rows))
    index = MinHashLSH(threshold=ALIKE - 0.1, num_perm=_PERMUTATIONS)
    sets: list[set[str]] = []
    found: Pairs = set()
    for start in range(0, len(rows), _CHUNK):
        given = cast("Sequence[str | tuple[str, str]]", dataset.inputs(rows[start : start + _CHUNK]))
        for place, text in enumerate(given, start):
            mine = shingles(plain_text(text))
            sketch = MinHash(num_perm=_PERMUTATIONS, seed=1)
            sketch.update_batch([shingle.encode() for shingle in mine])
            for other in index.query(sketch):
                union = len(mine | sets[other])
                if union and len(mine & sets[other]) >= ALIKE * union:
                    found.add((int(other), place))
            index.insert(place, sketch)
            sets.append(mine)
        progress.advance(len(given))
    return found


def near_rows(table: pd.DataFrame, progress: Progress) -> tuple[IntArray, str]:
    """Return pairs of rows with the same categories and numbers that differ by less than `CLOSE` deviations.

    Returns
    -------
    (ndarray of int64, str)
        (m, 2), the lower first; and why they could not be looked for, or nothing.
    """
    numbers, words = [], np.zeros(len(table), dtype=np.int64)
    for position in range(table.shape[1]):
        values = _numbers(table.iloc[:, position])
        if values is None:
            codes, names = pd.factorize(table.iloc[:, position].astype(str))
            words = pd.factorize(words * len(names) + codes)[0].astype(np.int64)
        else:
            spread = float(np.nanstd(values)) or 1.0
            numbers.append(np.nan_to_num(values / spread, nan=1e6))
    matrix = np.column_stack(numbers) if numbers else np.zeros((len(table), 1))
    del numbers  # It is as large as the table.
    found = grid_pairs(
        matrix, words, CLOSE, most_pairs=MOST_PAIRS, most_compared=MOST_COMPARED, progress=progress
    )  # fmt: skip
    if found is None:
        return _NO_PAIRS, "The numbers lie so densely that near duplicates can't be told; exact ones can."
    return found, ""


def _numbers(column: pd.Series[Any]) -> npt.NDArray[np.float64] | None:
    """Return a column's numbers with NaN for blanks, or None where it holds something else, or nothing."""
    if pd.api.types.is_numeric_dtype(column):
        plain = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return None if np.isnan(plain).all() else plain
    codes, different = pd.factorize(column)
    values = pd.Series(different)
    parsed = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    blank = (values.astype(str).str.strip() == "").to_numpy()
    if not (~np.isnan(parsed) | blank).all() or np.isnan(parsed).all():
        return None
    # Code −1, a missing value, reads the last.
    return np.append(parsed, np.nan)[codes]
