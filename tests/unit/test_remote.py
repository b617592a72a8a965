"""Models and data in a store: copied once, checked, copied anew when they change, and errors in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import fsspec
import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from analysis import remote
from analysis.__main__ import main
from analysis.candidates import open_candidate
from analysis.datasets import open_dataset
from analysis.errors import Cancelled, UnusableInput
from analysis.progress import Progress, ProgressState
from analysis.remote import fetch, is_url, origin_of
from analysis.samples import bundled_root

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def store() -> Iterator[MemoryFileSystem]:
    files = fsspec.filesystem("memory")
    files.pipe({"/bucket/texts/a.txt": b"one", "/bucket/texts/deep/b.txt": b"two", "/bucket/texts2/c.txt": b"three"})
    yield files
    files.rm("/bucket", recursive=True)


def copied(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_addresses_are_told_from_paths_and_from_what_is_never_asked() -> None:
    assert is_url("s3://bucket/model")
    assert is_url("memory://x")
    for other in ("/a/path", "owner/name", "C:\\data", "https://example.org/x", "zip://a::s3://b", "s3:/b", "S3://b"):
        assert not is_url(other)


def test_a_folder_is_copied_once(store: MemoryFileSystem, home: Path) -> None:
    said: list[ProgressState] = []
    folder = fetch("memory://bucket/texts", progress=Progress(said.append))
    assert copied(folder) == {"a.txt": b"one", "deep/b.txt": b"two"}
    assert folder.name == "texts"
    assert (said[-1].what, said[-1].done, said[-1].total) == ("Copying memory://bucket/texts", 6, 6)
    said.clear()
    assert fetch("memory://bucket/texts/", progress=Progress(said.append)).name == "texts"
    assert fetch("memory://bucket/texts", progress=Progress(said.append)) == folder
    assert store.cat("/bucket/texts/a.txt") == b"one"
    assert origin_of(folder / "deep" / "b.txt") == "memory://bucket/texts/deep/b.txt"
    assert origin_of(folder) == "memory://bucket/texts"
    assert origin_of(home / "runs") is None
    assert origin_of(Path("/elsewhere")) is None


def test_what_changed_in_the_store_is_copied_anew(store: MemoryFileSystem) -> None:
    before = fetch("memory://bucket/texts")
    store.pipe("/bucket/texts/a.txt", b"six")  # The same size; the store tells another time.
    after = fetch("memory://bucket/texts")
    assert before != after
    assert copied(after)["a.txt"] == b"six"
    assert copied(before)["a.txt"] == b"one"


def test_one_file_is_a_file(store: MemoryFileSystem) -> None:
    assert store.exists("/bucket/texts/a.txt")
    file = fetch("memory://bucket/texts/a.txt")
    assert file.is_file()
    assert (file.name, file.read_bytes()) == ("a.txt", b"one")


@pytest.mark.parametrize(
    ("info", "contents", "good"),
    [
        ({"size": 3, "ETag": '"f97c5d29941bfb1b2fdab0874906ab82"'}, b"one", True),
        ({"size": 3, "ETag": '"f97c5d29941bfb1b2fdab0874906ab82"'}, b"0ne", False),
        ({"size": 4}, b"one", False),
        # An object in several parts has no MD5 as its ETag; one encrypted with a key of the store's neither.
        ({"size": 3, "ETag": '"f97c5d29941bfb1b2fdab0874906ab82-2"'}, b"0ne", True),
        ({"size": 3, "ETag": '"f97c5d29941bfb1b2fdab0874906ab82"', "ServerSideEncryption": "aws:kms"}, b"0ne", True),
    ],
)
def test_a_file_is_what_the_store_says(
    info: dict[str, object], contents: bytes, good: bool, store: MemoryFileSystem, tmp_path: Path
) -> None:
    store.pipe("/bucket/one", contents)
    asked = (store, {"name": "/bucket/one", **info}, tmp_path / "copy", "memory://bucket/one", Progress())
    if good:
        remote._copy_one(*asked)
        return
    with pytest.raises(UnusableInput, match="came otherwise than the store says"):
        remote._copy_one(*asked)


def test_a_copy_that_is_stopped_leaves_nothing(store: MemoryFileSystem, home: Path) -> None:
    assert store.exists("/bucket/texts/a.txt")
    progress = Progress(lambda state: progress.cancel() if state.done else None)
    with pytest.raises(Cancelled):
        fetch("memory://bucket/texts", progress=progress)
    assert not list((home / "fetched").iterdir())
    assert copied(fetch("memory://bucket/texts")) == {"a.txt": b"one", "deep/b.txt": b"two"}


def test_errors_say_what_to_do(store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableInput, match="There is nothing at memory://bucket/absent"):
        fetch("memory://bucket/absent")
    with pytest.raises(UnusableInput, match="pip install gcsfs"):
        fetch("gs://bucket/model")

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError("Access Denied")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "find", forbidden)
        with pytest.raises(UnusableInput, match="PermissionError: Access Denied"):
            fetch("memory://bucket/texts")
    monkeypatch.setattr(remote.shutil, "disk_usage", lambda _: SimpleNamespace(free=2))
    with pytest.raises(UnusableInput, match="are free in"):
        fetch("memory://bucket/texts")
    assert store.exists("/bucket/texts/a.txt")


def test_names_that_lead_out_of_the_cache_are_refused(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    listing = {"/bucket/texts/../../../evil": {"name": "x", "size": 1}}
    monkeypatch.setattr(MemoryFileSystem, "find", lambda *_, **__: listing)
    with pytest.raises(UnusableInput, match="holds a file with the name"):
        fetch("memory://bucket/texts")
    assert not (home / "fetched").exists()


def test_a_model_and_data_in_a_store_are_those_on_disk(store: MemoryFileSystem) -> None:
    store.put(str(MODELS / "breast-cancer-logistic"), "/bucket/model", recursive=True)
    store.put(str(DATA / "breast-cancer"), "/bucket/tumours", recursive=True)
    candidate = open_candidate("memory://bucket/model")
    assert candidate.fingerprint == open_candidate(MODELS / "breast-cancer-logistic").fingerprint
    assert candidate.source == "memory://bucket/model"
    data, local = open_dataset("memory://bucket/tumours"), open_dataset(DATA / "breast-cancer")
    assert data.fingerprint == local.fingerprint
    assert data.source == "memory://bucket/tumours"
    rows = np.arange(5)
    assert data.inputs(rows).equals(local.inputs(rows))  # type: ignore[union-attr]


def test_the_command_line_takes_addresses(store: MemoryFileSystem, tmp_path: Path) -> None:
    store.put(str(MODELS / "breast-cancer-logistic"), "/bucket/model", recursive=True)
    store.put(str(DATA / "breast-cancer"), "/bucket/tumours", recursive=True)
    out = tmp_path / "out.json"
    where = ("--model", "memory://bucket/model", "--data", "memory://bucket/tumours")
    assert main(["predict", *where, "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["n"] == 569
    assert found["model"] == "memory://bucket/model"
