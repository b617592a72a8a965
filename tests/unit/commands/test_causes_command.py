"""``causes`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.failures.causes import CAUSES
from analysis.samples import bundled_root

ROOT = bundled_root()
TUMOURS = ["--model", str(ROOT / "models/breast-cancer-logistic"), "--data", str(ROOT / "data/breast-cancer")]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


def test_causes_before_and_after_the_doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    assert main(["causes", *TUMOURS, "--json", str(out)]) == 0
    assert "--diagnose asks it" in capsys.readouterr().out
    before = json.loads(out.read_text())
    assert before["doctor"] == "not asked"
    assert before["failures"] == len(before["examples"]) == sum(c["n"] for c in before["causes"]) == 6
    assert before["order"] == list(CAUSES)
    assert "weakness" not in {c["cause"] for c in before["causes"]}
    assert main(["causes", *TUMOURS, "--diagnose", "--json", str(out)]) == 0
    after = json.loads(out.read_text())
    assert after["doctor"] == "none"
    assert "unknown" not in {c["cause"] for c in after["causes"]}
    for example in after["examples"]:
        assert example["cause"] == example["reasons"][0]["cause"]
        assert example["reasons"][0]["sentence"].endswith(".")
    assert main(["causes", *TUMOURS, "--json", str(out)]) == 0
    assert json.loads(out.read_text())["doctor"] == "none", "a diagnosis that is kept is used"


def test_a_regression_says_what_counts_as_a_failure(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    where = ["--model", str(ROOT / "models/diabetes-ridge"), "--data", str(ROOT / "data/diabetes"), "--split", "test"]
    assert main(["causes", *where, "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    for example in result["examples"]:
        assert abs(example["label"] - example["predicted"]) > result["failure_above"]
