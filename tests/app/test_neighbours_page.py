"""The nearest examples on the page Explain: shown, opened, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/why/explain.py"


@pytest.mark.parametrize("sample", ["breast-cancer", "diabetes"])
def test_every_kind_says_what_it_looks_like(visit: Visit, sample: str) -> None:
    app = visit(PAGE, model=f"sample:{sample}")
    said = words(app)
    assert not app.exception
    assert "What it looks like to the model" in said
    assert "The 6 nearest have" in said if sample == "diabetes" else "Of the 6 nearest," in said
    assert "half of the others are farther than" in said


def test_many_examples_are_compared_only_when_asked(visit: Visit, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    from pages.shared import causes, neighbours

    # The overview, which a link may lead through, compares them too, to look for causes.
    for module in (causes, neighbours):
        monkeypatch.setattr(module, "AT_ONCE", 10)
    app = visit(PAGE, model="sample:tweets")
    assert "Of the 6 nearest" not in words(app)
    assert not list(home.glob("embeddings/*"))
    app.button(key="find-nearest").click().run()
    settle(app)
    assert "Of the 6 nearest" in words(app)
    assert list(home.glob("embeddings/*"))


def test_a_model_without_hidden_layers_says_so(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.neighbours.misfit", lambda _: "The model doesn't hand out its hidden layers.")
    app = visit(PAGE, model="sample:tweets")
    assert not app.exception
    assert "hand out its hidden layers" in words(app)
