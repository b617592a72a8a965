"""The page Unseen data."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.conftest import words

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
