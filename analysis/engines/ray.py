"""A Ray cluster: workers on this machine or on many, each with the model open, on CPUs or GPUs.

Long work goes through Ray Data (`map_batches` with a pool of actors); short rounds that hang on each other go to
actors that stay. A worker that dies is started anew and its pieces are done again; the rest goes on.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.engines.base import Job, Opened, Options, Piece, Ready, Result
from analysis.engines.parts import part_of
from analysis.engines.polled import POLL, polled
from analysis.engines.worker import Answer, Message, Recipe, Worker, recipe_of
from analysis.errors import UnusableInput
from analysis.progress import Progress

if TYPE_CHECKING:
    import numpy as np

#: Pieces that travel together at most, and how many messages each worker gets at least where there are enough.
TOGETHER, MESSAGES = 16, 8
#: How often the pieces of a worker that died are given to it again before they count as what kills it.
RETRIES = 3
#: Bytes that the object store of a cluster on this machine may hold in memory; more goes to disk.
STORE = 1_000_000_000
#: Seconds within which a cluster must answer.
REACH = 10.0
#: Messages that a worker has waiting, the one that it works on included.
WAITING = 2


class RayEngine:
    """Implements `analysis.engines.base.Engine` on a Ray cluster.

    Parameters
    ----------
    options : Options
        Without an address a cluster is started on this machine; it asks for Ray's token, and ends with this
        process.

    Raises
    ------
    UnusableInput
        If Ray isn't installed.
    """

    name = "ray"
    parallel = True

    def __init__(self, options: Options) -> None:
        try:
            import ray  # noqa: F401
        except ImportError as error:
            raise UnusableInput("Ray isn't installed.", "pip install -r requirements-ray.txt") from error
        if options.workers is not None and options.workers < 1:
            raise UnusableInput("There must be one worker at least.", "Give --workers 1 or more.")
        if options.gpus_per_worker < 0:
            raise UnusableInput("A worker can't take less than no GPU.", "Give --gpus-per-worker 0 or more.")
        self._options = options

    @property
    def on_gpu(self) -> bool:
        """Whether workers compute on GPUs."""
        return self._options.gpus_per_worker > 0

    def map(
        self, opened: Opened, job: Job[Piece, Ready, Result], pieces: Sequence[Piece], *, progress: Progress
    ) -> Generator[tuple[int, Result]]:
        """Yield results as they come; see `analysis.engines.base.Engine.map`."""
        if not pieces:
            return
        with _in_words():
            number = self._connect()
            messages, whole = _messages(opened, job, pieces, number)
            import ray

            recipe = ray.put(recipe_of(opened, whole=whole))
            answers = _through_data(messages, recipe, min(number, len(messages)), self._resources())
            with closing(polled(answers, progress)) as arrived:
                for packed in arrived:
                    yield from _results(packed)

    @contextmanager
    def workers(self, opened: Opened) -> Iterator[RayWorkers]:
        """Keep actors with the model open."""
        with _in_words():
            import ray

            number = self._connect()
            recipe = ray.put(recipe_of(opened, whole=False))
            kind = ray.remote(**self._resources(), max_restarts=-1, max_task_retries=RETRIES)(_Actor)
            actors = [kind.remote([recipe]) for _ in range(number)]
            try:
                yield RayWorkers(opened, actors)
            finally:
                for actor in actors:
                    ray.kill(actor)

    def _resources(self) -> dict[str, float]:
        return {"num_cpus": 1, "num_gpus": self._options.gpus_per_worker}

    def _connect(self) -> int:
        """Connect to the cluster, or start one here, and return how many workers it takes."""
        import ray

        options = self._options
        here = options.workers or os.cpu_count() or 1
        if not ray.is_initialized():
            try:
                _start(options.address, here)
            except (RuntimeError, ValueError, OSError) as error:
                first = (str(error).strip().splitlines() or [type(error).__name__])[0]
                raise UnusableInput(
                    f"There is no Ray cluster to work on: {first[:300].rstrip('.')}.",
                    "Check --address, and that RAY_AUTH_MODE and the token are those of the cluster.",
                ) from error
        if options.workers is not None:
            return options.workers
        found = ray.cluster_resources()
        if self.on_gpu:
            return self._enough(int(found.get("GPU", 0) / options.gpus_per_worker), "GPU")
        return self._enough(int(found.get("CPU", 0)) - 1, "CPU") if options.address else here

    def _enough(self, workers: int, what: str) -> int:
        if workers < 1:
            raise UnusableInput(f"The cluster has no {what} for a worker.", "Add machines, or ask for less.")
        return workers


def _start(address: str | None, workers: int) -> None:
    """Connect to a cluster, or start one on this machine."""
    import ray

    # Ray sends usage statistics to its makers unless it is told not to.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    if address:
        _reach(address)
        # The code of the workers is the code that asks.
        code = {"py_modules": [str(Path(__file__).resolve().parents[1])]}
        ray.init(address=address, runtime_env=code, log_to_driver=False, logging_level="ERROR")
        return
    # Its ports are open to the network. Ray then asks for its token, unless RAY_AUTH_MODE says otherwise.
    # Twice the CPUs: workers that took all of them would leave none for what hands them their pieces.
    ray.init(
        num_cpus=max(4, 2 * workers),
        object_store_memory=STORE,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
    )


def _reach(address: str) -> None:
    """Refuse an address where nobody listens: Ray itself would try for twenty minutes."""
    host, separator, port = address.rpartition(":")
    if not separator or not port.isdigit() or "/" in host:
        return  # "auto", or a form that Ray knows better.
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH).close()
    except (OSError, OverflowError) as error:
        raise UnusableInput(f"There is no Ray cluster at {address}: {error}.", "Check --address.") from error


class _Actor:
    """A worker as Ray sees it: in a pool of Ray Data, or by itself."""

    def __init__(self, recipe: list[Any]) -> None:
        import ray

        found: Recipe = ray.get(recipe[0])
        self._worker = Worker(found)

    def __call__(self, batch: dict[str, np.ndarray[Any, Any]]) -> dict[str, list[bytes]]:
        """Answer the messages of a batch of Ray Data."""
        return {"answer": [self._worker.answer(packed) for packed in batch["message"]]}

    def answer(self, packed: bytes) -> bytes:
        """Answer one message."""
        return self._worker.answer(packed)


class RayWorkers:
    """Implements `analysis.engines.base.Workers` with actors that stay open."""

    def __init__(self, opened: Opened, actors: Sequence[Any]) -> None:
        self._opened = opened
        self._actors = actors

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self._actors)

    def map(
        self, job: Job[Piece, Ready, Result], pieces: Sequence[Piece], *, progress: Progress
    ) -> Generator[tuple[int, Result]]:
        """Yield results as they come."""
        import ray

        waiting = deque(_messages(self._opened, job, pieces, len(pieces))[0])
        running: dict[Any, Any] = {}
        with _in_words():
            try:
                for actor in [actor for _ in range(WAITING) for actor in self._actors][: len(waiting)]:
                    running[actor.answer.remote(waiting.popleft())] = actor
                while running:
                    progress.advance(0)
                    for ready in ray.wait(list(running), timeout=POLL)[0]:
                        actor = running.pop(ready)
                        if waiting:
                            running[actor.answer.remote(waiting.popleft())] = actor
                        yield from _results(ray.get(ready))
            finally:
                for reference in running:
                    ray.cancel(reference)


def _through_data(
    messages: Sequence[bytes], recipe: Any, workers: int, resources: dict[str, float]
) -> Generator[bytes]:
    """Send messages through Ray Data, and yield the answers as they come."""
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False
    data = ray.data.from_items([{"message": packed} for packed in messages], override_num_blocks=len(messages))
    answers = data.map_batches(
        _Actor,
        fn_constructor_args=([recipe],),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=WAITING),
        **resources,
    )  # Ray Data starts an actor that dies anew, and gives it its messages again.
    for row in answers.iter_rows():
        yield row["answer"]


def _messages(
    opened: Opened, job: Job[Piece, Ready, Result], pieces: Sequence[Piece], workers: int
) -> tuple[list[bytes], bool]:
    """Return pickled messages, and whether their pieces need the whole data set."""
    import numpy as np
    from ray import cloudpickle

    size = min(TOGETHER, max(1, len(pieces) // (MESSAGES * workers)))
    messages, whole, packed = [], False, cloudpickle.dumps(job)
    for start in range(0, len(pieces), size):
        some = pieces[start : start + size]
        rows = [found for piece in some if (found := job.rows(piece)) is not None]
        part = part_of(opened.dataset, np.concatenate(rows)) if len(rows) == len(some) else None
        whole = whole or part is None
        message = Message(packed, range(start, start + len(some)), some, part)
        messages.append(cloudpickle.dumps(message))
    return messages, whole


def _results(packed: bytes) -> list[tuple[int, Any]]:
    answer: Answer = pickle.loads(packed)
    if answer.refused is not None:
        raise UnusableInput(*answer.refused)
    if answer.failed:
        raise RuntimeError(f"A worker failed:\n{answer.failed}")
    return answer.done


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what Ray raises into a sentence."""
    import ray

    try:
        yield
    except (ray.exceptions.RayError, ConnectionError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UnusableInput(
            f"The Ray cluster could not do the work: {first[:300].rstrip('.')}.",
            "See the cluster's logs. What was finished is kept: the same command goes on from there.",
        ) from error
