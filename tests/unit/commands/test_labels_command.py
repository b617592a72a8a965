"""``labels`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.samples import bundled_root

ROOT = bundled_root()
TUMOURS = ["--model", str(ROOT / "models/breast-cancer-logistic"), "--data", str(ROOT / "data/breast-cancer")]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


def test_suspects_and_the_metrics_with_corrections(tmp_path: Path) -> None:
    out, fix = tmp_path / "out.json", tmp_path / "fix.json"
    assert main(["labels", *TUMOURS, "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert len(result["suspects"]) == 6
    assert result["splits_learned_from"] == ["train"]
    assert result["metrics"] == result["metrics_corrected"]
    fix.write_text(json.dumps({s["id"]: s["suggested"] for s in result["suspects"]}))
    assert main(["labels", *TUMOURS, "--corrections", str(fix), "--json", str(out)]) == 0
    assert json.loads(out.read_text())["metrics_corrected"]["accuracy"]["value"] == 1


@pytest.mark.parametrize("content", ["[]", '{"a": "cucumber"}', "no json"])
def test_corrections_that_cannot_be_used_end_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    file = tmp_path / "fix.json"
    file.write_text(content)
    assert main(["labels", *TUMOURS, "--corrections", str(file)]) == 2
    assert "caveat:" in capsys.readouterr().err


def test_a_regression_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--model", str(ROOT / "models/diabetes-ridge"), "--data", str(ROOT / "data/diabetes")]
    assert main(["labels", *where]) == 2
    assert "largest errors" in capsys.readouterr().err
