"""Tiny models, built once a session and copied by the tests that damage them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.unit.candidates import zoo


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def zoo_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("zoo")


@pytest.fixture(scope="session")
def built(zoo_root: Path) -> Callable[[str], Path]:
    """Return a function that gives the folder of a tiny model by its architecture's name; read only."""

    def build(name: str) -> Path:
        folder = zoo_root / name
        if not folder.exists():
            save = zoo.save_image_model if name in zoo.IMAGES else zoo.save_text_model
            save(folder, name)
        return folder

    return build


@pytest.fixture
def copied(built: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that gives a copy of a tiny model, to be damaged."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(built(name), tmp_path / f"my-{name}"))

    return copy
