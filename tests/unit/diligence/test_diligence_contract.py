"""Every check copes with anything, says what it found, and is documented; `inspect` ends as it promises."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from analysis.__main__ import main
from analysis.diligence import CHECKS, area_of, look_into
from analysis.diligence.trial import try_loading
from analysis.samples import bundled_root
from analysis.types import Severity
from tests.unit.candidates import zoo
from tests.unit.diligence.hostile import HOSTILE, write

MODELS = bundled_root() / "models"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def inspect(tmp_path: Path, model: Path, *more: str) -> tuple[int, dict[str, Any]]:
    out = tmp_path / "out.json"
    code = main(["inspect", "--model", str(model), "--json", str(out), *more])
    return code, json.loads(out.read_text())


@pytest.mark.parametrize("model", sorted(p.name for p in MODELS.iterdir()))
def test_bundled_models_have_no_blocker(model: str, tmp_path: Path) -> None:
    code, result = inspect(tmp_path, MODELS / model, "--no-load")
    assert code == 0
    assert result["counts"]["blocker"] == 0
    answers = {f["id"]: f["evidence"]["answer"] for f in result["findings"] if f["id"].startswith("licence.e")}
    assert answers == {"licence.evaluation": "allowed"}
    for finding in result["findings"]:
        assert set(finding) == {"id", "severity", "summary", "evidence", "action"}
        assert finding["summary"].endswith((".", "”"))


def test_every_check_is_heard_and_documented(tmp_path: Path) -> None:
    zoo.save_image_model(tmp_path / "vit", "vit")
    found = look_into(tmp_path / "vit")
    assert all(area_of(f) is not None for f in found)
    assert {check.area for check in CHECKS.values()} == {area_of(f) for f in found}
    text = (bundled_root().parent / "docs" / "diligence.md").read_text(encoding="utf-8")
    for name in CHECKS:
        assert f"| `{name}` |" in text


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_no_check_fails_on_an_odd_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(bytes(range(256)))
    (tmp_path / "config.json").write_text("[1, 2]")
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 9)
    (tmp_path / "link").symlink_to("/nowhere")
    assert not [f for f in look_into(tmp_path) if f.id.endswith(f"{name}_failed")]


def test_a_blocker_ends_with_one(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    folder = write(tmp_path / "model", "pytorch_model.bin", HOSTILE["torch.bin"](str(marker)))
    code, result = inspect(tmp_path, folder)
    assert code == 1
    assert "safety.pickle.hostile" in {f["id"] for f in result["findings"] if f["severity"] == "blocker"}
    assert not marker.exists()


def test_a_single_file_is_looked_into(tmp_path: Path) -> None:
    folder = write(tmp_path / "model", "os.pkl", HOSTILE["os.pkl"](str(tmp_path / "ran")))
    code, _ = inspect(tmp_path, folder / "os.pkl")
    assert code == 1
    assert not (tmp_path / "ran").exists()


def test_nothing_there_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "--model", str(tmp_path / "absent")]) == 2
    (tmp_path / "empty").mkdir()
    assert main(["inspect", "--model", str(tmp_path / "empty")]) == 2
    assert "empty folder" in capsys.readouterr().err


def test_a_head_that_is_missing_is_found_by_loading_apart(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = tmp_path / "vit"
    zoo.save_image_model(folder, "vit")
    shutil.copy(MODELS / "photos" / "README.md", folder)
    tensors = load_file(folder / "model.safetensors")
    save_file({k: v for k, v in tensors.items() if not k.startswith("classifier")}, folder / "model.safetensors")
    code, result = inspect(tmp_path, folder)
    assert code == 1
    assert "loading.missing_weights" in {f["id"] for f in result["findings"]}


def test_limits_of_the_child_hold(tmp_path: Path) -> None:
    zoo.save_text_model(tmp_path / "bert", "bert")
    (slow,) = try_loading(tmp_path / "bert", seconds=0.05)
    assert slow.severity is Severity.UNKNOWN
    (small,) = try_loading(tmp_path / "bert", memory=300_000_000)
    assert small.severity is Severity.UNKNOWN


def test_the_terminal_gets_no_escape_sequences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "\x1b[2Jvit", "architectures": []}))
    main(["inspect", "--model", str(tmp_path), "--no-load"])
    assert "\x1b" not in capsys.readouterr().out
