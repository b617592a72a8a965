"""Ways to damage a model, and to assert that it is refused for that."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from analysis.candidates import Refused, open_candidate, preflight
from analysis.errors import UnusableInput
from analysis.types import Finding, Severity

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


class Bomb:
    """A pickle of this leaves a file behind when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.marker),)


def blockers(folder: Path) -> dict[str, Finding]:
    return {f.id.removeprefix("preflight."): f for f in preflight(folder) if f.severity is Severity.BLOCKER}


def cautions(folder: Path) -> dict[str, Finding]:
    return {f.id.removeprefix("preflight."): f for f in preflight(folder) if f.severity is Severity.CAUTION}


def refused(folder: Path, id: str) -> Finding:
    """Assert that a model is refused for one reason, and return it."""
    found = blockers(folder)
    assert id in found, sorted(found)
    with pytest.raises(UnusableInput) as caught:
        open_candidate(folder)
    assert isinstance(caught.value, Refused)
    assert found[id] in caught.value.findings
    assert found[id].action
    return found[id]


def shard(folder: Path) -> dict[str, str]:
    """Divide a model's weights into two files with an index; return the index's map."""
    tensors = load_file(folder / WEIGHTS)
    names = sorted(tensors)
    parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, members in parts.items():
        save_file({name: tensors[name] for name in members}, folder / file)
    weight_map = {name: file for file, members in parts.items() for name in members}
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    (folder / WEIGHTS).unlink()
    return weight_map
