"""What image and text classifiers of Hugging Face have in common: a torch module, its lock and its scores.

The module is loaded when something first asks for it: whoever looks at a kept run waits for neither torch nor weights.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from analysis.candidates.once import LoadedOnce
from analysis.errors import UnusableInput
from analysis.types import Capabilities, Finding, FloatArray, Inputs, Kind, Pipeline, Prepared, Task

if TYPE_CHECKING:
    import torch

PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True)
class Network:
    """What a candidate computes with.

    Attributes
    ----------
    module : torch.nn.Module
        The transformers model in evaluation mode, on `device`, with parameters in float32.
    config : transformers.PreTrainedConfig
    device : torch.device
    tokenizer : transformers tokenizer or None
    """

    module: torch.nn.Module
    config: Any
    device: torch.device
    tokenizer: Any = None


class TorchCandidate:
    """An opened network. Implements `analysis.types.Candidate`.

    Attributes
    ----------
    network : Network
        Loaded when it is first asked for; so are `module`, `config`, `device` and `tokenizer`, its parts.
    deployed : Pipeline or None
        What ``pipeline.json`` beside the weights says the model is fed with in use; `pipeline` is what its
        own configuration says.
    binary : bool
        One output through a sigmoid: shown as two classes, whose logits are (0, z).
    """

    lock: threading.RLock
    folder: Path

    def __init__(
        self,
        *,
        name: str,
        source: str,
        task: Task,
        pipeline: Pipeline,
        deployed: Pipeline | None,
        fingerprint: str,
        capabilities: Capabilities,
        findings: tuple[Finding, ...],
        network: Network | Callable[[], Network],
        binary: bool = False,
    ) -> None:
        self.name, self.source, self.task = name, source, task
        self.pipeline, self.deployed = pipeline, deployed
        self.fingerprint, self.capabilities, self.findings = fingerprint, capabilities, findings
        self.binary = binary
        self.lock = threading.RLock()
        if isinstance(network, Network):
            self.network = network
        else:
            self._load = network

    @LoadedOnce
    def network(self) -> Network:
        """What it computes with.

        Raises
        ------
        UnusableInput
            If it can't be loaded, or the model's files changed since it was opened.
        """
        return self._load()

    @property
    def module(self) -> torch.nn.Module:
        """The transformers model in evaluation mode."""
        return self.network.module

    @property
    def config(self) -> Any:
        """The transformers configuration."""
        return self.network.config

    @property
    def device(self) -> torch.device:
        """Where the module is."""
        return self.network.device

    @property
    def tokenizer(self) -> Any:
        """The transformers tokenizer, or None."""
        return self.network.tokenizer

    def with_module(self, module: torch.nn.Module) -> Self:
        """Return the same candidate with another module of the same kind, and a lock of its own.

        Parameters
        ----------
        module : torch.nn.Module
            In evaluation mode, on `device`: a deep copy whose weights were changed.
        """
        twin = copy.copy(self)
        twin.network, twin.lock = replace(self.network, module=module), threading.RLock()
        return twin

    def prepare(self, inputs: Inputs, pipeline: Pipeline) -> Prepared:
        """Run the pipeline's input steps; see `ImageClassifier` and `TextClassifier`."""
        raise NotImplementedError

    def tensors(self, prepared: Prepared) -> dict[str, torch.Tensor]:
        """Return a prepared batch as the module's keyword arguments, on its device."""
        raise NotImplementedError

    def forward_tensors(self, **tensors: torch.Tensor) -> torch.Tensor:
        """Return logits (n, k), differentiable; the caller holds `lock` and chooses the gradient mode.

        Parameters
        ----------
        **tensors : torch.Tensor
            The module's own arguments: ``pixel_values``; or ``input_ids`` (or ``inputs_embeds``),
            ``attention_mask`` and, where the model takes them, ``token_type_ids``.
        """
        import torch

        logits: torch.Tensor = self.module(**tensors).logits
        logits = logits.reshape(logits.shape[0], -1)  # `len` would be frozen when the network is exported.
        return torch.cat([torch.zeros_like(logits), logits], dim=1) if self.binary else logits

    def forward(self, prepared: Prepared, *, precision: str = "fp32") -> FloatArray:
        """Return logits (n, k), or values (n, 1) of a regression, as float32.

        Parameters
        ----------
        prepared : ImageBatch or TokenBatch
            What `prepare` returned.
        precision : {"fp32", "bf16"}
            bf16 computes under autocast; the weights stay float32.

        Raises
        ------
        UnusableInput
            If the precision is unknown, or the network can't take inputs of this size.
        """
        if precision not in PRECISIONS:
            raise UnusableInput(f"There is no precision {precision!r}.", f"Choose one of {', '.join(PRECISIONS)}.")
        if not len(prepared):
            return np.empty((0, len(self.task.labels)), dtype=np.float32)
        import torch

        tensors = self.tensors(prepared)
        cast = torch.autocast(self.device.type, torch.bfloat16) if precision == "bf16" else nullcontext()
        with self.lock, torch.inference_mode(), cast:
            try:
                logits = self.forward_tensors(**tensors)
            except (RuntimeError, ValueError, IndexError) as error:
                raise UnusableInput(
                    f"{self.name} can't take inputs of shape {_shapes(tensors)}: {_first_line(error)}",
                    "Choose the size or length that the model was made for.",
                ) from error
            return np.asarray(logits.float().cpu().numpy(), dtype=np.float32)

    def embed(self, prepared: Prepared) -> FloatArray:
        """Return what the last hidden layer makes of each input, averaged over its places.

        Parameters
        ----------
        prepared : ImageBatch or TokenBatch

        Returns
        -------
        ndarray of float32, shape (n, width)
            For text the average leaves padding out.

        Raises
        ------
        UnusableInput
            If the network doesn't hand out its hidden layers.
        """
        import torch

        tensors = self.tensors(prepared)
        with self.lock, torch.inference_mode():
            hidden = last_hidden(self.module(**tensors, output_hidden_states=True))
            if hidden is None:
                raise UnusableInput(f"{self.name} doesn't hand out its hidden layers.")
            if hidden.ndim == 4:  # Convolutional: (n, width, rows, columns).
                pooled = hidden.mean(dim=(2, 3))
            else:
                ones = torch.ones(hidden.shape[:2], device=hidden.device)
                mask = tensors.get("attention_mask", ones).to(hidden.dtype)[..., None]
                pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
            return np.asarray(pooled.float().cpu().numpy(), dtype=np.float32)

    def to_scores(self, outputs: FloatArray) -> FloatArray:
        """Turn logits into probabilities by softmax; leave values of a regression as they are."""
        if self.task.kind is Kind.REGRESSION:
            return outputs
        # In float64, so that rows sum to one within float32 rounding also for thousands of classes.
        wide = outputs.astype(np.float64)
        powers = np.exp(wide - wide.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)

    def predict(self, inputs: Inputs, pipeline: Pipeline) -> FloatArray:
        """Return the scores of one batch of raw inputs."""
        return self.to_scores(self.forward(self.prepare(inputs, pipeline)))


def last_hidden(output: Any) -> torch.Tensor | None:
    """Return the last hidden layer of a network's output, or None where there is none of a known form."""
    for name in ("hidden_states", "decoder_hidden_states"):
        layers = getattr(output, name, None)
        if layers and layers[-1].ndim in (3, 4):
            found: torch.Tensor = layers[-1]
            return found
    return None


def _shapes(tensors: Mapping[str, torch.Tensor]) -> str:
    return str(tuple(next(iter(tensors.values())).shape))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def pick_device() -> torch.device:
    """Return the GPU where there is one, the CPU otherwise."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
