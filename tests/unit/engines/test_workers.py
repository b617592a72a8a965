"""What a worker does with a message, without a cluster: the message and the answer are pickled as on their way."""

from __future__ import annotations

import pickle
import socket
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.batch import Batch, Predict
from analysis.datasets import open_dataset
from analysis.engines import ENGINES, LOCAL, Opened, Options, engine_of
from analysis.engines.parts import SomeRows, StoredImages, part_of, whole_of
from analysis.engines.polled import polled
from analysis.engines.worker import Answer, Message, Recipe, Worker, recipe_of
from analysis.errors import Cancelled, UnusableInput
from analysis.predict import plan_batches, predict_raw
from analysis.progress import Progress
from analysis.remote import fetch
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import Dataset, FloatArray, Inputs, InputSource, IntArray, Prepared

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def table() -> Session:
    return open_session(MODELS / "breast-cancer-logistic", DATA / "breast-cancer")


@pytest.fixture(scope="module")
def worker(table: Session) -> Worker:
    return Worker(recipe_of(Opened(table.candidate, table.dataset), whole=False))


def message(job: object, places: Sequence[int], pieces: Sequence[Any], part: Dataset | None) -> Message:
    return Message(pickle.dumps(job), places, pieces, part)


def answered(worker: Worker, message: Message | None) -> Answer:
    found: Answer = pickle.loads(worker.answer(pickle.dumps(message)))
    return found


@dataclass(frozen=True)
class Broken:
    """Rows 3 and 5 can't be read."""

    source: InputSource

    def __call__(self, rows: IntArray) -> Inputs:
        if {3, 5} & set(rows.tolist()):
            raise UnusableInput("It can't be decoded.")
        return self.source(rows)


@dataclass(frozen=True)
class Fails:
    """A job with a mistake, or one that refuses."""

    error: Exception

    def rows(self, piece: int) -> IntArray:
        return np.array([piece])

    def prepare(self, opened: Opened, piece: int) -> int:
        assert opened.candidate is not None
        return piece

    def finish(self, *_: object) -> float:
        raise self.error


@dataclass(frozen=True)
class Letters:
    """A job that hands its results out one by one."""

    done: list[str]

    def rows(self, piece: str) -> None:
        assert piece

    def prepare(self, opened: Opened, piece: str) -> str:
        assert len(opened.dataset)
        return piece

    def finish(self, _: Opened, ready: str, __: Progress) -> Iterator[str]:
        for letter in ready:
            self.done.append(letter)
            yield letter


def test_what_a_worker_cannot_read_is_rejected_by_name(table: Session, worker: Worker) -> None:
    data = replace(table.dataset, inputs=Broken(table.dataset.inputs))
    rows = np.arange(60)
    pieces = plan_batches(data, rows)
    sent = message(Predict(table.pipeline), range(1), pieces, part_of(data, rows))
    ((place, batch),) = answered(worker, sent).done
    assert place == 0
    assert isinstance(batch, Batch)
    here = predict_raw(table.candidate, data, table.pipeline, rows)
    assert [row for row, _ in batch.rejected] == [3, 5]
    assert np.array_equal(batch.rows, here.rows)
    assert np.abs(batch.scores - here.scores).max() <= 1e-5


