"""What corruptions change, where no label tells what that costs: shares of answers, and sentences."""

from __future__ import annotations

from analysis.failures.wording import percent
from analysis.metrics.intervals import wilson
from analysis.robustness.result import Curve, Point, Robustness
from analysis.robustness.words import NOUNS, low, untellable
from analysis.types import Estimate


def changed(found: Robustness, point: Point) -> Estimate:
    """Return the share of answers that differ at a level, or are not given any more, with Wilson's interval."""
    return wilson(point.changed, found.n)


def _share(found: Robustness, point: Point) -> str:
    return percent(changed(found, point).value)


def sentence(found: Robustness, curve: Curve) -> str:
    """Return what one corruption changes in one sentence; plain text."""
    untold = untellable(found, curve)
    if untold is not None:
        return untold
    worst = _worst(curve)
    if not worst.changed:
        return f"{curve.title}: no answer changes."
    mild = curve.points[0]
    at = f" at {mild.label}" + (f", {_share(found, worst)} at {worst.label}" if worst is not mild else "")
    return f"{curve.title}: {_share(found, mild)} of the answers change{at}."


def short(found: Robustness, curve: Curve) -> str:
    """Return what one corruption changes at its worst, in a few words."""
    if curve.untouched == found.n:
        return f"{curve.title}: nothing to change in these {NOUNS[found.modality]}"
    worst = _worst(curve)
    if not worst.changed:
        return f"{curve.title}: no answer changes"
    return f"{curve.title}: {_share(found, worst)} of the answers change at {worst.label}"


def heading(found: Robustness) -> str:
    """Return the finding in one sentence, plain text."""
    measured = [curve for curve in found.curves if curve.points and curve.untouched < found.n]
    if not measured:
        return "The model answers none of the changed inputs"
    mildest = max(measured, key=lambda curve: curve.points[0].changed)
    mild = mildest.points[0]
    if mild.changed:
        share = _share(found, mild)
        return f"Mild changes alter up to {share} of the answers ({low(mildest.title)} at {mild.label})"
    severest = max(measured, key=lambda curve: _worst(curve).changed)
    worst = _worst(severest)
    held = f"Mild changes alter no answer to {found.n:,} {NOUNS[found.modality]}"
    if not worst.changed:
        return f"{held}, nor do severe ones"
    return f"{held}; worst: {low(severest.title)}, {_share(found, worst)} at {worst.label}"


def _worst(curve: Curve) -> Point:
    return max(curve.points, key=lambda point: point.changed)
