"""Do two splits look alike? Each property tested, corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.comparison.compare import holm
from analysis.failures.wording import percent
from analysis.metrics.intervals import newcombe
from analysis.strings import as_strings
from analysis.types import Estimate

#: A difference this small is of no interest, however sure it is.
SMALL = 0.1


@dataclass(frozen=True)
class Drift:
    """One property in two splits.

    Attributes
    ----------
    name : str
    first, second : str
        What it is like in each: the median, or the most frequent category with its share.
    size : float
        Largest distance of the two distribution functions (Kolmogorov and Smirnov), or of the shares of categories
        (total variation), 0 to 1.
    p_adjusted : float
        Of the Kolmogorov–Smirnov test, or the chi-squared test, corrected for all properties (Holm).
    """

    name: str
    first: str
    second: str
    size: float
    p_adjusted: float

    @property
    def notable(self) -> bool:
        """Whether it is surely different, and by more than a little."""
        return self.p_adjusted < 0.05 and self.size >= SMALL


@dataclass(frozen=True)
class ClassShare:
    """How frequent one class is in two splits.

    Attributes
    ----------
    label : str
    first, second : float
        Shares of the examples with a known label.
    difference : Estimate
        The second less the first, with Newcombe's interval.
    p_adjusted : float
        Of Fisher's exact test, corrected for all classes (Holm).
    """

    label: str
    first: float
    second: float
    difference: Estimate
    p_adjusted: float


def class_balance(first: Sequence[str], second: Sequence[str]) -> tuple[ClassShare, ...]:
    """Compare the shares of the classes in two splits, the largest difference first.

    Parameters
    ----------
    first, second : sequence of str
        Labels of the examples.
    """
    from scipy import stats

    n, m = len(first), len(second)
    if not n or not m:
        return ()
    sides = (as_strings(first), as_strings(second))
    counts = [dict(zip(x.distinct, np.bincount(x.factorised[0]).tolist(), strict=True)) for x in sides]
    labels = sorted({*counts[0], *counts[1]})
    pairs = [(counts[0].get(label, 0), counts[1].get(label, 0)) for label in labels]
    found = [float(stats.fisher_exact(np.array([[a, n - a], [b, m - b]])).pvalue) for a, b in pairs]
    rows = [
        ClassShare(label, a / n, b / m, newcombe(b, m, a, n), p)
        for label, (a, b), p in zip(labels, pairs, holm(found), strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -abs(row.difference.value)))


def drifts(first: pd.DataFrame, second: pd.DataFrame) -> tuple[Drift, ...]:
    """Compare the columns of two tables, the largest difference first.

    Parameters
    ----------
    first, second : pandas.DataFrame
        The same columns: numbers or categories.
    """
    found = [(str(c), *_compare(first[c], second[c])) for c in first.columns if c in second.columns]
    kept = [row for row in found if np.isfinite(row[4])]
    corrected = holm([row[4] for row in kept])
    rows = [Drift(*row[:4], p) for row, p in zip(kept, corrected, strict=True)]
    return tuple(sorted(rows, key=lambda row: (not row.notable, -row.size)))


def _compare(a: pd.Series, b: pd.Series) -> tuple[str, str, float, float]:
    from scipy import stats

    numeric = all(pd.api.types.is_numeric_dtype(x) and not pd.api.types.is_bool_dtype(x) for x in (a, b))
    if numeric and pd.concat([a, b]).nunique() > 8:
        x, y = (np.asarray(s, dtype=np.float64) for s in (a.dropna(), b.dropna()))
        if len(x) < 2 or len(y) < 2:
            return "", "", 0.0, float("nan")
        result = stats.ks_2samp(x, y, method="asymp")
        return f"{np.median(x):.3g}", f"{np.median(y):.3g}", float(result.statistic), float(result.pvalue)
    tables = [s.astype(object).where(s.notna(), "missing").astype(str).value_counts() for s in (a, b)]
    names = tables[0].index.union(tables[1].index)
    counts = np.array([t.reindex(names, fill_value=0).to_numpy() for t in tables], dtype=np.float64)
    if len(names) < 2 or len(names) > 0.5 * counts.sum() or (counts.sum(axis=1) == 0).any():
        return "", "", 0.0, float("nan")
    shares = counts / counts.sum(axis=1, keepdims=True)
    said = [f"{names[row.argmax()]} {percent(float(row.max()))}" for row in shares]
    p = float(stats.chi2_contingency(counts).pvalue)
    return said[0], said[1], float(np.abs(shares[0] - shares[1]).sum() / 2), p
