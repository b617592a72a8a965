"""The unit of a regression's answers: the straight line from answers to truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.types import Edit, FloatArray, Pipeline

#: Fewer answers than this fit no line.
FEWEST = 8


def target_edit(answers: FloatArray, truth: npt.NDArray[np.float64], pipeline: Pipeline) -> Edit | None:
    """Return the edit of ``target_scale`` that fits answers to truth best, or None where there is none.

    The line is that of medians (Theil-Sen, Sen 1968), which a third of wild answers doesn't move.

    Parameters
    ----------
    answers : ndarray of float32, shape (n,)
        Under `pipeline`, whose ``target_scale`` is neutral or what is to be corrected.
    truth : ndarray of float64, shape (n,)
    pipeline : Pipeline
    """
    step = pipeline.get("target_scale")
    values = np.asarray(answers, dtype=np.float64)
    if step is None or len(values) < FEWEST or not np.isfinite(values).all() or np.ptp(values) == 0.0:
        return None
    line = stats.theilslopes(truth, values)
    slope, offset = float(line.slope), float(line.intercept)
    if not np.isfinite([slope, offset]).all():
        return None
    scale_now, offset_now = float(step.params.get("scale", 1.0)), float(step.params.get("offset", 0.0))
    after = {"scale": float(f"{scale_now * slope:.6g}"), "offset": float(f"{offset_now * slope + offset:.6g}")}
    before = {"scale": scale_now, "offset": offset_now}
    if after == before:
        return None
    sentence = f"target's unit: times {after['scale']:.4g}, plus {after['offset']:.4g}"
    return Edit("target_scale", before, after, sentence)
