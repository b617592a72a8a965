"""Selections with a name: carried in a text, kept on disk for the data."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.failures.slices.names import (
    LONGEST,
    definition_of,
    forget_selection,
    keep_selection,
    kept_selections,
    name_of,
    named,
    title_of,
)
from analysis.types import Dataset, Kind, Modality
from tests.unit.explainers.tiny_models import dataset, noisy

REGION = "map 1 2: 10,20 30,20 30,90"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    assert Kind.CLASSIFICATION
    return dataset([noisy(1)], ["cat"], Modality.IMAGE)


def test_a_title_says_what_a_person_reads() -> None:
    assert title_of("words under 12") == "words under 12"
    assert title_of(REGION) == "part of the map"
    assert title_of(named("the edge", REGION)) == "the edge"


@given(st.text(max_size=200))
def test_a_name_never_changes_what_is_selected(name: str) -> None:
    selection = named(name, REGION)
    assert definition_of(selection) == REGION
    assert len(name_of(selection)) <= LONGEST
    assert named(name_of(selection), definition_of(selection)) == selection


def test_kept_under_a_name_until_it_is_forgotten(data: Dataset) -> None:
    assert kept_selections(data) == ()
    short, edge = named("short", "words under 12"), named("Edge", REGION)
    for one in (short, edge):
        keep_selection(data, one)
    assert kept_selections(data) == (edge, short)
    again = named("short", "words under 5")
    keep_selection(data, again)
    assert kept_selections(data) == (edge, again)
    forget_selection(data, edge)
    assert kept_selections(data) == (again,)
    with pytest.raises(ValueError, match="name"):
        keep_selection(data, REGION)


def test_a_damaged_file_counts_as_none(data: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "selections"
    folder.mkdir()
    for broken in ("[1]", "{", '{"a": 3, "b": "words under 12"}'):
        (folder / f"{data.fingerprint}.json").write_text(broken)
        assert len(kept_selections(data)) <= 1
