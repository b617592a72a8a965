"""Time two ways of doing the same, in turns, so that a busy moment hits both; and print what came out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
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

    def __str__(self) -> str:
        return f"**{self.ratio:.1f}×** ({self.low:.1f}–{self.high:.1f})"


@dataclass(frozen=True)
class Row:
    """One comparison with what a user would run instead, ready to print.

    Attributes
    ----------
    work, against : str
        What is done, and with what it is compared.
    ours, theirs : str
        Seconds or bytes.
    ratio : str
    same : str
        How far both come to the same.
    """

    work: str
    against: str
    ours: str
    theirs: str
    ratio: str
    same: str


def row(work: str, against: str, found: Ratio, same: str) -> Row:
    """Return a row about seconds."""
    return Row(work, against, f"{found.ours:.2f} s", f"{found.theirs:.2f} s", str(found), same)


def table(rows: Iterable[Row]) -> None:
    """Print rows as they come."""
    print(
        "| work | Caveat | instead | takes | ratio (smallest–largest) | the same? |\n|---|---|---|---|---|---|",
        flush=True,
    )
    for r in rows:
        print(f"| {r.work} | {r.ours} | {r.against} | {r.theirs} | {r.ratio} | {r.same} |", flush=True)


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
