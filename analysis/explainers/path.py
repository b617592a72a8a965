"""Gradients integrated along the straight way from a baseline to an example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.explainers.base import meets
from analysis.types import FloatArray

if TYPE_CHECKING:
    import torch

#: Outputs that are looked at along the way before gradients are placed; forward passes only.
LOOKS = 17
#: Rows a pass: small ones stay in the cache.
LOOK_BATCH = 16
#: Share of the gradients that is spread evenly, however flat the output is there.
EVEN_SHARE = 0.2

SPACINGS = ("adaptive", "even")


@dataclass(frozen=True)
class Integral:
    """What an integration along a path gave.

    Attributes
    ----------
    scores : torch.Tensor
        Of the example's shape, without the first axis.
    difference : float
        Output for the example minus output for the baseline.
    delta : float
        Sum of the scores minus `difference`.
    """

    scores: torch.Tensor
    difference: float
    delta: float


@dataclass(frozen=True)
class Path:
    """The straight way from `start` to `end`, each (1, …), and what is explained along it.

    Attributes
    ----------
    start, end : torch.Tensor
    score : callable
        (n, …) → (n,), differentiable.
    batch : int
        Points a backward pass.
    quick : callable, optional
        The same as `score`, (n, …) → (n,) as an array, where there is a faster way without gradient.
    """

    start: torch.Tensor
    end: torch.Tensor
    score: Callable[[torch.Tensor], torch.Tensor]
    batch: int = 8
    quick: Callable[[torch.Tensor], FloatArray] | None = None

    def at(self, alphas: npt.NDArray[np.float64]) -> torch.Tensor:
        """Return the points at some shares of the way."""
        import torch

        shape = (len(alphas),) + (1,) * (self.start.ndim - 1)
        return self.start + torch.tensor(alphas).to(self.start).view(shape) * (self.end - self.start)

    def outputs(self, alphas: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the explained number at some shares of the way, without gradient."""
        import torch

        if self.quick is not None:
            return np.asarray(self.quick(self.at(alphas)), dtype=np.float64)
        parts = [alphas[i : i + LOOK_BATCH] for i in range(0, len(alphas), LOOK_BATCH)]
        with torch.no_grad():
            return np.concatenate([self.score(self.at(part)).double().cpu().numpy() for part in parts])

    def weighted(self, alphas: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> torch.Tensor:
        """Return the weighted sum of the gradients at some shares of the way, times the way."""
        import torch

        total = torch.zeros_like(self.end[0])
        for i in range(0, len(alphas), self.batch):
            points = self.at(alphas[i : i + self.batch]).detach().requires_grad_(True)
            with torch.enable_grad():
                (gradients,) = torch.autograd.grad(self.score(points).sum(), points)
            shape = (len(points),) + (1,) * (points.ndim - 1)
            total += (gradients * torch.tensor(weights[i : i + self.batch]).to(points).view(shape)).sum(dim=0)
        return total * (self.end - self.start)[0]


def integrate(
    path: Path, steps: int, spacing: str = "adaptive", *, more: Callable[[int], None] | None = None
) -> Integral:
    """Integrate along a path.

    Parameters
    ----------
    path : Path
    steps : int
        Gradients.
    spacing : {"adaptive", "even"}
        "even" is Captum's Gauss–Legendre rule. "adaptive" looks at the output along the way first and puts the
        gradients where it changes, after Bhat & Raychowdhury 2023 (arXiv:2302.11107): networks saturate, and
        most of the integral lies in a small part of the way. Where the sum is missed (`base.meets`),
        as many points again, and then twice as many, are added.
    more : callable, optional
        Told how many gradients are added.

    Raises
    ------
    UnusableInput
        If the spacing is unknown.
    """
    if spacing == "even":
        return _captum(path, steps)
    if spacing != "adaptive":
        raise UnusableInput(f"There is no spacing “{spacing}”.", f"Choose one of: {', '.join(SPACINGS)}.")
    looks = np.linspace(0.0, 1.0, LOOKS)
    outputs = path.outputs(looks)
    difference = float(outputs[-1] - outputs[0])
    total, spent, count = None, 0, steps
    while True:
        part = path.weighted(*placed(looks, outputs, count)) * count
        total, spent = part if total is None else total + part, spent + count
        scores = total / spent
        delta = float(scores.double().sum()) - difference
        if meets(delta, difference) or spent >= 4 * steps:
            return Integral(scores, difference, delta)
        # Other places than before: an odd number more.
        count = spent + 1
        if more is not None:
            more(count)


def placed(
    looks: npt.NDArray[np.float64],
    outputs: npt.NDArray[np.float64],
    count: int,
    jitter: npt.NDArray[np.float64] | None = None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Place points on the way as densely as the output changes there.

    Parameters
    ----------
    looks, outputs : ndarray of float64, shape (m,)
        Shares of the way, increasing from 0 to 1, and the output there.
    count : int
        Points.
    jitter : ndarray of float64, shape (count,), optional
        Where each point stands in its piece, between 0 and 1; the middle where not given.

    Returns
    -------
    alphas, weights : ndarray of float64, shape (count,)
        The weights are the lengths of the pieces that the points stand for: they add up to 1.
    """
    change = np.abs(np.diff(outputs))
    even = np.diff(looks)
    density = even if change.sum() == 0 else (1 - EVEN_SHARE) * change / change.sum() + EVEN_SHARE * even
    reached = np.concatenate([[0.0], np.cumsum(density)])
    reached /= reached[-1]
    edges = np.interp(np.arange(count + 1) / count, reached, looks)
    edges[0], edges[-1] = 0.0, 1.0
    # Within a piece the place is drawn evenly, so that a jittered sum is unbiased.
    inside = np.full(count, 0.5) if jitter is None else jitter
    return edges[:-1] + inside * np.diff(edges), np.diff(edges)


def _captum(path: Path, steps: int) -> Integral:
    from captum.attr import IntegratedGradients

    found: torch.Tensor = IntegratedGradients(path.score).attribute(
        path.end, path.start, n_steps=steps, internal_batch_size=path.batch
    )
    outputs = path.outputs(np.array([0.0, 1.0]))
    difference = float(outputs[1] - outputs[0])
    return Integral(found.detach()[0], difference, float(found.double().sum()) - difference)
