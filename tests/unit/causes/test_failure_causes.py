"""A cause for each failure: what each rule must and must not say, on runs with known contents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.failures.causes import CAUSES, Doctor, Material, causes_of, reasons_of
from analysis.failures.causes.gather import answered_well, tolerance_of
from analysis.failures.causes.rules.scope import scope
from analysis.failures.causes.space import FEWEST, Space, beyond, locate
from analysis.failures.suspects import Suspect
from analysis.neighbours.embeddings import TABLE, Embeddings
from analysis.predict import predict
from analysis.preprocessing.doctor import diagnose
from analysis.preprocessing.doctor.result import Conclusion
from analysis.samples import SAMPLES
from analysis.session import Session, open_session
from analysis.types import Kind, Modality, Pipeline, Predictions, Task
from tests.unit.metrics.runs import called, classified, regressed

DOCS = Path(__file__).resolve().parents[3] / "docs" / "causes.md"
NEAR = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], dtype=np.int64)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))


def material(run: Predictions, **changes: object) -> Material:
    """Return what the rules look at, with nothing in it that speaks for a cause."""
    right = answered_well(run, tolerance_of(run))
    plain = Material(
        predictions=run, repaired=run, right=right, right_repaired=right,
        failures=np.flatnonzero(~right), candidate=None, dataset=SESSION_LESS, pipeline=Pipeline(Modality.TABULAR, ()),
        rows=np.arange(len(run)), diagnosis=None, suspects={}, space=None,
        readings=pd.DataFrame(index=np.flatnonzero(~right)), usual=pd.DataFrame(), tolerance=tolerance_of(run),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


class _Data:
    modality = Modality.TABULAR


SESSION_LESS = _Data()


def run_of(truth: list[int], answer: list[int], sure: float = 0.9) -> Predictions:
    """Return a run of two classes."""
    scores = np.full((len(truth), 2), 1 - sure)
    scores[np.arange(len(truth)), answer] = sure
    return classified(truth, scores)


def only(found: Material) -> list[str]:
    """Return the causes of the first failure."""
    return [r.cause for r in reasons_of(found)[int(found.failures[0])]]


def test_what_nothing_speaks_for_is_not_known_before_the_doctor_was_asked() -> None:
    found = material(run_of([0, 1, 1], [1, 1, 1]))
    (reason,) = reasons_of(found)[0]
    assert reason.cause == "unknown"
    assert "doctor was not asked" in reason.sentence
    assert "90 % sure" in reason.sentence


def test_a_label_that_the_model_lacks_is_out_of_scope() -> None:
    assert only(material(classified([-1, 0], [[0.9, 0.1], [0.9, 0.1]]))) == ["scope"]


def space(near: np.ndarray = NEAR, distance: float = 1.0) -> Space:
    usual = np.sort(np.exp(np.random.default_rng(0).normal(size=200)))
    return Space({0: near}, {0: distance}, usual, np.empty((11, 2), np.float32))


@pytest.mark.parametrize(
    ("distance", "sure", "causes"),
    [(1.0, 0.6, ["unknown"]), (500.0, 0.99, ["scope"]), (5.5, 0.99, ["unknown"]), (9.0, 0.51, ["scope"])],
)
def test_far_from_what_is_answered_well_is_out_of_scope(distance: float, sure: float, causes: list[str]) -> None:
    scores = np.tile([0.05, 0.95], (11, 1))
    scores[0] = [1 - sure, sure]
    run = classified([0] + [1] * 10, scores)
    assert only(material(run, space=space(distance=distance))) == causes


def suspicion(label: str = "class 1") -> dict[int, Suspect]:
    return {0: Suspect(0, "0.jpg", "class 0", label, 0.01, True)}


@pytest.mark.parametrize(
    ("neighbours", "sure", "causes"),
    [([1] * 10, 0.9, ["label"]), ([0] * 5 + [1] * 5, 0.9, ["unknown"]), ([1] * 10, 0.55, ["unknown"])],
)
def test_a_suspect_label_needs_neighbours_and_a_sure_answer(
    neighbours: list[int], sure: float, causes: list[str]
) -> None:
    truth = [0, *neighbours]
    scores = np.full((11, 2), 0.1)
    scores[np.arange(11), truth] = 0.9
    scores[0] = [1 - sure, sure]
    found = material(classified(truth, scores), suspects=suspicion(), space=space())
    assert only(found) == causes


def test_without_neighbours_confident_learning_alone_has_its_say() -> None:
    found = material(run_of([0, 1, 1], [1, 1, 1]), suspects=suspicion())
    assert only(found) == ["label"]


@pytest.mark.parametrize(
    ("margin", "neighbours", "ambiguous"),
    [(0.1, [0] * 5 + [1] * 5, True), (0.8, [0] * 5 + [1] * 5, False), (0.1, [1] * 10, False)],
)
def test_ambiguous_needs_near_scores_and_mixed_neighbours(
    margin: float, neighbours: list[int], ambiguous: bool
) -> None:
    truth = [0, *neighbours]
    scores = np.full((11, 2), 0.1)
    scores[np.arange(11), truth] = 0.9
    scores[0] = [0.5 - margin / 2, 0.5 + margin / 2]
    found = material(classified(truth, scores), space=space())
    assert only(found) == (["ambiguous"] if ambiguous else ["unknown"])


def test_a_third_class_between_two_is_no_ambiguity() -> None:
    truth = [0, *[0] * 5, *[1] * 5]
    scores = np.full((11, 3), 0.05)
    scores[np.arange(11), truth] = 0.9
    scores[0] = [0.3, 0.36, 0.34]
    assert only(material(classified(truth, scores), space=space())) == ["unknown"]


def test_a_row_with_many_gaps_is_unreadable_unless_all_rows_are_so() -> None:
    run = run_of([0, 1, 1], [1, 1, 1])
    features = {f"f{i}": [1.0] for i in range(6)}
    gaps = pd.DataFrame({**features, "missing values": [3.0]}, index=[0])
    whole = pd.DataFrame({**features, "missing values": [0.0]})
    assert only(material(run, readings=gaps, usual=whole)) == ["unreadable"]
    assert only(material(run, readings=gaps, usual=gaps)) == ["unknown"]
    assert only(material(run, readings=whole.set_axis([0]), usual=whole)) == ["unknown"]


def test_a_regression_fails_beyond_what_the_median_would_be_off() -> None:
    run = regressed([0.0, 10.0, 20.0, 30.0], [0.0, 10.0, 45.0, 39.0])
    assert tolerance_of(run) == 10
    assert answered_well(run, 10).tolist() == [True, True, False, True]
    (reason,) = reasons_of(material(run))[2]
    assert reason.cause == "unknown"
    assert "off by 25, more than 10" in reason.sentence


def test_targets_that_differ_among_like_examples_are_ambiguous() -> None:
    truth = [50.0, *np.linspace(0, 100, 10)]
    run = regressed(truth, [150.0, *truth[1:]])
    assert only(material(run, space=space())) == ["ambiguous"]
    alike = regressed([50.0, *[49.0, 51.0] * 5, 500.0, -500.0], [1500.0, *[49.0, 51.0] * 5, 500.0, -500.0])
    assert only(material(alike, space=space())) == ["unknown"]


def test_distances_are_measured_to_what_is_answered_well() -> None:
    """Strangers of one kind don't vouch for each other."""
    rng = np.random.default_rng(0)
    vectors = np.concatenate([rng.normal(size=(60, 4)), rng.normal(size=(20, 4)) * 0.01 + 50]).astype(np.float32)
    right = np.arange(80) < 60
    found = locate(Embeddings(vectors, *TABLE), np.arange(60, 80), right, [True] * 80)
    assert all(found.beyond(row) > 1.5 for row in range(60, 80))
    assert all(set(found.neighbours[row]) <= set(range(60, 80)) - {row} for row in range(60, 80))
    few = locate(Embeddings(vectors, *TABLE), np.arange(60, 80), np.arange(80) < FEWEST - 1, [True] * 80)
    assert few.beyond(60) == -np.inf


