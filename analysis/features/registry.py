"""Every view of a table's columns, by name. To add one: write its file, add its line; see ``docs/features.md``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.features.coefficients import refusal
from analysis.types import Candidate, Modality


@dataclass(frozen=True)
class View:
    """One way of looking at all columns.

    Attributes
    ----------
    title : str
    when : str
        One sentence: what question it answers.
    misfit : callable
        Returns None where the view fits a candidate for tables, else the reason why it does not.
    """

    title: str
    when: str
    misfit: Callable[[Candidate], str | None]

    def is_compatible(self, candidate: Candidate) -> str | None:
        """Return None where the view fits a candidate, else the reason why it does not."""
        if candidate.task.modality is not Modality.TABULAR:
            return f"it is for tables, and this model is fed {candidate.task.modality.value} data."
        return self.misfit(candidate)


def _any(candidate: Candidate) -> str | None:  # noqa: ARG001
    return None


VIEWS: dict[str, View] = {
    "importance": View(
        "Permutation importance", "How much worse the answers become when a column's values are shuffled.", _any
    ),
    "dependence": View(
        "Partial dependence and ICE", "Which way, and how far, the answer moves as one column changes.", _any
    ),
    "coefficients": View("Coefficients", "What a linear model itself holds: its answer is their sum.", refusal),
}
