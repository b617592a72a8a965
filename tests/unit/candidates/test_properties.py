"""Whatever a folder holds, opening it gives a candidate or a sentence, and the same for every check."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.candidates import open_candidate, preflight
from analysis.candidates.artefact import Artefact
from analysis.candidates.checks import CHECKS
from analysis.candidates.headers import BadHeader, read_header
from analysis.candidates.labels import declared_labels, label_count, output_names
from analysis.errors import UnusableInput
from analysis.types import Modality, Severity
from tests.unit.candidates import zoo

WEIGHTS = "model.safetensors"
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=12)
    | st.sampled_from(["../x", "gelu", "relu", "/etc/passwd", "bert", "vit", "evil/kernel", 0, 1, -1, 2**63, 1e308])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
STATIC = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def mutate(data: st.DataObject, folder: Path, name: str) -> None:
    """Replace, remove or add a few settings of a JSON file, at any depth."""
    path = folder / name
    whole: dict[str, Any] = json.loads(path.read_text())
    for _ in range(data.draw(st.integers(1, 3))):
        part = whole
        while inner := [v for v in part.values() if isinstance(v, dict)]:
            if data.draw(st.booleans()):
                break
            part = data.draw(st.sampled_from(inner))
        keys = st.text(max_size=10)
        key = data.draw(st.sampled_from(sorted(part)) | keys if part else keys)
        if data.draw(st.booleans()) and key in part:
            del part[key]
        else:
            part[key] = data.draw(VALUES)
    path.write_text(json.dumps(whole))


def try_to_open(folder: Path) -> None:
    """Open a model and use it once: either may fail, but only in words."""
    with contextlib.suppress(UnusableInput):
        candidate = open_candidate(folder)
        assert candidate.task.labels
        assert not [f for f in candidate.findings if f.severity is Severity.BLOCKER]
        inputs = [zoo.photo()] if candidate.task.modality is Modality.IMAGE else ["the film was good", "bad"]
        scores = candidate.predict(inputs, candidate.pipeline)
        assert scores.shape == (len(inputs), len(candidate.task.labels))


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("vit", "config.json"),
        ("vit", "preprocessor_config.json"),
        ("bert", "config.json"),
        ("bert", "tokenizer_config.json"),
        ("bert", "tokenizer.json"),
    ],
)
@QUICK
@given(data=st.data())
def test_mutated_configurations_open_or_are_refused_in_words(
    model: str, name: str, data: st.DataObject, built: Callable[[str], Path]
) -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(shutil.copytree(built(model), Path(base) / "m"))
        mutate(data, folder, name)
        try_to_open(folder)


@pytest.mark.parametrize(
    ("model", "name"),
    [("bert", "tokenizer.json"), ("vit", "config.json"), ("bert", "config.json"), ("vit", "preprocessor_config.json")],
)
@STATIC
@given(data=st.data())
def test_preflight_copes_with_any_configuration(
    model: str, name: str, data: st.DataObject, built: Callable[[str], Path]
) -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(shutil.copytree(built(model), Path(base) / "m"))
        mutate(data, folder, name)
        assert {f.severity for f in preflight(folder)} <= set(Severity)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", WEIGHTS])
@STATIC
@given(content=st.binary(max_size=200))
def test_preflight_copes_with_any_bytes(name: str, content: bytes, built: Callable[[str], Path]) -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(shutil.copytree(built("bert"), Path(base) / "m"))
        (folder / name).write_bytes(content)
        assert any(f.severity is Severity.BLOCKER for f in preflight(folder))


@STATIC
@given(data=st.data())
def test_damaged_headers_are_found_or_harmless(data: st.DataObject, built: Callable[[str], Path]) -> None:
    whole = (built("vit") / WEIGHTS).read_bytes()
    length = 8 + int.from_bytes(whole[:8], "little")
    position = data.draw(st.integers(0, length - 1))
    damaged = bytearray(whole)
    damaged[position] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(whole), len(whole), data.draw(st.integers(0, len(whole)))]))
    with tempfile.TemporaryDirectory() as base:
        path = Path(base) / WEIGHTS
        path.write_bytes(bytes(damaged[:cut]))
        with contextlib.suppress(BadHeader):
            tensors = read_header(path)
            assert all(8 <= t.begin <= t.end <= path.stat().st_size for t in tensors.values())


@QUICK
@given(data=st.data())
def test_damaged_weights_open_or_are_refused_in_words(data: st.DataObject, built: Callable[[str], Path]) -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(shutil.copytree(built("vit"), Path(base) / "m"))
        whole = bytearray((folder / WEIGHTS).read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        (folder / WEIGHTS).write_bytes(bytes(whole))
        try_to_open(folder)


@STATIC
@given(content=st.binary(max_size=300))
def test_the_skops_check_copes_with_any_bytes(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as base:
        path = Path(base) / "m.skops"
        path.write_bytes(content)
        assert any(f.severity is Severity.BLOCKER for f in preflight(path))


@STATIC
@given(
    labels=VALUES | st.dictionaries(st.integers(0, 6).map(str), st.sampled_from(["a", "b", "a (0)", ""]), max_size=5)
)
def test_output_names_are_always_as_many_as_outputs_and_different(labels: Any) -> None:
    config = {"id2label": labels}
    count = label_count(config)
    names = output_names(config, count)
    assert len(names) == len(set(names)) == count
    declared = declared_labels(config)
    assert declared is None or list(declared) == sorted(declared)


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_copes_with_an_empty_folder_and_a_stray_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path, tmp_path / "empty", tmp_path / "notes.txt"):
        artefact = Artefact(path, tmp_path)
        for finding in CHECKS[name].run(artefact):
            assert finding.id.startswith("preflight.")
            assert finding.summary.endswith(".")
            assert finding.action
