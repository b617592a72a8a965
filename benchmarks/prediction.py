"""Prediction against ``transformers.pipeline`` at its default, on the sample models: same labels, how much faster?"""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image

from analysis.predict import predict
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import Predictions
from benchmarks.timing import Ratio, compare

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


def main() -> None:
    """Print one row a modality."""
    warnings.filterwarnings("ignore")
    print("| | n | Caveat | transformers.pipeline | ratio (smallest–largest) | same labels |")
    print("|---|---|---|---|---|---|")
    for name, measure in (("images", _images), ("texts", _texts)):
        session, labels, r = measure()
        found = ours(session)
        same = sum(found.task.labels[p] == label for p, label in zip(found.predicted, labels, strict=True))
        ratio = f"**{r.ratio:.1f}×** ({r.low:.1f}–{r.high:.1f})"
        print(f"| {name} | {len(labels)} | {r.ours:.2f} s | {r.theirs:.2f} s | {ratio} | {same} of {len(labels)} |")


if __name__ == "__main__":
    main()
