"""What a verdict rests on, and what it is made of: nouns without rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from analysis.policy import Policy
from analysis.types import Estimate, Finding, Kind, Severity

if TYPE_CHECKING:
    from analysis.baselines import Baselines
    from analysis.comparison import Comparison
    from analysis.diligence.cost import Cost
    from analysis.metrics.classification import ClassScores
    from analysis.preprocessing.doctor import Diagnosis
    from analysis.robustness import Robustness


class Decision(StrEnum):
    """What the verdict comes to."""

    ADOPT = "adopt"
    CONDITIONS = "adopt with conditions"
    REJECT = "do not adopt"
    UNKNOWN = "not enough evidence"


@dataclass(frozen=True)
class Against:
    """Another model on the same examples.

    Attributes
    ----------
    name : str
    comparison : Comparison
        ``a`` is the model that is judged.
    """

    name: str
    comparison: Comparison


@dataclass(frozen=True)
class Evidence:
    """All that a verdict rests on; None and empty are *not known*, never *fine*.

    Attributes
    ----------
    kind : Kind
    diligence : tuple of Finding
        Of `analysis.diligence.look_into` and of loading.
    data : tuple of Finding
        Of reading the data and matching its labels.
    metrics : mapping of str to Estimate
    classes : tuple of ClassScores
    diagnosis : Diagnosis or None
    cost : Cost or None
    robustness : Robustness or None
    baselines : Baselines or None
    against : Against or None
    rejected, n : int
        Examples that could not be used, and those that were.
    """

    kind: Kind
    diligence: tuple[Finding, ...] = ()
    data: tuple[Finding, ...] = ()
    metrics: Mapping[str, Estimate] = field(default_factory=dict)
    classes: tuple[ClassScores, ...] = ()
    diagnosis: Diagnosis | None = None
    cost: Cost | None = None
    robustness: Robustness | None = None
    baselines: Baselines | None = None
    against: Against | None = None
    rejected: int = 0
    n: int = 0


@dataclass(frozen=True)
class Line:
    """One line of the scorecard.

    Attributes
    ----------
    id, title : str
    severity : Severity
        ok passes; caution is a condition; blocker speaks against it; unknown can't be told.
    summary : str
    change : str
        What would change it, or the condition; empty where it passes.
    findings : tuple of Finding
        The evidence.
    """

    id: str
    title: str
    severity: Severity
    summary: str
    change: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The roll-up, with the scorecard that it follows from."""

    decision: Decision
    sentence: str
    lines: tuple[Line, ...]
    policy: Policy

    @property
    def conditions(self) -> tuple[Line, ...]:
        """Lines that hold under conditions."""
        return tuple(line for line in self.lines if line.severity is Severity.CAUTION)

    @property
    def changes(self) -> tuple[Line, ...]:
        """Lines that keep the verdict from being *adopt*, the gravest first."""
        order = (Severity.BLOCKER, Severity.UNKNOWN, Severity.CAUTION)
        return tuple(line for severity in order for line in self.lines if line.severity is severity)


def gravest(findings: Sequence[Finding]) -> Severity:
    """Return the severity that counts among several."""
    for severity in (Severity.BLOCKER, Severity.UNKNOWN, Severity.CAUTION):
        if any(f.severity is severity for f in findings):
            return severity
    return Severity.OK
