"""What a click on a point hands on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pages.shared import selecting, state


@pytest.fixture
def click(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that clicks a point that carries some values, and what was selected or looked at since."""
    made: list[dict[str, str | None]] = []
    monkeypatch.setattr(state, "select", lambda **changes: made.append(changes))
    monkeypatch.setattr(state, "set_view", lambda **changes: made.append(changes))
    monkeypatch.setattr(state, "here", lambda: state.Place(selection=state.Selection(part="confidence 0.7 0.8")))

    def clicked(callback: Any, carried: list[str | None] | None) -> list[dict[str, str | None]]:
        points = [] if carried is None else [{"customdata": carried}]
        chosen = SimpleNamespace(selection=SimpleNamespace(points=points))
        monkeypatch.setattr(selecting.st, "session_state", {"figure": chosen})
        callback()
        return made

    return clicked


def test_a_point_that_stands_for_nothing_selects_nothing(click: Any) -> None:
    for carried in (None, [], [None], [None, None]):
        assert click(selecting.part("figure"), carried) == []
        assert click(selecting.cell("figure"), carried) == []


def test_a_part_is_selected_and_given_up_again(click: Any) -> None:
    assert click(selecting.part("figure"), ["error 1.0 2.0"])[-1] == {"part": "error 1.0 2.0", "example": None}
    assert click(selecting.part("figure"), ["confidence 0.7 0.8"])[-1] == {"part": None, "example": None}


def test_a_cell_or_a_total_is_selected(click: Any) -> None:
    cell = {"true": "cat", "predicted": "dog", "example": None}
    assert click(selecting.cell("figure"), ["cat", "dog"])[-1] == cell
    assert click(selecting.cell("figure"), [None, "dog"])[-1] == {**cell, "true": None}


def test_only_a_column_of_the_table_is_looked_at(click: Any) -> None:
    assert click(selecting.feature("figure", ("age",)), ["age"]) == [{"feature": "age"}]
    assert click(selecting.feature("figure", ("age",)), ["job_clerk"]) == [{"feature": "age"}]
