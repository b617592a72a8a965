"""``features`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.samples import bundled_root

ROOT = bundled_root()


def test_features_writes_all_three_views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))
    file = tmp_path / "out.json"
    where = ["--model", str(ROOT / "models" / "diabetes-ridge"), "--data", str(ROOT / "data" / "diabetes")]
    assert main(["features", *where, "--split", "test", "--feature", "bmi", "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    first = result["importance"][0]
    assert first["measure"] == "r2"
    assert {f["feature"] for f in first["features"][:2]} == {"bmi", "s5"}
    assert first["features"][0]["low"] > 0
    assert [d["feature"] for d in result["dependence"]] == ["bmi"]
    assert result["dependence"][0]["mean"][-1] > result["dependence"][0]["mean"][0]
    assert len(result["coefficients"]["weights"]) == 10


def test_features_of_a_text_model_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))
    where = ["--model", str(ROOT / "models" / "reviews-sentiment"), "--data", str(ROOT / "data" / "tweets.csv")]
    assert main(["features", *where]) == 2
    assert "holds no table" in capsys.readouterr().err
