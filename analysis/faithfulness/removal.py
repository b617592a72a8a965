"""Deletion and insertion (Petsiuk, Das, Saenko 2018, arXiv:1806.07421), against random orders of the same parts."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.faithfulness.parts import Masks, Parts, Tiles, Values
from analysis.progress import Progress
from analysis.types import IntArray

#: Random orders that a map is compared with. Of 40 a map may lose to one and still be below 5 %.
ORDERS = 40
#: How often the model is asked on the way from everything to nothing.
STEPS = 12
#: Random maps over a picture that are as smooth as Grad-CAM's have neighbouring tiles together: a blur of one tile.
SMOOTH = 1.0

Curves: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One curve of a map, and the same curve for random orders.

    Attributes
    ----------
    shares : ndarray of float64, shape (m,)
        Share of the parts that were removed (deletion) or shown (insertion), from 0 to 1.
    ours : ndarray of float64, shape (m,)
        What the model answers there.
    chance : ndarray of float64, shape (orders, m)
    lower_wins : bool
        True for deletion.
    """

    shares: Values
    ours: Values
    chance: Curves
    lower_wins: bool

    @property
    def auc(self) -> float:
        """Area under the map's curve: what the model answers on average."""
        return float(area(self.shares, self.ours))

    @property
    def chance_aucs(self) -> Values:
        """Area under the curve of each random order, (orders,)."""
        return area(self.shares, self.chance)

    @property
    def chance_auc(self) -> float:
        """Mean area over the random orders."""
        return float(self.chance_aucs.mean())

    @property
    def gains(self) -> Values:
        """By how much the map is better than each random order, (orders,)."""
        gain = self.chance_aucs - self.auc
        return gain if self.lower_wins else -gain

    @property
    def wins(self) -> int:
        """How many random orders the map beats."""
        return int((self.gains > 0).sum())

    @property
    def p_value(self) -> float:
        """Of the permutation test: how likely a random order is at least as good; ties count against the map."""
        return p_value(self.gains)


def area(shares: Values, curves: Curves) -> Values:
    """Return the area under one or several curves, by trapezoids; the last axis runs along `shares`."""
    return np.asarray(np.trapezoid(curves, shares, axis=-1), dtype=np.float64)


def p_value(gains: Values) -> float:
    """Return (1 + orders that are at least as good) / (1 + orders), Phipson & Smyth 2010.

    Gains below a billionth are rounding.
    """
    return float((1 + (gains <= 1e-9).sum()) / (1 + len(gains)))


def levels(count: int) -> IntArray:
    """Return after how many parts the model is asked; the same from both ends."""
    found = np.round(np.linspace(0, count, min(STEPS, count) + 1)).astype(np.int64)
    return np.unique(np.concatenate([found, count - found]))


def removed(order: IntArray, steps: IntArray) -> Masks:
    """Return which parts are there after the first 0, … , all parts of `order` were removed: (steps, parts)."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[None, :] >= steps[:, None]


def random_orders(parts: Parts, seed: int, count: int = ORDERS) -> IntArray:
    """Draw orders of the parts, each followed by its reverse; for pictures every other pair is smooth.

    Parameters
    ----------
    parts : Parts
    seed : int
    count : int
        Even.

    Returns
    -------
    ndarray of int64, shape (count, parts)
    """
    random = np.random.default_rng(seed)
    found = []
    for pair in range(count // 2):
        if isinstance(parts, Tiles) and pair % 2:
            from scipy.ndimage import gaussian_filter

            order = np.argsort(gaussian_filter(random.normal(size=parts.grid), SMOOTH).ravel())
        else:
            order = random.permutation(parts.count)
        found += [order, order[::-1]]
    return np.array(found, dtype=np.int64)


def order_of(worth: Values, seed: int) -> IntArray:
    """Return the parts, what spoke for the target most first; equal ones in random order."""
    drawn = np.random.default_rng(seed).random(len(worth))
    return np.lexsort((drawn, -worth)).astype(np.int64)


class Chance:
    """What random orders do to one example: computed once, for all maps of it, whichever asks first.

    Parameters
    ----------
    parts : Parts
    seed : int
    """

    def __init__(self, parts: Parts, seed: int = 0) -> None:
        self.parts = parts
        self.seed = seed
        self._lock = threading.Lock()
        self._curves: Curves | None = None

    def curves(self, progress: Progress) -> Curves:
        """Return the deletion curves of the random orders, float64 (orders, levels).

        The insertion curve of an order is the deletion curve of its reverse, read backwards, so that no other
        passes are needed: after k parts were shown, the last k of the reverse are still there.
        """
        with self._lock:
            if self._curves is None:
                steps = levels(self.parts.count)
                orders = random_orders(self.parts, self.seed)
                masks = np.concatenate([removed(order, steps) for order in orders])
                # Everything and nothing look the same in every order, and in a short text much else does.
                distinct, where = np.unique(masks, axis=0, return_inverse=True)
                progress.start("Removing parts in random orders", len(distinct))
                found = self.parts.outcome(distinct, progress)[where.ravel()]
                self._curves = found.reshape(len(orders), len(steps))
            return self._curves


def compare(chance: Chance, worth: Values, progress: Progress) -> tuple[Comparison, Comparison]:
    """Remove parts in the order of a map, and show them in that order, and compare with random orders.

    Parameters
    ----------
    chance : Chance
    worth : ndarray of float64, shape (parts,)
        What the map says of each part.
    progress : Progress

    Returns
    -------
    deletion, insertion : Comparison
    """
    deletions = chance.curves(progress)
    steps, order = levels(chance.parts.count), order_of(worth, chance.seed)
    masks = np.concatenate([removed(order, steps), removed(order[::-1], steps)])
    distinct, where = np.unique(masks, axis=0, return_inverse=True)
    progress.start("Removing parts in the map's order", len(distinct))
    ours = chance.parts.outcome(distinct, progress)[where.ravel()].reshape(2, len(steps))
    shares = steps / chance.parts.count
    # Orders come in pairs with their reverse: swap each pair, and read backwards.
    swapped = deletions.reshape(-1, 2, len(steps))[:, ::-1].reshape(deletions.shape)
    return (
        Comparison(shares, ours[0], deletions, lower_wins=True),
        Comparison(shares, ours[1, ::-1], swapped[:, ::-1], lower_wins=False),
    )
