"""Pickles and archives: none is run, each has a finding of its own that names what it would do."""

from __future__ import annotations

import collections
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from analysis.diligence import look_into
from analysis.diligence.imports import disassemble
from analysis.types import Finding, Severity
from tests.unit.diligence.hostile import CLOSED, HOSTILE, computed, framed, write


def about(folder: Path, name: str) -> list[Finding]:
    found = [f for f in look_into(folder) if f.id.startswith(("safety.pickle", "safety.closed"))]
    return [f for f in found if str(f.evidence.get("file", "")).startswith(name)]


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_none_is_run_and_each_is_named(name: str, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    folder = write(tmp_path / "model", name, HOSTILE[name](str(marker)))
    found = about(folder, name)
    assert not marker.exists()
    hostile = [f for f in found if f.id == "safety.pickle.hostile"]
    assert len(hostile) == 1, [f.summary for f in found]
    assert hostile[0].severity is Severity.BLOCKER
    assert hostile[0].evidence["unusual"]
    assert hostile[0].action
    assert " safe" not in hostile[0].summary


def test_there_are_at_least_thirty() -> None:
    assert len(HOSTILE) + len(CLOSED) >= 40


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_what_cannot_be_looked_into_is_unknown(name: str, tmp_path: Path) -> None:
    found = about(write(tmp_path / "model", name, CLOSED[name]), name)
    assert found
    assert any(f.severity is Severity.UNKNOWN for f in found), [f.summary for f in found]
    assert not any(f.severity is Severity.OK for f in found)


def test_what_a_fixture_would_do_is_real(tmp_path: Path) -> None:
    """The fixtures are no straw men: unpickled, one of them really runs."""
    marker = tmp_path / "ran"
    pickle.loads(framed("posix", "mkdir", str(marker)))
    assert marker.is_dir()


def test_plain_weights_are_listed_and_still_not_called_safe(tmp_path: Path) -> None:
    torch.save({"w": torch.zeros(3), "b": torch.zeros(2, dtype=torch.bfloat16)}, tmp_path / "pytorch_model.bin")
    (found,) = about(tmp_path, "pytorch_model.bin")
    assert found.severity is Severity.CAUTION
    assert "torch._utils._rebuild_tensor_v2" in found.evidence["imports"]
    assert "collections.OrderedDict" in found.evidence["imports"]
    assert "can't be called safe" in found.action


def test_a_pickled_estimator_is_a_caution_with_its_classes(tmp_path: Path) -> None:
    model = LogisticRegression().fit(np.array([[0.0], [1.0]]), [0, 1])
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model))
    (found,) = about(tmp_path, "model.pkl")
    assert found.severity is Severity.CAUTION
    assert any(name.endswith("LogisticRegression") for name in found.evidence["imports"])


def test_a_folder_without_pickles_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    found = {f.id: f for f in look_into(tmp_path)}
    assert found["safety.pickles"].severity is Severity.OK


def test_names_that_are_computed_are_not_missed() -> None:
    assert "posix.?" in disassemble(computed("x")).imports


@pytest.mark.parametrize("protocol", range(6))
def test_imports_are_those_that_pickletools_and_python_see(protocol: int) -> None:
    value = [collections.OrderedDict(a=1), np.float64(2.5), {"x": complex(1, 2)}, frozenset("ab"), (np.arange(3),)]
    data = pickle.dumps(value, protocol=protocol)
    seen: set[str] = set()

    class Recorder(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> object:
            seen.add(f"{module}.{name}")
            return super().find_class(module, name)

    import io

    Recorder(io.BytesIO(data)).load()
    found = {n.replace("__builtin__.", "builtins.").replace("copy_reg.", "copyreg.") for n in disassemble(data).imports}
    assert {n.replace("__builtin__.", "builtins.").replace("copy_reg.", "copyreg.") for n in seen} == found


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_bytes_break_the_reader(data: bytes) -> None:
    disassemble(data)
    disassemble(b"\x80\x04" + data)


@given(st.integers(0, 60), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_a_mutated_pickle_never_passes_for_plain_weights(position: int, value: int) -> None:
    """Whatever byte is changed: as long as Python would find the function, so does the reader."""
    data = bytearray(framed("posix", "mkdir", "/nowhere"))
    data[position % len(data)] = value
    reached: list[str] = []

    class Stop(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> object:
            reached.append(f"{module}.{name}")
            raise RuntimeError

    import contextlib
    import io

    with contextlib.suppress(Exception):
        Stop(io.BytesIO(bytes(data))).load()
    assert set(reached) <= disassemble(bytes(data)).imports
