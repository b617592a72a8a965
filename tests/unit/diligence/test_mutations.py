"""A share of `benchmarks.mutations`: damaged files are read or refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.mutations import TARGETS, attempt


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files_are_read_or_refused_in_words(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    found = attempt(name, 40)
    assert not found.problem, found.problem
    assert found.tried >= 40
    assert found.refused or name == "tables"


def test_a_failure_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_base: Path) -> object:
        return lambda data: 1 / (len(data.draw(__import__("hypothesis").strategies.binary())) - 3)

    monkeypatch.setitem(TARGETS, "images", broken)
    assert "ZeroDivisionError" in attempt("images", 300).problem
