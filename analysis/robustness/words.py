"""What corruptions cost, in words and as findings."""

from __future__ import annotations

import math
from dataclasses import dataclass

from analysis.robustness.result import Curve, Point, Robustness
from analysis.types import Finding, Json, Kind, Modality, Severity

NOUNS = {Modality.IMAGE: "pictures", Modality.TEXT: "texts", Modality.TABULAR: "rows"}


def low(title: str) -> str:
    """Return a title within a sentence: "JPEG" stays."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def _points(value: float) -> str:
    value += 0.0  # Minus zero is zero.
    return f"{100 * value:.1f}" if 0 < abs(value) < 0.0095 else f"{100 * value:.0f}"


def loss_in_words(found: Robustness, point: Point) -> str:
    """Return "12 points lost (5 to 20)", or for a regression "an error 12 % larger (5 to 20)"."""
    value, low, high = (_points(x) for x in found.loss(point))
    interval = f"({low} to {high})".replace("-", "−")
    if found.kind is Kind.REGRESSION:
        more = "larger" if found.loss(point)[0] >= 0 else "smaller"
        return f"an error {value.lstrip('-')} % {more} {interval}"
    return f"{value} points lost {interval}".replace("-", "−")


def untellable(found: Robustness, curve: Curve) -> str | None:
    """Return why nothing can be told of a corruption, in one sentence, or None where something can."""
    if curve.refused:
        return f"{curve.title}: the model gives no answer ({curve.refused.rstrip('.')})."
    if curve.untouched == found.n:
        return (
            f"{curve.title}: can't be told, none of the {found.n:,} {NOUNS[found.modality]} holds anything to change."
        )
    return None


def sentence(found: Robustness, curve: Curve) -> str:
    """Return what one corruption costs in one sentence; plain text."""
    untold = untellable(found, curve)
    if untold is not None:
        return untold
    rest = f" {curve.untouched:,} of {found.n:,} hold nothing to change." if curve.untouched else ""
    return _cost(found, curve) + rest


def _cost(found: Robustness, curve: Curve) -> str:
    lost = [p for p in curve.points if p.significant and found.loss(p)[0] > 0]
    silent = next((p for p in curve.points if p.unanswered), None)
    if silent is not None:
        return f"{curve.title}: {silent.unanswered:,} of {found.n:,} get no answer at {silent.label}."
    if lost:
        first, worst = lost[0], max(lost, key=lambda p: found.loss(p)[0])
        text = f"{curve.title}: {loss_in_words(found, first)} at {first.label}"
        return f"{text}, {loss_in_words(found, worst)} at {worst.label}." if worst is not first else f"{text}."
    if not any(p.changed for p in curve.points):
        return f"{curve.title}: no answer changes."
    high = max(found.loss(p)[2] for p in curve.points)
    unit = "%" if found.kind is Kind.REGRESSION else "points"
    # An interval of every level is looked at, none of them corrected: the largest is a cautious bound.
    return f"{curve.title}: no loss that can be told; up to {_points(max(0.0, high))} {unit} can't be excluded."


def short(found: Robustness, curve: Curve) -> str:
    """Return what one corruption costs at its worst, in a few words."""
    if curve.untouched == found.n:
        return f"{curve.title}: nothing to change in these {NOUNS[found.modality]}"
    lost = [p for p in curve.points if p.significant and found.loss(p)[0] > 0]
    silent = next((p for p in curve.points if p.unanswered), None)
    if silent is not None:
        return f"{curve.title}: {silent.unanswered:,} get no answer at {silent.label}"
    if not lost:
        changed = any(p.changed for p in curve.points)
        return f"{curve.title}: no loss that can be told" if changed else f"{curve.title}: no answer changes"
    worst = max(lost, key=lambda p: found.loss(p)[0])
    value = _points(found.loss(worst)[0])
    cost = f"error {value} % larger" if found.kind is Kind.REGRESSION else f"{value} points lost"
    return f"{curve.title}: {cost} at {worst.label}"


def severity(found: Robustness, curve: Curve) -> Severity:
    """Return how grave one corruption is: caution where the *mild* level costs, or the model refuses such inputs.

    Unknown where no input holds anything that it changes.
    """
    if curve.refused:
        return Severity.CAUTION
    if curve.untouched == found.n:
        return Severity.UNKNOWN
    mild = curve.points[0]
    if mild.unanswered or (mild.significant and found.loss(mild)[0] > 0):
        return Severity.CAUTION
    return Severity.OK


def findings_of(found: Robustness) -> tuple[Finding, ...]:
    """Return one finding a corruption, ``robustness.<name>``."""
    return tuple(
        Finding(
            f"robustness.{curve.name}",
            severity(found, curve),
            sentence(found, curve),
            {
                "n": found.n,
                "refused": curve.refused,
                "untouched": curve.untouched,
                "levels": [_level(found, p) for p in curve.points],
            },
            _action(found, curve),
        )
        for curve in found.curves
    )


def _action(found: Robustness, curve: Curve) -> str:
    if curve.refused or any(p.unanswered for p in curve.points):
        return "Fill such values before the model sees them, or send such rows to a person."
    if severity(found, curve) is Severity.CAUTION:
        return f"Check how often {NOUNS[found.modality]} are like that in use, and judge it on such ones."
    return ""


def _level(found: Robustness, point: Point) -> dict[str, Json]:
    loss, low, high = found.loss(point)
    return {
        "level": point.level,
        "label": point.label,
        "score": point.score.value,
        # Shares of an error that was nothing have no value.
        **{k: v if math.isfinite(v) else None for k, v in (("loss", loss), ("low", low), ("high", high))},
        "p_adjusted": point.p_adjusted,
        "changed": point.changed,
        "unanswered": point.unanswered,
    }


def cell(found: Robustness, point: Point) -> tuple[str, str]:
    """Return a level's loss and its interval for a table: ("−12", "−20 to −5")."""
    value, low, high = found.loss(point)
    unit, sign = (" %", 1) if found.kind is Kind.REGRESSION else ("", -1)
    ends = sorted((sign * low, sign * high))
    value_text, *interval = (f"{_points(x)}{unit}".replace("-", "−") for x in (sign * value, *ends))
    return value_text, " to ".join(interval)


