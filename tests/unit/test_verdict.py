"""The rules: missing evidence never passes, an interval must lie on one side, each threshold decides."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from analysis.comparison import Difference
from analysis.errors import UnusableInput
from analysis.policy import Policy, policy_from, read_policy
from analysis.robustness import Curve, Point, Robustness
from analysis.types import Estimate, Finding, Kind, Modality, Severity
from analysis.verdict import Decision, Evidence, examples_needed, judge


def use(name: str, answer: str, conditions: str = "") -> Finding:
    evidence = {"answer": answer, "conditions": conditions, "quotes": []}
    return Finding(f"licence.{name}", Severity.OK, f"{name}: {answer}.", evidence)


def accuracy(value: float, low: float, high: float, n: int = 200) -> dict[str, Estimate]:
    return {"accuracy": Estimate(value, low, high, n, "Wilson")}


def diagnosis(conclusion: str) -> Any:
    return SimpleNamespace(
        conclusion=SimpleNamespace(value=conclusion), sentence="S.", edits=(), p_value=0.5, tried=9, examples_needed=300
    )


GOOD = Evidence(
    kind=Kind.CLASSIFICATION,
    diligence=(
        Finding("preflight.paths", Severity.OK, "Fine."),
        use("evaluation", "allowed"),
        use("commercial", "allowed"),
        Finding("licence.declared", Severity.OK, "MIT.", {"declared": [{"licence": "MIT"}]}),
    ),
    metrics=accuracy(0.93, 0.9, 0.96),
    diagnosis=diagnosis("none"),
    n=200,
)
POLICY = Policy()


def with_finding(finding: Finding) -> Evidence:
    kept = tuple(f for f in GOOD.diligence if f.id != finding.id)
    return replace(GOOD, diligence=(*kept, finding))


def test_all_good_is_adopted() -> None:
    assert judge(GOOD, POLICY).decision is Decision.ADOPT
    assert judge(GOOD, POLICY).changes == ()


@pytest.mark.parametrize(
    "missing", [f.name for f in fields(Evidence) if f.name in ("diligence", "metrics", "diagnosis", "n")]
)
def test_missing_evidence_is_never_a_pass(missing: str) -> None:
    empty = next(f for f in fields(Evidence) if f.name == missing)
    value = empty.default_factory() if callable(empty.default_factory) else empty.default  # type: ignore[misc]
    found = judge(replace(GOOD, **{missing: value}), POLICY)
    assert found.decision is Decision.UNKNOWN
    assert found.changes[0].change


def test_nothing_at_all_is_not_enough() -> None:
    assert judge(Evidence(Kind.CLASSIFICATION), POLICY).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("evidence", "decision"),
    [
        (with_finding(use("commercial", "forbidden")), Decision.REJECT),
        (with_finding(use("commercial", "unknown")), Decision.UNKNOWN),
        (with_finding(use("commercial", "conditions", "name the authors")), Decision.CONDITIONS),
        (with_finding(use("redistribution", "forbidden")), Decision.ADOPT),
        (with_finding(Finding("safety.pickle.hostile", Severity.BLOCKER, "Runs.")), Decision.REJECT),
        (with_finding(Finding("safety.closed", Severity.UNKNOWN, "Closed.")), Decision.UNKNOWN),
        (with_finding(Finding("loading.trial", Severity.UNKNOWN, "Ended.")), Decision.UNKNOWN),
        (with_finding(Finding("preflight.pickles.ignored", Severity.CAUTION, "There.")), Decision.CONDITIONS),
        (with_finding(Finding("provenance.datasets", Severity.UNKNOWN, "Not declared.")), Decision.ADOPT),
        (replace(GOOD, metrics=accuracy(0.6, 0.55, 0.65)), Decision.REJECT),
        (replace(GOOD, metrics=accuracy(0.82, 0.75, 0.88, 50)), Decision.UNKNOWN),
        (replace(GOOD, diagnosis=diagnosis("mismatch")), Decision.REJECT),
        (replace(GOOD, diagnosis=diagnosis("undetermined")), Decision.UNKNOWN),
        (replace(GOOD, rejected=3), Decision.CONDITIONS),
        (replace(GOOD, data=(Finding("labels", Severity.CAUTION, "Unknown labels."),)), Decision.CONDITIONS),
    ],
)
def test_each_rule(evidence: Evidence, decision: Decision) -> None:
    assert judge(evidence, POLICY).decision is decision


def test_thresholds_decide() -> None:
    assert judge(GOOD, replace(POLICY, accuracy=0.95)).decision is Decision.UNKNOWN
    assert judge(GOOD, replace(POLICY, accuracy=0.97)).decision is Decision.REJECT
    assert judge(GOOD, replace(POLICY, licences=("Apache-2.0",))).decision is Decision.REJECT
    assert judge(GOOD, replace(POLICY, licences=("mit",))).decision is Decision.ADOPT
    assert judge(GOOD, replace(POLICY, latency_ms=5.0)).decision is Decision.UNKNOWN
    assert judge(replace(GOOD, diagnosis=None), replace(POLICY, diagnosis=False)).decision is Decision.ADOPT
    assert judge(GOOD, replace(POLICY, class_recall=0.5)).decision is Decision.UNKNOWN


def harmed(losses: tuple[tuple[float, float, float, float], ...], refused: str = "") -> Any:
    """Return a measurement whose mild levels cost (value, low, high) with a corrected p-value."""
    curves = tuple(
        Curve(f"c{i}", f"C{i}", "level", (Point(1, "mild", Estimate(0, 0, 0, 200, ""), Difference(
            0.9 - v, 0.9, -v, -high, -low, p, 200, "", ""), p, (0, 1, 2), 0),))
        for i, (v, low, high, p) in enumerate(losses)
    )  # fmt: skip
    curves += (Curve("r", "R", "level", (), refused),) if refused else ()
    return Robustness(
        Kind.CLASSIFICATION,
        Modality.TEXT,
        Estimate(0.9, 0.8, 0.95, 200, ""),
        curves,
        tuple(map(str, range(200))),
        200,
        0,
    )


@pytest.mark.parametrize(
    ("losses", "refused", "limit", "decision"),
    [
        (((0.01, -0.01, 0.03, 1.0),), "", None, Decision.ADOPT),
        (((0.08, 0.04, 0.12, 0.001),), "", None, Decision.CONDITIONS),
        (((0.0, -0.01, 0.01, 1.0),), "No blanks.", None, Decision.CONDITIONS),
        (((0.01, -0.01, 0.03, 1.0),), "", 0.05, Decision.ADOPT),
        (((0.01, -0.01, 0.06, 1.0),), "", 0.05, Decision.UNKNOWN),
        (((0.12, 0.07, 0.17, 0.001), (0.0, -0.01, 0.01, 1.0)), "", 0.05, Decision.REJECT),
        (((0.12, 0.07, 0.17, 0.2),), "", 0.05, Decision.UNKNOWN),  # Does not stand after correction.
        (((0.0, -0.01, 0.01, 1.0),), "No blanks.", 0.05, Decision.CONDITIONS),
    ],
)
def test_robustness_decides_by_mild_changes(
    losses: tuple[Any, ...], refused: str, limit: float | None, decision: Decision
) -> None:
    evidence = replace(GOOD, robustness=harmed(losses, refused))
    assert judge(evidence, replace(POLICY, robustness=limit)).decision is decision


def test_robustness_that_is_required_must_be_measured() -> None:
    found = judge(GOOD, replace(POLICY, robustness=0.05))
    assert found.decision is Decision.UNKNOWN
    assert found.changes[0].change == "Measure it."


def test_a_blocker_outweighs_what_is_missing() -> None:
    assert (
        judge(replace(GOOD, metrics={}, diligence=(use("commercial", "forbidden"),)), POLICY).decision
        is Decision.REJECT
    )


@given(st.floats(0.5, 0.99), st.floats(0.5, 0.99))
@settings(max_examples=60, deadline=None)
def test_the_examples_named_would_really_tell(rate: float, least: float) -> None:
    needed = examples_needed(rate, least)
    if needed is None or needed < 30 or needed > 100_000:
        return
    n = needed * 2
    interval = binomtest(round(rate * n), n).proportion_ci(method="wilson")
    assert interval.low > least or interval.high < least


def test_a_policy_comes_back_from_its_own_toml(tmp_path: Path) -> None:
    policy = Policy(
        accuracy=0.9, licences=("MIT", 'odd "name"'), latency_ms=20.0, uses=("evaluation",), diagnosis=False
    )
    (tmp_path / "policy.toml").write_text(policy.to_toml(), encoding="utf-8")
    assert read_policy(tmp_path / "policy.toml") == policy


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"acuracy": 0.9}, "acuracy"),
        ({"accuracy": 90}, "between 0 and 1"),
        ({"accuracy": "high"}, "number"),
        ({"accuracy": True}, "number"),
        ({"uses": ["resale"]}, "resale"),
        ({"uses": "commercial"}, "list"),
        ({"latency_ms": -1}, "negative"),
        ({"robustness": 5}, "between 0 and 1"),
        ({"diagnosis": "yes"}, "true or false"),
        ({"accuracy": float("nan")}, "number"),
    ],
)
def test_a_wrong_policy_is_named(data: dict[str, Any], named: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        policy_from(data)
    assert named in str(caught.value)


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("accuracy = ")
    for name in ("p.toml", "absent.toml"):
        with pytest.raises(UnusableInput):
            read_policy(tmp_path / name)
