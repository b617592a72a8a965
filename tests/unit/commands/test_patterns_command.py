"""``patterns`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.samples import bundled_root

ROOT = bundled_root()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


def where(model: str, data: str, split: str = "test") -> list[str]:
    return ["--model", str(ROOT / "models" / model), "--data", str(ROOT / "data" / data), "--split", split]


def test_failures_are_compared_and_kept(tmp_path: Path) -> None:
    file, again = tmp_path / "out.json", tmp_path / "again.json"
    asked = ["patterns", *where("breast-cancer-logistic", "breast-cancer"), "--true", "malignant"]
    assert main([*asked, "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert result["sentence"]
    assert result["failures"]
    assert {ranking["id"] for ranking in result["rankings"]} == {"push", "size"}
    kept = list((tmp_path / "home" / "attributions").rglob("*.npz"))
    assert len(kept) == len(result["failures"]) + len(result["others"])
    assert main([*asked, "--json", str(again)]) == 0
    assert json.loads(again.read_text())["rankings"] == result["rankings"]


def test_a_regression_is_compared_by_its_errors(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert main(["patterns", *where("diabetes-ridge", "diabetes"), "--json", str(file)]) == 0
    assert json.loads(file.read_text())["push"] == "towards the error"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--true", "cat"], "no label “cat”"),
        (["--method", "grad_cam"], "does not fit"),
        (["--true", "benign", "--predicted", "benign"], "no failure"),
    ],
)
def test_what_can_not_be_compared_is_said(more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["patterns", *where("breast-cancer-logistic", "breast-cancer"), *more]) == 2
    assert said in capsys.readouterr().err
