"""Slices: planted ones are found, noise is not, and names lead back to their examples."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis.failures.properties import PROPERTIES, Properties
from analysis.failures.properties.images import look
from analysis.failures.properties.texts import _looks
from analysis.failures.slices import find_slices, rows_of_slice
from analysis.failures.slices.predicates import cut
from analysis.types import Modality, Predictions
from tests.unit.metrics.runs import called, classified, regressed


def table(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"x{i}": rng.normal(size=n) for i in range(5)})
    frame["place"] = rng.choice(["north", "south and east", "west"], n)
    frame["light"] = rng.choice(["day", "night"], n, p=[0.7, 0.3])
    return frame


def run_with(wrong: np.ndarray) -> Predictions:
    truth = np.arange(len(wrong)) % 2
    return called(truth, np.where(wrong, 1 - truth, truth), 2)


def test_a_planted_pair_is_found_first_and_described() -> None:
    frame = table(1500)
    rng = np.random.default_rng(1)
    inside = ((frame["place"] == "south and east") & (frame["light"] == "night")).to_numpy()
    wrong = rng.random(1500) < np.where(inside, 0.5, 0.08)
    found = find_slices(run_with(wrong), cut(Properties(frame, {}), least=30))
    worst = found.found[0]
    assert set(worst.name.split(" and light")) >= {"place: south and east"}
    assert worst.significant
    assert sorted(worst.rows.tolist()) == np.flatnonzero(inside).tolist()
    assert worst.failures == int(wrong[inside].sum())
    assert worst.rate.value == pytest.approx(wrong[inside].mean())
    assert worst.rest.value == pytest.approx(wrong[~inside].mean())
    assert worst.share_of_errors == pytest.approx(wrong[inside].sum() / wrong.sum())
    assert worst.p_adjusted == pytest.approx(min(1, worst.p_value * found.tried))
    assert wrong[worst.rows[: worst.failures]].all()


def test_a_range_of_a_number_is_found() -> None:
    frame = table(1000)
    low = (frame["x2"] < frame["x2"].quantile(0.2)).to_numpy()
    wrong = np.random.default_rng(2).random(1000) < np.where(low, 0.4, 0.05)
    found = find_slices(run_with(wrong), cut(Properties(frame, {}), least=20))
    assert found.significant[0].name.startswith("x2 under")


def test_in_noise_almost_nothing_stands() -> None:
    alarms = 0
    for seed in range(20):
        wrong = np.random.default_rng(seed).random(400) < 0.2
        found = find_slices(run_with(wrong), cut(Properties(table(400, seed), {}), least=10))
        alarms += bool(found.significant)
        assert found.tried > 50
    assert alarms <= 3


def test_a_regression_is_cut_by_its_errors() -> None:
    frame, rng = table(600), np.random.default_rng(3)
    night = (frame["light"] == "night").to_numpy()
    y = rng.normal(size=600)
    found = find_slices(
        regressed(y, y + rng.normal(size=600) * np.where(night, 3, 1)), cut(Properties(frame, {}), least=12)
    )
    assert found.significant[0].name == "light: night"
    assert found.significant[0].rate.value > 2 * found.significant[0].rest.value


@pytest.mark.parametrize("wrong", [np.zeros(100, bool), np.zeros(3, bool), np.ones(100, bool)])
def test_nothing_wrong_or_too_little_gives_nothing(wrong: np.ndarray) -> None:
    found = find_slices(run_with(wrong), cut(Properties(table(len(wrong)), {}), least=10))
    assert not found.significant


def test_examples_of_unknown_labels_are_left_out() -> None:
    run = classified([0, 1, -1, -1] * 50, np.tile([0.9, 0.1], (200, 1)))
    frame = pd.DataFrame({"which": ["a", "b", "c", "c"] * 50})
    found = find_slices(run, cut(Properties(frame, {}), least=10))
    assert found.overall.n == 100
    assert found.found[0].name == "which: b"
    assert found.found[0].rate.value == 1


def test_names_lead_back_to_the_examples() -> None:
    frame = table(300)
    predicates = cut(Properties(frame, {}), least=5)
    rows = rows_of_slice(predicates, "place: south and east and light: night")
    assert rows is not None
    expected = (frame["place"] == "south and east") & (frame["light"] == "night")
    assert rows.tolist() == np.flatnonzero(expected).tolist()
    assert rows_of_slice(predicates, "place: nowhere") is None
    assert rows_of_slice(predicates, "") is None


def test_columns_that_say_nothing_are_skipped_and_missing_is_a_level() -> None:
    frame = pd.DataFrame({"same": ["a"] * 60, "id": [f"u{i}" for i in range(60)], "x": [np.nan] * 20 + list(range(40))})
    predicates = cut(Properties(frame, {}), least=10)
    assert predicates.skipped == ("same", "id")
    rows = rows_of_slice(predicates, "x: missing")
    assert rows is not None
    assert rows.tolist() == list(range(20))


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (40, 20), exif: int = 1) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", size, colour)
    tags = image.getexif()
    tags[0x0112] = exif
    image.save(out, "JPEG", exif=tags, quality=95)
    return out.getvalue()


def test_properties_of_pictures_are_what_they_say() -> None:
    red, black = look(picture((220, 10, 10))), look(picture((0, 0, 0)))
    assert (red["dominant colour"], black["dominant colour"]) == ("red", "grey")
    assert black["brightness"] < 0.02 < red["brightness"]
    assert red["aspect"] == 2
    assert look(picture((0, 0, 0), exif=6))["aspect"] == 0.5
    assert red["megapixels"] == pytest.approx(0.0008)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8))
    sharp, soft = io.BytesIO(), io.BytesIO()
    noise.save(sharp, "PNG")
    noise.resize((16, 16)).resize((64, 64)).save(soft, "PNG")
    assert look(sharp.getvalue())["sharpness"] > 5 * look(soft.getvalue())["sharpness"]
    assert look(b"no picture")["brightness"] is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I don't like it", {"negation"}),
        ("It is NOT good!", {"negation", "exclamation"}),
        ("A knotty plot, noted", set()),
        ("see www.x.org, 5 stars?", {"links or mentions", "digits", "question"}),
        ("déjà vu", {"beyond ASCII"}),
        ("", set()),
    ],
)
def test_properties_of_texts_are_what_they_say(text: str, found: set[str]) -> None:
    looks = _looks(text)
    assert {name for name, value in looks.items() if value == "yes"} == found
    assert looks["words"] == len(text.split())


def test_every_kind_of_data_has_meanings_and_they_are_documented() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "slices.md").read_text(encoding="utf-8")
    assert set(PROPERTIES) == set(Modality)
    for modality, (meanings, _) in PROPERTIES.items():
        for name in meanings:
            assert f"| {modality.value} | {name} |" in page
    for meanings, _ in PROPERTIES.values():
        assert all(meanings.values())
