"""``what-if`` on the command line: a search whose result is read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.samples import bundled_root

ROOT = bundled_root()
EXAMPLE = {"breast-cancer": "test.csv:3", "diabetes": "test.csv:3", "tweets.csv": "3"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


def where(model: str, data: str) -> list[str]:
    return ["--model", str(ROOT / "models" / model), "--data", str(ROOT / "data" / data), "--example", EXAMPLE[data]]


@pytest.mark.parametrize(
    ("model", "data", "more"),
    [("breast-cancer-logistic", "breast-cancer", []), ("reviews-sentiment", "tweets.csv", ["--by", "swap"])],
)
def test_what_was_found_changes_the_answer_again(tmp_path: Path, model: str, data: str, more: list[str]) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert main(["what-if", *where(model, data), *more, "--json", str(first)]) == 0
    found = json.loads(first.read_text())
    if found["changes"]:
        assert found["before"]["answer"] != found["after"]["answer"]
    assert found["tried"] > 10
    assert main(["what-if", *where(model, data), "--changes", str(first), "--json", str(second)]) == 0
    again = json.loads(second.read_text())
    assert again["after"] == found["after"]


def test_a_regression_needs_a_goal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["what-if", *where("diabetes-ridge", "diabetes")]) == 2
    assert "--goal" in capsys.readouterr().err
