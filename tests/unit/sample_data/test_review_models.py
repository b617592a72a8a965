"""The text samples load with the plain library and score what their cards say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

SAMPLE_DATA = Path(__file__).resolve().parents[3] / "sample_data"
NAMES = ("reviews-sentiment", "reviews-rating")


def logits(name: str, texts: list[str]) -> np.ndarray:
    """Return a model's outputs, by the library as it comes."""
    folder = SAMPLE_DATA / "models" / name
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, info = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    with torch.inference_mode():
        batch = tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
        found: np.ndarray = model.eval()(**batch).logits.numpy()
    return found


def score_on_card(name: str, row: str) -> float:
    """Return the score that the model card gives for tweets or reviews."""
    card = (SAMPLE_DATA / "models" / name / "README.md").read_text(encoding="utf-8")
    line = next(line for line in card.splitlines() if line.startswith(f"| {row}"))
    found = re.search(r"(-?\d\.\d+) \|$", line)
    assert found
    return float(found[1])


def test_sentiment_of_tweets_is_as_bad_as_its_card_says() -> None:
    tweets = pd.read_csv(SAMPLE_DATA / "data" / "tweets.csv")
    found = np.array(["negative", "positive"])[logits("reviews-sentiment", tweets["text"].tolist()).argmax(axis=1)]
    assert (found == tweets["label"]).mean() == pytest.approx(score_on_card("reviews-sentiment", "tweets"), abs=0.005)


def test_sentiment_of_unseen_reviews_is_near_its_card() -> None:
    reviews = pd.read_csv(SAMPLE_DATA / "data" / "reviews.csv")
    test = reviews[reviews["split"] == "test"]
    found = np.array(["negative", "positive"])[logits("reviews-sentiment", test["text"].tolist()).argmax(axis=1)]
    # The card rests on all unseen reviews, the file holds 600 of them.
    assert (found == test["label"]).mean() == pytest.approx(score_on_card("reviews-sentiment", "reviews"), abs=0.03)


def test_the_rating_explains_some_of_unseen_reviews() -> None:
    reviews = pd.read_csv(SAMPLE_DATA / "data" / "reviews.csv")
    test = reviews[reviews["split"] == "test"]
    values, truth = logits("reviews-rating", test["text"].tolist())[:, 0], test["rating"].to_numpy()
    r2 = 1 - ((values - truth) ** 2).mean() / truth.var()
    assert r2 == pytest.approx(score_on_card("reviews-rating", "reviews"), abs=0.06)


def test_no_text_is_in_two_splits() -> None:
    reviews = pd.read_csv(SAMPLE_DATA / "data" / "reviews.csv")
    assert not reviews["text"].duplicated().any()
    assert set(reviews["split"]) == {"train", "test"}


@pytest.mark.parametrize("name", NAMES)
def test_each_model_is_small_and_has_a_card_with_a_licence(name: str) -> None:
    folder = SAMPLE_DATA / "models" / name
    assert sum(f.stat().st_size for f in folder.iterdir()) < 4_000_000
    assert "license: mit" in (folder / "README.md").read_text(encoding="utf-8")


def test_all_sample_data_together_stay_small() -> None:
    files = [f for f in SAMPLE_DATA.rglob("*") if f.is_file() and not f.is_symlink() and "__pycache__" not in f.parts]
    assert sum(f.stat().st_size for f in files) < 15_000_000
