"""What a bar or a point of a figure stands for, as a selection of all pages."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import cache
from tests.app.conftest import ROOT, forget, words

Visit = Callable[..., AppTest]
CONFUSIONS = "pages/results/confusions.py"
#: Figures that select nothing, each with the reason.
SELECTING_NOTHING = {
    "attributions.py": "parts of one example's input",
    "faithfulness_beside.py": "steps of an experiment on one example",
    "faithfulness_model.py": "layers of the network",
    "doctor_eyes.py": "pixels of one example",
    "what_if_results.py": "one example that is not in the data",
    "cost.py": "layers, batches and lengths, not examples",
}
#: Single figures of modules whose others select.
ALSO_NOTHING = {
    "reliability-after": "confidence that the run doesn't have: with a temperature",
    "why-": "parts of one example's input",
    "average-": "places of an average picture",
}


def figures_drawn() -> Iterator[tuple[str, ast.Call]]:
    """Yield each call that draws a figure, with the file that it stands in."""
    for path in sorted((ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "widgets.figure":
                yield path.name, node


def test_every_figure_selects_unless_it_shows_no_examples() -> None:
    drawn = list(figures_drawn())
    assert len(drawn) > 30
    for name, call in drawn:
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        excused = name in SELECTING_NOTHING or any(part in given["key"] for part in ALSO_NOTHING)
        assert ("on_select" in given) != excused, f"{name}: {given['key']}"
    assert set(SELECTING_NOTHING) <= {name for name, _ in drawn}


@pytest.mark.parametrize(
    ("sample", "part", "said"),
    [
        ("breast-cancer", "confidence 0.9 1.0", "Confidence of 90 to 100 %: "),
        ("breast-cancer", "score 0.5 inf malignant", "A score for “malignant” from 0.5: "),
        ("tweets", "word -inf inf love", "The word “love”: "),
    ],
)
def test_a_part_in_the_link_narrows_the_examples(visit: Visit, sample: str, part: str, said: str) -> None:
    app = visit(CONFUSIONS, model=f"sample:{sample}", part=part)
    assert not app.exception
    assert app.title[0].value.replace("\\", "").startswith(said)
    assert "named right" in app.title[0].value
    n = int(app.title[0].value.split(" of ")[-1].split()[0])
    assert f"{n} {'texts' if sample == 'tweets' else 'rows'} with " in words(app)
    app.button(key="chip-part").click().run()
    assert "part" not in app.query_params
    app.button(key="undo").click().run()
    assert app.query_params["part"] == part


def test_a_part_of_a_regression_narrows_its_gallery(visit: Visit) -> None:
    app = visit(CONFUSIONS, model="sample:diabetes", part="error 50.0 inf")
    assert not app.exception
    assert " rows with an error from 50, the largest errors first" in words(app)
    app.button(key="next").click().run()
    assert app.subheader[0].value.replace("\\", "").endswith("too high")


@pytest.mark.parametrize("page", ["results/overview", "results/metrics", "why/explain", "why/patterns", "why/what_if"])
def test_other_pages_keep_a_part(visit: Visit, page: str) -> None:
    app = visit(f"pages/{page}.py", model="sample:breast-cancer", part="confidence 0.5 0.9")
    assert not app.exception
    assert app.button(key="chip-part")


@pytest.mark.parametrize(
    "part", ["confidence 0.0 0.1", "error 1.0 2.0", "word -inf inf love", "changed 1.0 1.0 noise", "x"]
)
def test_a_part_without_examples_says_so_and_offers_all(visit: Visit, part: str) -> None:
    app = visit(CONFUSIONS, model="sample:breast-cancer", part=part)
    assert not app.exception
    assert app.title[0].value == "No example here is in the selected part"
    next(button for button in app.button if button.label == "Look at all examples").click().run()
    assert "part" not in app.query_params
    assert "named right" in app.title[0].value


def test_what_a_corruption_changes_is_selected_once_it_is_measured(visit: Visit) -> None:
    model, part = "sample:breast-cancer", "changed 0.5 0.5 jitter"
    app = visit(CONFUSIONS, model=model, part=part)
    assert app.title[0].value == "No example here is in the selected part"
    visit("pages/decide/robustness.py", model=model, measured="yes")
    (measured,) = [job.result for (kind, _), job in cache.jobs()._jobs.items() if kind == "robustness"]
    forget()
    app = visit(CONFUSIONS, model=model, part=part)
    changed = len(measured.altered("jitter", 0.5))
    assert changed > 0
    assert f" of {changed} row" in app.title[0].value
