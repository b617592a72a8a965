"""The model's answer to one example through one pipeline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.preprocessing.outputs import apply_outputs
from analysis.types import Candidate, Inputs, Kind, Pipeline


@dataclass(frozen=True)
class Answer:
    """What the model answers to what one pipeline made of an example.

    Attributes
    ----------
    label : str
        The class with the highest score; for a regression empty.
    value : float
        Its score, or the value.
    """

    label: str
    value: float


def answer(candidate: Candidate, inputs: Inputs, pipeline: Pipeline) -> Answer:
    """Return the answer to one example through a pipeline.

    Raises
    ------
    UnusableInput
        If the example can't be prepared.
    """
    scores, labels = apply_outputs(candidate.predict(inputs, pipeline), candidate.task, pipeline)
    if candidate.task.kind is Kind.REGRESSION:
        return Answer("", float(scores[0, 0]))
    best = int(np.argmax(scores[0]))
    return Answer(labels[best], float(scores[0, best]))
