"""The two classes of a binary classifier swapped."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.preprocessing.edits.base import Context
from analysis.types import Edit, Kind, Modality, Pipeline


@dataclass(frozen=True)
class PositiveClass:
    """A label list of two has one other order; people speak of the positive class."""

    step: str = "positive_class"
    title: str = "positive class"
    changes: str = "The positive class is taken for the negative one; the edit swaps the two labels."
    modalities: tuple[Modality, ...] = tuple(Modality)

    def propose(self, pipeline: Pipeline, context: Context) -> tuple[Edit, ...]:
        """Return the swap where there are two classes."""
        names = pipeline.labels
        if context.candidate.task.kind is not Kind.CLASSIFICATION or len(names) != 2 or names[0] == names[1]:
            return ()
        sentence = f"positive class: {names[1]} → {names[0]}"
        return (Edit(self.step, {"labels": list(names)}, {"labels": list(names[::-1])}, sentence, "label_order"),)


POSITIVE_CLASS = PositiveClass()
