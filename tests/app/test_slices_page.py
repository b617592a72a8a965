"""The page Slices, and what a selected slice does to the other pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/results/slices.py"
NAME = "links or mentions: yes"


def test_slices_are_found_and_said(visit: Visit) -> None:
    app = visit(PAGE, model="sample:tweets")
    assert not app.exception
    assert "elsewhere" in app.title[0].value
    assert NAME in set(app.dataframe[0].value["Slice"])
    assert "after correction" in words(app)


@pytest.mark.parametrize("sample", ["diabetes", "photos", "breast-cancer"])
def test_where_nothing_stands_out_it_says_so(visit: Visit, sample: str) -> None:
    app = visit(PAGE, model=f"sample:{sample}")
    assert not app.exception
    assert "nowhere" in app.title[0].value


def test_a_slice_holds_on_every_page_until_it_is_cleared(visit: Visit) -> None:
    app = visit("pages/results/overview.py", model="sample:tweets", slice=NAME)
    assert "678 texts" in app.title[0].value
    assert app.button(key="chip-slice")
    app.switch_page("pages/results/confusions.py").run()
    settle(app)
    assert "678 texts" in app.title[0].value
    app.button(key="chip-slice").click().run()
    settle(app)
    assert "1\u202f000 texts" in app.title[0].value
    app.button(key="undo").click().run()
    settle(app)
    assert app.query_params["slice"] == NAME


@pytest.mark.parametrize("page", ["pages/results/metrics.py", PAGE])
def test_an_unknown_slice_is_said(visit: Visit, page: str) -> None:
    app = visit(page, model="sample:breast-cancer", slice="<b>no</b> such **slice**")
    assert not app.exception
    if page != PAGE:
        assert app.title[0].value == "This slice is not in the data"
        next(b for b in app.button if b.label == "Look at all examples").click().run()
        settle(app)
        assert "Hardest class" in app.title[0].value


def test_a_group_of_drawn_texts_is_said_and_selected(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.failures.slices import clusters, predicates_of, rows_of_slice
    from analysis.samples import bundled_root
    from analysis.session import open_session

    monkeypatch.setattr(clusters, "MOST", 500)
    root = bundled_root()
    session = open_session(root / "models" / "reviews-sentiment", root / "data" / "tweets.csv")
    predicates = predicates_of(session.predictions(), session.dataset, session.candidate, session.pipeline)
    group = predicates.levels[predicates.columns.index(clusters.NAME)][0]
    assert group.endswith("(among 500 drawn)")
    rows = rows_of_slice(predicates, group)
    assert rows is not None
    app = visit(PAGE, model="sample:tweets", slice=group)
    assert not app.exception
    assert "looked for in a part: from 500 of 1,000 examples, drawn at random." in words(app)
    assert f"Every other page now looks at “{group}” alone" in words(app)
    app.switch_page("pages/results/overview.py").run()
    settle(app)
    assert f"{len(rows)} texts" in app.title[0].value
