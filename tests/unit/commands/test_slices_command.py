"""``slices`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.samples import bundled_root

ROOT = bundled_root()


@pytest.mark.parametrize(
    ("model", "data"), [("breast-cancer-logistic", "breast-cancer"), ("diabetes-ridge", "diabetes")]
)
def test_slices_say_what_was_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, data: str) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))
    file = tmp_path / "out.json"
    where = ["--model", str(ROOT / "models" / model), "--data", str(ROOT / "data" / data)]
    assert main(["slices", *where, "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert result["tried"] > 100
    assert len(result["properties"]) == len(set(result["properties"]))
    for found in result["slices"]:
        assert found["n"] >= result["least"] >= 10
        assert found["error"]["low"] <= found["error"]["value"] <= found["error"]["high"]
        assert found["p_adjusted"] == pytest.approx(min(1, found["p_value"] * result["tried"]))
        assert found["significant"] == (found["p_adjusted"] < 0.05)
