"""The unit of a regression's answers: the straight line from answers to truth, and what it is worth on others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.types import Edit, FloatArray, IntArray, Pipeline

#: Fewer answers than this fit no line.
FEWEST = 8


def median_line(answers: FloatArray, truth: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    """Return slope and intercept of the line of medians from answers to truth, or None where there is none.

    Theil-Sen (Sen 1968), which a third of wild answers doesn't move.

    Parameters
    ----------
    answers : ndarray of float32, shape (n,)
    truth : ndarray of float64, shape (n,)
    """
    values = np.asarray(answers, dtype=np.float64)
    if len(values) < FEWEST or not np.isfinite(values).all() or np.ptp(values) == 0.0:
        return None
    line = stats.theilslopes(truth, values)
    slope, offset = float(line.slope), float(line.intercept)
    return (slope, offset) if np.isfinite([slope, offset]).all() else None


def left_out_answers(answers: FloatArray, truth: npt.NDArray[np.float64], folds: IntArray) -> FloatArray:
    """Return the answers, each through the line that was fitted without its fold.

    Parameters
    ----------
    answers : ndarray of float32, shape (n, 1)
    truth : ndarray of float64, shape (n,)
    folds : ndarray of int64, shape (n,)
        Examples of one fold are left out together; where the rest fits no line, they stay as they are.

    Returns
    -------
    ndarray of float32, shape (n, 1)
    """
    moved = np.asarray(answers, dtype=np.float64).copy()
    for fold in np.unique(folds):
        mine = folds == fold
        line = median_line(answers[~mine, 0], truth[~mine])
        if line is not None:
            moved[mine] = moved[mine] * line[0] + line[1]
    return moved.astype(np.float32)


def target_edit(answers: FloatArray, truth: npt.NDArray[np.float64], pipeline: Pipeline) -> Edit | None:
    """Return the edit of ``target_scale`` that fits answers to truth best, or None where there is none.

    Parameters
    ----------
    answers : ndarray of float32, shape (n,)
        Under `pipeline`, whose ``target_scale`` is neutral or what is to be corrected.
    truth : ndarray of float64, shape (n,)
    pipeline : Pipeline
    """
    step, line = pipeline.get("target_scale"), median_line(answers, truth)
    if step is None or line is None:
        return None
    slope, offset = line
    scale_now, offset_now = float(step.params.get("scale", 1.0)), float(step.params.get("offset", 0.0))
    after = {"scale": float(f"{scale_now * slope:.6g}"), "offset": float(f"{offset_now * slope + offset:.6g}")}
    before = {"scale": scale_now, "offset": offset_now}
    if after == before:
        return None
    sentence = f"target's unit: times {after['scale']:.4g}, plus {after['offset']:.4g}"
    return Edit("target_scale", before, after, sentence)
