"""Suspect label: confident learning counts it among the errors, and the nearest examples carry the other label."""

from __future__ import annotations

import numpy as np

from analysis.failures.causes.base import Material, Reason
from analysis.failures.wording import percent, quoted

KEY = "label"
#: Share of the neighbours that must carry the suggested label, and how many times those with the given one.
SHARE, TIMES = 0.3, 4.0
#: An answer less sure than all but this share of the right ones speaks against itself rather than the label.
SURE = 0.2


def label(material: Material) -> dict[int, Reason]:
    """Failures whose label is more likely wrong than the answer."""
    if material.regression:
        return {}
    found = {}
    confidence = material.repaired.confidence
    least = float(np.quantile(confidence[material.right_repaired], SURE)) if material.right_repaired.any() else 1.0
    for row in material.remaining.tolist():
        suspect = material.suspects.get(row)
        if suspect is None or confidence[row] < least:
            continue
        sure = percent(float(material.repaired.scores[row].max()))
        said = f"The model is {sure} sure of {quoted(suspect.suggested)}"
        evidence: dict[str, object] = {"quality": suspect.quality, "suggested": suspect.suggested}
        if material.space is not None:
            near = [material.predictions.truth_labels[i] for i in material.space.neighbours[row]]
            other, own = near.count(suspect.suggested), near.count(suspect.given)
            if not near or other < SHARE * len(near) or other < TIMES * own:
                continue
            own_name = quoted(suspect.given)
            said += f", and of the {len(near)} examples nearest to it {other} have that label, {own} {own_name}"
            evidence |= {"neighbours": len(near), "with_suggested": other, "with_given": own}
        found[row] = Reason(KEY, f"{said}.", evidence)
    return found
