"""What the pages share: jobs, openings and their links, names made harmless."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Modality, Pipeline, Step
from pages.shared import opening as openings
from pages.shared.jobs import KEPT, Jobs, Status
from pages.shared.opening import Opening
from pages.shared.own import corrections
from pages.shared.widgets import csv_of
from pages.shared.wording import middle, number, percent, plain


def test_a_job_is_done_once_for_all_who_ask() -> None:
    jobs, calls = Jobs(), []
    first = jobs.ask("check", "a", "Working", lambda _: calls.append(1) or "done", session="one")
    second = jobs.ask("check", "a", "Working", lambda _: calls.append(1) or "done", session="two")
    assert first is second
    assert first.wait(5)
    assert (first.status, first.result, len(calls)) == (Status.DONE, "done", 1)


def test_work_stops_when_the_last_who_waits_leaves() -> None:
    jobs, go = Jobs(), threading.Event()

    def work(progress: Progress) -> None:
        progress.start("Counting", 1000)
        for _ in range(1000):
            go.wait(0.01)
            progress.advance()

    job = jobs.ask("check", "a", "Working", work, session="one")
    jobs.ask("check", "a", "Working", work, session="two")
    job.leave("one")
    assert not job.stopping
    job.leave("two")
    assert job.wait(5)
    assert job.status is Status.CANCELLED
    assert jobs.ask("check", "a", "Working", work, session="one") is job
    jobs.drop("check", "a")
    again = jobs.ask("check", "a", "Working", work, session="one")
    assert again is not job
    again.leave("one")


def test_a_failure_is_kept_in_words() -> None:
    def unusable(_: Progress) -> None:
        raise UnusableInput("The file is empty.", "Choose another.")

    def broken(_: Progress) -> None:
        raise ZeroDivisionError("secret")

    for work, expected in ((unusable, "The file is empty."), (broken, "ZeroDivisionError")):
        job = Jobs().ask("check", "a", "Working", work, session="one")
        assert job.wait(5)
        assert job.status is Status.FAILED
        assert job.error is not None
        assert expected in job.error.what
        assert "secret" not in str(job.error)


def test_finished_jobs_are_forgotten_beyond_their_number() -> None:
    jobs = Jobs()
    for key in range(KEPT["check"] + 5):
        jobs.ask("check", key, "Working", lambda _: None, session="one").wait(5)
    jobs.ask("check", "last", "Working", lambda _: None, session="one").wait(5)
    assert jobs.find("check", 0) is None
    assert jobs.find("check", "last") is not None


def test_a_link_leads_back_to_the_same_opening() -> None:
    opening = Opening("owner/name", "/data", "main", columns=(("label", "y"),), labels=(("a", "b"),), trusted=("x.Y",))
    openings.remember(opening)
    assert openings.from_link(openings.to_link(opening)) == opening
    assert openings.recent()[0] == opening


def test_a_link_says_that_labels_are_left_out() -> None:
    without = Opening("owner/name", "/data", unlabelled=True)
    openings.remember(without)
    openings.remember(replace(without, unlabelled=False))
    assert openings.to_link(without)["labels"] == "none"
    assert "labels" not in openings.to_link(replace(without, unlabelled=False))
    assert openings.from_link(openings.to_link(without)) == without
    assert [opening.unlabelled for opening in openings.recent()] == [False, True]
    for other in ("", "some", "None"):
        found = openings.from_link(openings.to_link(without) | {"labels": other})
        assert found is not None
        assert not found.unlabelled


def test_a_link_carries_no_trust_and_no_corrections_of_its_own() -> None:
    link = openings.to_link(Opening("/m", "/d", columns=(("label", "y"),), trusted=("os.system",)))
    found = openings.from_link(link | {"trusted": "os.system", "columns": "x"})
    assert found is not None
    assert found.trusted == ()
    assert found.columns == ()


@pytest.mark.parametrize("model", ["a/b", "/etc", "~nobody/x", "x" * 5000, "\0", "../..", "sample:none"])
def test_what_was_never_opened_here_is_not_familiar(model: str) -> None:
    opening = openings.from_link({"model": model, "data": "/etc"})
    assert opening is not None
    assert not openings.is_familiar(opening)
    assert opening.title is not None


def test_samples_are_familiar_until_other_data_are_named() -> None:
    assert openings.is_familiar(Opening("sample:photos"))
    assert not openings.is_familiar(Opening("sample:photos", "/etc"))


def test_a_damaged_memory_is_an_empty_one(home: Path) -> None:
    for content in ("{", "[]", "[1, {}, null]", '{"a": 1}', '[{"opening": {"columns": 3}}]'):
        (home / "recent.json").write_text(content)
        assert openings.recent() == []


def test_pipelines_are_kept_and_named_by_their_content() -> None:
    pipeline = Pipeline(Modality.TEXT, (Step("label_order", {"labels": ["a"]}),))
    name = openings.keep_pipeline(pipeline)
    path = Opening("/m", "/d", pipeline=name).chosen_pipeline()
    assert path is not None
    assert path.is_file()
    for bad in ("../x", "nothere", "a/b"):
        with pytest.raises(UnusableInput):
            Opening("/m", "/d", pipeline=bad).chosen_pipeline()
    with pytest.raises(UnusableInput):
        openings.keep_pipeline_file(b"no json")


def test_only_skops_files_are_taken_as_models(home: Path) -> None:
    stored = openings.keep_model(io.BytesIO(b"x"), "../../evil name.skops")
    assert stored.is_relative_to(home)
    assert stored.name == "__evil name.skops" or stored.suffix == ".skops"
    with pytest.raises(UnusableInput):
        openings.keep_model(io.BytesIO(b"x"), "model.pkl")


def test_corrections_are_what_differs_from_the_guess(tmp_path: Path) -> None:
    from analysis.datasets import guess_columns

    table = tmp_path / "t.csv"
    table.write_text("review,label,other\n" + "\n".join(f"good film number {i},{i % 2},{i % 3}" for i in range(30)))
    guess = guess_columns(table, modality=Modality.TEXT)
    roles = [column.role.value for column in guess.columns]
    assert corrections(guess, roles) == ()
    assert corrections(guess, ["text", "metadata", "label"]) == (("label", "other"),)
    with pytest.raises(UnusableInput):
        corrections(guess, ["text", "label", "label"])


def test_cells_that_a_spreadsheet_would_run_are_quoted() -> None:
    out = csv_of(pd.DataFrame({"a": ["=1+1", "@x", "fine", "-3"], "b": [-1, 2, 3, 4]})).decode().splitlines()
    assert out[1:] == ["'=1+1,-1", "'@x,2", "fine,3", "'-3,4"]


def test_wording() -> None:
    assert percent(0.913) == "91\u00a0%"
    assert percent(0.0042) == "0.4\u00a0%"
    assert percent(float("nan")) == "–"
    assert number(1234.5) == "1\u202f234" or number(1234.5) == "1\u202f235"
    assert number(-0.00001) == "−1.00e−05"
    assert len(middle("a" * 500)) == 24
    assert plain("x\ny\tz") == "x y z"
    assert plain("שלום").startswith("\u2068")
