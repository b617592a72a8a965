"""Data without labels: opened by choice, looked at on the pages that need none, and named on those that do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analysis.samples import bundled_root
from pages.shared import opening as openings
from pages.shared.opening import Opening
from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
Place = dict[str, str]
KINDS = ("rows", "values", "texts", "pictures")
#: Pages that need no labels, and those that do.
WORK = (
    "results/overview", "results/confusions", "why/explain", "why/what_if", "feeding/doctor", "feeding/eyes",
    "decide/diligence", "decide/cost", "decide/robustness",
)  # fmt: skip
NEED = (
    "results/metrics", "results/slices", "results/map", "results/labels", "results/validation", "results/compare",
    "results/ranking", "why/patterns", "decide/verdict", "decide/report",
)  # fmt: skip
#: What would judge an answer, or take a missing label for one.
JUDGED = re.compile(r"unlabelled|:green\[right|:red\[wrong|accuracy|its label|named right|\bnan\b", re.IGNORECASE)


def photos(folder: Path) -> Path:
    """Put a few photos of the sample side by side, without the folders that name them."""
    folder.mkdir()
    for file in sorted((bundled_root() / "data" / "photos").rglob("*.jpg"))[::6][:6]:
        shutil.copy(file, folder / f"{file.parent.name[0]}-{file.name}")
    return folder


def table(target: Path, source: str, *labels: str, rows: int = 40) -> Path:
    """Write the first rows of a sample's table without the columns that label them."""
    pd.read_csv(bundled_root() / "data" / source).drop(columns=list(labels))[:rows].to_csv(target, index=False)
    return target


@pytest.fixture
def place(home: Path) -> Callable[[str], Place]:
    """Return a function that makes data of a kind without labels, known to this machine, and their address."""
    models = bundled_root() / "models"

    def make(kind: str) -> Place:
        data = home / "data"
        data.mkdir()
        made = {
            "rows": lambda: ("breast-cancer-logistic", table(data / "rows.csv", "breast-cancer/test.csv", "diagnosis")),
            "values": lambda: ("diabetes-ridge", table(data / "values.csv", "diabetes/test.csv", "progression")),
            "texts": lambda: ("reviews-sentiment", table(data / "texts.csv", "tweets.csv", "label", "rating", rows=12)),
            "pictures": lambda: ("photos", photos(data / "photos")),
        }
        model, path = made[kind]()
        opening = Opening(str(models / model), str(path), unlabelled=True)
        openings.remember(opening)
        return openings.to_link(opening)

    return make


def button(app: AppTest, label: str) -> object:
    return next(b for b in app.button if b.label == label)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("page", WORK)
def test_what_needs_no_labels_works(visit: Visit, place: Callable[[str], Place], page: str, kind: str) -> None:
    app = visit(f"pages/{page}.py", **place(kind))
    assert not app.exception
    assert app.title[0].value
    assert app.title[0].value != "This can’t be told without labels"
    assert JUDGED.findall(words(app)) == []


@pytest.mark.parametrize("page", NEED)
def test_what_needs_labels_says_so_and_how_to_go_on(visit: Visit, place: Callable[[str], Place], page: str) -> None:
    app = visit(f"pages/{page}.py", **place("rows"))
    assert not app.exception
    assert app.title[0].value == "This can’t be told without labels"
    assert button(app, "Add labels")
    assert {link.proto.page for link in app.get("page_link")} >= {"confusions", "doctor"}


@pytest.mark.parametrize("kind", ["values", "texts", "pictures"])
def test_metrics_and_verdict_of_no_kind_are_made_up(visit: Visit, place: Callable[[str], Place], kind: str) -> None:
    address = place(kind)
    for page in ("results/metrics", "decide/verdict", "why/features"):
        app = visit(f"pages/{page}.py", **address)
        assert not app.exception
        assert app.title[0].value in ("This can’t be told without labels", "These views are for tables")


def test_the_overview_counts_answers(visit: Visit, place: Callable[[str], Place]) -> None:
    app = visit("pages/results/overview.py", **place("rows"))
    assert app.title[0].value.startswith("40 rows got 2 different answers; ")
    assert app.metric[0].label == "Different answers"
    assert "no labels" in words(app)


