"""Lengths of texts and sizes of pictures against what the network takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.diligence.fit_data import fit_with
from analysis.diligence.fit_languages import declared, languages, languages_of, script_of
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
    found = next(f for f in fit_with(session) if f.id == "fit.text_length")
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


ENGLISH = "This film was one of the best that I have seen in many years"
GERMAN = "Dieser Film war einer der besten, die ich seit vielen Jahren gesehen habe"
RUSSIAN = "Этот фильм был одним из лучших, которые я видел за многие годы"


@pytest.mark.parametrize(
    ("texts", "severity", "says"),
    [
        ([ENGLISH] * 20, Severity.OK, "as the card says"),
        ([ENGLISH] * 15 + [GERMAN] * 15, Severity.CAUTION, "de (50 %)"),
        ([ENGLISH] * 99 + [GERMAN], Severity.OK, "en (99 %)"),
        ([RUSSIAN] * 20, Severity.CAUTION, "ru (100 %)"),
        (["ok", "", "12"], Severity.UNKNOWN, "long enough"),
    ],
)
def test_languages_against_those_that_the_card_names(texts: list[str], severity: Severity, says: str) -> None:
    candidate = SimpleNamespace(folder=ROOT / "models" / "reviews-sentiment")
    assert declared(candidate) == ("en",)  # type: ignore[arg-type]
    found = {f.id: f for f in languages(candidate, texts)}  # type: ignore[arg-type]
    assert found["fit.text_language"].severity is severity
    assert says in found["fit.text_language"].summary


@pytest.mark.parametrize(
    ("text", "script"),
    [(ENGLISH, "Latin"), (RUSSIAN, "Cyrillic"), ("これは日本語です", "Hiragana"), ("123 !?", ""), ("\ud800a", "Latin")],
)
def test_scripts(text: str, script: str) -> None:
    assert script_of(text) == script


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert len(languages_of([text * 3])) == 1
    script_of(text)
