"""``rank`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.samples import bundled_root

ROOT = bundled_root()
MODEL, DATA = str(ROOT / "models" / "breast-cancer-logistic"), str(ROOT / "data" / "breast-cancer")
TREES = str(ROOT / "models" / "breast-cancer-trees")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))


def test_two_models_are_ranked_and_tied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    asked = ["rank", "--model", MODEL, "--against", TREES, "--data", DATA, "--split", "test", "--json", str(out)]
    assert main([*asked, "--trust", "sklearn.tree._tree.Tree"]) == 0
    result = json.loads(out.read_text())
    assert {r["model"] for r in result["ranking"]} == {MODEL, TREES}
    assert [r["best_rank"] for r in result["ranking"]] == [1, 1]
    assert result["ranking"][0]["tied_with"] == [result["ranking"][1]["model"]]
    assert len(result["tied_groups"]) == 1
    assert result["differences"][0]["p_adjusted"] > 0.05
    assert "1–2" in capsys.readouterr().out


def test_another_metric_ranks_them(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    asked = ["rank", "--model", MODEL, "--against", TREES, "--data", DATA, "--split", "test", "--json", str(out)]
    assert main([*asked, "--trust", "sklearn.tree._tree.Tree", "--by", "log_loss"]) == 0
    result = json.loads(out.read_text())
    assert result["score_is"] == "log_loss"
    assert result["ranking"][0]["score"]["value"] < result["ranking"][1]["score"]["value"]
    assert main([*asked, "--trust", "sklearn.tree._tree.Tree", "--by", "nonsense"]) == 2


@pytest.mark.parametrize("more", [[], ["--against", MODEL]])
def test_nothing_to_rank_is_said(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rank", "--model", MODEL, "--data", DATA, *more]) != 0
    assert "Name each" in capsys.readouterr().err