def test_an_answer_selects_its_examples_the_least_sure_first(visit: Visit, place: Callable[[str], Place]) -> None:
    app = visit("pages/results/confusions.py", **place("rows"))
    app.selectbox(key="find_called").set_value("malignant").run()
    assert app.query_params["predicted"] == "malignant"
    assert app.title[0].value.endswith("rows called “malignant”, the least sure first")
    button(app, "Next").click().run()  # type: ignore[attr-defined]
    assert not app.exception
    assert app.query_params["example"]
    assert any(s.value.startswith("Called “malignant”, ") for s in app.subheader)


@pytest.mark.parametrize("side", [{"true": "malignant"}, {"slice": "mean radius above 15"}, {"cause": "unknown"}])
def test_a_selection_by_labels_selects_nothing(
    visit: Visit, place: Callable[[str], Place], side: dict[str, str]
) -> None:
    address = place("rows") | side
    for page in ("results/overview", "results/confusions", "why/explain", "why/what_if", "feeding/eyes"):
        app = visit(f"pages/{page}.py", **address)
        assert not app.exception
        assert JUDGED.findall(words(app)) == []


def test_the_doctor_looks_at_the_inputs_at_once(visit: Visit, place: Callable[[str], Place]) -> None:
    app = visit("pages/feeding/doctor.py", **place("rows"))
    assert "on 40 rows, without labels" in words(app)
    assert not [b for b in app.button if b.label.startswith("Diagnose")]
    assert button(app, "Add labels")


def test_costs_count_answers_that_differ(visit: Visit, place: Callable[[str], Place]) -> None:
    app = visit("pages/decide/cost.py", measured="yes", **place("texts"))
    assert not app.exception
    variants = next(frame.value for frame in app.dataframe if "Variant" in frame.value)
    assert "Answers that differ" in variants
    assert not {"Accuracy", "Classes that lose"} & set(variants.columns)
    assert "no loss" not in app.title[0].value


@pytest.mark.parametrize("kind", ["rows", "values"])
def test_robustness_counts_answers_that_change(visit: Visit, place: Callable[[str], Place], kind: str) -> None:
    app = visit("pages/decide/robustness.py", measured="yes", **place(kind))
    assert not app.exception
    assert "alter" in app.title[0].value
    said = words(app)
    assert "40 examples without labels" in said
    assert JUDGED.findall(said) == []


@pytest.mark.parametrize("kind", ["texts", "pictures"])
def test_the_form_offers_to_open_without_labels(
    visit: Visit, place: Callable[[str], Place], home: Path, kind: str
) -> None:
    wanted = openings.from_link(place(kind))
    assert wanted is not None
    (home / "recent.json").unlink()
    app = visit()
    app.get_by_key("open_view").set_value("own").run()
    app.text_input(key="own_model").set_value(wanted.model)
    app.text_input(key="own_data").set_value(wanted.data)
    button(app, "Look at them").click().run()  # type: ignore[attr-defined]
    settle(app)
    assert "It can’t tell right from wrong" in words(app)
    assert "Open them" not in [b.label for b in app.button]
    button(app, "Open without labels").click().run()  # type: ignore[attr-defined]
    settle(app)
    assert not app.exception
    assert app.query_params["labels"] == "none"
    assert app.title[0].value.endswith("can be used, none was rejected")
    assert "The data are open without labels" in words(app)
    assert openings.recent()[0].unlabelled


def test_a_link_without_the_choice_asks_for_it(visit: Visit, place: Callable[[str], Place]) -> None:
    address = place("rows")
    del address["labels"]
    app = visit("pages/results/overview.py", **address)
    assert app.title[0].value == "These data have no labels that can be found"
    assert button(app, "Say where the labels are")
    button(app, "Open without labels").click().run()  # type: ignore[attr-defined]
    settle(app)
    assert not app.exception
    assert app.query_params["labels"] == "none"
    assert app.title[0].value.startswith("40 rows got")


def test_labels_that_are_there_are_left_out_on_request(visit: Visit) -> None:
    app = visit("pages/results/overview.py", model="sample:breast-cancer", labels="none")
    assert not app.exception
    assert "171 rows got 2 different answers" in app.title[0].value
