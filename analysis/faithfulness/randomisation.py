"""The parameter-randomisation test (Adebayo et al. 2018, arXiv:1810.03292): do maps follow what a network learned?

A method whose maps stay the same when the network's weights are replaced by random ones shows the picture, not the
network. Layers are randomised from the output downwards, on a deep copy: the network itself is never touched.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from analysis.errors import Cancelled, UnusableInput
from analysis.explain import chosen
from analysis.explainers.base import Explainer
from analysis.faithfulness.noise import Silent, rank_correlation
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, FloatArray, Inputs, Modality, Pipeline

if TYPE_CHECKING:
    import torch

    from analysis.candidates.network import TorchCandidate

#: The output layer, then the others in equal groups from above: as often the maps are made anew.
STAGES = 4
#: Examples that maps are compared on.
EXAMPLES = 6
#: Maps of the trained and of the random network count as the same from this rank correlation on.
SAME = 0.5


class Sensitivity(StrEnum):
    """Whether a method's maps follow the network."""

    FOLLOWS = "its maps follow what the network learned"
    IGNORES = "its maps look alike whatever the network learned"
    UNKNOWN = "can't tell whether its maps follow what the network learned"


@dataclass(frozen=True)
class Randomised:
    """What became of one method's maps.

    Attributes
    ----------
    method : str
    correlation : ndarray of float64, shape (stages, examples)
        Rank correlation (Spearman) with the maps of the network as it is; NaN where there is none.
    ssim : ndarray of float64, shape (stages, examples), or None
        Structural similarity (Wang et al. 2004) of the same maps, each scaled to 0 … 1, nothing at 0.5; pictures only.
    sensitivity : Sensitivity
    mean, low, high : float
        Mean rank correlation with all layers randomised, and its 95 % interval (t) over the examples.
    """

    method: str
    correlation: npt.NDArray[np.float64]
    ssim: npt.NDArray[np.float64] | None
    sensitivity: Sensitivity
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class RandomisationTest:
    """The test of several methods on one network.

    Attributes
    ----------
    layers : tuple of int
        How many layers were randomised at each stage.
    total : int
        Layers with weights.
    examples : tuple of str
    methods : tuple of Randomised
    refused : tuple of (str, str)
        Methods that could not be tested, and why.
    """

    layers: tuple[int, ...]
    total: int
    examples: tuple[str, ...]
    methods: tuple[Randomised, ...]
    refused: tuple[tuple[str, str], ...]


def randomisation_test(
    candidate: Candidate,
    dataset: Dataset,
    examples: Sequence[str],
    pipeline: Pipeline,
    methods: Sequence[str],
    *,
    progress: Progress | None = None,
    seed: int = 0,
) -> RandomisationTest:
    """Explain examples with the network as it is, and with more and more of its layers randomised.

    Parameters
    ----------
    candidate : Candidate
        A network; it is copied, and left as it is.
    dataset : Dataset
    examples : sequence of str
        Ids; the label that the network as it is gives each is explained.
    pipeline : Pipeline
    methods : sequence of str
        Registry names; controls too.
    progress : Progress, optional
    seed : int

    Raises
    ------
    UnusableInput
        If the candidate is no network, or no method fits.
    Cancelled
    """
    if getattr(candidate, "module", None) is None:
        raise UnusableInput("Only a network has layers that can be randomised.", "Open an image or text model.")
    network, progress = cast("TorchCandidate", candidate), progress or Progress()
    explainers, refused = chosen(candidate, methods)
    if not explainers:
        raise UnusableInput("No method fits this network.", "Choose others.")
    rows = np.array([dataset.position(example) for example in examples], dtype=np.int64)
    raws = [dataset.inputs(row[None]) for row in rows]
    targets = [int(np.argmax(network.predict(raw, pipeline)[0])) for raw in raws]
    with network.lock:
        twin = network.with_module(copy.deepcopy(network.module))
    groups = stages_of(twin.module)
    progress.start("Randomising layers from above", (1 + len(groups)) * len(raws) * len(explainers))
    maps: list[dict[str, list[FloatArray | None]]] = []
    for stage in range(1 + len(groups)):
        if stage:
            randomise(groups[stage - 1], seed + stage)
        made: dict[str, list[FloatArray | None]] = {}
        for explainer in explainers:
            made[explainer.name] = [
                _map(explainer, twin, raw, pipeline, target, progress, seed)
                for raw, target in zip(raws, targets, strict=True)
            ]
        maps.append(made)
    pictures = candidate.task.modality is Modality.IMAGE
    results = [_compared(e.name, [made[e.name] for made in maps], pictures) for e in explainers]
    sizes = np.cumsum([len(group) for group in groups])
    return RandomisationTest(tuple(sizes.tolist()), int(sizes[-1]), tuple(examples), tuple(results), refused)