def test_a_worker_that_ran_short_of_memory_remembers_it(
    table: Session, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert worker._candidate is not None
    forward, tried = worker._candidate.forward, list[int]()

    def limited(prepared: Prepared, *, precision: str = "fp32") -> FloatArray:
        tried.append(len(prepared))
        if len(prepared) > 15:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return forward(prepared, precision=precision)

    monkeypatch.setattr(worker._candidate, "forward", limited)
    part, job = part_of(table.dataset, np.arange(40)), Predict(table.pipeline)
    for first in (0, 20):
        rows = np.arange(first, first + 20)
        ((_, batch),) = answered(worker, message(job, [0], [rows], part)).done
        assert batch.parts == 2
        assert np.array_equal(batch.rows, rows)
    assert tried == [20, 10, 10, 10, 10]


def test_errors_in_words_come_back_in_words_and_others_with_their_traceback(table: Session, worker: Worker) -> None:
    part = part_of(table.dataset, np.array([1]))
    refused = answered(worker, message(Fails(UnusableInput("It is broken.", "Mend it.")), [0], [1], part))
    assert refused.refused == ("It is broken.", "Mend it.")
    failed = answered(worker, message(Fails(ZeroDivisionError("by nought")), [0], [1], part))
    assert failed.refused is None
    assert "ZeroDivisionError: by nought" in failed.failed
    assert not failed.done


def test_what_is_handed_out_one_by_one_travels_as_a_whole(table: Session) -> None:
    whole = Worker(recipe_of(Opened(table.candidate, table.dataset), whole=True))
    assert answered(whole, message(Letters([]), [7, 9], ["ab", "c"], None)).done == [(7, ["a", "b"]), (9, ["c"])]


def test_here_it_is_handed_out_as_it_is_made(table: Session) -> None:
    done: list[str] = []
    opened = Opened(table.candidate, table.dataset)
    with closing(LOCAL.map(opened, Letters(done), ["ab", "cd"], progress=Progress())) as results:
        place, letters = next(results)
        assert (place, next(letters), done) == (0, "a", ["a"])


def test_a_model_that_is_not_there_or_is_another_is_refused(table: Session) -> None:
    recipe = recipe_of(Opened(table.candidate, table.dataset), whole=False)
    part = part_of(table.dataset, np.array([1]))
    sent = message(Predict(table.pipeline), [0], [np.array([1])], part)
    gone = answered(Worker(replace(recipe, model="/nowhere/model")), sent)
    assert gone.refused is not None
    assert "A worker can't open the model: There is no file or folder /nowhere/model" in gone.refused[0]
    assert "shared path" in gone.refused[1]
    other = answered(Worker(replace(recipe, fingerprint="0" * 16)), sent)
    assert other.refused is not None
    assert "found another model" in other.refused[0]


def test_a_worker_opens_with_the_trust_that_was_given() -> None:
    trees = MODELS / "breast-cancer-trees"
    session = open_session(trees, DATA / "breast-cancer", trusted=("sklearn.tree._tree.Tree",))
    recipe = recipe_of(Opened(session.candidate, session.dataset), whole=False)
    assert recipe.trusted == ("sklearn.tree._tree.Tree",)
    part = part_of(session.dataset, np.array([4]))
    sent = message(Predict(session.pipeline), [0], [np.array([4])], part)
    assert len(answered(Worker(recipe), sent).done) == 1
    refused = answered(Worker(replace(recipe, trusted=())), sent).refused
    assert refused is not None
    assert "unless you trust them" in refused[0]


def test_a_hub_model_is_opened_at_the_commit_that_was_opened_here(table: Session, tmp_path: Path) -> None:
    candidate = copy(table.candidate)
    candidate.source = "somebody/tumours"
    candidate.folder = tmp_path / "models--somebody--tumours" / "snapshots" / "abc123"
    recipe = recipe_of(Opened(candidate, table.dataset), whole=False)
    assert (recipe.model, recipe.revision) == ("somebody/tumours", "abc123")


def test_only_what_is_needed_travels(table: Session) -> None:
    rows = np.array([40, 3, 17])
    part = part_of(table.dataset, rows)
    assert list(part.table.index) == [3, 17, 40]
    assert isinstance(part.inputs, SomeRows)
    frame: Any = part.inputs(rows)
    assert frame.equals(table.dataset.inputs(rows))
    assert len(pickle.dumps(part)) < len(pickle.dumps(table.dataset)) / 5


def test_photos_are_named_not_sent_and_come_from_where_they_were_copied_from() -> None:
    rows = np.array([40, 3, 17])
    photos = open_dataset(DATA / "photos")
    some = part_of(photos, rows)
    assert some.inputs(rows) == photos.inputs(rows)
    assert len(pickle.dumps(some)) < 20_000
    stored = open_dataset(f"file://{DATA / 'photos'}")
    assert stored.fingerprint == photos.fingerprint
    for data in (part_of(stored, rows), whole_of(stored)):
        source = data.inputs.source if isinstance(data.inputs, SomeRows) else data.inputs
        assert isinstance(source, StoredImages)
        assert source.url == f"file://{DATA / 'photos'}"
        assert data.inputs(rows) == photos.inputs(rows)


def test_the_local_engine_takes_no_options_and_others_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_of("local") is LOCAL
    assert set(ENGINES) == {"local", "ray"}
    with pytest.raises(UnusableInput, match="takes no workers"):
        engine_of("local", Options(workers=2))
    with pytest.raises(UnusableInput, match="There is no engine “spark”"):
        engine_of("spark")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UnusableInput, match="Ray isn't installed") as caught:
        engine_of("ray")
    assert caught.value.action == "pip install -r requirements-ray.txt"


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_every_engine_is_documented(name: str) -> None:
    docs = Path(__file__).resolve().parents[3] / "docs"
    assert f"| `--engine {name}` |" in (docs / "command-line.md").read_text(encoding="utf-8")


def test_a_slow_source_is_left_at_once_and_closed_when_it_can_be() -> None:
    gate, closed = threading.Event(), threading.Event()

    def slow() -> Generator[int]:
        try:
            yield 1
            gate.wait()
            yield 2
        finally:
            closed.set()

    progress = Progress()
    arrived = polled(slow(), progress)
    assert next(arrived) == 1
    progress.cancel()
    with pytest.raises(Cancelled):
        next(arrived)
    assert not closed.is_set()
    gate.set()
    assert closed.wait(60)


def test_what_a_source_raises_arrives() -> None:
    def broken() -> Generator[int]:
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"), closing(polled(broken(), Progress())) as arrived:
        assert list(arrived)
    assert list(polled(iter_of(range(5)), Progress())) == [0, 1, 2, 3, 4]


def iter_of(numbers: range) -> Generator[int]:
    yield from numbers


def test_an_address_where_nobody_listens_is_refused_at_once() -> None:
    ray_engine = pytest.importorskip("analysis.engines.ray", reason="Ray isn't installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(UnusableInput, match=f"There is no Ray cluster at {address}"):
            ray_engine._reach(address)  # Bound, and nobody listens.
        probe.listen()
        ray_engine._reach(address)
    for other in ("auto", "ray://head:10001"):
        ray_engine._reach(other)


def test_a_cancel_reaches_a_piece_that_is_being_worked_on(table: Session) -> None:
    progress = Progress()
    progress.cancel()
    opened = Opened(table.candidate, table.dataset)
    pieces: Sequence[IntArray] = [np.array([1])]
    with pytest.raises(Cancelled):
        list(LOCAL.map(opened, Predict(table.pipeline), pieces, progress=progress))


def test_recipes_of_models_in_a_store_hold_the_address(home: Path) -> None:
    url = f"file://{MODELS / 'breast-cancer-logistic'}"
    session = open_session(url, DATA / "breast-cancer")
    recipe = recipe_of(Opened(session.candidate, session.dataset), whole=False)
    assert recipe == Recipe(url, None, (), session.candidate.fingerprint, None)
    assert fetch(url).is_relative_to(home)
