"""The report page."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analysis.__main__ import build_parser
from analysis.datasets import Columns
from pages.shared import reports, state
from pages.shared.opening import Opening
from tests.app.conftest import words

Visit = Callable[..., AppTest]
PAGE = "pages/decide/report.py"


def test_nothing_open(visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert app.title[0].value == "Nothing is open yet"


def test_contents_can_be_chosen(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert len(app.get("download_button")) == 3
    before = next(c.value for c in app.caption if "failures shown" in c.value)
    app.pills(key="report-sections").set_value(["scorecard"]).run()
    assert not app.exception
    assert next(c.value for c in app.caption if "failures shown" in c.value) != before
    app.text_input(key="report-title").set_value("<b>Mine</b>").run()
    assert not app.exception
    assert "Hand this over as one file" in words(app)


def test_the_command_names_what_was_chosen_when_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {"text": "a text", "text_pair": "b", "file": "c", "label": "d", "split": "e", "id": "f"}
    assert set(columns) | {"features"} == set(Columns.__dataclass_fields__)
    opening = Opening(
        "acme/bert", "/home/me/rows.csv", "v1", columns=(*columns.items(), ("features", "x\ny")),
        labels=(("cats", "cat"),), trusted=("a.Type", "b.Type"),
    )  # fmt: skip
    monkeypatch.setattr(state, "here", lambda: SimpleNamespace(opening=opening))
    run: Any = SimpleNamespace(
        session=SimpleNamespace(
            candidate=SimpleNamespace(source="acme/bert", pipeline=SimpleNamespace(fingerprint="1")),
            dataset=SimpleNamespace(source="/home/me/rows.csv"),
            pipeline=SimpleNamespace(fingerprint="2"),
            split="test",
        )
    )
    found = build_parser().parse_args(shlex.split(reports.command(run))[3:])
    assert (found.model, found.data, found.split, found.revision) == ("acme/bert", "rows.csv", "test", "v1")
    assert (found.pipeline, found.label_map) == ("pipeline.json", "labels.json")
    assert {role: getattr(found, f"{role}_column") for role in columns} == columns
    assert found.feature_column == ["x", "y"]
    assert found.trust == ["a.Type", "b.Type"]
    run.session.pipeline = run.session.candidate.pipeline
    assert "--pipeline" not in reports.command(run)
