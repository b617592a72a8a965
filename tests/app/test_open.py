"""The page that opens: empty, with samples, with a person's own files, and with files that can't be used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis.samples import bundled_root
from tests.app.conftest import ROOT, settle, words

Visit = Callable[..., AppTest]


def own(visit: Visit, model: str, data: str) -> AppTest:
    """Fill in the form and look at what it names."""
    app = visit()
    app.get_by_key("open_view").set_value("own").run()
    app.text_input(key="own_model").set_value(model)
    app.text_input(key="own_data").set_value(data)
    next(b for b in app.button if b.label == "Look at them").click().run()
    return settle(app)


def test_the_first_page_paints_without_torch() -> None:
    script = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception, app.exception
assert app.title[0].value
heavy = {"torch", "transformers", "sklearn", "captum", "shap"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]


def test_nothing_open_says_what_would_be_here(visit: Visit) -> None:
    for page in ("results/overview", "results/metrics", "results/confusions", "why/explain"):
        app = visit(f"pages/{page}.py")
        assert not app.exception
        assert app.title[0].value == "Nothing is open yet"


def test_blank_form_is_answered_in_words(visit: Visit) -> None:
    app = own(visit, "", "")
    assert not app.exception
    assert "No model is named" in words(app)


def test_a_folder_that_is_not_there(visit: Visit) -> None:
    app = own(visit, "/no/such/model", str(bundled_root() / "data" / "diabetes"))
    assert not app.exception
    assert "There is no file or folder" in words(app)


def test_types_are_trusted_one_by_one_before_a_forest_opens(visit: Visit) -> None:
    root = bundled_root()
    app = own(visit, str(root / "models" / "breast-cancer-trees"), str(root / "data" / "breast-cancer"))
    assert "sklearn.tree._tree.Tree" in [box.label.replace("\\", "").strip("\u2068\u2069") for box in app.checkbox]
    opener = next(b for b in app.button if b.label == "Open them")
    assert opener.disabled
    for box in app.checkbox:
        box.check()
    app.run()
    next(b for b in app.button if b.label == "Open them").click().run()
    settle(app)
    assert not app.exception
    assert app.title[0].value == "569 examples can be used, none was rejected"


def test_bad_rows_are_listed_with_their_reason(visit: Visit, tmp_path: Path) -> None:
    root = bundled_root()
    table = (root / "data" / "diabetes" / "test.csv").read_text().splitlines()
    table[3] = table[3].rsplit(",", 1)[0] + ","
    dirty = tmp_path / "dirty.csv"
    dirty.write_text("\n".join(table))
    app = own(visit, str(root / "models" / "diabetes-ridge"), str(dirty))
    next(b for b in app.button if b.label == "Open them").click().run()
    settle(app)
    assert not app.exception
    assert app.title[0].value.endswith("1 can’t")
    shown = [frame.value for frame in app.dataframe if "Reason" in frame.value]
    assert len(shown) == 1
    assert len(shown[0]) == 1


def test_a_link_to_something_new_asks_first(visit: Visit) -> None:
    model, data = bundled_root() / "models" / "diabetes-ridge", bundled_root() / "data" / "diabetes"
    app = visit("pages/results/overview.py", model=str(model), data=str(data))
    assert app.title[0].value == "This link asks to open something new"
    assert str(model) in words(app)


def test_an_unknown_sample_is_an_error_in_words(visit: Visit) -> None:
    app = visit("pages/results/overview.py", model="sample:no-such")
    assert not app.exception
    assert app.title[0].value == "This can’t be opened"
    assert "There is no sample “no-such”" in words(app)


def test_a_link_to_an_unknown_sample_shows_those_that_are_there(visit: Visit) -> None:
    app = visit("pages/start/open.py", model="sample:no-such")
    assert app.warning[0].value.startswith("There is no sample “no")
    assert "Each sample is a real model" in words(app)


def test_what_was_open_is_open_again(visit: Visit) -> None:
    visit("pages/results/metrics.py", model="sample:diabetes")
    again = visit()
    assert again.query_params["model"] == "sample:diabetes"


def test_what_was_left_and_opened_again_is_what_was_open_last(visit: Visit) -> None:
    for model in ("sample:diabetes", "sample:breast-cancer", "sample:diabetes"):
        visit("pages/results/metrics.py", model=model)
    assert visit().query_params["model"] == "sample:diabetes"


@pytest.mark.parametrize("hostile", ["**bold**", "<b>x</b>", "[x](http://a.example)", ":red[x]", "$x$", "a\u202eb"])
def test_names_from_data_are_no_markup(hostile: str) -> None:
    from pages.shared.wording import plain

    shown = plain(hostile)
    assert "\u202e" not in shown
    assert all(f"\\{c}" in shown for c in hostile if c in "*<[]():$")
