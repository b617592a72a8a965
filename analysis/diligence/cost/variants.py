"""Smaller versions of a network: int8, bfloat16, pruned; and what each does to the answers."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.diligence.cost.result import ClassChange
from analysis.types import Estimate, FloatArray

if TYPE_CHECKING:
    import torch

    from analysis.candidates.network import TorchCandidate

PRUNED = (0.3, 0.5, 0.7)
#: A regression's answer counts as changed from this share of the answers' spread on.
MOVED = 0.1


def int8(module: torch.nn.Module) -> torch.nn.Module:
    """Return the network with the weights of its linear layers as int8 (dynamic quantisation)."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces the successor of this function.
        quantize: Any = torch.ao.quantization.quantize_dynamic
        quantised: torch.nn.Module = quantize(copy.deepcopy(module).cpu(), {torch.nn.Linear}, dtype=torch.qint8)
    return quantised


def bf16(module: torch.nn.Module) -> torch.nn.Module:
    """Return the network with all numbers as bfloat16."""
    import torch

    return copy.deepcopy(module).to(torch.bfloat16)


def pruned(share: float) -> Callable[[torch.nn.Module], torch.nn.Module]:
    """Return a function that sets the smallest weights of all matrices and convolutions to zero, over the network."""

    def make(module: torch.nn.Module) -> torch.nn.Module:
        import torch

        thinned = copy.deepcopy(module)
        weights = [p for n, p in thinned.named_parameters() if p.ndim > 1 and "embedding" not in n]
        every = torch.cat([w.detach().abs().flatten() for w in weights])
        if not len(every):
            return thinned
        # `torch.quantile` takes 16 million numbers at most.
        threshold = every.kthvalue(max(1, int(share * len(every)))).values
        with torch.no_grad():
            for weight in weights:
                weight[weight.abs() <= threshold] = 0
        return thinned

    return make


#: Name → how it is made.
VARIANTS: dict[str, Callable[[Any], Any]] = {
    "int8": int8,
    "bf16": bf16,
    **{f"pruned {share:.0%}".replace("%", " %"): pruned(share) for share in PRUNED},
}


def with_module(candidate: TorchCandidate, module: torch.nn.Module) -> TorchCandidate:
    """Return a candidate that answers through another network in torch, and shares everything else."""
    return candidate.with_module(_casting(module))


def _casting(module: torch.nn.Module) -> torch.nn.Module:
    """Return a module that hands floats over in the network's own type, and answers in float32."""
    import torch

    dtype = next((p.dtype for p in module.parameters() if p.is_floating_point()), None)

    class Casting(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, **tensors: torch.Tensor) -> Any:
            cast = {k: t.to(dtype) if t.is_floating_point() and dtype is not None else t for k, t in tensors.items()}
            return SimpleNamespace(logits=self.inner(**cast).logits.float())

    return Casting().eval()


def accuracy_change(before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> Estimate:
    """Return the paired difference of two shares with the interval of Agresti and Min (2005).

    Half an example is added to each of the four cells, so that no flips at all don't pass for certainty.
    """
    n = len(before)
    lost, won = int((before & ~after).sum()), int((~before & after).sum())
    total, b, c = n + 2, lost + 0.5, won + 0.5
    middle = (c - b) / total
    spread = 1.959964 * np.sqrt(b + c - (c - b) ** 2 / total) / total
    value = (won - lost) / n if n else float("nan")
    return Estimate(
        value, max(-1.0, float(middle - spread)), min(1.0, float(middle + spread)), n, "Agresti–Min, paired"
    )


def error_change(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> Estimate:
    """Return the mean paired difference of absolute errors with its t interval."""
    difference = after - before
    n = len(difference)
    value = float(difference.mean()) if n else float("nan")
    if n < 2:
        return Estimate(value, float("nan"), float("nan"), n, "t, paired")
    half = float(stats.t.ppf(0.975, n - 1) * difference.std(ddof=1) / np.sqrt(n))
    return Estimate(value, value - half, value + half, n, "t, paired")


def class_changes(
    truth: npt.NDArray[np.int64], before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_], labels: Sequence[str]
) -> tuple[ClassChange, ...]:
    """Return the change of every class that has examples, tested and corrected over the classes."""
    from analysis.preprocessing.doctor.proof import holm

    rows = [(label, truth == k) for k, label in enumerate(labels) if bool((truth == k).any())]
    p_values = []
    for _, mine in rows:
        lost, won = int((before & ~after & mine).sum()), int((~before & after & mine).sum())
        p_values.append(float(stats.binomtest(lost, lost + won).pvalue) if lost + won else 1.0)
    adjusted = holm(p_values, [1.0] * len(rows)).tolist() if rows else []
    return tuple(
        ClassChange(label, accuracy_change(before[mine], after[mine]), float(p))
        for (label, mine), p in zip(rows, adjusted, strict=True)
    )


def flips(before: FloatArray, after: FloatArray, *, regression: bool) -> int:
    """Return how many answers differ."""
    if regression:
        limit = MOVED * float(before[:, 0].std())
        return int((np.abs(after[:, 0] - before[:, 0]) > limit).sum())
    return int((before.argmax(axis=1) != after.argmax(axis=1)).sum())
