"""Time two ways of doing the same, in turns, so that a busy moment hits both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """How much faster one way is than another.

    Attributes
    ----------
    ours, theirs : float
        Median seconds.
    ratio, low, high : float
        Median, smallest and largest ratio theirs / ours over the rounds.
    """

    ours: float
    theirs: float
    ratio: float
    low: float
    high: float


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 5) -> Ratio:
    """Run both once to warm up, then in turns."""
    ours()
    theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    ratios = [slow / fast for fast, slow in pairs]
    return Ratio(
        statistics.median(fast for fast, _ in pairs),
        statistics.median(slow for _, slow in pairs),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
    )
