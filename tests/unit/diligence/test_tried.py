"""A model that is new here is loaded apart first: once, within limits, and never those that come with Caveat."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from analysis.candidates import open_candidate
from analysis.candidates.artefact import Artefact, root_of
from analysis.diligence import trial, tried
from analysis.diligence.tried import try_once
from analysis.errors import Cancelled, UnusableInput
from analysis.progress import Progress
from analysis.samples import bundled_root
from analysis.types import Finding, Severity

LOGISTIC = bundled_root() / "models" / "breast-cancer-logistic"
WELL = (Finding("loading.trial", Severity.OK, "It loads."),)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LOGISTIC, tmp_path / "model"))


def artefact(path: Path) -> Artefact:
    return Artefact(path, root_of(path))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Count the children without starting one."""
    seen: list[Path] = []

    def remember(path: Path, **_: object) -> tuple[Finding, ...]:
        seen.append(path)
        return WELL

    monkeypatch.setattr(tried, "try_loading", remember)
    return seen


def test_once_for_the_same_files(model: Path, asked: list[Path]) -> None:
    for _ in range(2):
        try_once(artefact(model))
    assert len(asked) == 1
    (model / "model.skops").touch()
    try_once(artefact(model))
    assert len(asked) == 2
    try_once(artefact(model), trusted=("a.Type",))
    assert len(asked) == 3


def test_a_single_file_is_known_by_itself(model: Path, asked: list[Path]) -> None:
    for name in ("one", "two"):
        (model / name).write_text(name)
        try_once(artefact(model / "model.skops"))
    assert len(asked) == 1


def test_what_comes_with_caveat_is_not_tried(asked: list[Path]) -> None:
    try_once(artefact(LOGISTIC))
    assert asked == []


def test_a_child_that_ends_badly_stops_the_opening(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tried, "try_loading", lambda *_a, **_k: (trial._unfinished("did not load within 3 s"),))
    for _ in range(2):
        with pytest.raises(UnusableInput, match="did not load within 3 s"):
            open_candidate(model, guard=lambda files: try_once(files))


def test_a_real_child_loads_it_from_anywhere_and_the_opening_goes_on(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.parent)
    assert open_candidate("model", guard=lambda files: try_once(files)).name == "model"
    assert tried.place(artefact(model)).is_file()


def test_cancelling_ends_the_child(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children = []
    start = trial.subprocess.Popen

    def remember(*arguments: object, **options: object) -> object:
        children.append(start(*arguments, **options))  # type: ignore[call-overload]
        return children[-1]

    monkeypatch.setattr(trial.subprocess, "Popen", remember)
    progress = Progress(lambda _state: progress.cancel() if children else None)
    with pytest.raises(Cancelled):
        try_once(artefact(model), progress=progress)
    assert children[0].poll() is not None
    assert not tried.place(artefact(model)).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_child_that_is_killed_is_said(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_ended", lambda child, *_: (os.kill(child.pid, 9), child.wait()) and True)
    with pytest.raises(UnusableInput, match="ended the process"):
        try_once(artefact(model))
