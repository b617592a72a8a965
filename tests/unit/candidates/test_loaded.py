"""What is known of a network's files is not found out again: it is loaded only when it has to answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.candidates import Refused, loaded, open_candidate
from analysis.candidates.network import TorchCandidate
from analysis.errors import UnusableInput
from analysis.samples import bundled_root
from analysis.types import Inputs
from tests.unit.candidates import zoo

ROOT = Path(__file__).resolve().parents[3]
TEXTS = ["the cat sat", "a dog"]


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def inputs_of(name: str) -> Inputs:
    return [zoo.photo(seed) for seed in range(3)] if name in zoo.IMAGES else TEXTS


@pytest.mark.usefixtures("own_home")
@pytest.mark.parametrize("name", [*sorted(zoo.IMAGES), *sorted(zoo.TEXTS)])
def test_the_second_opening_is_the_first_without_loading(
    name: str, built: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_candidate(built(name))
    assert isinstance(first, TorchCandidate)
    loads = []
    from analysis.candidates import loading

    genuine = loading.load_module
    monkeypatch.setattr(loading, "load_module", lambda *given: loads.append(1) or genuine(*given))
    monkeypatch.setattr(loaded, "keep", lambda *_: pytest.fail("what is known was kept anew"))
    second = open_candidate(built(name))
    assert isinstance(second, TorchCandidate)
    assert not loads
    for part in ("task", "pipeline", "deployed", "fingerprint", "capabilities", "findings", "name", "binary"):
        assert getattr(second, part) == getattr(first, part), part
    answers = [c.predict(inputs_of(name), c.pipeline) for c in (first, second)]
    np.testing.assert_array_equal(*answers)
    second.predict(inputs_of(name), second.pipeline)
    assert loads == [1]


@pytest.mark.usefixtures("own_home")
def test_files_that_changed_after_opening_are_not_loaded(built: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shutil.copytree(built("bert"), tmp_path / "model")
    open_candidate(folder)
    candidate = open_candidate(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"layer_norm_eps": 0.5}))
    with pytest.raises(UnusableInput, match="changed since it was opened"):
        candidate.predict(TEXTS, candidate.pipeline)


def test_what_was_refused_is_refused_again(built: Callable[[str], Path], own_home: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(built("bert"), tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": config["num_hidden_layers"] + 1}))
    for _ in range(2):
        with pytest.raises(Refused):
            open_candidate(folder)
    assert not (own_home / "loaded").exists()


def test_a_damaged_record_is_no_record(built: Callable[[str], Path], own_home: Path) -> None:
    first = open_candidate(built("bert"))
    for record in (own_home / "loaded").iterdir():
        record.write_text("{}")
    assert loaded.find(first.fingerprint, loaded.Loaded) is None
    assert open_candidate(built("bert")).findings == first.findings


def test_a_kept_run_opens_without_torch(own_home: Path) -> None:
    code = f"""
import sys
from analysis.session import open_session
root = {str(bundled_root())!r}
pairs = ("photos", "photos"), ("reviews-sentiment", "tweets.csv"), ("breast-cancer-logistic", "breast-cancer")
for model, data in pairs:
    opened = open_session(f"{{root}}/models/{{model}}", f"{{root}}/data/{{data}}")
    print(model, len(opened.predictions().ids))
print("heavy:", *sorted({{"torch", "transformers", "captum", "shap", "skops", "sklearn"}} & set(sys.modules)))
"""
    environment = os.environ | {"CAVEAT_HOME": str(own_home), "OMP_NUM_THREADS": "2"}
    said = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert said[0][:3] == said[1][:3]
    assert said[0][3] == "heavy: sklearn skops torch transformers"
    assert said[1][3].strip() == "heavy:"


@pytest.mark.usefixtures("own_home")
def test_an_estimator_is_loaded_when_it_has_to_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.candidates import sklearn as adapter

    file = Path(shutil.copy(next((bundled_root() / "models" / "breast-cancer-trees").glob("*.skops")), tmp_path))
    asked = adapter.types_to_trust(file)
    with pytest.raises(adapter.NeedsTrust):
        open_candidate(file)
    first = open_candidate(file, trusted=asked)
    loads, genuine = [], adapter._load
    monkeypatch.setattr(adapter, "_load", lambda *given: loads.append(1) or genuine(*given))
    with pytest.raises(adapter.NeedsTrust):  # Trust is a person's, not the record's.
        open_candidate(file)
    second = open_candidate(file, trusted=asked)
    assert not loads
    assert (second.task, second.pipeline, second.capabilities) == (first.task, first.pipeline, first.capabilities)
    assert second.findings == first.findings
    rows = pd.read_csv(bundled_root() / "data" / "breast-cancer" / "test.csv").head(5)
    np.testing.assert_array_equal(second.predict(rows, second.pipeline), first.predict(rows, first.pipeline))
    assert loads == [1]
    third = open_candidate(file, trusted=asked)
    shutil.copy(next((bundled_root() / "models" / "breast-cancer-logistic").glob("*.skops")), file)
    with pytest.raises(UnusableInput, match="changed since it was opened"):
        third.predict(rows, third.pipeline)
