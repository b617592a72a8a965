"""Parts of a candidate are loaded once, whoever asks for them at the same time."""

from __future__ import annotations

import copy
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from analysis.candidates.huggingface import TextClassifier
from analysis.candidates.network import TorchCandidate
from analysis.candidates.once import LoadedOnce
from analysis.candidates.sklearn import SkopsCandidate
from analysis.errors import UnusableInput
from tests.unit.explainers.tiny_models import WordSum, text_candidate

THREADS = 8


class Heavy:
    """Something with two parts that take a while to load, the second out of the first."""

    def __init__(self, failures: int = 0) -> None:
        self.lock = threading.RLock()
        self.loads: list[str] = []
        self.failures = failures

    @LoadedOnce
    def part(self) -> object:
        """What takes a while."""
        self.loads.append("part")
        time.sleep(0.05)
        if len(self.loads) <= self.failures:
            raise UnusableInput("The file is gone.")
        return object()

    @LoadedOnce
    def made(self) -> tuple[object]:
        self.loads.append("made")
        return (self.part,)


def together(ask: object) -> list[object]:
    """Ask on many threads at the same time."""
    start = threading.Barrier(THREADS)

    def one(_: int) -> object:
        start.wait(10)
        return ask()  # type: ignore[operator]

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_many_threads_get_what_one_of_them_loaded() -> None:
    heavy = Heavy()
    found = together(lambda: heavy.made)
    assert heavy.loads == ["made", "part"]
    assert all(one is found[0] for one in found)
    assert found[0] == (heavy.part,)


def test_an_error_is_raised_and_not_kept() -> None:
    heavy = Heavy(failures=1)
    with pytest.raises(UnusableInput, match="gone"):
        _ = heavy.part
    assert heavy.part is heavy.part
    assert heavy.loads == ["part"] * 2


def test_what_is_there_already_is_not_loaded_and_copies_share_it() -> None:
    heavy, given = Heavy(), object()
    heavy.part = given
    assert heavy.made == (given,)
    assert heavy.loads == ["made"]
    twin = copy.copy(heavy)
    assert twin.made is heavy.made
    twin.part = object()
    assert heavy.part is given


def test_an_object_has_its_own_and_the_class_has_none() -> None:
    first, second = Heavy(), Heavy()
    assert first.part is not second.part
    assert isinstance(Heavy.part, LoadedOnce)
    assert Heavy.part.__doc__ == "What takes a while."


@pytest.mark.parametrize(
    ("family", "part"), [(TorchCandidate, "network"), (TextClassifier, "tokens"), (SkopsCandidate, "estimator")]
)
def test_candidates_load_their_parts_so(family: type, part: str) -> None:
    assert isinstance(getattr(family, part), LoadedOnce)


def test_a_twin_with_another_module_has_the_tokens_and_a_lock_of_its_own() -> None:
    candidate, module = text_candidate(), WordSum()
    twin = candidate.with_module(module)
    assert (twin.module is module, candidate.module is module) == (True, False)
    assert twin.tokens is candidate.tokens
    assert twin.lock is not candidate.lock
    assert all(tokens is candidate.tokens for tokens in together(lambda: candidate.tokens))
