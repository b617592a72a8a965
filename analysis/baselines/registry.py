"""The simple models, one line each; the order is that of the pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.baselines.base import Baseline
from analysis.progress import Progress
from analysis.types import IntArray, Kind, Modality

if TYPE_CHECKING:
    from analysis.session import Session

#: Pixels of a side that the smallest picture model sees.
SIDE = 8
EVERY = (Modality.IMAGE, Modality.TEXT, Modality.TABULAR)


def _nothing(_session: Session, rows: IntArray, _progress: Progress) -> npt.NDArray[np.float64]:
    return np.zeros((len(rows), 1))


def _columns(session: Session, rows: IntArray, _progress: Progress) -> pd.DataFrame:
    frame = cast("pd.DataFrame", session.dataset.inputs(rows))
    fed = session.pipeline.param("column_order", "columns")
    return frame[[name for name in frame.columns if not fed or name in fed]]


def _texts(session: Session, rows: IntArray, _progress: Progress) -> list[str]:
    raw = cast("Sequence[str | tuple[str, str]]", session.dataset.inputs(rows))
    return [text if isinstance(text, str) else "\n".join(text) for text in raw]


def _colours(session: Session, rows: IntArray, progress: Progress) -> npt.NDArray[np.float64]:
    """Return each picture as `SIDE` × `SIDE` patches of colour, between 0 and 1."""
    from PIL import Image

    from analysis.preprocessing.decoding import decode
    from analysis.preprocessing.image_steps import lay_on_background, orient

    seen = []
    for row in rows:
        data = cast("Sequence[bytes]", session.dataset.inputs(np.array([row], dtype=np.int64)))[0]
        picture = lay_on_background(orient(decode(data), {"exif": True}), {"color": [255, 255, 255]})
        seen.append(np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float64).ravel() / 255)
        progress.advance(0)
    return np.array(seen)


def _embeddings(session: Session, rows: IntArray, progress: Progress) -> npt.NDArray[np.float64]:
    from analysis.neighbours import embeddings_of

    found = embeddings_of(session.candidate, session.dataset, session.pipeline, rows, progress=progress.part())
    return np.asarray(found.vectors, dtype=np.float64)


def _constant(kind: Kind, _seed: int) -> Any:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    # The median errs least on average, the most frequent label most often right: nothing constant does better.
    return DummyClassifier(strategy="prior") if kind is Kind.CLASSIFICATION else DummyRegressor(strategy="median")


def _linear(kind: Kind, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    classification = kind is Kind.CLASSIFICATION
    return LogisticRegression(max_iter=2000, random_state=seed) if classification else Ridge(random_state=seed)


def _linear_columns(kind: Kind, seed: int) -> Any:
    from sklearn.pipeline import make_pipeline

    return make_pipeline(_encoded(scaled=True), _linear(kind, seed))


def _tree(kind: Kind, seed: int) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    tree = DecisionTreeClassifier if kind is Kind.CLASSIFICATION else DecisionTreeRegressor
    return make_pipeline(_encoded(scaled=False), tree(max_depth=4, min_samples_leaf=5, random_state=seed))


def _encoded(*, scaled: bool) -> Any:
    """Return what makes numbers of a table: medians for what is missing, one column for each frequent value."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    # A column without any value stays, as zeros: it must not shift the others.
    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    numbers = make_pipeline(filled, StandardScaler()) if scaled else filled
    words = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=50)
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_exclude="number")),
    )


def _scaled_linear(kind: Kind, seed: int) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), _linear(kind, seed))


def _words(kind: Kind, seed: int) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    # Any run of word characters is a word: a text of emoji or single letters must not leave the vocabulary empty.
    return make_pipeline(
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]", max_features=50_000),
        _linear(kind, seed),
    )


BASELINES: dict[str, Baseline] = {
    one.name: one
    for one in (
        Baseline(
            "constant", "Always the same answer", "The most frequent label, or the median: it looks at nothing.",
            EVERY, _nothing, _constant, lambda _: True,
        ),
        Baseline(
            "linear", "A linear model of the columns",
            "One weight a column: logistic regression, or ridge regression.",
            (Modality.TABULAR,), _columns, _linear_columns, lambda it: not it.linear,
        ),
        Baseline(
            "tree", "A small tree", "Four questions at most, which can be read off.",
            (Modality.TABULAR,), _columns, _tree, lambda it: not it.linear,
        ),
        Baseline(
            "words", "A linear model of the words", "One weight a word or pair of words (TF-IDF).",
            (Modality.TEXT,), _texts, _words, lambda _: True,
        ),
        Baseline(
            "colours", "A linear model of coarse colours", f"It sees {SIDE} × {SIDE} patches of colour and no shapes.",
            (Modality.IMAGE,), _colours, _scaled_linear, lambda _: True,
        ),
        Baseline(
            "head", "A new head on its own features",
            "A linear model of the network's last hidden layer, fitted on your data: not simpler, but yours.",
            (Modality.IMAGE, Modality.TEXT), _embeddings, _scaled_linear, lambda it: it.embeddings,
        ),
    )
}  # fmt: skip
