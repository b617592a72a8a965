"""Simple models: known answers, what is kept, and what the verdict makes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.baselines import BASELINES, Baselines, baselines_of
from analysis.baselines.measure import Compared, measure
from analysis.baselines.words import Outcome, findings_of, heading, outcome
from analysis.comparison import Difference
from analysis.errors import Cancelled, UnusableInput
from analysis.evidence import Evidence
from analysis.policy import Policy
from analysis.progress import Progress
from analysis.types import Capabilities, Kind, Modality, Severity
from analysis.verdict import judge
from tests.unit.robustness.simple_models import bright_or_dark, sum_of_columns, two, with_a_word

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))


def of(found: Baselines, name: str) -> Compared:
    return next(c for c in found.compared if c.name == name)


def test_a_model_that_adds_up_columns_needs_no_network() -> None:
    """The targets are the sum of three columns and noise: the model knows the sum, a ridge regression learns it."""
    found = measure(sum_of_columns(900))
    assert [c.name for c in found.compared] == ["constant", "linear", "tree"]
    assert outcome(found, of(found, "constant")) is Outcome.BEATEN
    assert outcome(found, of(found, "tree")) is Outcome.BEATEN
    linear = of(found, "linear")
    assert linear.difference is not None
    assert linear.difference.b == pytest.approx(np.sqrt(2 / np.pi), abs=0.06)
    assert outcome(found, linear) is Outcome.AS_GOOD
    assert "is as good" in heading(found)
    assert found.split == ""
    assert found.fitted_on == 720


def test_a_word_is_enough() -> None:
    found = measure(with_a_word())
    words = of(found, "words")
    assert words.difference is not None
    assert (words.difference.a, words.difference.b) == (1.0, 1.0)
    assert of(found, "constant").gain(found.kind)[0] == pytest.approx(0.5, abs=0.05)


def test_greys_are_colours() -> None:
    found = measure(bright_or_dark())
    assert of(found, "colours").difference.b == 1.0  # type: ignore[union-attr]


def test_a_model_that_guesses_is_beaten_by_one_answer() -> None:
    session = with_a_word(200)
    table = session.dataset.table.assign(label=["good" if i % 5 == 0 else "other" for i in range(200)])
    candidate: Any = session.candidate
    candidate.rule = lambda texts: two([len(text) % 2 for text in texts])
    found = measure(replace(session, dataset=replace(session.dataset, table=table, fingerprint="guessed")))
    assert outcome(found, of(found, "constant")) is Outcome.BETTER
    assert "Always the same answer" in heading(found)
    assert "does not know these data" in findings_of(found)[0].action


def test_another_split_is_learned_from() -> None:
    session = with_a_word(200)
    table = session.dataset.table.assign(split=["test" if i < 80 else "train" for i in range(200)])
    session = replace(session, dataset=replace(session.dataset, table=table, fingerprint="two splits"), split="test")
    found = measure(session)
    assert (found.split, found.fitted_on, found.n) == ("train", 120, 80)
    assert outcome(found, of(found, "constant")) is Outcome.BEATEN


def test_a_linear_model_is_not_compared_with_another_one() -> None:
    session = sum_of_columns()
    candidate: Any = session.candidate
    candidate.capabilities = Capabilities(linear=True)
    assert [c.name for c in measure(session).compared] == ["constant"]


def test_columns_of_every_kind() -> None:
    """Words, blanks, columns without any value: what a table may hold, none of it stops the fit."""
    session = sum_of_columns(60)
    frame = session.dataset.inputs(np.arange(60))
    assert isinstance(frame, pd.DataFrame)
    odd = frame.assign(kind=["x", "y", None] * 20, empty=np.nan, gaps=np.where(np.arange(60) % 3, 1.0, np.nan))
    inputs = lambda rows: odd.iloc[rows].reset_index(drop=True)  # noqa: E731
    found = measure(replace(session, dataset=replace(session.dataset, inputs=inputs, fingerprint="odd")))
    assert all(c.difference is not None for c in found.compared)


def test_texts_without_a_word_say_why() -> None:
    session = with_a_word(40)
    blank = replace(session.dataset, inputs=lambda rows: [" "] * len(rows), fingerprint="blank")
    words = of(measure(replace(session, dataset=blank)), "words")
    assert words.difference is None
    assert "could not be fitted" in words.reason


def test_too_few_examples_are_refused() -> None:
    with pytest.raises(UnusableInput, match="At least 10"):
        measure(with_a_word(6))


def test_kept_and_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    session, progress = with_a_word(60), Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        baselines_of(session, progress=progress)
    found = baselines_of(session)
    monkeypatch.setattr("analysis.baselines.measure.measure", lambda *_a, **_k: pytest.fail("fitted again"))
    assert baselines_of(session) == found


def compared(*rows: tuple[str, float, float, float, float]) -> Baselines:
    """Return comparisons with (name, gain, low, high, corrected p)."""
    made = tuple(
        Compared(name, name, "", Difference(0.9, 0.9 - gain, gain, low, high, p, 200, "", ""), p)
        for name, gain, low, high, p in rows
    )
    return Baselines(Kind.CLASSIFICATION, 200, 200, "train", made, 0)


@pytest.mark.parametrize(
    ("row", "result", "line", "required"),
    [
        (("linear", 0.1, 0.05, 0.15, 0.001), Outcome.BEATEN, Severity.OK, Severity.OK),
        (("linear", 0.0, -0.03, 0.02, 1.0), Outcome.AS_GOOD, Severity.CAUTION, Severity.BLOCKER),
        (("linear", -0.1, -0.15, -0.05, 0.001), Outcome.BETTER, Severity.CAUTION, Severity.BLOCKER),
        (("linear", 0.02, -0.03, 0.07, 0.4), Outcome.OPEN, Severity.CAUTION, Severity.UNKNOWN),
        (("head", -0.1, -0.15, -0.05, 0.001), Outcome.BETTER, Severity.OK, Severity.OK),
    ],
)
def test_what_the_verdict_makes_of_it(
    row: tuple[str, float, float, float, float], result: Outcome, line: Severity, required: Severity
) -> None:
    found = compared(row)
    assert outcome(found, found.compared[0]) is result
    for policy, expected in ((Policy(), line), (Policy(baseline=True), required)):
        lines = judge(Evidence(Kind.CLASSIFICATION, baselines=found), policy).lines
        assert next(x for x in lines if x.id == "baseline").severity is expected


def test_only_where_it_is_required_must_it_be_there() -> None:
    lines = judge(Evidence(Kind.CLASSIFICATION), Policy()).lines
    assert not [x for x in lines if x.id == "baseline"]
    lines = judge(Evidence(Kind.CLASSIFICATION), Policy(baseline=True)).lines
    assert next(x for x in lines if x.id == "baseline").severity is Severity.UNKNOWN


@pytest.mark.parametrize("name", BASELINES)
def test_every_simple_model_is_documented(name: str) -> None:
    one = BASELINES[name]
    assert one.name == name
    assert set(one.modalities) <= set(Modality)
    assert f"| `{name}` |" in (ROOT / "docs" / "baselines.md").read_text(encoding="utf-8")
