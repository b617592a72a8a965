"""The doctor's page: not yet run, healthy, at fault, corrected and back, and pipelines that can't be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis.samples import bundled_root
from analysis.session import open_session
from analysis.storage import write_json
from analysis.types import Pipeline
from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/feeding/doctor.py"
TUMOURS, DIABETES = "sample:breast-cancer", "sample:diabetes"


@pytest.fixture(scope="module")
def own() -> Pipeline:
    root = bundled_root()
    return open_session(root / "models" / "breast-cancer-logistic", root / "data" / "breast-cancer").pipeline


@pytest.fixture
def swapped(own: Pipeline, home: Path) -> str:
    """Keep the pipeline with its two labels swapped, and return the name that a link gives it."""
    step = own.get("label_order")
    assert step is not None
    faulty = own.replacing(step.with_params(labels=list(own.labels)[::-1]))
    write_json(home / "pipelines" / f"{faulty.fingerprint}.json", faulty.to_json())
    return faulty.fingerprint


def button(app: AppTest, label: str) -> object:
    return next(b for b in app.button if b.label == label)


def test_not_yet_run_says_what_it_does(visit: Visit) -> None:
    app = visit(PAGE, model=TUMOURS)
    assert not app.exception
    assert app.title[0].value == "Is the fault the model’s, or that of how it is fed?"
    assert "channel order" in words(app)
    assert button(app, "Diagnose")


def test_a_healthy_model_gives_no_alarm(visit: Visit) -> None:
    app = visit(PAGE, model=TUMOURS)
    button(app, "Diagnose").click().run()  # type: ignore[attr-defined]
    settle(app)
    assert not app.exception
    assert app.title[0].value.startswith("No mismatch found")
    assert "n = 171" in words(app).replace("\u00a0", " ")
    assert not any(b.label == "Use this pipeline from here on" for b in app.button)
    assert any("Change" in frame.value for frame in app.dataframe)


def test_a_fault_is_named_proved_used_and_undone(visit: Visit, swapped: str) -> None:
    app = visit(PAGE, model=TUMOURS, pipeline=swapped, diagnosed="yes")
    assert not app.exception
    assert app.title[0].value.startswith("It is fed the wrong way: corrected, it gets 98")
    said = words(app)
    assert "positive class" in said
    assert "as documented" in said
    assert "Proved" in [metric.value for metric in app.metric]
    assert "It repairs" in said
    button(app, "Use this pipeline from here on").click().run()  # type: ignore[attr-defined]
    settle(app)
    assert not app.exception
    assert app.query_params["pipeline"] != swapped
    assert app.title[0].value.startswith("It is fed the wrong way")
    assert "All pages feed the model this way" in words(app)
    app.button(key="undo-feeding").click().run()
    settle(app)
    assert app.query_params["pipeline"] == swapped
    assert button(app, "Use this pipeline from here on")


def test_inputs_alone_are_compared_with_training(visit: Visit) -> None:
    app = visit(PAGE, model=TUMOURS)
    button(app, "Look at the inputs alone").click().run()  # type: ignore[attr-defined]
    settle(app)
    assert not app.exception
    assert app.title[0].value == "The inputs alone don’t tell"
    assert "rules out little" in words(app)
    button(app, "Diagnose with labels").click().run()  # type: ignore[attr-defined]
    assert button(settle(app), "Diagnose")


def test_columns_out_of_place_show_without_labels(visit: Visit, own: Pipeline, home: Path) -> None:
    step = own.get("column_order")
    assert step is not None
    faulty = own.replacing(step.with_params(columns=list(step.params["columns"])[::-1]))
    write_json(home / "pipelines" / f"{faulty.fingerprint}.json", faulty.to_json())
    app = visit(PAGE, model=TUMOURS, pipeline=faulty.fingerprint, diagnosed="inputs")
    assert not app.exception
    assert app.title[0].value == "To the model the inputs look unlike its training"
    assert "column order" in words(app)
    assert "Only labels prove" in words(app)
    assert button(app, "Use this pipeline from here on")


def test_a_regression_is_told_by_r2(visit: Visit) -> None:
    app = visit(PAGE, model=DIABETES, diagnosed="yes")
    assert not app.exception
    assert "R²" in app.title[0].value
    assert any("R²" in metric.label for metric in app.metric)


def test_edited_by_hand(visit: Visit) -> None:
    app = visit(PAGE, model=TUMOURS, fed="form")
    assert not app.exception
    assert "Nothing is changed yet" in words(app)
    labels = app.text_area(key="form-label_order-labels")
    labels.set_value("\n".join(reversed(labels.value.split("\n")))).run()
    assert "positive class" in words(app)
    app.text_input(key="form-units-factors").set_value("not JSON").run()
    assert not app.exception
    assert "is not JSON" in words(app)


def test_a_pipeline_that_is_none_is_an_error_in_words(visit: Visit) -> None:
    app = visit(PAGE, model=TUMOURS, fed="file")
    app.file_uploader(key="fed-file").set_value(("p.json", json.dumps({"steps": 3}).encode(), "application/json")).run()
    assert not app.exception
    assert "This is not a pipeline" in words(app)


def test_a_folder_without_tensors_is_an_error_in_words(visit: Visit, tmp_path: Path) -> None:
    app = visit(PAGE, model=TUMOURS, fed="captured")
    app.text_input(key="captured-path").set_value(str(tmp_path / "none"))
    button(app, "Find what made them").click().run()  # type: ignore[attr-defined]
    assert not app.exception
    assert "There is no folder" in words(app)


def test_captured_tensors_tell_what_made_them(visit: Visit, own: Pipeline, tmp_path: Path) -> None:
    import numpy as np

    root = bundled_root()
    session = open_session(root / "models" / "breast-cancer-logistic", root / "data" / "breast-cancer")
    rows = np.arange(12, dtype=np.int64)
    columns = list(own.param("column_order", "columns"))
    values = session.dataset.inputs(rows)[columns].to_numpy(dtype=np.float64, copy=True)  # type: ignore[call-overload,index]
    values[:, 0] *= 10
    folder = tmp_path / "captured"
    folder.mkdir()
    for row, value in zip(rows, values, strict=True):
        np.save(folder / f"{session.dataset.table['id'].iloc[row]}.npy", value)
    app = visit(PAGE, model=TUMOURS, fed="captured")
    app.text_input(key="captured-path").set_value(str(folder))
    button(app, "Find what made them").click().run()  # type: ignore[attr-defined]
    settle(app)
    assert not app.exception
    said = words(app)
    assert "12 tensors were made otherwise than documented" in said
    assert "mean radius" in said
    assert button(app, "Diagnose this pipeline")


def test_a_link_with_an_unknown_pipeline_falls_back(visit: Visit) -> None:
    app = visit(PAGE, model=TUMOURS, fed="../../etc/passwd")
    assert not app.exception
    assert button(app, "Diagnose")


def test_too_few_examples_are_said(visit: Visit, tmp_path: Path) -> None:
    root = bundled_root()
    table = (root / "data" / "breast-cancer" / "test.csv").read_text().splitlines()[:7]
    (tmp_path / "few.csv").write_text("\n".join(table))
    app = visit(PAGE, model=str(root / "models" / "breast-cancer-logistic"), data=str(tmp_path / "few.csv"))
    next(b for b in app.button if b.label == "Open it").click().run()
    settle(app)
    button(app, "Diagnose").click().run()  # type: ignore[attr-defined]
    settle(app)
    assert not app.exception
    assert app.title[0].value == "This can’t be diagnosed"
    assert "too few" in words(app)


def test_choices_are_offered_as_the_registry_has_them() -> None:
    from analysis.preprocessing.steps import SPECS
    from pages.shared.doctor_form import options

    for spec in SPECS:
        for param in spec.params:
            if param.takes.startswith("one of "):
                found = options(param)
                assert len(found) == len(param.takes.removeprefix("one of ").split(", "))
                assert [param.read(value) for value in found] == found