@dataclass(frozen=True)
class MildLoss:
    """What the mild level of one corruption costs, as a share with its interval."""

    title: str
    value: float
    low: float
    high: float
    significant: bool
    words: str


def mild_losses(found: Robustness) -> tuple[MildLoss, ...]:
    """Return what mild levels cost, the worst first."""
    measured = [(c, c.points[0]) for c in found.curves if c.points and c.untouched < found.n]
    rows = [
        MildLoss(f"{c.title} ({p.label})", *found.loss(p), p.significant, loss_in_words(found, p)) for c, p in measured
    ]
    return tuple(sorted(rows, key=lambda row: -row.value))


def heading(found: Robustness) -> str:
    """Return the finding in one sentence, plain text."""
    mild = [c for c in found.curves if c.points and severity(found, c) is Severity.CAUTION]
    if mild:
        names = ", ".join(low(c.title) for c in mild[:3])
        return f"Even mild changes do harm: {names}"
    refused = [c for c in found.curves if c.refused]
    lost = [(c, p) for c in found.curves for p in c.points if p.significant and found.loss(p)[0] > 0]
    held = f"Mild changes cost nothing that {found.n:,} {NOUNS[found.modality]} could show"
    if refused:
        return f"{held}, but the model takes no {low(refused[0].title)}"
    if not lost:
        return f"{held}, nor do severe ones"
    curve, point = max(lost, key=lambda pair: found.loss(pair[1])[0])
    return f"{held}; worst: {low(curve.title)}, {loss_in_words(found, point)} at {point.label}"
