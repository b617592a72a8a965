"""``validate`` on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.samples import bundled_root

ROOT = bundled_root()


def test_a_planted_leak_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data" / "breast-cancer", data)
    train = (data / "train.csv").read_text().splitlines()
    with (data / "test.csv").open("a") as file:
        file.write("\n".join(train[1:6]) + "\n")
    out = tmp_path / "out.json"
    model = str(ROOT / "models" / "breast-cancer-logistic")
    assert main(["validate", "--model", model, "--data", str(data), "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert result["reference"] == "train"
    assert {s["split"]: s["leaking"] for s in result["splits"]} == {"train": 0, "test": 5}
    assert sum(g["exact"] and g["leaks"] for g in result["duplicates"]) == 5
