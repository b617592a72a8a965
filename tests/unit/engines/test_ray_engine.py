"""A real Ray cluster of two workers on this machine: the same results, the same errors, and a worker that is killed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from analysis import predict, runs
from analysis.__main__ import main
from analysis.engines import LOCAL, Engine, Options, engine_of
from analysis.errors import Cancelled
from analysis.explainers.registry import EXPLAINERS
from analysis.patterns import explain_all, groups_of
from analysis.predict import predict_raw, rows_of
from analysis.preprocessing.doctor import diagnose
from analysis.progress import Progress, ProgressState
from analysis.robustness import CORRUPTIONS
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import Modality

ray = pytest.importorskip("ray", reason="Ray isn't installed: pip install -r requirements-ray.txt")

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"
TUMOURS = ("--model", str(MODELS / "breast-cancer-logistic"), "--data", str(DATA / "breast-cancer"))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    yield engine_of("ray", Options(workers=2))
    ray.shutdown()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    monkeypatch.setattr(predict, "ROWS", 20)
    return tmp_path


@pytest.fixture(scope="module")
def table() -> Session:
    return open_session(MODELS / "breast-cancer-logistic", DATA / "breast-cancer", split="test")


def workers_of_this_process() -> set[int]:
    """Return the processes of actors of Ray Data that this process's cluster runs."""
    parents, names = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            names[int(entry.name)] = (entry / "cmdline").read_bytes().decode(errors="replace")
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue

    def mine(process: int) -> bool:
        while process in parents and process > 1:
            if process == os.getpid():
                return True
            process = parents[process]
        return False

    return {process for process, name in names.items() if "MapBatches(_Actor)" in name and mine(process)}


def test_a_killed_worker_costs_a_retry_not_the_run(
    table: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "ROWS", 1)
    killed: list[int] = []

    def report(state: ProgressState) -> None:
        if state.done and not killed:
            victim = min(workers_of_this_process())
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    made = runs.run(table.candidate, table.dataset, split="test", engine=engine, progress=Progress(report))
    assert len(killed) == 1
    expected = predict.predict(table.candidate, table.dataset, table.pipeline, split="test")
    assert np.abs(np.asarray(made.scores) - expected.scores).max() <= 1e-5
    assert made.ids == expected.ids
    # What came out is a kept run as any other.
    again = runs.find(table.candidate, table.dataset, split="test")
    assert again is not None
    assert isinstance(again.scores, np.memmap)


@pytest.mark.parametrize(
    ("model", "data"),
    [("photos", "photos"), ("reviews-sentiment", "reviews.csv")],
)
def test_predictions_equal_those_made_here(model: str, data: str, engine: Engine) -> None:
    session = open_session(MODELS / model, DATA / data)
    rows = rows_of(session.dataset, None)[:40]
    here = predict_raw(session.candidate, session.dataset, session.pipeline, rows)
    there = predict_raw(session.candidate, session.dataset, session.pipeline, rows, engine=engine)
    assert np.array_equal(here.rows, there.rows)
    assert np.abs(here.scores - there.scores).max() <= 1e-5
    assert there.scores.dtype == np.float32


def test_a_cancelled_run_goes_on_here(table: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "ROWS", 2)

    def report(state: ProgressState) -> None:
        if state.done >= 10:
            progress.cancel()

    progress = Progress(report)
    with pytest.raises(Cancelled):
        runs.run(table.candidate, table.dataset, split="test", engine=engine, progress=progress)
    until = time.monotonic() + 60
    while workers_of_this_process() and time.monotonic() < until:
        time.sleep(0.2)
    assert not workers_of_this_process()  # No actor is left behind.
    said: list[str] = []
    made = runs.run(table.candidate, table.dataset, split="test", progress=Progress(lambda s: said.append(s.what)))
    assert "resumed" in said[0]
    expected = predict.predict(table.candidate, table.dataset, table.pipeline, split="test")
    assert np.abs(np.asarray(made.scores) - expected.scores).max() <= 1e-5


def test_the_doctor_comes_to_the_same(table: Session, engine: Engine) -> None:
    step = table.pipeline.get("label_order")
    assert step is not None
    faulty = table.pipeline.replacing(step.with_params(labels=list(table.pipeline.labels)[::-1]))
    here, there = (diagnose(table.candidate, table.dataset, faulty, split="test", engine=e) for e in (LOCAL, engine))
    for field in fields(here):
        one, other = getattr(here, field.name), getattr(there, field.name)
        if field.name == "passes":  # Two workers may meet the same tensor.
            assert other >= one > 0
        elif isinstance(one, np.ndarray):
            assert np.abs(one.astype(float) - other.astype(float)).max() <= 1e-5
        else:
            assert one == other, field.name


def test_explanations_come_to_the_same(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The workers are given the same trust as this process.
    trust = ("sklearn.tree._tree.Tree",)
    session = open_session(MODELS / "breast-cancer-trees", DATA / "breast-cancer", split="test", trusted=trust)
    run = session.predictions()
    groups = groups_of(run, np.arange(len(run)))
    asked = (session.candidate, session.dataset, session.pipeline, run, groups, EXPLAINERS["shap_tree"])
    there = explain_all(*asked, engine=engine)
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "other"))
    here = explain_all(*asked)
    assert len(here.failures) > 1
    for one, other in ((here.failures, there.failures), (here.others, there.others)):
        assert [place for place, _ in one] == [place for place, _ in other]
        for (_, a), (_, b) in zip(one, other, strict=True):
            assert a.units == b.units
            assert np.abs(a.scores - b.scores).max() <= 1e-5


def test_the_command_line_comes_to_the_same(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del engine  # The command meets the cluster that is there.
    names = [name for name, one in CORRUPTIONS.items() if one.modality is Modality.TABULAR][:2]
    chosen = [part for name in names for part in ("--corruption", name)]
    found = []
    for where in (["--engine", "ray", "--workers", "2"], ["--engine", "local"]):
        monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / where[1]))
        out = tmp_path / f"{where[1]}.json"
        assert main(["robustness", *TUMOURS, "--split", "test", *chosen, *where, "--json", str(out)]) == 0
        found.append(json.loads(out.read_text()))
    assert found[0] == found[1]
    answered, refused = found[0]["corruptions"]
    assert len(answered["levels"]) > 1
    assert "missing values" in refused["refused"]
