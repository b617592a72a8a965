"""What tells two examples alike: a hash of the content, and a measure of how near. One function a kind of data."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias, cast

import numpy as np
import pandas as pd

from analysis.progress import Progress
from analysis.types import Dataset, IntArray, Modality
from analysis.validation.pictures import ByteArray, look, near_pictures

#: Pairs of positions, the lower first.
Pairs: TypeAlias = set[tuple[int, int]]

#: Share of their shingles that near-duplicate texts have in common, and the characters of a shingle.
ALIKE, SHINGLE = 0.7, 5
#: Near-duplicate rows differ in each number by less than this share of its standard deviation.
CLOSE = 0.02
_PERMUTATIONS = 128
_CHUNK = 64


def contents(dataset: Dataset, rows: IntArray, progress: Progress) -> tuple[list[str], dict[int, ByteArray]]:
    """Return a hash of each example's content, and what its near duplicates are told by where it is a picture.

    Parameters
    ----------
    dataset : Dataset
    rows : ndarray of int64, shape (n,)
    progress : Progress

    Returns
    -------
    (list of str, dict of int to ndarray of uint8)
        n hashes of pixels, characters or values: texts are alike whatever their case, spaces and encoding of accents,
        pictures whatever their file format. And thumbnails by position in `rows`, see `pictures.look`.
    """
    progress.start("Looking for duplicates", len(rows))
    hashes: list[str] = []
    thumbnails: dict[int, ByteArray] = {}
    for start in range(0, len(rows), _CHUNK):
        given = dataset.inputs(rows[start : start + _CHUNK])
        if isinstance(given, pd.DataFrame):
            lines = given.itertuples(index=False, name=None)
            hashes += [_digest("\x1f".join(map(str, line)).encode()) for line in lines]
        elif dataset.modality is Modality.IMAGE:
            for data in cast("Sequence[bytes]", given):
                pixels, small = look(data)
                if small is not None:
                    thumbnails[len(hashes)] = small
                hashes.append(_digest(pixels))
        else:
            hashes += [_digest(plain_text(text).encode()) for text in cast("Sequence[str | tuple[str, str]]", given)]
        progress.advance(len(given))
    return hashes, thumbnails


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def plain_text(text: str | tuple[str, str]) -> str:
    """Return a text as it is compared: lower case, single spaces, NFKC."""
    joined = text if isinstance(text, str) else "\x1f".join(text)
    return " ".join(unicodedata.normalize("NFKC", joined).casefold().split())


def near_pairs(
    dataset: Dataset, rows: IntArray, places: IntArray, thumbnails: dict[int, ByteArray], progress: Progress
) -> Pairs:
    """Return pairs of examples that are nearly alike.

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
            return set()
        found: Iterable[tuple[int, int]] = near_pictures(np.stack([thumbnails[int(p)] for p in places]), progress)
    elif dataset.modality is Modality.TEXT:
        found = _near_texts(dataset, rows[places], progress)
    else:
        found = _near_rows(dataset, rows[places])
    return {(int(places[a]), int(places[b])) for a, b in found}


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


def _near_rows(dataset: Dataset, rows: IntArray) -> Pairs:
    """Return pairs of rows with the same categories and numbers that differ by less than `CLOSE` deviations."""
    from sklearn.neighbors import NearestNeighbors

    table = cast("pd.DataFrame", dataset.inputs(rows)).reset_index(drop=True)
    numbers, words = [], []
    for column in table.columns:
        parsed = pd.to_numeric(table[column], errors="coerce")
        blank = table[column].isna() | (table[column].astype(str).str.strip() == "")
        if (parsed.notna() | blank).all() and parsed.notna().any():
            spread = float(parsed.std(ddof=0)) or 1.0
            numbers.append((parsed / spread).fillna(1e6).to_numpy(dtype=np.float64))
        else:
            words.append(table[column].astype(str))
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place in range(len(table)):
        groups[tuple(str(column.iloc[place]) for column in words)].append(place)
    found: Pairs = set()
    matrix = np.column_stack(numbers) if numbers else np.zeros((len(table), 1))
    for members in groups.values():
        if len(members) < 2:
            continue
        part = matrix[members]
        near = (
            NearestNeighbors(radius=CLOSE, metric="chebyshev").fit(part).radius_neighbors(part, return_distance=False)
        )
        for a, others in enumerate(near):
            found.update((members[a], members[int(b)]) for b in others if a < b)
    return found
