"""``compare`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.samples import bundled_root

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"
TUMOURS = ["--model", str(MODELS / "breast-cancer-logistic"), "--data", str(DATA / "breast-cancer"), "--split", "test"]
TREES = ["--against", str(MODELS / "breast-cancer-trees"), "--trust", "sklearn.tree._tree.Tree"]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


def test_two_models_are_compared_example_by_example(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert main(["compare", *TUMOURS, *TREES, "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert result["compared"] == 171
    for found in result["differences"].values():
        assert {"a", "b", "difference", "low", "high", "p_value"} <= set(found)
        assert found["difference"] == pytest.approx(found["a"] - found["b"], abs=1e-9)
        assert found["low"] <= found["difference"] <= found["high"]
    assert {"roc_area", "average_precision", "brier", "log_loss", "calibration_error"} <= set(result["differences"])
    together = result["agreement"]
    four = [together[key] for key in ("both_right", "only_a", "only_b", "both_wrong")]
    assert sum(four) == 171
    assert len(result["only_a"]) == together["only_a"]
    difference = result["differences"]["accuracy"]["difference"]
    assert difference == pytest.approx((together["only_a"] - together["only_b"]) / 171)


def test_one_model_fed_in_two_ways(tmp_path: Path) -> None:
    predicted = tmp_path / "own.json"
    assert main(["compare", *TUMOURS, "--against", TUMOURS[1], "--json", str(predicted)]) == 0
    from analysis.session import open_session

    pipeline = open_session(TUMOURS[1], TUMOURS[3]).pipeline
    step = pipeline.get("column_order")
    assert step is not None
    turned = pipeline.replacing(step.with_params(columns=list(reversed(step.params["columns"]))))
    file, out = tmp_path / "turned.json", tmp_path / "out.json"
    file.write_text(json.dumps(turned.to_json()))
    assert main(["compare", *TUMOURS, "--pipeline", str(file), "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert result["winner"] == "b"
    assert result["differences"]["accuracy"]["high"] < 0
    assert json.loads(predicted.read_text())["winner"] == ""


def test_each_slice_has_its_difference(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert main(["compare", *TUMOURS, *TREES, "--json", str(file)]) == 0
    slices = json.loads(file.read_text())["per_slice"]
    assert len(slices) > 30
    for one in slices:
        assert {"slice", "a", "b", "difference", "low", "high", "p_value", "p_adjusted", "winner"} <= set(one)
        assert one["p_adjusted"] >= one["p_value"]
        assert one["n"] >= 10


def test_a_network_against_its_smaller_self(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    reviews = ["--model", str(MODELS / "reviews-sentiment"), "--data", str(DATA / "reviews.csv"), "--split", "test"]
    assert main(["compare", *reviews, "--against-variant", "pruned-50", "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert result["compared"] == 600
    prints = [side["fingerprints"]["candidate"] for side in (result, result["against"])]
    assert prints[0] != prints[1]
    assert main(["compare", *TUMOURS, "--against-variant", "int8"]) == 2
    assert main(["compare", *reviews, "--against-variant", "int8", "--against", "x"]) == 2


def test_nothing_to_compare_with_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *TUMOURS]) == 2
    assert "--against" in capsys.readouterr().err
