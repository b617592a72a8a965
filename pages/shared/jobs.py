"""Long work in the background: started once for whoever asks, watched by pages, kept while there is room."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from enum import StrEnum
from typing import Generic, TypeVar

from analysis.errors import Cancelled, UnusableInput
from analysis.progress import Progress, ProgressState
from analysis.shortage import give_back, is_out_of_memory
from analysis.storage import home, room_in

Result = TypeVar("Result")
logger = logging.getLogger("caveat")

#: How many finished results of each kind stay in memory. Opened models are large, attributions are small.
KEPT = {
    "open": 3,
    "predict": 8,
    "check": 8,
    "explain": 64,
    "diagnose": 16,
    "match": 8,
    "inputs": 8,
    "faithfulness": 64,
    "randomisation": 16,
    "diligence": 8,
    "cost": 8,
    "robustness": 8,
    "baselines": 8,
    "fit": 8,
    "explain_failures": 8,
    "embed": 4,
    "plane": 8,
    "patterns": 16,
    "importance": 8,
    "dependence": 64,
    "what_if": 32,
    "model": 8,
    "compare": 8,
    "entrant": 16,
    "ranking": 8,
    "slices": 8,
    "slice_differences": 8,
    "labels": 8,
    "validate": 8,
    "causes": 8,
    "measure": 96,
    "word": 16,
}


class Status(StrEnum):
    """Where a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Generic[Result]):
    """One piece of work on a thread of its own.

    Attributes
    ----------
    title : str
        What is being done, in words that hold no text from data.
    status : Status
    state : ProgressState or None
        The last that the work said of itself.
    result : object
        Once done.
    error : UnusableInput or None
        Once failed.
    """

    def __init__(self, title: str, work: Callable[[Progress], Result]) -> None:
        self.title = title
        self.status = Status.RUNNING
        self.state: ProgressState | None = None
        self.result: Result | None = None
        self.error: UnusableInput | None = None
        self._work = work
        self._stop = threading.Event()
        self._watchers: set[str] = set()
        self._thread = threading.Thread(target=self._run, name=title, daemon=True)

    def begin(self) -> None:
        """Start the work."""
        self._thread.start()

    def watch(self, session: str) -> None:
        """Count a browser session as one that waits for this job."""
        self._watchers.add(session)

    def leave(self, session: str) -> None:
        """Stop waiting; the last session that leaves stops the work too."""
        self._watchers.discard(session)
        if not self._watchers:
            self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait up to `seconds` for the end, and return whether it came."""
        self._thread.join(seconds)
        return self.status is not Status.RUNNING

    @property
    def stopping(self) -> bool:
        """Whether the work was asked to stop."""
        return self._stop.is_set()

    def _report(self, state: ProgressState) -> None:
        self.state = state

    def _run(self) -> None:
        try:
            with room_in(home()):
                self.result = self._work(Progress(self._report, self._stop))
            give_back()
            self.status = Status.DONE
        except Cancelled:
            self.status = Status.CANCELLED
        except UnusableInput as error:
            self.error = error
            self.status = Status.FAILED
        except Exception as error:
            # People get a sentence; whoever runs the server gets the traceback.
            logger.exception("%s failed", self.title)
            what = f"{self.title} failed in a way that was not foreseen ({type(error).__name__})."
            self.error = UnusableInput(what, "The server's log says more.")
            if is_out_of_memory(error):
                self.error = UnusableInput("There is not enough memory for this.", "Try a smaller model or less data.")
            self.status = Status.FAILED


class Jobs:
    """All jobs of the server, by kind and by the content that they are about."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[tuple[str, Hashable], Job] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, kind: str, key: Hashable) -> Job | None:
        """Return the job, running or finished, or None."""
        with self._lock:
            job = self._jobs.get((kind, key))
            if job is not None:
                self._jobs.move_to_end((kind, key))
            return job

    def ask(
        self, kind: str, key: Hashable, title: str, work: Callable[[Progress], Result], *, session: str
    ) -> Job[Result]:
        """Return the job of that kind and key; begun now if there is none, whatever became of an earlier one.

        Parameters
        ----------
        kind : str
            One of `KEPT`.
        key : hashable
            Fingerprints of the content: the same key means the same result.
        title : str
        work : callable
        session : str
            The browser session that waits for it.
        """
        with self._lock:
            job = self._jobs.get((kind, key))
            if job is None:
                job = self._jobs[kind, key] = Job(title, work)
                job.begin()
            job.watch(session)
            self._jobs.move_to_end((kind, key))
            self._forget(kind)
            return job

    def drop(self, kind: str, key: Hashable) -> None:
        """Forget a finished job, so that it is begun anew when it is asked for."""
        with self._lock:
            job = self._jobs.get((kind, key))
            if job is not None and job.status is not Status.RUNNING:
                del self._jobs[kind, key]

    def _forget(self, kind: str) -> None:
        finished = [k for k, job in self._jobs.items() if k[0] == kind and job.status is not Status.RUNNING]
        for key in finished[: max(0, len(finished) - KEPT[kind])]:
            del self._jobs[key]
