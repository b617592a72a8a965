"""A run that was stopped, by whatever, goes on: nothing is predicted twice, nothing is lost, nothing differs."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analysis import journal, predict, runs, storage
from analysis.batch import Batch
from analysis.errors import Cancelled, UnusableInput
from analysis.journal import Journal
from analysis.progress import Progress, ProgressState
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import FloatArray, Prepared

ROOT = Path(__file__).resolve().parents[2]
MODELS, DATA = bundled_root() / "models", bundled_root() / "data"
#: Rows in a batch, so that the table has a dozen.
SMALL = 50


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    monkeypatch.setattr(predict, "ROWS", SMALL)
    return tmp_path


@pytest.fixture(scope="module")
def table() -> Session:
    return open_session(MODELS / "breast-cancer-logistic", DATA / "breast-cancer")


@pytest.fixture
def forwards(table: Session, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the number of examples with each pass through the model."""
    return counted(table, monkeypatch)


def counted(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    passed: list[int] = []
    forward = session.candidate.forward

    def counting(prepared: Prepared, *, precision: str = "fp32") -> FloatArray:
        passed.append(len(prepared))
        return forward(prepared, precision=precision)

    monkeypatch.setattr(session.candidate, "forward", counting)
    return passed


def cancel_after(examples: int) -> Progress:
    def report(state: ProgressState) -> None:
        if state.done >= examples:
            progress.cancel()

    progress = Progress(report)
    return progress


def run(session: Session, progress: Progress | None = None) -> FloatArray:
    found = runs.run(session.candidate, session.dataset, session.pipeline, progress=progress)
    return np.array(found.scores)


def uninterrupted(session: Session, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> FloatArray:
    with monkeypatch.context() as patch:
        patch.setenv("CAVEAT_HOME", str(elsewhere))
        return run(session)


def test_a_cancelled_run_goes_on_where_it_was(
    table: Session, forwards: list[int], home: Path, tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with pytest.raises(Cancelled):
        run(table, cancel_after(200))
    assert sum(forwards) == 200
    assert runs.find(table.candidate, table.dataset) is None
    said: list[ProgressState] = []
    scores = run(table, Progress(said.append))
    n = len(table.dataset)
    assert sum(forwards) == n
    assert said[0].what == f"Predicting rows (resumed: 200 of {n} were done)"
    assert (said[0].done, said[0].total, said[0].seconds_left) == (200, n, None)
    assert np.array_equal(scores, uninterrupted(table, tmp_path_factory.mktemp("other"), monkeypatch))
    assert [path.name for path in home.glob("runs/*") if path.suffix == ".journal"] == []


@pytest.mark.parametrize(("model", "data"), [("photos", "photos"), ("reviews-sentiment", "reviews.csv")])
def test_photos_and_texts_go_on_bit_for_bit(
    model: str, data: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_session(MODELS / model, DATA / data)
    whole = uninterrupted(first, tmp_path_factory.mktemp("other"), monkeypatch)
    passed = counted(first, monkeypatch)
    with pytest.raises(Cancelled):
        run(first, cancel_after(len(whole) // 2))
    assert 0 < sum(passed) < len(whole)
    # Opened anew, as after a restart: nothing that this process remembers may decide what comes out.
    later = open_session(MODELS / model, DATA / data)
    more = counted(later, monkeypatch)
    assert np.array_equal(run(later), whole)
    assert sum(passed) + sum(more) == len(whole)


SCRIPT = """
import os, signal, sys, time
from analysis import predict, runs
from analysis.progress import Progress
from analysis.session import open_session
model, data, log, die, pause = sys.argv[1:]
predict.ROWS = {small}
session = open_session(model, data)
forward = session.candidate.forward
def counting(prepared, *, precision="fp32"):
    time.sleep(float(pause))
    scores = forward(prepared, precision=precision)
    with open(log, "a") as file:
        file.write(f"{{os.getpid()}} {{len(prepared)}}\\n")
    return scores
session.candidate.forward = counting
def report(state):
    if int(die) and state.done >= int(die):
        os.kill(os.getpid(), signal.SIGKILL)
    print(state.what, flush=True)
print("opened", flush=True)
sys.stdin.readline()
found = runs.run(session.candidate, session.dataset, session.pipeline, progress=Progress(report))
print(len(found))
"""


def opened(log: Path, die: int = 0, pause: float = 0.0) -> subprocess.Popen[str]:
    """Start a process that opens the table, and waits for `go` to predict it."""
    arguments = [MODELS / "breast-cancer-logistic", DATA / "breast-cancer", log, die, pause]
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(small=SMALL), *map(str, arguments)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "opened\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def start(log: Path, die: int = 0, pause: float = 0.0) -> subprocess.Popen[str]:
    process = opened(log, die, pause)
    go(process)
    return process


def passes_in(log: Path) -> list[tuple[int, int]]:
    return [(int(line.split()[0]), int(line.split()[1])) for line in log.read_text().splitlines()]


def test_a_killed_process_loses_nothing(
    table: Session, forwards: list[int], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    killed = start(tmp_path / "log", die=300)
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    before = sum(n for _, n in passes_in(tmp_path / "log"))
    assert before == 300
    scores = run(table)
    assert before + sum(forwards) == len(table.dataset)
    assert np.array_equal(scores, uninterrupted(table, tmp_path_factory.mktemp("other"), monkeypatch))


def test_of_two_processes_one_predicts_and_the_other_waits(table: Session, forwards: list[int], tmp_path: Path) -> None:
    log = tmp_path / "log"
    both = [opened(log, pause=0.25) for _ in range(2)]
    for process in both:
        go(process)
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    passes = passes_in(log)
    assert len({who for who, _ in passes}) == 1
    assert sum(n for _, n in passes) == len(table.dataset)
    assert sum("Waiting for another process" in out for out, _ in said) == 1
    assert len(run(table)) == len(table.dataset)
    assert not forwards


def test_when_the_first_of_two_is_killed_the_second_goes_on(table: Session, tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = start(log, die=250, pause=0.25)
    assert first.stdout is not None
    next(line for line in iter(first.stdout.readline, "") if line.startswith("Predicting"))
    second = start(log)
    first.communicate(timeout=120)
    out, errors = second.communicate(timeout=120)
    assert first.returncode == -signal.SIGKILL
    assert second.returncode == 0, errors
    assert "resumed: 250 of" in out
    assert sum(n for _, n in passes_in(log)) == len(table.dataset)


def test_waiting_for_another_can_be_cancelled(table: Session) -> None:
    parts = runs._parts(table.candidate, table.dataset, table.pipeline, None)
    said: list[str] = []
    waiting = Progress(lambda state: said.append(state.what))
    threading.Timer(0.5, waiting.cancel).start()
    with (
        storage.only_one(f"run-{runs.fingerprint_of(parts)}", Progress(), ""),
        pytest.raises(Cancelled),
    ):
        run(table, waiting)
    assert set(said) == {"Waiting for another process that makes the same run"}
    assert len(run(table)) == len(table.dataset)  # Who gave up holds nothing.


def short_of_memory(
    session: Session, monkeypatch: pytest.MonkeyPatch, most: int, error: Callable[[], Exception]
) -> None:
    forward = session.candidate.forward

    def limited(prepared: Prepared, *, precision: str = "fp32") -> FloatArray:
        if len(prepared) > most:
            raise error()
        return forward(prepared, precision=precision)

    monkeypatch.setattr(session.candidate, "forward", limited)


def torch_cpu() -> Exception:
    return RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory: you tried to allocate")


def torch_gpu() -> Exception:
    import torch

    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")


def wrapped() -> Exception:
    error = UnusableInput("The model can't take inputs of shape (50, 3).")
    error.__cause__ = torch_cpu()
    return error


@pytest.mark.parametrize("error", [MemoryError, torch_cpu, torch_gpu, wrapped])
def test_where_memory_runs_short_batches_become_smaller(
    error: Callable[[], Exception], table: Session, home: Path, tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    whole = uninterrupted(table, tmp_path_factory.mktemp("other"), monkeypatch)
    short_of_memory(table, monkeypatch, 20, error)
    said: list[str] = []
    scores = run(table, Progress(lambda state: said.append(state.what)))
    assert np.abs(scores - whole).max() <= 1e-5
    assert "Predicting rows, 4 smaller batches instead of one since memory ran short" in said
    (about,) = home.glob("runs/*/run.json")
    assert json.loads(about.read_text())["batches_divided_by"] == 4


def test_once_memory_ran_short_large_batches_are_not_tried_again(
    table: Session, forwards: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    short_of_memory(table, monkeypatch, 25, MemoryError)
    tried: list[int] = []
    forward = table.candidate.forward

    def watching(prepared: Prepared, *, precision: str = "fp32") -> FloatArray:
        tried.append(len(prepared))
        return forward(prepared, precision=precision)

    monkeypatch.setattr(table.candidate, "forward", watching)
    run(table)
    # The first, and those that had been prepared ahead of it.
    assert 1 <= sum(n > 25 for n in tried) <= 5
    assert sum(forwards) == len(table.dataset)


def test_too_little_memory_for_one_example_is_said_in_words(table: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        short_of_memory(table, patch, 0, MemoryError)
        with pytest.raises(UnusableInput, match="even one example at a time") as caught:
            run(table)
    assert table.dataset.table["id"].iloc[0] in caught.value.what
    assert len(run(table)) == len(table.dataset)


def test_an_error_that_quotes_data_is_no_shortage_of_memory(table: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    quoting = UnusableInput("Column 'note' holds 'out of memory', which is not a number.")

    def refusing(*_: object, **__: object) -> FloatArray:
        raise quoting

    monkeypatch.setattr(table.candidate, "forward", refusing)
    with pytest.raises(UnusableInput) as caught:
        run(table)
    assert caught.value is quoting


def full_disk(monkeypatch: pytest.MonkeyPatch, records: int) -> None:
    """Let the disk be full after some records: of the next one only a part is written."""
    write, written = journal._write, iter(range(10_000))

    def writing(file: int, contents: bytes) -> None:
        if next(written) >= records:
            os.write(file, contents[: len(contents) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, contents)

    monkeypatch.setattr(journal, "_write", writing)


def test_a_full_disk_is_said_in_words_and_what_was_finished_remains(
    table: Session, forwards: list[int], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        full_disk(patch, 5)  # The plan, and four batches.
        with pytest.raises(UnusableInput, match="The disk is full") as caught:
            run(table)
    assert str(home / "runs") in caught.value.what
    assert "Free space there" in caught.value.action
    assert sum(forwards) == 5 * SMALL
    said: list[str] = []
    run(table, Progress(lambda state: said.append(state.what)))
    assert said[0].startswith("Predicting rows (resumed: 200 of")
    assert sum(forwards) == len(table.dataset) + SMALL  # The one that couldn't be written was done again.


@pytest.mark.parametrize("step", ["open_memmap", "to_parquet"])
def test_a_disk_that_fills_up_at_the_end_costs_no_prediction(
    step: str, table: Session, forwards: list[int], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    with monkeypatch.context() as patch:
        owner = runs.np.lib.format if step == "open_memmap" else runs.pd.DataFrame
        patch.setattr(owner, step, full)
        with pytest.raises(UnusableInput, match="The disk is full"):
            run(table)
    assert not list(home.glob("runs/.writing-*"))
    run(table)
    assert sum(forwards) == len(table.dataset)


def test_json_is_kept_whole_where_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.write_json(tmp_path / "kept.json", [1])

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(storage.json, "dump", full)
    with pytest.raises(UnusableInput, match="The disk is full"):
        storage.write_json(tmp_path / "kept.json", [2])
    assert storage.read_json(tmp_path / "kept.json") == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]


def batch(first: int) -> Batch:
    rows = np.arange(first, first + 3)
    return Batch(rows, np.full((3, 2), first, dtype=np.float32), ((first + 3, "broken \ud800"),), 1)


PLAN = {"batches": "a"}


@pytest.mark.parametrize("damage", ["cut", "byte", "length"])
def test_a_damaged_end_is_cut_off_and_the_rest_counts(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "run.journal"
    written = Journal(file, PLAN)
    for place in range(3):
        written.add(place, batch(10 * place), 0.5)
    written.close()
    contents = bytearray(file.read_bytes())
    if damage == "cut":
        del contents[-7:]
    elif damage == "byte":
        contents[-9] ^= 255
    else:
        contents += (2**62).to_bytes(8, "little") + bytes(40)
    file.write_bytes(contents)
    opened = Journal(file, PLAN)
    good = 3 if damage == "length" else 2
    assert opened.done == set(range(good))
    assert opened.examples == 4 * good
    opened.add(7, batch(70), 0.5)
    opened.close()
    again = list(Journal(file, PLAN).batches())
    assert [int(b.rows[0]) for b in again] == [10 * i for i in range(good)] + [70]
    assert again[0].rejected == ((3, "broken \ud800"),)
    assert np.array_equal(again[-1].scores, batch(70).scores)


def test_a_journal_of_another_plan_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "run.journal"
    first = Journal(file, PLAN)
    first.add(0, batch(0), 0.5)
    first.add(1, batch(10), 0.5)
    first.close()
    second = Journal(file, {"batches": "b"})
    assert not second.done
    second.add(4, batch(40), 0.5)
    second.close()
    assert Journal(file, {"batches": "b"}).done == {4}
    assert not Journal(file, PLAN).done


def test_other_versions_of_libraries_begin_anew(
    table: Session, forwards: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Cancelled):
        run(table, cancel_after(200))
    monkeypatch.setattr(runs, "library_versions", lambda: {"scikit-learn": "0"})
    run(table)
    assert sum(forwards) == 200 + len(table.dataset)


def test_when_nothing_can_be_read_nothing_is_remembered(table: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise UnusableInput("The disk went away.")

    with monkeypatch.context() as patch:
        patch.setattr(table.candidate, "prepare", broken)
        with pytest.raises(UnusableInput, match="Not one example"):
            run(table)
    assert len(run(table)) == len(table.dataset)


def test_the_time_left_is_told_by_what_was_done_now() -> None:
    assert ProgressState("", done=60, total=100, seconds=2.0, already=40).seconds_left == pytest.approx(4.0)
    began = time.monotonic()
    said: list[ProgressState] = []
    progress = Progress(said.append)
    progress.start("Working", 10, 4)
    progress.say("Working on")
    progress.advance(3)
    assert [(state.what, state.done) for state in said] == [("Working", 4), ("Working on", 4), ("Working on", 7)]
    assert said[-1].seconds <= time.monotonic() - began
