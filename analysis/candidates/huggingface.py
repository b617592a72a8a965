"""Open image and text classifiers (and regression heads) from a Hugging Face folder."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from analysis.candidates import loaded
from analysis.candidates.artefact import Artefact
from analysis.candidates.batches import ImageBatch, TokenBatch
from analysis.candidates.corrected import DEPLOYED, read_pipeline_file
from analysis.candidates.fingerprints import fingerprint
from analysis.candidates.heads import Head, read_head
from analysis.candidates.loaded import Loaded
from analysis.candidates.network import Network, TorchCandidate, pick_device
from analysis.candidates.once import LoadedOnce
from analysis.candidates.preflight import refuse_blockers
from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.huggingface import default_text_pipeline, pipeline_from_processor
from analysis.preprocessing.image import apply_image
from analysis.preprocessing.text import apply_text
from analysis.types import (
    Capabilities,
    Finding,
    FloatArray,
    Inputs,
    IntArray,
    Modality,
    Pipeline,
    Prepared,
    Severity,
    Task,
)

if TYPE_CHECKING:
    import torch

    from analysis.candidates.compiled import CompiledNetwork
    from analysis.candidates.tokens import Tokens

#: Weights from which on a network takes so long for a text that counting its tokens beforehand pays.
COUNTED = 20_000_000
#: Size of the noise on which a simplified network is compared with itself.
PROBE = (2, 3, 96, 96)

# Decoding and resizing release the GIL; one pool serves all candidates.
_POOL = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="images")


class ImageClassifier(TorchCandidate):
    """An image classifier or regressor.

    Attributes
    ----------
    compiled : CompiledNetwork or None
        After the first prediction of several images on a CPU: what answers for images of that size.
    """

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.compiled: CompiledNetwork | None = None
        self._tried = False

    def forward(self, prepared: Prepared, *, precision: str = "fp32") -> FloatArray:
        """Return logits (n, k) as float32; on a CPU by ONNX Runtime for images of the size that came first."""
        assert isinstance(prepared, ImageBatch)
        shape = prepared.pixels.shape[1:]
        if precision == "fp32" and len(prepared):
            # For one image that somebody waits for, compiling takes longer than it could save.
            if len(prepared) > 1:
                self._compile(shape)
            if self.compiled is not None and self.compiled.shape == shape:
                return self.compiled(prepared.pixels)
        return super().forward(prepared, precision=precision)

    def expect_many(self, prepared: Prepared, *, precision: str = "fp32") -> None:
        """Compile the network for images of this size, as `forward` does for several: a single one is then alike."""
        assert isinstance(prepared, ImageBatch)
        if precision == "fp32" and len(prepared):
            self._compile(prepared.pixels.shape[1:])

    def with_module(self, module: torch.nn.Module) -> Self:
        """Return the same candidate with another module, which no network was compiled from; see `TorchCandidate`."""
        twin = super().with_module(module)
        twin.compiled, twin._tried = None, True
        return twin

    def _compile(self, shape: tuple[int, ...]) -> None:
        if self._tried or self.device.type != "cpu":
            return
        from analysis.candidates.compiled import compile_network

        with self.lock:  # No hooks of an explanation may be on the module while it is exported.
            if not self._tried:
                self.compiled = compile_network(self.module, lambda x: self.forward_tensors(pixel_values=x), shape)
                self._tried = True

    def prepare(self, inputs: Inputs, pipeline: Pipeline) -> ImageBatch:
        """Decode and preprocess encoded images.

        Parameters
        ----------
        inputs : sequence of bytes
        pipeline : Pipeline

        Raises
        ------
        UnusableInput
            If an image can't be read, or the images come out in different sizes.
        """
        images = list(_POOL.map(lambda data: apply_image(data, pipeline), cast("Sequence[bytes]", inputs)))
        shapes = sorted({image.shape for image in images})
        if len(shapes) > 1:
            raise UnusableInput(
                f"Through this pipeline the images have different sizes: {shapes[0]} and {shapes[-1]}.",
                "Add a resize or crop to one height and width.",
            )
        size = shapes[0] if shapes else (3, 0, 0)
        return ImageBatch(np.stack(images) if images else np.empty((0, *size), dtype=np.float32))

    def tensors(self, prepared: Prepared) -> dict[str, torch.Tensor]:
        """Return ``pixel_values``, in the memory layout that convolutions are fastest on."""
        import torch

        assert isinstance(prepared, ImageBatch)
        pixels = torch.from_numpy(np.ascontiguousarray(prepared.pixels)).to(self.device)
        if self.capabilities.convolutional:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        return {"pixel_values": pixels}


class TextClassifier(TorchCandidate):
    """A text or text-pair classifier or regressor."""

    @LoadedOnce
    def tokens(self) -> Tokens:
        """The tokenizer as the network takes it, with the one lock that it has."""
        from analysis.candidates.tokens import Tokens

        accepted = inspect.signature(type(self.module).forward).parameters
        return Tokens(self.tokenizer, frozenset(accepted), threading.Lock())

    def with_module(self, module: torch.nn.Module) -> Self:
        """Return the same candidate with another module, and the tokens of its own; see `TorchCandidate`."""
        twin = super().with_module(module)
        twin.tokens = self.tokens
        return twin

    def prepare(self, inputs: Inputs, pipeline: Pipeline) -> TokenBatch:
        """Run the string steps, then tokenise, truncate and pad.

        Parameters
        ----------
        inputs : sequence of str or of (str, str)
        pipeline : Pipeline

        Raises
        ------
        UnusableInput
            If single texts and pairs are mixed, or the tokenizer can't pad.
        """
        texts = [apply_text(text, pipeline) for text in cast("Sequence[str | tuple[str, str]]", inputs)]
        return self.tokens.encode(texts, pipeline)

    def token_counts(self, inputs: Inputs, pipeline: Pipeline) -> IntArray | None:
        """Return how many tokens the network receives of each text, or None where counting costs more than it saves.

        Raises
        ------
        UnusableInput
            As `prepare` does.
        """
        if sum(parameter.numel() for parameter in self.module.parameters()) < COUNTED:
            return None
        counts: IntArray = self.prepare(inputs, pipeline).arrays["attention_mask"].sum(axis=1)
        return counts

    def tensors(self, prepared: Prepared) -> dict[str, torch.Tensor]:
        """Return ``input_ids``, ``attention_mask`` and what else the module takes."""
        import torch

        assert isinstance(prepared, TokenBatch)
        return {name: torch.from_numpy(array).to(self.device) for name, array in prepared.arrays.items()}


def open_image(artefact: Artefact, source: str, findings: tuple[Finding, ...]) -> ImageClassifier:
    """Open an image classifier whose files passed the preflight.

    Raises
    ------
    UnusableInput
    """
    parts, _ = _open(artefact, source, findings, Modality.IMAGE)
    labels = parts["task"].labels
    parts["pipeline"] = parts["deployed"]
    if artefact.processor is not None:
        described = pipeline_from_processor(artefact.processor, labels, kind=parts["task"].kind)
        parts["pipeline"] = check_pipeline(described)
    return ImageClassifier(**parts)


def open_text(artefact: Artefact, source: str, findings: tuple[Finding, ...]) -> TextClassifier:
    """Open a text classifier whose files passed the preflight.

    Raises
    ------
    UnusableInput
    """
    parts, known = _open(artefact, source, findings, Modality.TEXT)
    task = parts["task"]
    described = default_text_pipeline(task.labels, max_length=known.longest, side=known.side, kind=task.kind)
    parts["pipeline"] = check_pipeline(described)
    return TextClassifier(**parts)


def _open(
    artefact: Artefact, source: str, findings: tuple[Finding, ...], modality: Modality
) -> tuple[dict[str, Any], Loaded]:
    """Load what both modalities share, or recall what loading these very files found, and refuse what is random."""
    head: Head = read_head(artefact.config)
    content = fingerprint(artefact, artefact.shards)
    recalled, network = loaded.find(content, Loaded), None
    if recalled is None:
        network, known = _load(artefact, modality)
    else:
        known = recalled
    findings = (*findings, *head.findings, *known.findings)
    refuse_blockers(artefact.name, findings)
    if recalled is None:
        loaded.keep(content, known)

    def again() -> Network:
        if fingerprint(artefact, artefact.shards) != content:
            raise UnusableInput(f"The files of {artefact.name} changed since it was opened.", "Open it again.")
        return _load(artefact, modality, known)[0]

    task = Task(head.kind, modality, head.labels)
    parts = {
        "name": artefact.name,
        "source": source,
        "task": task,
        "deployed": read_pipeline_file(artefact, DEPLOYED, task),
        "fingerprint": content,
        "capabilities": known.capabilities,
        "findings": findings,
        "network": network or again,
        "binary": head.binary,
    }
    return parts, known


def _load(artefact: Artefact, modality: Modality, before: Loaded | None = None) -> tuple[Network, Loaded]:
    """Load a network, and say what only loading tells of it; blockers are for the caller to refuse.

    What was found `before` on the same files spares the comparison of the network with its simpler form.
    """
    from analysis.candidates.loading import load_config, load_module

    config = load_config(artefact)
    module, found = load_module(artefact, config, modality)
    known = Loaded(capabilities_of(module, modality), found)
    device = pick_device()
    if any(f.severity is Severity.BLOCKER for f in found):
        return Network(module, config, device), known
    if modality is Modality.TEXT:
        return _with_tokenizer(artefact, Network(module.to(device), config, device), known)
    if known.capabilities.convolutional:
        import torch

        from analysis.candidates.folding import simplify

        simple = simplify(module, PROBE, agreed=before.simplified if before else None)
        known = replace(known, simplified=simple is not module)
        # torch declares no overload of `Module.to` for the memory format alone.
        module = cast("Any", simple).to(memory_format=torch.channels_last)
    return Network(module.to(device), config, device), known


def _with_tokenizer(artefact: Artefact, network: Network, known: Loaded) -> tuple[Network, Loaded]:
    from analysis.candidates.tokens import load_tokenizer, longest_input

    tokenizer, settings = load_tokenizer(artefact), cast("Any", network.module.config)
    if getattr(settings, "pad_token_id", None) is None:
        settings.pad_token_id = tokenizer.pad_token_id
    longest = longest_input(tokenizer, network.config)
    known = replace(known, longest=longest, side=str(tokenizer.truncation_side))
    return replace(network, tokenizer=tokenizer), known


def capabilities_of(module: torch.nn.Module, modality: Modality) -> Capabilities:
    """Tell from its modules what can be asked of a network.

    A vision transformer cuts its patches with one convolution; a network with several is convolutional.
    """
    import torch

    convolutions = sum(isinstance(part, torch.nn.Conv2d) for part in module.modules())
    attention = any("Attention" in type(part).__name__ for part in module.modules())
    return Capabilities(
        gradients=True,
        embeddings=True,
        attention=attention,
        convolutional=modality is Modality.IMAGE and convolutions > 1,
        transformer=attention,
    )
