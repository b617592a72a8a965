"""The last steps of a pipeline: what a model's answers are called, and in which unit they are."""

from __future__ import annotations

import numpy as np

from analysis.errors import UnusableInput
from analysis.types import FloatArray, Kind, Pipeline, Task


def apply_outputs(scores: FloatArray, task: Task, pipeline: Pipeline) -> tuple[FloatArray, tuple[str, ...]]:
    """Apply ``label_order`` and, to a regression, ``target_scale``. No forward pass is needed.

    Parameters
    ----------
    scores : ndarray of float32, shape (n, k)
        As the candidate made them; may be memory-mapped.
    task : Task
        The candidate's own.
    pipeline : Pipeline

    Returns
    -------
    scores : ndarray of float32, shape (n, k)
        The very array that was passed where only names change; new where answers are rescaled.
    labels : tuple of str
        Name of each column.

    Raises
    ------
    UnusableInput
        If the pipeline names another number of labels than there are outputs.
    """
    if task.kind is Kind.REGRESSION:
        scale = float(pipeline.param("target_scale", "scale", 1.0))
        offset = float(pipeline.param("target_scale", "offset", 0.0))
        if (scale, offset) != (1.0, 0.0):
            scores = (np.asarray(scores, dtype=np.float64) * scale + offset).astype(np.float32)
    labels = pipeline.labels or task.labels
    if len(labels) != scores.shape[1]:
        raise UnusableInput(
            f"The pipeline names {len(labels)} labels, but the model has {scores.shape[1]} outputs.",
            "Correct its label_order step.",
        )
    return scores, labels
