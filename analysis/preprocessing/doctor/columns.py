"""Units from captured rows of a table: what no registry of units proposes is solved for, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.preprocessing.doctor.captured import Array
from analysis.types import Pipeline

#: Rows that it takes to tell a factor from an offset.
FEWEST = 3
_DIGITS = 6


def with_units(pipeline: Pipeline, made: Sequence[Array], captured: Sequence[Array]) -> Pipeline:
    """Return the pipeline with the factor and offset of each column that turn what it makes into what was captured.

    Parameters
    ----------
    pipeline : Pipeline
        The nearest one that the search found.
    made, captured : sequence of ndarray of float64, shape (d,)
        Rows that it makes, and those that production fed the model.

    Returns
    -------
    Pipeline
        The very pipeline that was given where it leaves nothing to solve, where rows are too few, or where later
        steps change the numbers again.
    """
    step, columns = pipeline.get("units"), pipeline.param("column_order", "columns")
    logs = dict(pipeline.param("units", "logs") or {})
    linear = pipeline.param("scaling", "mode", "none") == "none" and set(logs.values()) <= {"none"}
    if step is None or columns is None or not linear or len(made) < FEWEST:
        return pipeline
    x, y = np.stack(made), np.stack(captured)
    if x.shape != y.shape or x.shape[1] != len(columns):
        return pipeline
    factors, offsets = dict(step.params.get("factors") or {}), dict(step.params.get("offsets") or {})
    for place, name in enumerate(columns):
        line = _line(x[:, place], y[:, place])
        if line is not None:
            factors[name] = _rounded(factors.get(name, 1.0) * line[0])
            offsets[name] = _rounded(offsets.get(name, 0.0) * line[0] + line[1])
    return pipeline.replacing(
        step.with_params(
            factors={name: value for name, value in factors.items() if value != 1.0},
            offsets={name: value for name, value in offsets.items() if value != 0.0},
        )
    )


def _line(x: Array, y: Array) -> tuple[float, float] | None:
    """Return slope and offset of the line from `x` to `y`, or None where they agree already or lie on no line."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()) or np.allclose(x, y, rtol=1e-6, atol=1e-9):
        return None
    if np.ptp(x) == 0:
        return (1.0, float(y[0] - x[0])) if np.ptp(y) == 0 else None
    slope, offset = (float(v) for v in np.polyfit(x, y, 1))
    size = max(float(np.abs(y).max()), 1e-12)
    if abs(offset) < 1e-5 * size:
        offset = 0.0
    on_line = np.abs(slope * x + offset - y).max() < 1e-4 * size
    return (slope, offset) if on_line and slope != 0 else None


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
