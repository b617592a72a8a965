"""Wait for what comes from elsewhere without missing a cancel."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from contextlib import closing
from typing import TypeVar

from analysis.progress import Progress

Item = TypeVar("Item")

#: Seconds between two looks at whether the person asked to stop.
POLL = 0.2


def polled(source: Generator[Item], progress: Progress) -> Generator[Item]:
    """Yield what a slow generator yields; it runs on a thread of its own, and is closed there when it next can be.

    Raises
    ------
    Cancelled
        At once, whatever the generator waits for.
    """
    items: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(maxsize=2)
    left = threading.Event()

    def put(item: Item | None, error: BaseException | None = None) -> None:
        while not left.is_set():
            try:
                items.put((item, error), timeout=POLL)
            except queue.Full:
                continue
            return

    def pull() -> None:
        try:
            with closing(source):
                for item in source:
                    put(item)
                    if left.is_set():
                        return
            put(None, StopIteration())
        except BaseException as error:  # It belongs to whoever asked, on the other thread.
            put(None, error)

    threading.Thread(target=pull, name="engine", daemon=True).start()
    try:
        while True:
            progress.advance(0)
            try:
                item, error = items.get(timeout=POLL)
            except queue.Empty:
                continue
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        left.set()
