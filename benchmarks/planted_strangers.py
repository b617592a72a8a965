"""Are examples out of scope found? Tweets among film reviews, patterns among photos, mixed-up rows in a table."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.datasets import open_dataset
from analysis.failures.fragments import characters_per_token
from analysis.metrics.intervals import wilson
from analysis.neighbours import embeddings_of
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import Dataset, Modality
from analysis.validation.scope import scope_of
from benchmarks.changed_pictures import picture_sets

ROOT = bundled_root()
SEEDS = range(10)


def joined(own: Dataset, strange: list[object] | pd.DataFrame) -> Dataset:
    """Return data with strangers put into the split that is judged on."""
    n, split = len(own), own.splits[-1]
    extra = pd.DataFrame({"id": [f"strange:{i}" for i in range(len(strange))], "split": split})
    extra["label"] = own.table["label"].iloc[0]
    table = pd.concat([own.table[["id", "split", "label"]], extra], ignore_index=True)

    def inputs(rows: np.ndarray) -> object:
        rows = np.asarray(rows)
        first, second = rows[rows < n], rows[rows >= n] - n
        if isinstance(strange, pd.DataFrame):
            given = pd.concat([own.inputs(first), strange.iloc[second]], ignore_index=True)
        else:
            given = [*own.inputs(first), *(strange[i] for i in second)]
        # Back into the order that was asked for.
        order = np.argsort(np.argsort(rows >= n, kind="stable"), kind="stable")
        return given.iloc[order] if isinstance(given, pd.DataFrame) else [given[i] for i in order]

    return replace(own, table=table, inputs=inputs, fingerprint=f"{own.fingerprint}-{hash(tuple(extra['id']))}")


def judged(session: Session, strange: list[object] | pd.DataFrame) -> tuple[int, int, int]:
    """Return strangers found, own examples called strange, and own examples."""
    data = joined(session.dataset, strange)
    rows = np.arange(len(data), dtype=np.int64)
    with tempfile.TemporaryDirectory() as home:
        os.environ["CAVEAT_HOME"] = home
        vectors = np.array(embeddings_of(session.candidate, data, session.pipeline, rows).vectors)
    parts = np.array_split(rows, max(1, len(rows) // 64))
    scores = np.concatenate([session.candidate.predict(data.inputs(part), session.pipeline) for part in parts])
    splits = list(data.table["split"])
    base = np.flatnonzero(np.array(splits) == splits[0])
    text = data.modality is Modality.TEXT
    pieces = characters_per_token(data, rows, session.candidate, session.pipeline) if text else None
    found = scope_of(vectors, base, scores, splits, pieces).strangers
    n = len(session.dataset)
    return int((found >= n).sum()), int((found < n).sum()), n


def _mixed(frame: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return rows whose numbers stand in columns that they don't belong to."""
    return pd.DataFrame(
        [rng.permutation(frame.iloc[i].to_numpy()) for i in rng.choice(len(frame), count)], columns=frame.columns
    )


def main() -> None:
    """Print one row a data set: strangers planted, ten times."""
    photos, reviews, tumours = (
        open_session(ROOT / "models" / model, ROOT / "data" / data)
        for model, data in (
            ("photos", "photos"), ("reviews-sentiment", "reviews.csv"), ("breast-cancer-logistic", "breast-cancer"),
        )
    )  # fmt: skip
    tweets = open_dataset(ROOT / "data" / "tweets.csv")
    patterns = list(picture_sets(photos.dataset)["fields of colour"].inputs(np.arange(100)))
    frame = tumours.dataset.inputs(np.arange(len(tumours.dataset)))
    print("| data | strangers | found | own examples called out of scope |")
    print("|---|---|---|---|")
    draw: dict[str, tuple[Session, str, int, Callable[[np.random.Generator], list[object] | pd.DataFrame]]] = {
        "photos": (photos, "fields of colour", 3, lambda rng: [patterns[i] for i in rng.choice(100, 3, replace=False)]),
        "reviews": (reviews, "tweets", 10, lambda rng: list(tweets.inputs(rng.choice(len(tweets), 10, replace=False)))),
        "breast-cancer": (tumours, "rows with their numbers mixed", 10, lambda rng: _mixed(frame, 10, rng)),
    }
    for name, (session, kind, count, strange) in draw.items():
        found = [judged(session, strange(np.random.default_rng(seed))) for seed in SEEDS]
        hits, wrong, own = (sum(column) for column in zip(*found, strict=True))
        rate = wilson(hits, count * len(SEEDS))
        shown = f"{rate.value:.0%} ({rate.low:.0%}–{rate.high:.0%})"
        print(f"| {name} | {count} {kind}, ten times | {shown} | {wrong / own:.1%} |", flush=True)


if __name__ == "__main__":
    main()
