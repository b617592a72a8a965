"""The command line: what it prints, what its JSON holds, and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss

from analysis.__main__ import main
from analysis.samples import bundled_root
from analysis.session import open_session

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"
TUMOURS = ["--model", str(MODELS / "breast-cancer-logistic"), "--data", str(DATA / "breast-cancer"), "--split", "test"]
DIABETES = ["--model", str(MODELS / "diabetes-ridge"), "--data", str(DATA / "diabetes"), "--split", "test"]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


def run(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Run a command that must end well, and return its JSON."""
    file = tmp_path / "out.json"
    assert main([*arguments, "--json", str(file)]) == 0
    result: dict[str, Any] = json.loads(file.read_text())
    return result


def test_predict_says_every_example_and_scikit_learns_accuracy(tmp_path: Path) -> None:
    result = run(tmp_path, "predict", *TUMOURS)
    rows = result["predictions"]
    assert result["task"] == "classification"
    assert result["n"] == len(rows) == 171
    assert result["rejected"] == []
    assert set(rows[0]) == {"id", "label", "predicted", "score"}
    truth, found = [r["label"] for r in rows], [r["predicted"] for r in rows]
    accuracy = result["metrics"]["accuracy"]
    assert accuracy["value"] == pytest.approx(accuracy_score(truth, found))
    assert accuracy["low"] < accuracy["value"] < accuracy["high"]


def test_columns_can_be_said(tmp_path: Path) -> None:
    table = pd.read_csv(DATA / "breast-cancer" / "test.csv")
    features = [c for c in table.columns if c != "diagnosis"]
    table = table.assign(patient=[f"p{i}" for i in range(len(table))], other=0.5)
    table.to_csv(tmp_path / "patients.csv", index=False)
    chosen = [part for name in features for part in ("--feature-column", name)]
    asked = ["--model", TUMOURS[1], "--data", str(tmp_path / "patients.csv"), "--label-column", "diagnosis"]
    result = run(tmp_path, "predict", *asked, "--id-column", "patient", *chosen)
    assert [row["id"] for row in result["predictions"]] == list(table["patient"])
    plain = run(tmp_path, "predict", *TUMOURS)
    assert result["metrics"]["accuracy"]["value"] == plain["metrics"]["accuracy"]["value"]


def test_metrics_hold_all_that_is_promised(tmp_path: Path) -> None:
    result = run(tmp_path, "metrics", *TUMOURS)
    session = open_session(TUMOURS[1], TUMOURS[3], split="test")
    run_ = session.predictions()
    names = {"accuracy", "f1_macro", "precision_macro", "recall_macro", "log_loss"}
    assert names <= set(result["metrics"])
    assert result["metrics"]["f1_macro"]["value"] == pytest.approx(
        f1_score(run_.truth, run_.predicted, average="macro"), abs=1e-9
    )
    expected = log_loss(run_.truth, np.asarray(run_.scores, dtype=np.float64), labels=[0, 1])
    assert result["metrics"]["log_loss"]["value"] == pytest.approx(expected, rel=1e-4)
    assert [c["label"] for c in result["per_class"]] == ["benign", "malignant"]


def test_a_regression_has_its_own_metrics(tmp_path: Path) -> None:
    result = run(tmp_path, "metrics", *DIABETES)
    assert {"r2", "mse", "mae", "rmse"} <= set(result["metrics"])
    assert result["task"] == "regression"
    assert result["per_class"] == []


def test_metrics_say_what_the_scores_are_good_for(tmp_path: Path) -> None:
    costs = ("--threshold", "malignant", "--cost-false-negative", "20")
    result = run(tmp_path, "metrics", *TUMOURS, *costs)
    assert {c["label"] for c in result["one_against_rest"]} == set(result["labels"])
    assert result["calibration"]["error"]["n"] == result["n"]
    assert result["threshold"]["best"]["threshold"] <= 0.5
    assert result["threshold"]["chosen_on"] + result["threshold"]["judged_on"] == result["n"]
    assert result["margin"] is None
    values = run(tmp_path, "metrics", *DIABETES)
    assert values["margin"]["coverage"]["high"] > 0.9
    assert sum(r["n"] for r in values["by_range"]) == values["n"]
    assert values["calibration"] is None


def test_top_k_is_given_for_the_k_asked_for_and_refused_where_it_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(tmp_path, "metrics", *TUMOURS, "--top-k", "1")
    assert result["metrics"]["top1"] == result["metrics"]["accuracy"]
    assert "top1" in capsys.readouterr().out
    for model, k, reason in ((TUMOURS, "2", "top 2 of 2 classes"), (DIABETES, "1", "regression")):
        assert main(["metrics", *model, "--top-k", k]) != 0
        assert reason in capsys.readouterr().err


def test_explain_gives_one_score_a_feature(tmp_path: Path) -> None:
    picture = tmp_path / "why.png"
    predicted = run(tmp_path, "predict", *TUMOURS)["predictions"][0]["id"]
    result = run(tmp_path, "explain", *TUMOURS, "--example", predicted, "--method", "all", "--png", str(picture))
    assert result["methods"]
    for method in result["methods"]:
        assert {"method", "target", "seconds", "convergence_delta", "scores"} <= set(method)
        assert len(method["scores"]) == len(method["units"]) == 30
        believed = method["faithfulness"]
        areas = {"deletion_auc", "insertion_auc", "random_deletion_auc", "random_insertion_auc"}
        assert set(believed) == {*areas, "stability", "verdict"}
        assert all(0 <= believed[area] <= 1 for area in areas)
        assert believed["deletion_auc"] < believed["random_deletion_auc"]
        assert believed["insertion_auc"] > believed["random_insertion_auc"]
        assert believed["verdict"] == "trustworthy on this example"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_explain_leaves_out_how_far_it_can_be_believed_where_nobody_asks(tmp_path: Path) -> None:
    result = run(tmp_path, "explain", *TUMOURS, "--example", "test.csv:0", "--method", "shap", "--no-faithfulness")
    assert [m["method"] for m in result["methods"]] == ["shap_linear"]
    assert "faithfulness" not in result["methods"][0]


