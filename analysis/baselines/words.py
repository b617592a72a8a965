"""Whether a simple model would do, in words and as findings."""

from __future__ import annotations

from enum import StrEnum

from analysis.baselines.measure import MARGIN, Baselines, Compared
from analysis.comparison.differences import LEVEL
from analysis.types import Finding, Json, Kind, Severity

#: Compared though it is not simpler: the model itself, with a head of your own.
HEAD = "head"


class Outcome(StrEnum):
    """What a comparison with a simple model comes to."""

    BEATEN = "the model is better"
    AS_GOOD = "the simple one is as good"
    BETTER = "the simple one is better"
    OPEN = "can't tell"
    FAILED = "it could not be fitted"


def outcome(found: Baselines, one: Compared) -> Outcome:
    """Return what a comparison comes to: *as good* only where the whole interval says so."""
    if one.difference is None:
        return Outcome.FAILED
    value, _, high = one.gain(found.kind)
    if one.p_adjusted < LEVEL and value != 0:
        return Outcome.BEATEN if value > 0 else Outcome.BETTER
    return Outcome.AS_GOOD if high <= MARGIN else Outcome.OPEN


def gain_in_words(found: Baselines, one: Compared) -> str:
    """Return "92 % against 85 %: 7 points (3 to 11)", or for a regression with mean absolute errors."""
    d = one.difference
    assert d is not None
    value, low, high = (f"{100 * x:+.1f}".replace("-", "−") for x in one.gain(found.kind))
    if found.kind is Kind.CLASSIFICATION:
        return f"right {d.a:.0%} against {d.b:.0%}: {value} points ({low} to {high})".replace("%", " %")
    smaller = "smaller" if one.gain(found.kind)[0] >= 0 else "larger"
    ends = f"{low} to {high}" if smaller == "smaller" else " to ".join(_turned(end) for end in (high, low))
    return f"off by {d.a:.3g} against {d.b:.3g} on average: an error {value[1:]} % {smaller} ({ends})"


def _turned(signed: str) -> str:
    return ("−" if signed[0] == "+" else "+") + signed[1:]


def sentence(found: Baselines, one: Compared) -> str:
    """Return what came of one simple model; plain text."""
    if one.difference is None:
        return f"{one.title}: {one.reason}"
    result, words = outcome(found, one), gain_in_words(found, one)
    return {
        Outcome.BEATEN: f"Better than “{one.title.lower()}” ({words}).",
        Outcome.AS_GOOD: f"“{one.title}” is as good ({words}).",
        Outcome.BETTER: f"“{one.title}” is better ({words}).",
        Outcome.OPEN: f"Can't tell it from “{one.title.lower()}” ({words}).",
        Outcome.FAILED: "",
    }[result]


def findings_of(found: Baselines) -> tuple[Finding, ...]:
    """Return one finding a simple model, ``baseline.<name>``."""
    return tuple(_finding(found, one) for one in found.compared)


def _finding(found: Baselines, one: Compared) -> Finding:
    result = outcome(found, one)
    evidence: dict[str, Json] = {"outcome": result.value, "n": found.n, "fitted_on": found.fitted_on}
    if one.difference is not None:
        value, low, high = one.gain(found.kind)
        evidence |= {
            "gain": value,
            "low": low,
            "high": high,
            "p_adjusted": one.p_adjusted,
            "model": one.difference.a,
            "simple": one.difference.b,
        }
    return Finding(f"baseline.{one.name}", _severity(result), sentence(found, one), evidence, _action(result, one))


def _severity(result: Outcome) -> Severity:
    if result in (Outcome.AS_GOOD, Outcome.BETTER):
        return Severity.CAUTION
    return Severity.OK if result is Outcome.BEATEN else Severity.UNKNOWN


def _action(result: Outcome, one: Compared) -> str:
    if result in (Outcome.AS_GOOD, Outcome.BETTER):
        if one.name == HEAD:
            return "Fit a head of your own before you adopt the one it came with." if result is Outcome.BETTER else ""
        if one.name == "constant":
            return "It does not know these data: see how it is fed, or look for another model."
        return "Consider the simple model: it is cheaper, and everybody can see what it does."
    return "More labelled examples would tell." if result is Outcome.OPEN else ""


def heading(found: Baselines) -> str:
    """Return the finding in one sentence, plain text."""
    by = {result: [c for c in found.compared if outcome(found, c) is result] for result in Outcome}
    simple = {result: [c for c in rows if c.name != HEAD] for result, rows in by.items()}
    for result, says in ((Outcome.BETTER, "is better"), (Outcome.AS_GOOD, "is as good")):
        if simple[result]:
            return f"“{simple[result][0].title}”, fitted on your data, {says}"
    if by[Outcome.BETTER]:
        return "A new head on its own features, fitted on your data, is better"
    if simple[Outcome.OPEN]:
        return f"{found.n:,} examples can't tell it from “{simple[Outcome.OPEN][0].title.lower()}”"
    return "It is better than every simple model that could be fitted"


def how(found: Baselines) -> str:
    """Return how the simple models were fitted, plain text."""
    where = f"split {found.split}" if found.split else "the same examples, cross-validated in five folds"
    return f"Fitted on {found.fitted_on:,} examples ({where}), compared on {found.n:,}; p-values corrected for all."
