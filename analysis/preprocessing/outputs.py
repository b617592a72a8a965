"""The last steps of every pipeline: what the outputs are called and in which unit they are."""

from __future__ import annotations

import numpy as np

from analysis.errors import UnusableInput
from analysis.types import FloatArray, Kind, Pipeline, Task


def apply_outputs(scores: FloatArray, task: Task, pipeline: Pipeline) -> tuple[FloatArray, tuple[str, ...]]:
    """Apply ``target_scale`` and ``label_order`` to a candidate's scores.

    Parameters
    ----------
    scores : ndarray of float32, shape (n, k)
        May be memory-mapped; it is neither written to nor copied where only names change.
    task : Task
        The candidate's.
    pipeline : Pipeline

    Returns
    -------
    scores : ndarray of float32, shape (n, k)
    labels : tuple of str, length k
        Name of each column.

    Raises
    ------
    UnusableInput
        If the pipeline names another number of labels than there are outputs.
    """
    labels = pipeline.labels or task.labels
    if task.kind is Kind.REGRESSION:
        scale = float(pipeline.param("target_scale", "scale", 1.0))
        offset = float(pipeline.param("target_scale", "offset", 0.0))
        if (scale, offset) != (1.0, 0.0):
            scores = (np.asarray(scores, dtype=np.float64) * scale + offset).astype(np.float32)
        return scores, task.labels
    if len(labels) != scores.shape[1]:
        raise UnusableInput(
            f"The pipeline names {len(labels)} labels, the model has {scores.shape[1]} outputs.",
            "Correct the label_order step.",
        )
    return scores, labels
