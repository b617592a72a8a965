"""A hypothesis: some edits of the pipeline in use, and what became of each example under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.preprocessing.doctor.losses import Losses
from analysis.types import Edit, Pipeline

#: Edits that set the same thing: only one of them may stand in a hypothesis.
LABEL_STEPS = ("label_order", "positive_class")


@dataclass(frozen=True)
class Hypothesis:
    """Edits of the pipeline in use.

    Attributes
    ----------
    edits : tuple of Edit
        In a fixed order, at most one for each step.
    fitted_labels : bool
        Whether the label order is the best assignment of outputs to labels: its edit then holds the
        assignment over all of the examples, while its losses are those of assignments that left each
        example out.
    fitted_target : bool
        Whether the target's unit is the straight line that fits best; its edit holds the line.
    """

    edits: tuple[Edit, ...] = ()
    fitted_labels: bool = False
    fitted_target: bool = False

    def apply(self, pipeline: Pipeline) -> Pipeline:
        """Return `pipeline` with all edits made."""
        for edit in self.edits:
            pipeline = edit.apply(pipeline)
        return pipeline

    @property
    def key(self) -> frozenset[str]:
        """What tells two hypotheses apart: the edits in any order; fitted labels or targets as one thing."""
        names = set()
        for edit in self.edits:
            labels = edit.step in LABEL_STEPS
            fitted = (labels and self.fitted_labels) or (edit.step == "target_scale" and self.fitted_target)
            values = "fitted" if fitted else repr(sorted(edit.after.items()))
            names.add(f"{'label_order' if labels and fitted else edit.step}:{values}")
        return frozenset(names)

    @property
    def input_edits(self) -> tuple[Edit, ...]:
        """The edits that change what the model receives."""
        return tuple(e for e in self.edits if e.step not in LABEL_STEPS)

    @property
    def steps(self) -> frozenset[str]:
        """Names of the steps that are edited."""
        return frozenset(e.step for e in self.edits)

    def adding(self, edits: tuple[Edit, ...]) -> Hypothesis:
        """Return this hypothesis with further edits, each replacing one of the same step."""
        new = {e.step for e in edits}
        if new & set(LABEL_STEPS):
            new |= set(LABEL_STEPS)
        kept = tuple(e for e in self.edits if e.step not in new)
        labels = self.fitted_labels and not new & set(LABEL_STEPS)
        target = self.fitted_target and "target_scale" not in new
        return Hypothesis(tuple(sorted((*kept, *edits), key=lambda e: e.step)), labels, target)

    def without(self, step: str) -> Hypothesis:
        """Return this hypothesis without its edit of one step."""
        labels = self.fitted_labels and step not in LABEL_STEPS
        target = self.fitted_target and step != "target_scale"
        return Hypothesis(tuple(e for e in self.edits if e.step != step), labels, target)


@dataclass(frozen=True, eq=False)
class Trial:
    """What came of one hypothesis on the examples of the search.

    Attributes
    ----------
    hypothesis : Hypothesis
    losses : ndarray of float64, shape (n,)
        Capped loss of each example; NaN where it wasn't tried because others were clearly better.
    right : ndarray of bool, shape (n,)
        Whether the answer was right; all False for a regression.
    """

    hypothesis: Hypothesis
    losses: Losses
    right: npt.NDArray[np.bool_]
