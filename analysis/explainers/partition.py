"""SHAP's partition and permutation explainers over masks, with a batched game of our own.

As shipped it keeps one player a pixel and channel (150,528 at 224 × 224) and masks rows one by one; most of its time is
its own. Here a player is a tile or a token, and the masks of one round go through the network together.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A binary tree over players: a player's number, or two trees.
Tree: TypeAlias = "int | tuple[Tree, Tree]"
Masks: TypeAlias = npt.NDArray[np.bool_]
#: Takes masks (n, players), True where a player is present; returns the output of each, (n,).
Game: TypeAlias = Callable[[Masks], npt.NDArray[np.float64]]

#: Masks that SHAP hands over at once.
ROUND = 16


@dataclass(frozen=True)
class Owen:
    """What each player is worth.

    Attributes
    ----------
    values : ndarray of float64, shape (players,)
        They add up to `full` minus `empty`.
    empty, full : float
        Output without, and with, all players.
    """

    values: npt.NDArray[np.float64]
    empty: float
    full: float


def owen_values(game: Game, tree: Tree, players: int, evaluations: int, seed: int) -> Owen:
    """Return Owen values: Shapley values of a game whose players stand together as a tree says.

    Parameters
    ----------
    game : callable
    tree : Tree
        Holds every player from 0 to `players` - 1 once.
    evaluations : int
        Masks to evaluate at most, about. Credit that is not told apart by then is shared evenly below a node.
    seed : int
        Ties in the order of evaluation are broken at random.
    """
    import shap

    if players == 1:
        empty, full = (float(v) for v in game(np.array([[False], [True]])))
        return Owen(np.array([full - empty]), empty, full)
    masker = _Masks(players, clustering_of(tree, players))
    explainer = shap.PartitionExplainer(game, masker)
    with _seeded(seed):
        found = explainer(np.zeros((1, players)), max_evals=evaluations, batch_size=ROUND, silent=True)
    values = np.asarray(found.values, dtype=np.float64).reshape(players)
    empty = float(np.ravel(found.base_values)[0])
    return Owen(values, empty, empty + float(values.sum()))


def shapley_by_permutation(game: Game, players: int, orders: int, seed: int) -> npt.NDArray[np.float64]:
    """Return Shapley values from random orders of the players, each walked forwards and backwards.

    Parameters
    ----------
    game : callable
    players : int
    orders : int
    seed : int

    Returns
    -------
    ndarray of float64, shape (players,)
        Exact in their sum, and exact altogether where no more than two players act together.
    """
    import shap

    with _seeded(seed):
        explainer = shap.PermutationExplainer(game, _Masks(players), seed=seed % 2**32)
        evaluations = orders * (2 * players + 1)
        found = explainer(np.zeros((1, players)), max_evals=evaluations, batch_size=ROUND, silent=True)
    return np.asarray(found.values, dtype=np.float64).reshape(players)


class _Masks:
    """A masker that hands the masks themselves to the model."""

    immutable_outputs = True

    def __init__(self, players: int, clustering: npt.NDArray[np.float64] | None = None) -> None:
        self.clustering = clustering
        self.shape = (1, players)

    def __call__(self, mask: Masks, *_: object) -> tuple[Masks]:
        return (np.asarray(mask, dtype=bool).reshape(1, -1),)


def clustering_of(tree: Tree, players: int) -> npt.NDArray[np.float64]:
    """Return a tree in scipy's linkage format: children, distance and size of each inner node, the root last."""
    rows: list[tuple[float, float, float, float]] = []

    def add(node: Tree) -> tuple[int, int]:
        if isinstance(node, int):
            return node, 1
        (left, left_size), (right, right_size) = add(node[0]), add(node[1])
        rows.append((left, right, len(rows) + 1, left_size + right_size))
        return players + len(rows) - 1, left_size + right_size

    add(tree)
    return np.asarray(rows, dtype=np.float64).reshape(players - 1, 4)


def balanced(trees: list[Tree]) -> Tree:
    """Return one tree over neighbouring trees, halved again and again."""
    if len(trees) == 1:
        return trees[0]
    middle = len(trees) // 2
    return balanced(trees[:middle]), balanced(trees[middle:])


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed NumPy's process-wide generator, which SHAP draws from, and put its state back."""
    state = np.random.get_state()
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        np.random.set_state(state)
