"""Prediction against ``transformers.pipeline`` at its default, on the sample models: same labels, how much faster?"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image

from analysis.predict import predict
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import Predictions
from benchmarks.timing import Ratio, Row, compare, row, table

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"


def _images() -> tuple[Session, list[str], Ratio]:
    from transformers import pipeline

    session = open_session(MODELS / "photos", DATA / "photos")
    files = session.dataset.inputs(np.arange(len(session.dataset)))
    classify = pipeline("image-classification", model=str(MODELS / "photos"), device="cpu")

    def theirs() -> list[str]:
        # From the file's bytes too: a user's loop decodes each photo as well.
        found = classify([Image.open(io.BytesIO(data)).convert("RGB") for data in files])
        return [answers[0]["label"] for answers in found]

    return session, theirs(), compare(lambda: ours(session), theirs)


def _texts() -> tuple[Session, list[str], Ratio]:
    from transformers import pipeline

    session = open_session(MODELS / "reviews-sentiment", DATA / "tweets.csv")
    texts = session.dataset.inputs(np.arange(len(session.dataset)))
    classify = pipeline("text-classification", model=str(MODELS / "reviews-sentiment"), device="cpu")

    def theirs() -> list[str]:
        return [answer["label"] for answer in classify(list(texts), truncation=True)]

    return session, theirs(), compare(lambda: ours(session), theirs)


def ours(session: Session) -> Predictions:
    """Predict everything."""
    return predict(session.candidate, session.dataset, session.pipeline)


def ratios() -> Iterator[Row]:
    """Return a row a modality."""
    for name, measure in (("photos", _images), ("texts", _texts)):
        session, labels, found = measure()
        run = ours(session)
        same = sum(run.task.labels[p] == label for p, label in zip(run.predicted, labels, strict=True))
        yield row(
            f"predict {len(labels):,} {name}", "transformers.pipeline", found, f"{same:,} of {len(labels):,} labels"
        )


def main() -> None:
    """Print one row a modality."""
    warnings.filterwarnings("ignore")
    table(ratios())


if __name__ == "__main__":
    main()
