"""Run an image network through ONNX Runtime: the same answers from a CPU, in up to a third of the time.

torch's own loop over a network's modules is not built for speed on a CPU. A network is exported once for one size
of image, which takes less than a second, and what comes out is compared with torch on noise: it is used only where
both agree. Explanations need gradients and stay with torch.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from analysis.types import FloatArray

#: The exported network must give the same outputs as torch, to this share of their size.
TOLERANCE = 1e-4
#: Larger networks gain little and would be held in memory twice.
PARAMETERS = 100_000_000

_LOG = logging.getLogger(__name__)


class _Logits(torch.nn.Module):
    """A network as a function of pixels alone; the exporter wants a module."""

    def __init__(self, module: torch.nn.Module, logits: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.module, self.logits = module, logits

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.logits(pixels)


class CompiledNetwork:
    """A network for images of one size.

    Attributes
    ----------
    shape : tuple of int
        Of one image, (3, H, W).
    """

    def __init__(self, session: Any, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self._session = session
        self._threads = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(max_workers=self._threads, thread_name_prefix="network")

    def __call__(self, pixels: FloatArray) -> FloatArray:
        """Return the logits of a batch; any number of threads may call at once.

        Parameters
        ----------
        pixels : ndarray of float32, shape (n, 3, H, W)

        Returns
        -------
        ndarray of float32, shape (n, k)
        """
        # A thread for each share of the images: threads within a layer would wait for each other at every layer.
        shares = np.array_split(np.ascontiguousarray(pixels), min(self._threads, len(pixels)))
        return np.concatenate(list(self._pool.map(lambda share: self._session.run(None, {"pixels": share})[0], shares)))


def compile_network(
    module: torch.nn.Module, logits: Callable[[torch.Tensor], torch.Tensor], shape: tuple[int, ...]
) -> CompiledNetwork | None:
    """Return a network that answers as the module does, or None where there is none or it can't be shown to.

    Parameters
    ----------
    module : torch.nn.Module
        In evaluation mode, on the CPU, without hooks; it is not changed.
    logits : callable
        From pixels (n, 3, H, W) through `module` to logits (n, k).
    shape : tuple of int
        Of one image, (3, H, W).
    """
    import onnxruntime

    if sum(p.numel() for p in module.parameters()) > PARAMETERS:
        return None
    generator = torch.Generator().manual_seed(0)
    network = _Logits(module, logits).eval()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        exported = _export(network, torch.randn((2, *shape), generator=generator))
        session = onnxruntime.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
        compiled = CompiledNetwork(session, shape)
        # Another number of images than it was exported with: what tracing has frozen shows here.
        agrees = _agrees(network, compiled, torch.randn((3, *shape), generator=generator))
    except Exception as error:  # The exporter raises whatever it meets; torch then does the work, as it can.
        _LOG.info("%s stays with torch: %s", type(module).__name__, error)
        return None
    return compiled if agrees else None


def _export(network: torch.nn.Module, example: torch.Tensor) -> bytes:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.no_grad():
        written = Path(folder, "network.onnx")
        warnings.simplefilter("ignore")
        # The older of torch's exporters: ten times as fast as the newer, and what it freezes is checked below.
        torch.onnx.export(
            network,
            (example,),
            written,
            input_names=["pixels"],
            dynamic_axes={"pixels": {0: "images"}},
            dynamo=False,
        )
        return written.read_bytes()


@torch.inference_mode()
def _agrees(network: torch.nn.Module, compiled: CompiledNetwork, noise: torch.Tensor) -> bool:
    before, after = network(noise).numpy(), compiled(noise.numpy())
    limit = TOLERANCE * max(1.0, float(np.abs(before).max()))
    return before.shape == after.shape and bool(np.abs(before - after).max() <= limit)