def stages_of(module: torch.nn.Module) -> list[list[torch.nn.Module]]:
    """Return the layers with weights from the output downwards: the last one, then the others in equal groups."""
    layers = [part for part in module.modules() if next(part.parameters(recurse=False), None) is not None][::-1]
    rest = [
        layers[part[0] : part[-1] + 1] for part in np.array_split(np.arange(1, len(layers)), STAGES - 1) if len(part)
    ]
    return [layers[:1], *rest]


def randomise(layers: Sequence[torch.nn.Module], seed: int) -> None:
    """Replace weights by random ones of the same size, in place.

    Matrices and kernels are drawn from a normal distribution with the mean square that they had, so that activations
    keep their size through a network whose normalisation was folded away; vectors (biases, scales) are shuffled.
    """
    import torch

    # Spread: small seeds are those that networks are often made with, and would give them their own weights again.
    generator = torch.Generator().manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
    with torch.no_grad():
        for layer in layers:
            for weights in layer.parameters(recurse=False):
                if weights.ndim > 1:
                    drawn = torch.randn(weights.shape, generator=generator)
                    size = weights.float().square().mean().sqrt().cpu()
                    weights.copy_(drawn * size)
                else:
                    weights.copy_(
                        weights[torch.randperm(len(weights), generator=generator)] if weights.ndim else weights
                    )


def _map(
    explainer: Explainer,
    twin: TorchCandidate,
    raw: Inputs,
    pipeline: Pipeline,
    target: int,
    progress: Progress,
    seed: int,
) -> FloatArray | None:
    try:
        found = explainer.explain(
            cast(Candidate, twin),
            raw,
            pipeline,
            target,
            progress=Silent(progress),
            seed=seed,
        ).scores
    except Cancelled:
        raise
    except Exception:  # A network of random weights may break a method, or give numbers that are not finite.
        found = None
    progress.advance()
    return found


def _compared(method: str, maps: list[list[FloatArray | None]], pictures: bool) -> Randomised:
    """Compare the maps of each stage with those of the network as it is, which come first."""
    first, later = maps[0], maps[1:]
    correlation = np.array([[_alike(one, other) for one, other in zip(first, made, strict=True)] for made in later])
    similarity = None
    if pictures:
        similarity = np.array([[_ssim(one, other) for one, other in zip(first, made, strict=True)] for made in later])
    mean, low, high = interval(correlation[-1])
    sensitivity = Sensitivity.UNKNOWN
    if high < SAME:
        sensitivity = Sensitivity.FOLLOWS
    elif low >= SAME:
        sensitivity = Sensitivity.IGNORES
    return Randomised(method, correlation, similarity, sensitivity, mean, low, high)


def _alike(one: FloatArray | None, other: FloatArray | None) -> float:
    if one is None or other is None:
        return float("nan")
    found = rank_correlation(one.ravel().astype(np.float64), other.ravel().astype(np.float64))
    # A map of the random network that says the same of everything is another map than the true one.
    return (0.0 if np.ptp(one) else float("nan")) if found is None else found


def interval(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the mean of the known values and its 95 % interval (Student's t); NaN where fewer than two are known."""
    from scipy import stats

    known = values[np.isfinite(values)]
    if len(known) < 2:
        return float("nan"), float("nan"), float("nan")
    mean = float(known.mean())
    half = float(stats.t.ppf(0.975, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    return mean, max(-1.0, mean - half), min(1.0, mean + half)


def _ssim(one: FloatArray | None, other: FloatArray | None) -> float:
    if one is None or other is None:
        return float("nan")
    return ssim(_scaled(one), _scaled(other))


def _scaled(scores: FloatArray) -> npt.NDArray[np.float64]:
    most = float(np.abs(scores).max())
    return 0.5 + 0.5 * scores.astype(np.float64) / (most or 1.0)


def ssim(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Return the mean structural similarity of two maps with values from 0 to 1 (Wang et al. 2004).

    With the paper's window (Gaussian, 1.5 pixels) and constants (0.01 and 0.03 of the range).
    """
    from scipy.ndimage import gaussian_filter

    def blurred(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(gaussian_filter(values, 1.5), dtype=np.float64)

    small, large = 0.01**2, 0.03**2
    mean_one, mean_other = blurred(one), blurred(other)
    spread_one = blurred(one * one) - mean_one**2
    spread_other = blurred(other * other) - mean_other**2
    shared = blurred(one * other) - mean_one * mean_other
    top = (2 * mean_one * mean_other + small) * (2 * shared + large)
    return float(np.mean(top / ((mean_one**2 + mean_other**2 + small) * (spread_one + spread_other + large))))
