"""All causes, in the order in which the first that applies is taken for *the* cause of a failure.

What was proved by changing it comes first, then what the input itself shows, then what rests on likelihood, and what
is left over last.
"""

from __future__ import annotations

from analysis.failures.causes.base import Cause
from analysis.failures.causes.rules import ambiguous, label, preprocessing, scope, unreadable

_ALL = (
    Cause(
        preprocessing.KEY,
        "How it is fed",
        "The doctor proved another way of feeding the model, and under it the answer is right.",
        "Take over the doctor's fix.",
        preprocessing.preprocessing,
    ),
    Cause(
        unreadable.KEY,
        "Cut off or unreadable",
        "A text that is answered rightly once it is read to its end, or an input with next to nothing in it.",
        "Let longer inputs through, or clean the data.",
        unreadable.unreadable,
    ),
    Cause(
        scope.KEY,
        "Out of scope",
        "The model has no such class, or the example lies far from all that it answers well.",
        "Keep such inputs away from the model, or choose one that knows them.",
        scope.scope,
    ),
    Cause(
        label.KEY,
        "Suspect label",
        "Confident learning counts the label among the errors, and most of the nearest examples carry the other one.",
        "Look at the label on the page Labels.",
        label.label,
    ),
    Cause(
        ambiguous.KEY,
        "Ambiguous",
        "Two answers are near equal, and among the nearest examples both occur.",
        "Ask whether people would agree; let the model abstain when it is unsure.",
        ambiguous.ambiguous,
    ),
    Cause(
        "weakness",
        "The model itself",
        "No other cause can be shown, and the doctor found nothing wrong with how it is fed.",
        "Train it on more such examples, or choose another model.",
    ),
    Cause(
        "unknown",
        "Not known yet",
        "No other cause can be shown, and how the model is fed was not examined or can't be told.",
        "Ask the doctor.",
    ),
)

CAUSES: dict[str, Cause] = {cause.key: cause for cause in _ALL}
