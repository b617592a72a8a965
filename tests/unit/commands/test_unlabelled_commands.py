"""Commands on data without labels: what they say then, and which still need some."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.__main__ import main
from analysis.samples import bundled_root
from analysis.session import open_session

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"
#: Kind of task → model, table, its label column.
KINDS = {
    "classes": ("breast-cancer-logistic", "breast-cancer/test.csv", "diagnosis"),
    "values": ("diabetes-ridge", "diabetes/test.csv", "progression"),
}
Where = Callable[[str], list[str]]


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Where:
    """Return a function that writes a table without its label, and names it with its model."""
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))

    def make(kind: str) -> list[str]:
        model, table, label = KINDS[kind]
        pd.read_csv(DATA / table).drop(columns=label)[:40].to_csv(tmp_path / f"{kind}.csv", index=False)
        return ["--model", str(MODELS / model), "--data", str(tmp_path / f"{kind}.csv")]

    return make


def run(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Run a command without labels that must end well, and return its JSON."""
    file = tmp_path / "out.json"
    assert main([*arguments, "--without-labels", "--json", str(file)]) == 0
    result: dict[str, Any] = json.loads(file.read_text())
    return result


@pytest.mark.parametrize("kind", KINDS)
def test_predict_gives_answers_and_no_truth(
    tmp_path: Path, where: Where, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(tmp_path, "predict", *where(kind))
    assert result["metrics"] == {}
    assert len(result["predictions"]) == result["n"] == 40
    assert set(result["predictions"][0]) == {"id", "predicted", "score"}
    if kind == "classes":
        called = [row["predicted"] for row in result["predictions"]]
        assert {a["answer"]: a["n"] for a in result["answers"]} == {c: called.count(c) for c in set(called)}
    assert "40 examples without labels, 0 rejected" in capsys.readouterr().out


def test_labels_that_are_there_are_left_out_and_change_no_answer(tmp_path: Path, where: Where) -> None:
    without = run(tmp_path, "predict", *where("classes"))
    labelled = ["--model", str(MODELS / KINDS["classes"][0]), "--data", str(DATA / KINDS["classes"][1])]
    left_out = run(tmp_path, "predict", *labelled)
    assert left_out["metrics"] == {}
    assert left_out["predictions"][:40] == without["predictions"]


@pytest.mark.parametrize("kind", KINDS)
def test_explain_says_no_label(tmp_path: Path, where: Where, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = run(tmp_path, "explain", *where(kind), "--example", "3", "--method", "shap")
    assert result["label"] is None
    assert result["predicted"] is not None
    assert result["methods"]
    assert "label" not in capsys.readouterr().out


def test_what_if_needs_no_label(tmp_path: Path, where: Where) -> None:
    result = run(tmp_path, "what-if", *where("classes"), "--example", "3")
    assert result["before"]["answer"] != result["after"]["answer"]


@pytest.mark.parametrize("kind", KINDS)
def test_robustness_counts_the_answers_that_change(
    tmp_path: Path, where: Where, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(tmp_path, "robustness", *where(kind), "--corruption", "jitter")
    assert result["measured"] == result["of"] == 40
    assert not {"baseline", "labelled"} & set(result)
    (jitter,) = result["corruptions"]
    assert set(jitter["levels"][0]) == {"level", "label", "changed", "share", "unanswered"}
    shares = [level["share"]["value"] for level in jitter["levels"]]
    assert np.allclose(shares, [level["changed"] / 40 for level in jitter["levels"]])
    assert shares[-1] > 0
    said = capsys.readouterr().out
    assert "of the answers" in said
    assert "accuracy" not in said


@pytest.mark.parametrize("command", ["predict", "metrics", "robustness"])
def test_what_was_not_asked_to_go_without_says_how(
    where: Where, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, *where("classes")]) == 2
    assert "--without-labels" in capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_validate_compares_splits_by_their_inputs_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))
    model, table, label = KINDS[kind]
    folder = (DATA / table).parent
    result = run(tmp_path, "validate", "--model", str(MODELS / model), "--data", str(folder))
    assert "score_is" not in result
    reference, other = result["splits"]
    assert result["reference"] == reference["split"] == "train"
    assert set(other) == {"split", "leaking", "drift", "answers", "told_apart"}
    assert {"examples", "exact", "splits", "leaks"} in [set(g) for g in result["duplicates"]] or not result[
        "duplicates"
    ]
    assert {a["answer"] for a in other["answers"]} == ({"benign", "malignant"} if kind == "classes" else set())
    named = {d["name"] for d in other["drift"]}
    assert ("answer of the model" in named) == (kind == "values")
    assert label not in named
    said = capsys.readouterr().out
    assert "nan" not in said
    assert "labelled" not in said


@pytest.mark.parametrize(("kind", "measures"), [("classes", ["moved", "changed"]), ("values", ["moved"])])
def test_features_say_how_far_answers_move(tmp_path: Path, where: Where, kind: str, measures: list[str]) -> None:
    result = run(tmp_path, "features", *where(kind))
    assert [one["measure"] for one in result["importance"]] == measures
    assert [d["feature"] for d in result["dependence"]] == [
        f["feature"] for f in result["importance"][0]["features"][:3]
    ]
    assert result["coefficients"]["weights"]


def test_answers_are_those_of_the_session(tmp_path: Path, where: Where) -> None:
    asked = where("values")
    result = run(tmp_path, "predict", *asked)
    session = open_session(asked[1], asked[3], leave_labels_out=True)
    assert np.allclose([row["predicted"] for row in result["predictions"]], session.predictions().values)
