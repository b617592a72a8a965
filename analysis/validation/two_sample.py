"""Can a classifier tell two splits apart by what the model makes of their examples? (Lopez-Paz and Oquab 2017)"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.metrics.intervals import wilson
from analysis.types import Estimate, FloatArray, IntArray

#: Examples of each split that are looked at, and the fewest that say something.
MOST, FEWEST = 2_000, 20
#: Directions of the embeddings that the classifier sees.
_DIRECTIONS = 32
_LEVEL = 0.05


@dataclass(frozen=True)
class TwoSample:
    """How often a classifier names the split that an example comes from.

    Attributes
    ----------
    accuracy : Estimate
        On as many examples of both splits, which it did not learn from; 0.5 is chance. With Wilson's interval.
    p_value : float
        Of the exact binomial test, one-sided.
    """

    accuracy: Estimate
    p_value: float

    @property
    def apart(self) -> bool:
        """Whether the splits can be told apart, other than by chance."""
        return self.p_value < _LEVEL


def two_sample(vectors: FloatArray, first: IntArray, second: IntArray, *, seed: int = 0) -> TwoSample | None:
    """Train a logistic regression on half of both splits, and judge it on the other half.

    The halves share no example, so that the test is exact: cross-validation would not be.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, width)
        What the model makes of each example.
    first, second : ndarray of int64
        Rows of the two splits.
    seed : int
        Draws the halves, and `MOST` examples of each split where there are more.

    Returns
    -------
    TwoSample or None
        None where a split has fewer than `FEWEST` examples.
    """
    from scipy import stats
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    size = min(len(first), len(second), MOST)
    if size < FEWEST or not vectors.shape[1]:
        return None
    rng = np.random.default_rng(seed)
    drawn = [rng.choice(rows, size, replace=False) for rows in (first, second)]
    half = size // 2
    learned, judged = (np.concatenate([rows[part] for rows in drawn]) for part in (slice(half), slice(half, None)))
    width = min(_DIRECTIONS, vectors.shape[1], len(learned) - 1)
    model = make_pipeline(
        PCA(width, random_state=seed), StandardScaler(), LogisticRegression(C=0.1, max_iter=500)
    )  # fmt: skip
    model.fit(np.asarray(vectors[learned], dtype=np.float64), np.repeat([0, 1], half))
    told = model.predict(np.asarray(vectors[judged], dtype=np.float64)) == np.repeat([0, 1], size - half)
    p = float(stats.binomtest(int(told.sum()), len(told), 0.5, alternative="greater").pvalue)
    return TwoSample(wilson(int(told.sum()), len(told)), p)
