"""Do wrong answers lie together?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.types import Estimate, FloatArray

#: Examples that are looked at, and the nearest of each.
SAMPLED, NEAREST = 5_000, 10
#: Fewest wrong and fewest right examples that say something.
FEWEST = 5
_RESAMPLES = 1_000


@dataclass(frozen=True)
class Gathering:
    """How many of the nearest examples of a wrong one are wrong too.

    Attributes
    ----------
    share : Estimate
        With a bootstrap interval over the wrong examples; n is how many there are.
    chance : float
        How often any other example is wrong.
    p_value : float
        One-sided, by dealing out anew which examples are wrong.
    """

    share: Estimate
    chance: float
    p_value: float

    @property
    def gathers(self) -> bool:
        """Whether wrong answers lie together, other than by chance."""
        return self.p_value < 0.05


def gathering(
    vectors: FloatArray, wrong: npt.NDArray[np.bool_], *, draws: int = 999, seed: int = 0
) -> Gathering | None:
    """Look whether the ten nearest examples of wrong ones are wrong more often than others.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, width)
    wrong : ndarray of bool, shape (n,)
    draws : int
        Times that wrong answers are dealt out anew.
    seed : int
        Draws `SAMPLED` examples where there are more, deals, and resamples.

    Returns
    -------
    Gathering or None
        None with fewer than `FEWEST` wrong or right examples.
    """
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(seed)
    looked = np.arange(len(wrong))
    if len(looked) > SAMPLED:
        looked = np.sort(rng.choice(looked, SAMPLED, replace=False))
    bad = np.asarray(wrong[looked])
    n, total = len(bad), int(bad.sum())
    if min(total, n - total) < FEWEST:
        return None
    k = min(NEAREST, n - 1)
    data = np.asarray(vectors[looked], dtype=np.float32)
    near = NearestNeighbors(n_neighbors=k).fit(data).kneighbors(return_distance=False)
    shares = bad[near[bad]].mean(axis=1)
    as_many = 0
    for _ in range(draws):
        dealt = rng.permutation(bad)
        as_many += float(dealt[near[dealt]].mean()) >= float(shares.mean()) - 1e-12
    resampled = rng.choice(shares, (_RESAMPLES, total)).mean(axis=1)
    low, high = (float(x) for x in np.quantile(resampled, [0.025, 0.975]))
    share = Estimate(float(shares.mean()), low, high, total, "bootstrap")
    return Gathering(share, (total - 1) / (n - 1), (as_many + 1) / (draws + 1))
