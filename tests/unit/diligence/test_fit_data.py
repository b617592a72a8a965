"""Lengths of texts and sizes of pictures against what the network takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.diligence.fit_data import fit_with
from analysis.samples import bundled_root
from analysis.session import open_session
from analysis.types import Severity

ROOT = bundled_root()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


def test_texts_that_are_cut_are_counted(tmp_path: Path) -> None:
    long, short = "good film " * 40, "good film"
    rows = [f"{long},positive"] * 6 + [f"{short},negative"] * 4
    (tmp_path / "texts.csv").write_text("text,label\n" + "\n".join(f"{i} {r}" for i, r in enumerate(rows)) + "\n")
    session = open_session(ROOT / "models" / "reviews-sentiment", tmp_path / "texts.csv")
    step = session.pipeline.get("truncation")
    assert step is not None
    session = replace(session, pipeline=session.pipeline.replacing(step.with_params(max_length=16)))
    (found,) = fit_with(session)
    assert found.severity is Severity.CAUTION
    assert found.evidence["share"] == 0.6
    assert found.evidence["low"] < 0.6 < found.evidence["high"]
    assert found.evidence["longest"] > 16


def test_the_sample_photos_are_large_enough() -> None:
    session = open_session(ROOT / "models" / "photos", ROOT / "data" / "photos")
    (found,) = fit_with(session)
    assert found.evidence["input_size"] == 224
    assert found.evidence["n"] == 49
    assert (found.severity is Severity.CAUTION) == (found.evidence["share"] > 0.5)


def test_rows_have_neither() -> None:
    session = open_session(ROOT / "models" / "diabetes-ridge", ROOT / "data" / "diabetes")
    assert fit_with(session) == ()
