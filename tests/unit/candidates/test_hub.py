"""Models from a hub: fetched for real, from a small one on loopback."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest

from analysis.candidates import Refused, open_candidate
from analysis.candidates.hub import download, is_repo_id
from analysis.errors import Cancelled, UnusableInput
from analysis.progress import Progress, ProgressState
from analysis.types import Severity
from tests.unit.candidates import zoo
from tests.unit.candidates.small_hub import COMMIT, Hub, serve


@pytest.fixture
def hub(copied: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = copied("vit")
    (folder / "README.md").write_text("# A card")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    (folder / "modeling.py").write_text("raise SystemExit")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}")
    (tmp_path / "only-pickles").mkdir()
    (tmp_path / "only-pickles" / "config.json").write_text('{"model_type": "vit"}')
    (tmp_path / "only-pickles" / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    (tmp_path / "useless").mkdir()
    (tmp_path / "useless" / "model.py").write_text("")
    repositories = {
        "acme/vit": folder,
        "acme/bert": copied("bert"),
        "acme/pickles": tmp_path / "only-pickles",
        "acme/useless": tmp_path / "useless",
    }
    with serve(repositories) as served:
        use(monkeypatch, served.endpoint, tmp_path / "cache")
        yield served


def use(monkeypatch: pytest.MonkeyPatch, endpoint: str, cache: Path) -> None:
    """Point huggingface_hub at a hub and a cache, as the environment does at its import."""
    for module in (huggingface_hub.constants, huggingface_hub.hf_api.constants):
        monkeypatch.setattr(module, "ENDPOINT", endpoint)
        monkeypatch.setattr(module, "HF_HUB_CACHE", str(cache))
        monkeypatch.setattr(
            module, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        )
    monkeypatch.setenv("HF_ENDPOINT", endpoint)


def test_a_hub_model_opens_and_equals_its_folder(hub: Hub, built: Callable[[str], Path]) -> None:
    candidate, local = open_candidate("acme/vit"), open_candidate(built("vit"))
    photos = [zoo.photo()]
    np.testing.assert_allclose(
        candidate.predict(photos, candidate.pipeline), local.predict(photos, local.pipeline), atol=1e-6
    )
    assert candidate.fingerprint == local.fingerprint
    assert candidate.source == "acme/vit"
    assert candidate.name == "vit"
    assert not [f for f in candidate.findings if f.severity is Severity.BLOCKER]
    assert any("/resolve/" in request for request in hub.requests)


def test_nothing_that_can_run_is_fetched(hub: Hub) -> None:
    folder = download("acme/vit")
    assert {p.name for p in folder.iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
    }
    assert not [r for r in hub.requests if r.endswith((".bin", ".py")) or "onnx" in r]


def test_a_text_model_comes_with_its_tokenizer(hub: Hub) -> None:
    candidate = open_candidate("acme/bert", revision="v1")
    assert candidate.predict(["good film"], candidate.pipeline).shape == (1, 3)
    assert any("v1" in request for request in hub.requests)


def test_a_commit_can_be_asked_for_and_what_was_fetched_opens_offline(hub: Hub) -> None:
    assert download("acme/vit", COMMIT).name == COMMIT
    hub.repositories.clear()
    asked = len(hub.requests)
    assert open_candidate("acme/vit", revision=COMMIT).task.labels == ("cat", "dog", "owl")
    assert not [r for r in hub.requests[asked:] if r.startswith("GET /acme")]


def test_no_network_opens_what_is_there_and_says_what_is_not(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    download("acme/vit")
    assert hub.requests
    use(monkeypatch, "http://127.0.0.1:9", tmp_path / "cache")
    assert open_candidate("acme/vit").task.labels == ("cat", "dog", "owl")
    with pytest.raises(UnusableInput, match="can't be reached"):
        open_candidate("acme/bert")


@pytest.mark.parametrize(
    ("repository", "revision", "words"),
    [
        ("acme/absent", None, "no hub model called acme/absent"),
        ("acme/vit", "no-such-branch", "no revision 'no-such-branch'"),
        ("acme/useless", None, "no file that Caveat opens"),
    ],
)
def test_errors_are_in_words(repository: str, revision: str | None, words: str, hub: Hub) -> None:
    with pytest.raises(UnusableInput, match=words):
        open_candidate(repository, revision=revision)
    assert hub.requests


def test_a_gated_model_says_how_to_get_it(hub: Hub) -> None:
    hub.gated.add("acme/vit")
    with pytest.raises(UnusableInput, match="accepted its terms"):
        open_candidate("acme/vit")


def test_too_large_a_model_is_not_fetched(hub: Hub) -> None:
    hub.sizes["model.safetensors"] = 10**12
    with pytest.raises(UnusableInput, match="1000 GB"):
        open_candidate("acme/vit")
    assert not [r for r in hub.requests if r.startswith("GET") and r.endswith(".safetensors")]


def test_a_repository_with_only_pickles_is_refused(hub: Hub) -> None:
    with pytest.raises(Refused) as caught:
        open_candidate("acme/pickles")
    assert "preflight.weights.missing" in {f.id for f in caught.value.findings}
    assert not [r for r in hub.requests if r.endswith(".bin")]


def test_progress_counts_bytes_and_a_download_can_be_cancelled(hub: Hub) -> None:
    states: list[ProgressState] = []
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        download("acme/bert", progress=Progress(states.append, cancel))
    states.clear()
    folder = download("acme/vit", progress=Progress(states.append))
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert hub.requests
    assert states[-1].what == "Downloading acme/vit"
    assert (states[-1].done, states[-1].total) == (size, size)


def test_nothing_is_printed(hub: Hub, capfd: pytest.CaptureFixture[str]) -> None:
    open_candidate("acme/vit")
    assert capfd.readouterr() == ("", "")
    assert hub.requests


def test_the_endpoint_comes_from_the_environment(hub: Hub, tmp_path: Path) -> None:
    code = "from analysis.candidates.hub import download; print(download('acme/vit'))"
    environment = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path / "home-of-hub")}
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=root, capture_output=True, text=True, check=True
    )
    folder = Path(done.stdout.strip())
    assert folder.is_relative_to(tmp_path / "home-of-hub")
    assert (folder / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("source", "yes"),
    [
        ("acme/vit", True),
        ("vit", False),
        ("../vit", False),
        ("a/b/c", False),
        ("/abs", False),
        ("a//b", False),
        ("", False),
    ],
)
def test_what_looks_like_a_hub_id(source: str, yes: bool) -> None:
    assert is_repo_id(source) is yes
