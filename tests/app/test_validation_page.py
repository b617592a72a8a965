"""The page Unseen data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from analysis.samples import bundled_root
from benchmarks.changed_pictures import picture_again
from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/results/validation.py"


def test_a_gap_between_splits_is_the_headline(visit: Visit) -> None:
    app = visit(PAGE, model="sample:reviews")
    assert not app.exception
    assert app.title[0].value.startswith("It doesn’t hold on “test”")
    assert "points" in words(app)
    assert "test" in set(app.dataframe[0].value["Split"])


def test_one_split_says_what_cannot_be_told(visit: Visit) -> None:
    app = visit(PAGE, model="sample:tweets")
    assert not app.exception
    assert "can’t be told" in app.title[0].value
    assert any("of duplicates" in s.value for s in app.subheader)


def test_tables_and_regressions_have_the_page_too(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert "No split is clearly worse" in app.title[0].value


def test_leaking_pictures_stand_side_by_side(visit: Visit, tmp_path: Path) -> None:
    photos = bundled_root() / "data" / "photos"
    for number, path in enumerate([*sorted(photos.glob("cat/*.jpg"))[:3], *sorted(photos.glob("mushroom/*.jpg"))[:2]]):
        kept = tmp_path / "data" / "train" / path.parent.name / path.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(path.read_bytes())
        again = tmp_path / "data" / "test" / ("mushroom" if number == 0 else path.parent.name) / f"web_{path.name}"
        again.parent.mkdir(parents=True, exist_ok=True)
        again.write_bytes(picture_again(path.read_bytes(), number, "mirrored"))
    app = visit(PAGE, model=str(bundled_root() / "models" / "photos"), data=str(tmp_path / "data"))
    next(b for b in app.button if b.label == "Open it").click().run()
    app = settle(app)
    assert not app.exception
    assert app.title[0].value == "5 examples leaked from “train” into another split"
    assert any(s.value == "5 groups of duplicates: 5 across splits, 1 labelled differently" for s in app.subheader)
    assert "too few are left" in words(app)


def test_nothing_open_leads_to_the_start(visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert app.title[0].value == "Nothing is open yet"
