"""Open image and text classifiers (and regression heads) from a Hugging Face folder."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, cast

import numpy as np
import torch

from analysis.candidates.artefact import Artefact
from analysis.candidates.batches import ImageBatch, TokenBatch
from analysis.candidates.compiled import CompiledNetwork, compile_network
from analysis.candidates.corrected import DEPLOYED, read_pipeline_file
from analysis.candidates.fingerprints import fingerprint
from analysis.candidates.folding import simplify
from analysis.candidates.heads import Head, read_head
from analysis.candidates.loading import load_config, load_module
from analysis.candidates.network import TorchCandidate, pick_device
from analysis.candidates.preflight import refuse_blockers
from analysis.candidates.tokens import Tokens, load_tokenizer, longest_input
from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.huggingface import default_text_pipeline, pipeline_from_processor
from analysis.preprocessing.image import apply_image
from analysis.preprocessing.text import apply_text
from analysis.types import Capabilities, Finding, FloatArray, Inputs, Modality, Pipeline, Prepared, Task

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
        self._tried = self.device.type != "cpu"

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
        if self._tried:
            return
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
        assert isinstance(prepared, ImageBatch)
        pixels = torch.from_numpy(np.ascontiguousarray(prepared.pixels)).to(self.device)
        if self.capabilities.convolutional:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        return {"pixel_values": pixels}


class TextClassifier(TorchCandidate):
    """A text or text-pair classifier or regressor."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        accepted = inspect.signature(self.module.forward).parameters
        self._tokens = Tokens(self.tokenizer, frozenset(accepted), threading.Lock())

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
        return self._tokens.encode(texts, pipeline)

    def tensors(self, prepared: Prepared) -> dict[str, torch.Tensor]:
        """Return ``input_ids``, ``attention_mask`` and what else the module takes."""
        assert isinstance(prepared, TokenBatch)
        return {name: torch.from_numpy(array).to(self.device) for name, array in prepared.arrays.items()}


def open_image(artefact: Artefact, source: str, findings: tuple[Finding, ...]) -> ImageClassifier:
    """Open an image classifier whose files passed the preflight.

    Raises
    ------
    UnusableInput
    """
    parts = _open(artefact, source, findings, Modality.IMAGE)
    labels = parts["task"].labels
    parts["pipeline"] = parts["deployed"]
    if artefact.processor is not None:
        described = pipeline_from_processor(artefact.processor, labels, kind=parts["task"].kind)
        parts["pipeline"] = check_pipeline(described)
    if parts["capabilities"].convolutional:
        module = simplify(parts["module"].cpu(), PROBE)
        # torch declares no overload of `Module.to` for the memory format alone.
        parts["module"] = cast("Any", module).to(memory_format=torch.channels_last).to(parts["device"])
    return ImageClassifier(**parts)


def open_text(artefact: Artefact, source: str, findings: tuple[Finding, ...]) -> TextClassifier:
    """Open a text classifier whose files passed the preflight.

    Raises
    ------
    UnusableInput
    """
    parts = _open(artefact, source, findings, Modality.TEXT)
    config, module = parts["config"], parts["module"]
    tokenizer = load_tokenizer(artefact)
    if getattr(module.config, "pad_token_id", None) is None:
        module.config.pad_token_id = tokenizer.pad_token_id
    length = longest_input(tokenizer, config)
    side = tokenizer.truncation_side
    task = parts["task"]
    described = default_text_pipeline(task.labels, max_length=length, side=side, kind=task.kind)
    parts["pipeline"] = check_pipeline(described)
    return TextClassifier(**parts, tokenizer=tokenizer)


def _open(artefact: Artefact, source: str, findings: tuple[Finding, ...], modality: Modality) -> dict[str, Any]:
    """Load what both modalities share, and refuse what loading found to be random."""
    head: Head = read_head(artefact.config)
    config = load_config(artefact)
    module, found = load_module(artefact, config, modality)
    findings = (*findings, *head.findings, *found)
    refuse_blockers(artefact.name, findings)
    device = pick_device()
    task = Task(head.kind, modality, head.labels)
    return {
        "name": artefact.name,
        "source": source,
        "task": task,
        "deployed": read_pipeline_file(artefact, DEPLOYED, task),
        "fingerprint": fingerprint(artefact, artefact.shards),
        "capabilities": capabilities_of(module, modality),
        "findings": findings,
        "module": module.to(device),
        "config": config,
        "device": device,
        "binary": head.binary,
    }


def capabilities_of(module: torch.nn.Module, modality: Modality) -> Capabilities:
    """Tell from its modules what can be asked of a network.

    A vision transformer cuts its patches with one convolution; a network with several is convolutional.
    """
    convolutions = sum(isinstance(part, torch.nn.Conv2d) for part in module.modules())
    attention = any("Attention" in type(part).__name__ for part in module.modules())
    return Capabilities(
        gradients=True,
        embeddings=True,
        attention=attention,
        convolutional=modality is Modality.IMAGE and convolutions > 1,
        transformer=attention,
    )
