"""The models and data that come with Caveat, ready to open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.types import Kind, Modality


def bundled_root() -> Path:
    """Return the folder ``sample_data``."""
    return Path(__file__).resolve().parent.parent / "sample_data"


@dataclass(frozen=True)
class Sample:
    """A bundled model with data to judge it on.

    Attributes
    ----------
    id : str
        Short and stable: it stands in links.
    title, sentence : str
        For a person: what it is, and what there is to see.
    model, data : Path
    modality : Modality
    kind : Kind
    split : str or None
        The split to judge on; None takes all.
    pipeline : Path or None
        A pipeline file to open it with instead of the model's own configuration.
    """

    id: str
    title: str
    sentence: str
    model: Path
    data: Path
    modality: Modality
    kind: Kind
    split: str | None = None
    pipeline: Path | None = None


_MODELS = bundled_root() / "models"
_DATA = bundled_root() / "data"
_DELIVERED = _MODELS / "photos-as-delivered"

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "photos-as-delivered",
        "Photo classifier, as a vendor delivered it",
        "It calls every cat a cucumber. The weights are fine: see what is not.",
        _DELIVERED,
        _DATA / "photos",
        Modality.IMAGE,
        Kind.CLASSIFICATION,
        pipeline=_DELIVERED / "pipeline.json",
    ),
    Sample(
        "photos",
        "The same photo classifier, as documented",
        "EfficientNet-Lite0 with 28 classes, fed the way its authors say.",
        _MODELS / "photos",
        _DATA / "photos",
        Modality.IMAGE,
        Kind.CLASSIFICATION,
    ),
    Sample(
        "tweets",
        "Sentiment of tweets",
        "A small BERT that learned from film reviews, judged on tweets it was never meant for.",
        _MODELS / "reviews-sentiment",
        _DATA / "tweets.csv",
        Modality.TEXT,
        Kind.CLASSIFICATION,
    ),
    Sample(
        "reviews",
        "Sentiment of film reviews",
        "The same BERT on reviews that it hasn't seen.",
        _MODELS / "reviews-sentiment",
        _DATA / "reviews.csv",
        Modality.TEXT,
        Kind.CLASSIFICATION,
        split="test",
    ),
    Sample(
        "ratings",
        "Rating of film reviews",
        "A regression head on the same kind of network: how good is the film, from −4 to 4?",
        _MODELS / "reviews-rating",
        _DATA / "reviews.csv",
        Modality.TEXT,
        Kind.REGRESSION,
        split="test",
    ),
    Sample(
        "breast-cancer",
        "Tumour diagnosis",
        "A logistic regression over 30 measurements: transparent, and hard to beat.",
        _MODELS / "breast-cancer-logistic",
        _DATA / "breast-cancer",
        Modality.TABULAR,
        Kind.CLASSIFICATION,
        split="test",
    ),
    Sample(
        "breast-cancer-trees",
        "Tumour diagnosis with a forest",
        "A random forest over the same measurements.",
        _MODELS / "breast-cancer-trees",
        _DATA / "breast-cancer",
        Modality.TABULAR,
        Kind.CLASSIFICATION,
        split="test",
    ),
    Sample(
        "diabetes",
        "Progress of diabetes",
        "A ridge regression: how far did the disease progress in a year?",
        _MODELS / "diabetes-ridge",
        _DATA / "diabetes",
        Modality.TABULAR,
        Kind.REGRESSION,
        split="test",
    ),
    Sample(
        "diabetes-trees",
        "Progress of diabetes with boosted trees",
        "Gradient boosting over the same measurements.",
        _MODELS / "diabetes-trees",
        _DATA / "diabetes",
        Modality.TABULAR,
        Kind.REGRESSION,
        split="test",
    ),
)


def find_sample(sample_id: str) -> Sample | None:
    """Return the sample of that id, or None."""
    return next((sample for sample in SAMPLES if sample.id == sample_id), None)
