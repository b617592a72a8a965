"""How long work says how far it is, and how it is asked to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from analysis.errors import Cancelled


@dataclass(frozen=True)
class ProgressState:
    """Where a piece of work stands.

    Attributes
    ----------
    what : str
        What is being done, in words: "Predicting photos".
    done, total : int
        Units finished and units in all; ``total`` is 0 while it is unknown.
    seconds : float
        Since the work began, in seconds.
    already : int
        Units of `done` that were finished before the work began: found on disk.
    """

    what: str
    done: int
    total: int
    seconds: float
    already: int = 0

    @property
    def fraction(self) -> float:
        """Share that is done, between 0 and 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds left at the pace so far, or None while that can't be told."""
        new = self.done - self.already
        if new <= 0 or not self.total:
            return None
        return self.seconds / new * max(0, self.total - self.done)


class Progress:
    """Handed to every function that may take longer than a second.

    Parameters
    ----------
    report : callable, optional
        Called with a `ProgressState` at every step, from the thread that works.
    cancel : threading.Event, optional
        Once set, the next step raises `Cancelled`.
    """

    def __init__(
        self,
        report: Callable[[ProgressState], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        self._report = report
        self._cancel = cancel or threading.Event()
        self._what = ""
        self._done = 0
        self._total = 0
        self._already = 0
        self._began = time.monotonic()

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._cancel.set()

    def part(self) -> Progress:
        """Return a progress for one step of this work: it reports nothing, and stops when this one is cancelled."""
        return Progress(None, self._cancel)

    def start(self, what: str, total: int, already: int = 0) -> None:
        """Begin a piece of work of `total` units, of which some were done before."""
        self._what, self._done, self._total, self._already = what, already, total, already
        self._began = time.monotonic()
        self.advance(0)

    def say(self, what: str) -> None:
        """Say anew what is being done, and go on counting."""
        self._what = what
        self.advance(0)

    def advance(self, units: int = 1) -> None:
        """Count `units` as done.

        Raises
        ------
        Cancelled
            If the person asked for the work to stop.
        """
        self._done += units
        if self._report is not None:
            elapsed = time.monotonic() - self._began
            self._report(ProgressState(self._what, self._done, self._total, elapsed, self._already))
        if self._cancel.is_set():
            raise Cancelled(f"{self._what}: stopped after {self._done} of {self._total}")
