"""Fed wrongly: the doctor proved another pipeline, and under it the answer is right."""

from __future__ import annotations

from analysis.failures.causes.base import Material, Reason
from analysis.failures.wording import number, percent, quoted

KEY = "preprocessing"


def preprocessing(material: Material) -> dict[int, Reason]:
    """Failures that are gone when the model is fed as the doctor proved to be right."""
    if not material.mismatch:
        return {}
    assert material.diagnosis is not None
    changes = "; ".join(edit.sentence for edit in material.diagnosis.edits)
    found = {}
    for row in material.failures.tolist():
        if material.right_repaired[row]:
            evidence = {"edits": [e.step for e in material.diagnosis.edits], "p_value": material.diagnosis.p_value}
            found[row] = Reason(
                KEY, f"Fed as the doctor proved to be right ({changes}), {_then(material, row)}.", evidence
            )
    return found


def _then(material: Material, row: int) -> str:
    before, after = material.predictions, material.repaired
    if material.regression:
        errors = [abs(float(run.values[row]) - float(run.truth[row])) for run in (before, after)]
        return f"it is off by {number(errors[1])} instead of {number(errors[0])}"
    answer = after.task.labels[int(after.predicted[row])]
    if answer != after.truth_labels[row]:
        # Where the label order was fitted, an assignment that never saw the example answers for it.
        return "its answer is right"
    return f"it is called {quoted(answer)}, {percent(float(after.scores[row].max()))} sure"
