"""Are planted leaks found? Copies, and copies that were changed a little, of one split put into another."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.datasets import open_dataset
from analysis.samples import bundled_root
from analysis.types import Dataset, Modality
from analysis.validation import find_duplicates
from analysis.validation.duplicates import Group
from benchmarks.changed_pictures import CHANGES, picture_again, picture_sets

DATA = bundled_root() / "data"


def text_again(text: str, seed: int) -> str:
    """Return a text with one word in twelve left out or spelt otherwise, and other capitals."""
    rng, words = random.Random(seed), text.split()
    for _ in range(max(1, len(words) // 12)):
        at = rng.randrange(len(words))
        words[at] = words[at][:-1] + "s" if rng.random() < 0.5 or len(words) < 4 else ""
    return " ".join(w for w in words if w).capitalize()


def with_leaks(dataset: Dataset, count: int, change: str | None) -> tuple[Dataset, set[tuple[int, int]]]:
    """Return the data with some examples again in a split "leak", and the pairs that should be found.

    Parameters
    ----------
    dataset : Dataset
    count : int
    change : str or None
        What is done to the copies: one of `CHANGES` for pictures, anything else for texts and rows; nothing if None.
    """
    rng = np.random.default_rng(0)
    texts = dataset.inputs(np.arange(len(dataset))) if dataset.modality is Modality.TEXT else None
    # A text of three words that is changed is another text.
    usable = [i for i in range(len(dataset)) if texts is None or len(str(texts[i]).split()) >= 12 or change is None]
    chosen = rng.choice(usable, min(count, len(usable)), replace=False)
    n = len(dataset)
    extra = dataset.table.iloc[chosen].assign(split="leak")
    extra["id"] = [f"leak:{identity}" for identity in extra["id"]]
    table = pd.concat([dataset.table.assign(split="train"), extra], ignore_index=True)

    def inputs(rows: np.ndarray) -> object:
        given = dataset.inputs(np.array([row if row < n else chosen[row - n] for row in rows], dtype=np.int64))
        again = np.asarray(rows) >= n
        if change is None:
            return given
        if isinstance(given, pd.DataFrame):
            return _rows_again(given, again)
        if dataset.modality is Modality.TEXT:
            return [text_again(x, int(row)) if new else x for x, row, new in zip(given, rows, again, strict=True)]
        return [picture_again(x, int(r), change) if new else x for x, r, new in zip(given, rows, again, strict=True)]

    return replace(dataset, table=table, inputs=inputs), {(int(c), n + i) for i, c in enumerate(chosen)}


def _rows_again(given: pd.DataFrame, again: np.ndarray) -> pd.DataFrame:
    frame = given.reset_index(drop=True)
    for column in frame.select_dtypes("number"):
        frame[column] = frame[column].astype(float)
        frame.loc[again, column] *= 1 + 0.001 * np.sin(np.flatnonzero(again))
    return frame


@dataclass(frozen=True)
class Found:
    """Pairs that were planted and found, and groups without a planted example."""

    hits: int
    planted: int
    others: int


def search(dataset: Dataset, count: int, change: str | None) -> Found:
    """Plant copies, and look for them."""
    data, pairs = with_leaks(dataset, count, change)
    groups = find_duplicates(data, np.arange(len(data), dtype=np.int64)).groups
    together = {row: i for i, group in enumerate(groups) for row in group.rows}
    hits = sum(a in together and together[a] == together.get(b) for a, b in pairs)
    return Found(hits, len(pairs), _unlike(groups, pairs))


def _unlike(groups: tuple[Group, ...], pairs: set[tuple[int, int]]) -> int:
    """Return how many groups join more than a planted pair."""
    original = {b: a for a, b in pairs}
    return sum(len({original.get(row, row) for row in group.rows}) > 1 for group in groups)


def _share(found: list[Found]) -> str:
    hits, planted = sum(f.hits for f in found), sum(f.planted for f in found)
    return f"{hits} of {planted} ({hits / planted:.1%})"


def main() -> None:
    """Print one row a data set."""
    print("| data | examples | exact copies found | changed copies found | found least | others called near |")
    print("|---|---|---|---|---|---|")
    data = {name: open_dataset(DATA / name) for name in ("photos", "tweets.csv", "reviews.csv", "breast-cancer")}
    for name, dataset in (picture_sets(data.pop("photos")) | data).items():
        count = 1000 if dataset.modality is Modality.IMAGE else 200
        exact = search(dataset, count, None)
        changes = list(CHANGES) if dataset.modality is Modality.IMAGE else ["changed"]
        changed = [search(dataset, count, change) for change in changes]
        least = min(range(len(changes)), key=lambda i: changed[i].hits)
        worst = f"{changes[least]}: {changed[least].hits / changed[least].planted:.1%}" if len(changes) > 1 else ""
        others = max(exact.others, *(f.others for f in changed))
        print(f"| {name} | {len(dataset)} | {_share([exact])} | {_share(changed)} | {worst} | {others} |", flush=True)


if __name__ == "__main__":
    main()
