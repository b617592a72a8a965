"""Does an attribution tell the truth? Measured on the example itself; see ``docs/faithfulness.md``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.explain import Explanation, usual_rows
from analysis.faithfulness.noise import stability
from analysis.faithfulness.parts import Parts, parts_of
from analysis.faithfulness.removal import Chance, Comparison, compare
from analysis.faithfulness.verdict import Verdict, judge
from analysis.progress import Progress
from analysis.types import Attribution, Candidate, Dataset, Inputs, Pipeline

__all__ = ["Examination", "Faithfulness", "Verdict", "examine"]


@dataclass(frozen=True)
class Faithfulness:
    """How far one map can be believed on one example.

    Attributes
    ----------
    method : str
        Registry name of the explainer.
    verdict : Verdict
    reason : str
        Why, in one plain sentence.
    deletion, insertion : Comparison
        Curves of the map and of random orders.
    stability : float or None
        Rank correlation with the map of the same example with a little noise.
    parts : int
        Tiles, words or columns that were removed and shown.
    noun : str
        What they are called.
    absent : str
        What "removed" means, in words.
    outcome : str
        What the curves show: "probability" or "value".
    """

    method: str
    verdict: Verdict
    reason: str
    deletion: Comparison
    insertion: Comparison
    stability: float | None
    parts: int
    noun: str
    absent: str
    outcome: str


@dataclass(frozen=True)
class Examination:
    """One example and question, in front of which any number of maps are judged, also from several threads.

    Attributes
    ----------
    parts : Parts
    chance : Chance
        What random orders do, computed by whichever map comes first.
    raw : Inputs
        The one raw input.
    usual : Inputs or None
    """

    parts: Parts
    chance: Chance
    raw: Inputs
    usual: Inputs | None

    def judge(self, attribution: Attribution, progress: Progress | None = None) -> Faithfulness:
        """Judge one map.

        Parameters
        ----------
        attribution : Attribution
            Of this example, target and contrast.
        progress : Progress, optional

        Raises
        ------
        Cancelled
        """
        progress = progress or Progress()
        parts = self.parts
        deletion, insertion = compare(self.chance, parts.worth(attribution.scores), progress)
        stable = stability(parts, attribution, self.raw, self.usual, progress)
        found = judge(deletion, insertion, parts.count, parts.noun, stable)
        return Faithfulness(
            method=attribution.method,
            verdict=found.verdict,
            reason=found.reason,
            deletion=deletion,
            insertion=insertion,
            stability=stable,
            parts=parts.count,
            noun=parts.noun[parts.count != 1],
            absent=parts.absent,
            outcome=parts.outcome_name,
        )


def examine(
    candidate: Candidate, dataset: Dataset, explanation: Explanation, pipeline: Pipeline, *, seed: int = 0
) -> Examination:
    """Return the examination of what was explained, before anything is computed.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
    explanation : Explanation
        Says which example, target and contrast.
    pipeline : Pipeline
    seed : int
        Draws the random orders and, for tables, the usual rows.

    Raises
    ------
    UnusableInput
        If the example can't be divided into parts.
    """
    row = dataset.position(explanation.example_id)
    raw = dataset.inputs(np.array([row], dtype=np.int64))
    usual = usual_rows(dataset, row, seed)
    target = explanation.labels.index(explanation.target)
    contrast = None if explanation.contrast is None else explanation.labels.index(explanation.contrast)
    parts = parts_of(candidate, raw, pipeline, target, contrast, usual, seed)
    return Examination(parts, Chance(parts, seed), raw, usual)