@given(st.lists(st.floats(-1e6, 1e6), min_size=FEWEST, max_size=60), st.floats(-1e6, 1e6))
@settings(max_examples=60)
def test_beyond_grows_with_the_value_and_never_fails(usual: list[float], value: float) -> None:
    values = np.array(usual)
    here, above = beyond(values, value), beyond(values, value + 1)
    assert not np.isnan(here)
    assert above >= here


@given(st.integers(2, 40), st.integers(2, 4), st.integers(0, 99))
@settings(max_examples=30)
def test_every_failure_has_a_cause_and_nothing_else_has_one(n: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    run = called(rng.integers(0, k, n), rng.integers(0, k, n), k)
    found = material(run)
    reasons = reasons_of(found)
    assert set(reasons) == set(np.flatnonzero(run.truth != run.predicted).tolist())
    order = list(CAUSES)
    for given_reasons in reasons.values():
        places = [order.index(r.cause) for r in given_reasons]
        assert places == sorted(places)
        assert given_reasons


@pytest.mark.parametrize("key", CAUSES)
def test_every_cause_is_documented_and_says_what_to_do(key: str) -> None:
    cause = CAUSES[key]
    assert cause.meaning.endswith(".")
    assert cause.action.endswith(".")
    assert f"| `{key}` | {cause.title} | {cause.meaning} |" in DOCS.read_text()


def test_only_what_is_left_over_has_no_rule() -> None:
    assert [key for key, cause in CAUSES.items() if cause.rule is None] == ["weakness", "unknown"]


@pytest.fixture(scope="module")
def tumours() -> Session:
    sample = next(s for s in SAMPLES if s.id == "breast-cancer")
    return open_session(sample.model, sample.data)


def flipped(session: Session) -> Pipeline:
    """Return the pipeline of a deployment that has the two labels the wrong way round."""
    step = session.candidate.pipeline.get("label_order")
    assert step is not None
    return session.candidate.pipeline.replacing(step.with_params(labels=list(session.candidate.task.labels[::-1])))


def test_a_wrong_feeding_is_the_cause_only_where_the_doctor_proved_it(tumours: Session) -> None:
    wrong = flipped(tumours)
    opened = tumours.candidate, tumours.dataset, wrong
    run = predict(*opened)
    blind = causes_of(run, tumours.dataset, tumours.candidate, wrong)
    assert blind.doctor is Doctor.NOT_ASKED
    assert {s.cause for s in blind.shares} <= {"unknown", "label", "ambiguous", "scope"}
    diagnosis = diagnose(*opened)
    found = causes_of(run, tumours.dataset, tumours.candidate, wrong, diagnosis=diagnosis)
    assert found.doctor is Doctor.MISMATCH
    shares = {s.cause: s.n for s in found.shares}
    assert shares["preprocessing"] > 550
    assert sum(shares.values()) == found.failures == int((run.truth != run.predicted).sum())
    assert len(found.rows("preprocessing")) == shares["preprocessing"]
    assert found.ids("preprocessing") | found.well <= set(run.ids)
    unsure = replace(diagnosis, conclusion=Conclusion.UNDETERMINED)
    open_ones = causes_of(run, tumours.dataset, tumours.candidate, wrong, diagnosis=unsure)
    assert not {"weakness", "preprocessing"} & {s.cause for s in open_ones.shares}


def test_what_is_left_is_the_models_own_once_the_doctor_found_nothing(tumours: Session) -> None:
    opened = tumours.candidate, tumours.dataset, tumours.candidate.pipeline
    run = predict(*opened)
    diagnosis = diagnose(*opened)
    found = causes_of(run, tumours.dataset, tumours.candidate, tumours.candidate.pipeline, diagnosis=diagnosis)
    assert found.doctor is Doctor.NONE
    assert "weakness" in {s.cause for s in found.shares}
    assert "unknown" not in {s.cause for s in found.shares}
    assert any("train" in note for note in found.notes)


class Reader:
    """A model that reads eight words and knows one: "good" stands for the second class."""

    task = Task(Kind.CLASSIFICATION, Modality.TEXT, ("class 0", "class 1"))

    def prepare(self, texts: list[str], pipeline: Pipeline) -> SimpleNamespace:  # noqa: ARG002
        return SimpleNamespace(truncated=[len(text.split()) > 8 for text in texts])

    def predict(self, texts: list[str], pipeline: Pipeline) -> np.ndarray:  # noqa: ARG002
        good = np.array([0.9 if "good" in text.split()[:8] else 0.45 for text in texts])
        return np.column_stack([1 - good, good]).astype(np.float32)


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        (" ".join(["word"] * 20) + " good", ["unreadable"]),
        (" ".join(["word"] * 20), ["unknown"]),
        (("a", "pair"), ["unknown"]),
    ],
)
def test_a_text_that_is_cut_off_is_read_to_its_end(text: str, causes: list[str]) -> None:
    readings = pd.DataFrame({"truncated": ["yes"], "words": [21.0]}, index=[0])
    data = SimpleNamespace(modality=Modality.TEXT, inputs=lambda rows: [text for _ in rows])
    found = material(
        run_of([1, 0], [0, 0]),
        readings=readings,
        usual=readings.assign(truncated="no"),
        dataset=data,
        candidate=Reader(),
        pipeline=Pipeline(Modality.TEXT, ()),
    )
    assert only(found) == causes
    if causes == ["unreadable"]:
        assert "Read to its end, in 3 parts, it is called “class 1”" in reasons_of(found)[0][0].sentence


def test_a_text_in_fragments_is_out_of_scope() -> None:
    run = run_of([0] + [1] * 40, [1] * 41)
    usual = pd.DataFrame({"characters per token": np.random.default_rng(0).normal(4.5, 0.2, 40)})
    strange = pd.DataFrame({"characters per token": [1.6]}, index=[0])
    found = scope(material(run, readings=strange, usual=usual))
    assert "pieces of 1.6 characters" in found[0].sentence
    fine = scope(material(run, readings=usual.iloc[:1].set_axis([0]), usual=usual))
    assert fine == {}
