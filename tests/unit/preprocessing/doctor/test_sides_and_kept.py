"""Both runs of a diagnosis example by example, and diagnoses that come back from disk as they were."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import Cancelled
from analysis.preprocessing.doctor import Conclusion, Diagnosis, diagnose
from analysis.preprocessing.doctor.kept import diagnosis_of, read, write
from analysis.preprocessing.doctor.sides import matrices, sides_of
from analysis.progress import Progress, ProgressState
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import Pipeline


@pytest.fixture(scope="module")
def session() -> Session:
    root = bundled_root()
    return open_session(root / "models" / "breast-cancer-logistic", root / "data" / "breast-cancer", split="test")


@pytest.fixture(scope="module")
def swapped(session: Session) -> Pipeline:
    step = session.pipeline.get("label_order")
    assert step is not None
    return session.pipeline.replacing(step.with_params(labels=list(session.pipeline.labels)[::-1]))


@pytest.fixture(scope="module")
def found(session: Session, swapped: Pipeline) -> Diagnosis:
    return diagnose(session.candidate, session.dataset, swapped, split="test")


def test_repaired_were_wrong_and_are_right(session: Session, swapped: Pipeline, found: Diagnosis) -> None:
    assert found.conclusion is Conclusion.MISMATCH
    both = sides_of(session.candidate, session.dataset, swapped, found)
    assert len(both.before) == len(both.after) == len(found.rows)
    for row in both.repaired:
        assert both.before.predicted[row] != both.before.truth[row]
        assert both.after.predicted[row] == both.after.truth[row]
    right = [int(np.sum(p.truth == p.predicted)) for p in (both.before, both.after)]
    assert right[1] - right[0] == len(both.repaired) - len(both.broken)


def test_matrices_stand_side_by_side(session: Session, swapped: Pipeline, found: Diagnosis) -> None:
    both = sides_of(session.candidate, session.dataset, swapped, found)
    before, after = matrices(both)
    assert before.labels == after.labels
    assert before.row_labels == after.row_labels
    assert before.n == after.n == len(found.rows)
    assert np.trace(after.counts) > np.trace(before.counts)
    assert list(before.counts.sum(axis=1)) == list(after.counts.sum(axis=1))
    small, _ = matrices(both, limit=1)
    assert small.other
    assert small.n == len(found.rows)


def test_a_regression_has_sides_too() -> None:
    root = bundled_root()
    opened = open_session(root / "models" / "diabetes-ridge", root / "data" / "diabetes", split="test")
    step = opened.pipeline.get("target_scale")
    assert step is not None
    faulty = opened.pipeline.replacing(step.with_params(scale=10.0))
    diagnosis = diagnose(opened.candidate, opened.dataset, faulty, split="test")
    both = sides_of(opened.candidate, opened.dataset, faulty, diagnosis)
    assert len(both.repaired) > len(both.broken)


def same(one: Diagnosis, other: Diagnosis) -> bool:
    arrays = ("rows", "before", "after")
    plain = all(getattr(one, f.name) == getattr(other, f.name) for f in fields(one) if f.name not in arrays)
    return plain and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)


def test_a_kept_diagnosis_comes_back_as_it_was(found: Diagnosis, tmp_path: Path) -> None:
    assert read(tmp_path / "none") is None
    write(tmp_path / "kept", found)
    again = read(tmp_path / "kept")
    assert again is not None
    assert same(found, again)
    (tmp_path / "kept" / "arrays.npz").write_bytes(b"damaged")
    assert read(tmp_path / "kept") is None


def test_it_is_made_once(session: Session, swapped: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    first = diagnosis_of(session.candidate, session.dataset, swapped, split="test")
    steps: list[ProgressState] = []
    again = diagnosis_of(session.candidate, session.dataset, swapped, split="test", progress=Progress(steps.append))
    assert not steps
    assert same(first, again)


def test_a_cancel_keeps_what_was_found(session: Session, swapped: Pipeline) -> None:
    stop = threading.Event()

    def report(state: ProgressState) -> None:
        if state.what.startswith("Round"):
            stop.set()

    part = diagnose(session.candidate, session.dataset, swapped, split="test", progress=Progress(report, stop))
    assert not part.complete


def test_a_cancel_among_many_examples_keeps_what_was_found(session: Session, swapped: Pipeline) -> None:
    stop = threading.Event()

    def report(state: ProgressState) -> None:
        if state.what.startswith("Round"):
            stop.set()

    everything = replace(session, split=None)
    assert len(everything.dataset) > 240
    part = diagnose(everything.candidate, everything.dataset, swapped, progress=Progress(report, stop))
    assert not part.complete
    assert len(part.rows) == len(part.before) == len(part.after)


def test_a_cancel_at_once_is_one(session: Session, swapped: Pipeline) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        diagnose(session.candidate, session.dataset, swapped, split="test", progress=Progress(None, stop))
