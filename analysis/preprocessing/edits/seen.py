"""What a scikit-learn model has seen of each of its columns: what its scaler, trees or stored examples tell.

A column whose values lie nowhere near has another unit, another column's place, or a sentinel in it. That
needs no labels, and keeps the edits that are tried on a table few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

#: Shares at which two distributions are compared: enough for place and spread, blind to single outliers.
SHARES = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
NORMAL = special.ndtri(SHARES)
#: Standard deviations between the smallest and the largest of a few hundred normal values.
RANGE = 5.5
#: Above this distance values are far from what the model has seen.
FAR = 1.0
#: Fewer values or thresholds than this tell nothing of a column's range.
FEWEST = 5


@dataclass(frozen=True)
class Seen:
    """What the model has seen of one column.

    Attributes
    ----------
    quantiles : ndarray of float64, shape (5,)
        About where the column's values lay in training, at `SHARES`; of thresholds where there are some.
    mean : float
        About their mean.
    thresholds : ndarray of float64 or None
        Where trees split: they lie inside the range of training, and say nothing more of it.
    """

    quantiles: Floats
    mean: float
    thresholds: Floats | None = None

    @property
    def spread(self) -> float:
        """About the standard deviation."""
        return float(self.quantiles[-1] - self.quantiles[0]) / float(NORMAL[-1] - NORMAL[0])


def from_moments(mean: float, deviation: float) -> Seen:
    """Return what a scaler tells: mean and standard deviation."""
    return Seen(mean + deviation * NORMAL, mean)


def from_values(values: Floats) -> Seen | None:
    """Return what stored rows tell, or None where they are too few or all the same."""
    values = values[np.isfinite(values)]
    if len(values) < FEWEST or np.ptp(values) == 0:
        return None
    return Seen(np.quantile(values, SHARES), float(values.mean()))


def from_thresholds(values: Floats) -> Seen:
    """Return what the thresholds of trees tell."""
    return Seen(np.quantile(values, SHARES), float(values.mean()), np.sort(values))


def distance(values: Floats, seen: Seen) -> float:
    """Return how far values lie from what was seen.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Not-a-number is left out.
    seen : Seen

    Returns
    -------
    float
        About 0 to 1 for values of the same kind, inf where there are none. From moments: mean distance of the
        quantiles in standard deviations of the narrower of the two. From thresholds: minus the logarithm of
        how well they divide the values, which is 0 where all of them halve the values; a few thresholds only tell
        whether they divide the values at all.
    """
    values = np.sort(values[np.isfinite(values)])
    if not len(values):
        return float("inf")
    if seen.thresholds is not None:
        below = np.searchsorted(values, seen.thresholds) / len(values)
        divided = 4 * below * (1 - below)
        if len(below) < FEWEST or seen.spread == 0:
            return 0.0 if divided.any() else float(-np.log(1e-3))
        return float(-np.log(divided.mean() + 1e-3))
    quantiles = np.quantile(values, SHARES)
    spread = float(quantiles[-1] - quantiles[0]) / float(NORMAL[-1] - NORMAL[0])
    narrower = max(min(spread, seen.spread), 1e-3 * seen.spread)
    return float(np.abs(quantiles - seen.quantiles).mean()) / narrower if narrower > 0 else float("inf")


def seen_columns(estimator: Any, columns: Sequence[str] = ()) -> dict[int, Seen]:
    """Return what an estimator has seen of each column, by position; columns that it tells nothing of are left out.

    Parameters
    ----------
    estimator : sklearn estimator
        Fitted; pipelines and column transformers are looked into.
    columns : sequence of str
        Names of its columns, for column transformers that name them.
    """
    return dict(_walk(estimator, list(columns)))


def _walk(part: Any, columns: list[str]) -> Iterator[tuple[int, Seen]]:
    if isinstance(getattr(part, "steps", None), list):
        yield from _walk_steps([step for _, step in part.steps], columns)
    elif isinstance(getattr(part, "transformers_", None), list):
        yield from _walk_transformers(part, columns)
    else:
        yield from _of_one(part)


def _walk_steps(steps: list[Any], columns: list[str]) -> Iterator[tuple[int, Seen]]:
    """Look at the first step that tells something; only imputers leave the columns as they are before it."""
    for step in steps:
        if step is None or step == "passthrough":
            continue
        found = list(_walk(step, columns))
        if found or "Imputer" not in type(step).__name__:
            yield from found
            return


def _walk_transformers(part: Any, columns: list[str]) -> Iterator[tuple[int, Seen]]:
    for _, transformer, chosen in part.transformers_:
        if isinstance(transformer, str):
            continue
        try:
            positions = [columns.index(name) if isinstance(name, str) else int(name) for name in chosen]
        except (TypeError, ValueError):
            continue
        for inner, seen in _walk(transformer, [columns[p] for p in positions if p < len(columns)]):
            yield positions[inner], seen


def _of_one(part: Any) -> Iterator[tuple[int, Seen]]:
    """Yield what one scaler or model tells; attributes are those of scikit-learn's own classes."""
    for mean, deviation in (("mean_", "scale_"), ("center_", "scale_")):
        means, deviations = getattr(part, mean, None), getattr(part, deviation, None)
        if means is not None and deviations is not None:
            unit = 1.0 if mean == "mean_" else 1.349  # The interquartile range of a normal distribution.
            pairs = enumerate(zip(means, deviations, strict=True))
            yield from ((j, from_moments(float(m), float(s) / unit)) for j, (m, s) in pairs)
            return
    yield from ((j, seen) for j, seen in _stored(part).items() if seen is not None)


