"""Which column of a table each feature behind scikit-learn transformers was made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.types import IntArray


def transformed(steps: Sequence[Any], data: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return rows of a table after the transformers in `steps`, as numbers."""
    made: Any = data
    for step in steps:
        made = step.transform(as_fitted(step, made))
        made = made.toarray() if hasattr(made, "toarray") else made
    return np.asarray(made, dtype=np.float64)


def as_fitted(step: Any, data: Any) -> Any:
    """Return data with the column names that a step was fitted on, or without: scikit-learn warns of the other."""
    names = getattr(step, "feature_names_in_", None)
    if names is None:
        return data.to_numpy() if isinstance(data, pd.DataFrame) else data
    return data if isinstance(data, pd.DataFrame) else pd.DataFrame(data, columns=names)


def sources(steps: Sequence[Any], columns: Sequence[str]) -> IntArray | None:
    """Return the position in `columns` that each feature after `steps` was made from.

    Parameters
    ----------
    steps : sequence of fitted transformers
    columns : sequence of str
        Names of the columns that go in.

    Returns
    -------
    ndarray of int64, shape (features,), or None
        None where a step makes features from several columns, or is not known.
    """
    found: IntArray = np.arange(len(columns), dtype=np.int64)
    names: Sequence[str] | None = columns
    for step in steps:
        made = _of_one(step, len(found), names)
        if made is None:
            return None
        # Names only matter for a first ColumnTransformer; behind a step that makes features they are others.
        names = None if len(made) != len(found) or (made != np.arange(len(made))).any() else names
        found = found[made]
    return found


def _of_one(step: Any, width: int, names: Sequence[str] | None) -> IntArray | None:
    """Return which input each output of one transformer was made from."""
    from sklearn.base import OneToOneFeatureMixin
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_selection import SelectorMixin
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    if isinstance(step, str):
        return np.arange(width, dtype=np.int64) if step == "passthrough" else None
    if isinstance(step, Pipeline):
        inner: IntArray | None = np.arange(width, dtype=np.int64)
        for _, part in step.steps:
            made = _of_one(part, len(inner), names) if inner is not None else None
            inner = None if made is None or inner is None else inner[made]
        return inner
    if isinstance(step, ColumnTransformer):
        return _of_column_transformer(step, names)
    if isinstance(step, OneHotEncoder):
        sizes = [len(step._compute_transformed_categories(i)) for i in range(width)]
        return np.repeat(np.arange(width, dtype=np.int64), sizes)
    if isinstance(step, SelectorMixin):
        return np.flatnonzero(step.get_support()).astype(np.int64)
    if isinstance(step, SimpleImputer):
        known = step.add_indicator is False and not np.isnan(_statistics(step)).any()
        return np.arange(width, dtype=np.int64) if known else None
    return np.arange(width, dtype=np.int64) if isinstance(step, OneToOneFeatureMixin) else None


def _statistics(imputer: Any) -> Any:
    values = np.asarray(imputer.statistics_, dtype=object)
    return np.array([v if isinstance(v, (int, float)) else 0.0 for v in values], dtype=np.float64)


def _of_column_transformer(step: Any, names: Sequence[str] | None) -> IntArray | None:
    """Return the same for a ColumnTransformer, whose parts take columns by name or position."""
    total = int(step.n_features_in_)
    known = list(getattr(step, "feature_names_in_", names if names is not None else range(total)))
    places = {str(name): place for place, name in enumerate(known)}
    pieces: list[tuple[slice, IntArray]] = []
    for name, part, _ in step.transformers_:
        where = step.output_indices_.get(name)
        if where is None or where.stop == where.start or part == "drop":
            continue
        taken = np.array(
            [places[str(c)] if isinstance(c, str) else int(c) for c in step._transformer_to_input_indices[name]],
            dtype=np.int64,
        )
        made = _of_one(part, len(taken), None)
        if made is None or len(made) != where.stop - where.start:
            return None
        pieces.append((where, taken[made]))
    width = max((where.stop for where, _ in pieces), default=0)
    found = np.full(width, -1, dtype=np.int64)
    for where, made in pieces:
        found[where] = made
    return None if (found < 0).any() else found