def test_explain_names_the_choices_when_a_label_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *TUMOURS, "--example", "test.csv:0", "--target", "cucumber"]) == 2
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert "cucumber" in message
    assert "malignant" in message


def test_diagnose_finds_a_reversed_column_order_and_the_fix_keeps_its_promise(tmp_path: Path) -> None:
    session = open_session(TUMOURS[1], TUMOURS[3])
    step = session.pipeline.get("column_order")
    assert step is not None
    columns = list(reversed(step.params["columns"]))
    faulty = session.pipeline.replacing(step.with_params(columns=columns))
    file, fixed = tmp_path / "deployed.json", tmp_path / "fixed"
    file.write_text(json.dumps(faulty.to_json()))
    result = run(tmp_path, "diagnose", *TUMOURS, "--pipeline", str(file), "--fix", str(fixed))
    assert result["verdict"] == "mismatch"
    assert [e["step"] for e in result["edits"]] == ["column_order"]
    assert result["edits"][0]["from"]["columns"] == columns
    assert result["passes"] < 0.2 * result["grid_passes"]
    assert result["best"]["low"] > result["baseline"]["high"]
    again = run(tmp_path, "predict", "--model", str(fixed), *TUMOURS[2:])
    promised = result["best"]
    assert promised["low"] <= again["metrics"]["accuracy"]["value"] <= promised["high"]


def test_a_healthy_pipeline_is_left_alone(tmp_path: Path) -> None:
    result = run(tmp_path, "diagnose", *TUMOURS)
    assert result["verdict"] == "none"


def test_inputs_are_enough_where_labels_are_not_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.read_csv(DATA / "breast-cancer" / "test.csv").drop(columns="diagnosis")
    table[[*reversed(table.columns)]].set_axis(table.columns, axis=1).to_csv(tmp_path / "inputs.csv", index=False)
    unlabelled = ["--model", TUMOURS[1], "--data", str(tmp_path / "inputs.csv")]
    result = run(tmp_path, "diagnose", *unlabelled, "--without-labels")
    assert result["verdict"] == "mismatch"
    assert [e["step"] for e in result["edits"]] == ["column_order"]
    assert main(["diagnose", *unlabelled]) == 2
    assert "label" in capsys.readouterr().err


def test_captured_tensors_need_no_labels_and_nothing_is_run_to_judge_them(tmp_path: Path) -> None:
    table = pd.read_csv(DATA / "breast-cancer" / "test.csv").drop(columns="diagnosis").head(12)
    table.to_csv(tmp_path / "inputs.csv", index=False)
    (tmp_path / "captured").mkdir()
    for row, values in enumerate(table.to_numpy(dtype=np.float64)):
        np.save(tmp_path / "captured" / f"{row}.npy", values)
    unlabelled = ["--model", TUMOURS[1], "--data", str(tmp_path / "inputs.csv")]
    result = run(tmp_path, "diagnose", *unlabelled, "--captured", str(tmp_path / "captured"))
    assert (result["verdict"], result["tensors"], result["passes"]) == ("none", 12, 0)
    assert (result["baseline"]["accuracy"], result["baseline"]["n"]) == (None, 0)
    assert not list((tmp_path / "home").glob("runs/*"))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--model", "no/such/model", "--data", str(DATA / "breast-cancer")], "no/such/model"),
        (["--model", TUMOURS[1], "--data", "nowhere.csv"], "nowhere.csv"),
        ([*TUMOURS[:4], "--split", "validation"], "validation"),
        ([*TUMOURS, "--pipeline", "missing.json"], "missing.json"),
        (["--model", str(MODELS / "breast-cancer-trees"), *TUMOURS[2:]], "--trust"),
    ],
)
def test_unusable_input_ends_with_two_and_one_line(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main(["predict", *arguments]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("caveat:")]
    assert len(lines) == 1
    assert named in lines[0]
    assert "Traceback" not in lines[0]


def test_a_blocker_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "model"
    shutil.copytree(MODELS / "photos", model)
    (model / "model.safetensors").write_bytes((model / "model.safetensors").read_bytes()[:100_000])
    assert main(["predict", "--model", str(model), "--data", str(DATA / "photos")]) == 1
    assert "model.safetensors" in capsys.readouterr().err


def test_robustness_says_what_every_level_costs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = run(tmp_path, "robustness", *TUMOURS, "--corruption", "jitter", "--corruption", "missing_values")
    assert {"sentence", "measured", "labelled", "baseline", "corruptions", "seed"} <= set(result)
    jitter, missing = result["corruptions"]
    assert [x["label"] for x in jitter["levels"]] == ["0.05 sd", "0.1 sd", "0.25 sd", "0.5 sd"]
    assert {"loss", "low", "high", "p_adjusted", "changed", "score"} <= set(jitter["levels"][0])
    assert missing["refused"]
    assert "Inexact numbers" in capsys.readouterr().out
    assert main(["robustness", *TUMOURS, "--corruption", "blur"]) == 2
