"""Prediction and kept runs: exact, resumable from disk, and nothing lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import runs
from analysis.candidates import huggingface
from analysis.errors import Cancelled, UnusableInput
from analysis.predict import CHARACTERS, plan_batches, plan_of, predict
from analysis.progress import Progress, ProgressState
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import Dataset, Inputs, InputSource, IntArray, Kind, Modality, Predictions

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session(MODELS / "breast-cancer-logistic", DATA / "breast-cancer")


def texts(lengths: list[int]) -> Dataset:
    """Return a data set of texts of given lengths."""
    contents = ["x" * n for n in lengths]
    table = pd.DataFrame({"id": [str(i) for i in range(len(lengths))], "split": "all", "label": "a"})
    source: InputSource = lambda rows: [contents[r] for r in rows]  # noqa: E731
    return Dataset("texts", "texts.csv", Modality.TEXT, Kind.CLASSIFICATION, table, source, (), "f")


def test_every_text_is_in_one_batch_and_no_batch_is_over_budget() -> None:
    lengths = [1, 4000, 20, 9000, 300, 300, 20_000, 5]
    batches = plan_batches(texts(lengths), np.arange(len(lengths)))
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[i] for i in batch)
        assert len(batch) == 1 or padded <= CHARACTERS


def test_texts_of_as_many_tokens_share_a_batch_of_a_large_network(monkeypatch: pytest.MonkeyPatch) -> None:
    root = bundled_root()
    opened = open_session(root / "models" / "reviews-sentiment", root / "data" / "tweets.csv")
    rows = np.arange(300)
    asked = (opened.candidate, opened.dataset, rows)
    by_characters = plan_of(*asked, pipeline=opened.pipeline)
    assert [list(b) for b in by_characters] == [list(b) for b in plan_batches(opened.dataset, rows)]
    monkeypatch.setattr(huggingface, "COUNTED", 0)
    by_tokens = plan_of(*asked, pipeline=opened.pipeline)
    assert sorted(np.concatenate(by_tokens)) == list(rows)
    mask = opened.candidate.prepare(opened.dataset.inputs(rows), opened.pipeline).arrays["attention_mask"]  # type: ignore[attr-defined]
    tokens = mask.sum(axis=1)

    def padded(batches: list[IntArray]) -> int:
        return sum(len(b) * int(tokens[b].max()) for b in batches)

    assert padded(by_tokens) < 1.15 * tokens.sum() < padded(by_characters)
    whole = predict(opened.candidate, opened.dataset, opened.pipeline)
    monkeypatch.undo()
    again = predict(opened.candidate, opened.dataset, opened.pipeline)
    assert np.asarray(whole.scores) == pytest.approx(np.asarray(again.scores), abs=1e-5)


def test_predictions_equal_the_estimator_itself(session: Session) -> None:
    found = predict(session.candidate, session.dataset, session.pipeline)
    frame = session.dataset.inputs(np.arange(len(session.dataset)))
    assert isinstance(frame, pd.DataFrame)
    expected = session.candidate.estimator.predict_proba(frame[list(session.candidate.columns)])  # type: ignore[attr-defined]
    assert np.asarray(found.scores) == pytest.approx(expected, abs=1e-6)
    assert found.ids == tuple(session.dataset.table["id"])


def test_a_run_is_computed_once_and_is_the_same_from_disk(session: Session) -> None:
    calls: list[ProgressState] = []
    first = runs.run(session.candidate, session.dataset, progress=Progress(calls.append))
    assert calls
    calls.clear()
    second = runs.run(session.candidate, session.dataset, progress=Progress(calls.append))
    assert not calls
    assert isinstance(second.scores, np.memmap)
    assert np.array_equal(first.scores, second.scores)
    assert first.truth_labels == second.truth_labels


def test_a_split_is_cut_out_of_a_run_over_everything(session: Session) -> None:
    whole = runs.run(session.candidate, session.dataset)
    part = runs.find(session.candidate, session.dataset, split="test")
    assert part is not None
    assert set(part.splits) == {"test"}
    mine = np.array(whole.splits) == "test"
    assert np.array_equal(part.scores, np.asarray(whole.scores)[mine])


def test_another_label_order_costs_no_pass(session: Session) -> None:
    first = runs.run(session.candidate, session.dataset)
    step = session.pipeline.get("label_order")
    assert step is not None
    flipped = session.pipeline.replacing(step.with_params(labels=list(reversed(step.params["labels"]))))
    found = runs.find(session.candidate, session.dataset, flipped)
    assert found is not None
    assert found.task.labels == tuple(reversed(first.task.labels))
    wrong = (first.predicted != first.truth).mean()
    assert (found.predicted == found.truth).mean() == pytest.approx(wrong)


def test_a_damaged_run_is_made_again(session: Session, home: Path) -> None:
    first = runs.run(session.candidate, session.dataset)
    (file,) = home.glob("runs/*/scores.npy")
    file.unlink()  # Not truncated in place: `first` still maps the old contents.
    file.write_bytes(b"damaged")
    assert runs.find(session.candidate, session.dataset) is None
    again = runs.run(session.candidate, session.dataset)
    assert np.array_equal(first.scores, again.scores)


def test_a_cancel_keeps_nothing(session: Session, home: Path) -> None:
    def stop(_: ProgressState) -> None:
        progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        runs.run(session.candidate, session.dataset, progress=progress)
    assert not list(home.glob("runs/*"))


class BrokenRows:
    """An input source whose rows 3 and 5 can't be read."""

    def __init__(self, source: InputSource) -> None:
        self.source = source

    def __call__(self, rows: IntArray) -> Inputs:
        if {3, 5} & set(rows.tolist()):
            raise UnusableInput("It can't be decoded.")
        return self.source(rows)


def test_what_cannot_be_prepared_is_rejected_by_name_and_the_rest_runs(session: Session) -> None:
    broken = replace(session.dataset, inputs=BrokenRows(session.dataset.inputs), fingerprint="broken")
    found: Predictions = predict(session.candidate, broken, session.pipeline)
    ids = list(session.dataset.table["id"])
    assert [r.item for r in found.rejected] == [ids[3], ids[5]]
    assert len(found) == len(ids) - 2
    assert ids[3] not in found.ids


def test_an_unknown_split_is_named(session: Session) -> None:
    with pytest.raises(UnusableInput, match="holdout"):
        runs.run(session.candidate, session.dataset, split="holdout")
