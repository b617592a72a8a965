"""Every command that opens a model loads one that is new here in a process of its own first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.diligence import tried
from analysis.samples import bundled_root
from analysis.types import Finding, Severity

LOGISTIC = bundled_root() / "models" / "breast-cancer-logistic"
DATA = ["--data", str(bundled_root() / "data" / "breast-cancer"), "--split", "test"]
WELL = Finding("loading.trial", Severity.OK, "It loads.")
ENDED = Finding("loading.trial", Severity.UNKNOWN, "The model ended the process that loaded it (signal 9).", {}, "Ask.")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LOGISTIC, tmp_path / "theirs"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, tuple[str, ...]]]:
    """Count the children without starting one; all end well."""
    seen: list[tuple[Path, tuple[str, ...]]] = []

    def remember(path: Path, *, trusted: tuple[str, ...] = (), **_: object) -> tuple[Finding, ...]:
        seen.append((path, tuple(trusted)))
        return (WELL,)

    monkeypatch.setattr(tried, "try_loading", remember)
    return seen


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tried, "try_loading", lambda *_, **__: (ENDED,))


@pytest.mark.parametrize("command", ["predict", "metrics", "slices"])
def test_a_new_model_is_tried_once(command: str, model: Path, asked: list[tuple[Path, tuple[str, ...]]]) -> None:
    for _ in range(2):
        assert main([command, "--model", str(model), *DATA, "--trust", "a.Type"]) == 0
    assert asked == [(model, ("a.Type",))]


def test_each_of_two_models_is_tried(model: Path, tmp_path: Path, asked: list[tuple[Path, tuple[str, ...]]]) -> None:
    other = Path(shutil.copytree(LOGISTIC, tmp_path / "other"))
    assert main(["compare", "--model", str(model), "--against", str(other), *DATA]) == 0
    assert [path for path, _ in asked] == [model, other]


def test_the_samples_are_not_tried(asked: list[tuple[Path, tuple[str, ...]]]) -> None:
    assert main(["predict", "--model", str(LOGISTIC), *DATA]) == 0
    assert asked == []


@pytest.mark.usefixtures("ending")
def test_a_process_that_ends_is_unusable_input(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--model", str(model), *DATA]) == 2
    (said,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("caveat:")]
    assert "theirs" in said
    assert "signal 9" in said


@pytest.mark.usefixtures("ending")
def test_its_audit_is_written_and_is_not_enough_evidence(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["audit", "--model", str(model), *DATA, "--out", str(out)]) == 1
    found = json.loads((out / "findings.json").read_text())
    assert found["verdict"] == "not enough evidence"
    assert [f["severity"] for f in found["findings"] if f["id"] == "loading.trial"] == ["unknown"]
    assert "signal 9" in (out / "report.html").read_text()


@pytest.mark.usefixtures("ending")
def test_the_other_model_of_an_audit_is_unusable_input(model: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    assert main(["audit", "--model", str(LOGISTIC), "--against", str(model), *DATA, "--out", out]) == 2


def test_a_real_child_loads_it_before_the_audit(model: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("diagnosis = false\n")
    arguments = ["--policy", str(policy), "--no-baseline", "--no-attributions", "--out", str(tmp_path / "out")]
    assert main(["audit", "--model", str(model), *DATA, *arguments]) == 0
    assert len(list((tmp_path / "home" / "tried").iterdir())) == 1


def inspected(tmp_path: Path, *arguments: str) -> tuple[int, list[dict[str, object]]]:
    target = tmp_path / "findings.json"
    code = main(["inspect", *arguments, "--json", str(target)])
    return code, [f for f in json.loads(target.read_text())["findings"] if str(f["id"]).startswith("loading.")]


def test_inspect_without_a_trial_says_that_it_is_not_known(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.diligence.trial.subprocess.Popen", lambda *_, **__: pytest.fail("a child began"))
    code, (found,) = inspected(tmp_path, "--model", str(model), "--no-trial")
    assert code == 0
    assert (found["id"], found["severity"]) == ("loading.trial", "unknown")
    assert "--no-trial" in str(found["action"])


def test_inspect_trusts_what_it_is_told_to(tmp_path: Path) -> None:
    trees = Path(shutil.copytree(LOGISTIC.parent / "breast-cancer-trees", tmp_path / "trees"))
    _, found = inspected(tmp_path, "--model", str(trees))
    assert [f["id"] for f in found] == ["loading.trust"]
    assert found[0]["severity"] == "unknown"
    assert found[0]["evidence"]["types"] == ["sklearn.tree._tree.Tree"]  # type: ignore[index]
    _, found = inspected(tmp_path, "--model", str(trees), "--trust", "another.Type")
    assert "loading.trust" in [f["id"] for f in found]
    code, found = inspected(tmp_path, "--model", str(trees), "--trust", "sklearn.tree._tree.Tree")
    assert code == 0
    assert {f["id"]: f["severity"] for f in found}["loading.trial"] == "ok"


def test_an_audit_without_a_trial_is_not_enough_evidence(
    model: Path, tmp_path: Path, asked: list[tuple[Path, tuple[str, ...]]]
) -> None:
    policy, out = tmp_path / "policy.toml", tmp_path / "out"
    policy.write_text("diagnosis = false\n")
    arguments = ["--policy", str(policy), "--no-baseline", "--no-attributions", "--out", str(out)]
    assert main(["audit", "--model", str(model), *DATA, *arguments, "--no-trial"]) == 1
    assert asked == []
    found = json.loads((out / "findings.json").read_text())
    assert found["verdict"] == "not enough evidence"
    assert [line["severity"] for line in found["scorecard"] if line["id"] == "safety"] == ["unknown"]
    assert "--no-trial" in found["command"]
