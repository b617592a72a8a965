"""A run that was stopped, and one that a full disk ended: what the page says, and that it goes on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from analysis import predict
from analysis.candidates.sklearn import SkopsCandidate
from analysis.errors import Cancelled
from analysis.types import FloatArray, Prepared
from pages.shared import cache
from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Predict in several batches, and let no test meet the run of another."""
    monkeypatch.setattr(predict, "ROWS", 50)
    jobs = cache.jobs()
    for kind, key in list(jobs._jobs):
        if kind == "predict":
            jobs.drop(kind, key)


def ends_with(error: BaseException, passes: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the model raise an error after some passes, once; return the examples that passed."""
    forward, passed, armed = SkopsCandidate.forward, list[int](), [True]

    def limited(self: SkopsCandidate, prepared: Prepared, *, precision: str = "fp32") -> FloatArray:
        if armed[0] and len(passed) == passes:
            armed[0] = False
            raise error
        passed.append(len(prepared))
        return forward(self, prepared, precision=precision)

    monkeypatch.setattr(SkopsCandidate, "forward", limited)
    return passed


def test_a_stopped_run_goes_on(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = ends_with(Cancelled(), 2, monkeypatch)
    app = visit("pages/results/overview.py", model="sample:breast-cancer")
    assert app.title[0].value == "This was stopped"
    assert "What was finished is kept" in words(app)
    (again,) = [button for button in app.button if button.label == "Go on"]
    again.click().run()
    settle(app)
    assert "of 171 rows are named right" in app.title[0].value
    assert sum(passed) == 171  # Each once.


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "The disk is full"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "of 171 rows are named right"),
    ],
)
def test_a_full_disk_is_said_in_words_and_a_shortage_of_memory_is_lived_with(
    error: Exception, said: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends_with(error, 2, monkeypatch)
    app = visit("pages/results/overview.py", model="sample:breast-cancer")
    assert not app.exception
    assert said in words(app)