def _stored(part: Any) -> Mapping[int, Seen | None]:
    if hasattr(part, "data_min_") and hasattr(part, "data_max_"):
        limits = enumerate(zip(part.data_min_, part.data_max_, strict=True))
        return {j: from_moments(float(low + high) / 2, float(high - low) / RANGE) for j, (low, high) in limits}
    for name in ("quantiles_", "support_vectors_", "_fit_X", "X_train_"):
        rows = getattr(part, name, None)
        if isinstance(rows, np.ndarray) and rows.ndim == 2:
            return {j: from_values(rows[:, j].astype(np.float64)) for j in range(rows.shape[1])}
    if hasattr(part, "theta_") and hasattr(part, "var_"):
        means, variances = np.asarray(part.theta_), np.asarray(part.var_)
        deviations = np.sqrt(variances.mean(axis=0) + means.var(axis=0))
        return {j: from_moments(float(means[:, j].mean()), float(deviations[j])) for j in range(means.shape[1])}
    found: dict[int, list[float]] = {}
    for column, threshold in _thresholds(part):
        found.setdefault(column, []).append(threshold)
    return {j: from_thresholds(np.array(values)) for j, values in sorted(found.items())}


def _thresholds(part: Any) -> Iterator[tuple[int, float]]:
    tree = getattr(part, "tree_", None)
    if tree is not None:
        inner = tree.feature >= 0
        yield from zip(tree.feature[inner].tolist(), tree.threshold[inner].tolist(), strict=True)
        return
    for name in ("estimators_", "_predictors"):
        for member in _members(getattr(part, name, ())):
            yield from _thresholds(member)
    nodes = getattr(part, "nodes", None)
    if isinstance(nodes, np.ndarray) and nodes.dtype.names and "num_threshold" in nodes.dtype.names:
        inner = nodes["is_leaf"] == 0
        yield from zip(nodes["feature_idx"][inner].tolist(), nodes["num_threshold"][inner].tolist(), strict=True)


def _members(group: Any) -> Iterator[Any]:
    """Yield the members of lists and arrays of models, nested or not."""
    for member in group.ravel() if isinstance(group, np.ndarray) else group:
        if isinstance(member, list | np.ndarray):
            yield from _members(member)
        else:
            yield member
