"""What a family of edits is: one thing that deployments get wrong, and the ways to put it right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from analysis.types import Candidate, Dataset, Edit, IntArray, Modality, Pipeline


@dataclass(frozen=True)
class Context:
    """What a family may look at when it proposes edits.

    Attributes
    ----------
    candidate : Candidate
        Its ``pipeline`` is the documented one.
    dataset : Dataset
    rows : ndarray of int64
        The examples that the search may use; proposals must not look at others.
    """

    candidate: Candidate
    dataset: Dataset
    rows: IntArray

    @property
    def documented(self) -> Pipeline:
        """The pipeline that the model's own configuration describes."""
        return self.candidate.pipeline


class EditFamily(Protocol):
    """One kind of fault.

    Attributes
    ----------
    step : str
        The stable name that the command line prints.
    title : str
        As people read it.
    changes : str
        One sentence for a person: what goes wrong in practice, and what the edit changes.
    modalities : tuple of Modality
    """

    step: str
    title: str
    changes: str
    modalities: tuple[Modality, ...]

    def propose(self, pipeline: Pipeline, context: Context) -> tuple[Edit, ...]:
        """Return the edits worth trying on `pipeline`; empty where the family doesn't apply."""
        ...
