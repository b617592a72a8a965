"""This process: the next pieces are prepared on two threads while the network works on this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from analysis.engines.base import Job, Opened, Piece, Ready, Result
from analysis.progress import Progress

#: Pieces that are prepared ahead of the network.
AHEAD = 4


@dataclass(frozen=True)
class LocalEngine:
    """Implements `analysis.engines.base.Engine` in this process."""

    name: str = "local"
    on_gpu: bool = False
    parallel: bool = False

    def map(
        self, opened: Opened, job: Job[Piece, Ready, Result], pieces: Sequence[Piece], *, progress: Progress
    ) -> Generator[tuple[int, Result]]:
        """Yield results in the order of the pieces."""
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="prepare") as pool:
            waiting: deque[Future[Ready]] = deque()
            try:
                for position in range(len(pieces) + AHEAD):
                    if position < len(pieces):
                        waiting.append(pool.submit(job.prepare, opened, pieces[position]))
                    if position >= AHEAD:
                        yield position - AHEAD, job.finish(opened, waiting.popleft().result(), progress)
            finally:
                for future in waiting:
                    future.cancel()

    @contextmanager
    def workers(self, opened: Opened) -> Iterator[LocalWorkers]:
        """Return this process as one worker."""
        yield LocalWorkers(opened)


@dataclass(frozen=True)
class LocalWorkers:
    """Implements `analysis.engines.base.Workers` in this process, one piece after another."""

    opened: Opened
    number: int = 1

    def map(
        self, job: Job[Piece, Ready, Result], pieces: Sequence[Piece], *, progress: Progress
    ) -> Generator[tuple[int, Result]]:
        """Yield results in the order of the pieces."""
        for place, piece in enumerate(pieces):
            yield place, job.finish(self.opened, job.prepare(self.opened, piece), progress)


LOCAL = LocalEngine()
