"""Load a network of Hugging Face so that nothing is random, nothing is run, and nothing is silent."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import transformers

from analysis.candidates.artefact import Artefact
from analysis.candidates.checks.base import some
from analysis.errors import UnusableInput
from analysis.types import Finding, Json, Modality, Severity

AUTO = {
    Modality.IMAGE: "AutoModelForImageClassification",
    Modality.TEXT: "AutoModelForSequenceClassification",
}
#: Numbers that a configuration may declare beyond those in the file: tied weights, buffers, position tables.
SLACK_RATIO, SLACK = 1.5, 1_000_000
#: A numbered layer in a tensor's name: "encoder.layer.11.", "h.3.", "stages.2.".
LAYER = re.compile(r"(?:^|\.)(layers?|h|blocks?|stages?|encoder|resnets?)\.(\d+)\.")


_one_at_a_time = threading.RLock()


@contextmanager
def quiet() -> Iterator[None]:
    """Let transformers load something, one thread at a time, without reports and progress bars.

    What the reports say is in the findings. One at a time, since these settings are the process's, and since
    transformers replaces torch's initialisers while it loads.
    """
    with _one_at_a_time:
        log = logging.getLogger("transformers")
        level, bar = log.level, transformers.utils.logging.is_progress_bar_enabled()
        log.setLevel(logging.CRITICAL)
        transformers.utils.logging.disable_progress_bar()
        try:
            yield
        finally:
            log.setLevel(level)
            if bar:
                transformers.utils.logging.enable_progress_bar()


def unusable(artefact: Artefact, part: str, error: BaseException) -> UnusableInput:
    """Say in words that transformers refused a part of the model."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0] if lines else type(error).__name__
    return UnusableInput(
        f"The {part} of {artefact.name} can't be opened: {reason[:300]}",
        "Check that the folder is complete and was saved with `save_pretrained`.",
    )


def load_config(artefact: Artefact) -> Any:
    """Return the transformers configuration.

    Raises
    ------
    UnusableInput
        If transformers doesn't accept it.
    """
    try:
        with quiet():
            config = transformers.AutoConfig.from_pretrained(
                str(artefact.folder), trust_remote_code=False, local_files_only=True
            )
            # It would name another file than the one that was checked.
            if hasattr(config, "transformers_weights"):
                del config.transformers_weights
            # Where a type has several classifiers, transformers looks for a name in this list.
            config.architectures = config.architectures or []
            return config
    except Exception as error:  # Whatever a strange configuration provokes is a fault of the configuration.
        raise unusable(artefact, "configuration (config.json)", error) from error


def check_size(artefact: Artefact, config: Any, modality: Modality) -> None:
    """Refuse a configuration that describes a much larger network than the files hold, before allocating it.

    Raises
    ------
    UnusableInput
    """
    try:
        with quiet(), torch.device("meta"):
            blueprint = getattr(transformers, AUTO[modality]).from_config(config, trust_remote_code=False)
    except Exception as error:
        raise unusable(artefact, "configuration (config.json)", error) from error
    declared = sum(parameter.numel() for parameter in blueprint.parameters())
    if declared > SLACK_RATIO * artefact.elements + SLACK:
        raise UnusableInput(
            f"config.json describes a network of {declared:,} weights; the files hold {artefact.elements:,}.",
            "Use the configuration that belongs to these weights.",
        )


def load_module(artefact: Artefact, config: Any, modality: Modality) -> tuple[torch.nn.Module, tuple[Finding, ...]]:
    """Load the weights in float32 and say of every tensor that didn't find its place.

    Returns
    -------
    module : torch.nn.Module
        In evaluation mode, on the CPU.
    findings : tuple of Finding
        ``loading.missing_weights`` and ``loading.mismatched_weights`` are blockers: those parts would be random.

    Raises
    ------
    UnusableInput
        If transformers can't load it at all.
    """
    check_size(artefact, config, modality)
    try:
        with quiet():
            module, report = getattr(transformers, AUTO[modality]).from_pretrained(
                str(artefact.folder),
                config=config,
                trust_remote_code=False,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # They are reported below, with both shapes.
                dtype=torch.float32,
            )
    except Exception as error:
        raise unusable(artefact, "network", error) from error
    module.eval()
    module.requires_grad_(False)
    return module, tuple(_report(artefact, report))


def _report(artefact: Artefact, report: dict[str, Any]) -> Iterator[Finding]:
    missing = sorted(map(str, report.get("missing_keys", ())))
    mismatched = sorted(str(key[0] if isinstance(key, tuple) else key) for key in report.get("mismatched_keys", ()))
    errors = [str(message) for message in report.get("error_msgs", ())]
    if missing:
        yield _blocker(
            "missing_weights",
            f"{len(missing)} of the network's tensors are not in the files ({some(missing)}): "
            "they would be filled with random numbers.",
            names=missing[:100],
        )
    if mismatched or errors:
        yield _blocker(
            "mismatched_weights",
            f"{some(mismatched or errors)} have another shape in the files than config.json says: "
            "they would be filled with random numbers.",
            names=(mismatched or errors)[:100],
        )
    yield from _unexpected(artefact, sorted(map(str, report.get("unexpected_keys", ()))))
    if not missing and not mismatched and not errors:
        tensors = len(artefact.tensors)
        yield Finding("loading.weights", Severity.OK, f"All weights of the network came from the files ({tensors}).")


def _blocker(id: str, summary: str, **evidence: Json) -> Finding:
    action = "Ask for the complete model: weights and config.json that were saved together."
    return Finding(f"loading.{id}", Severity.BLOCKER, summary, evidence, action)


def _unexpected(artefact: Artefact, names: list[str]) -> Iterator[Finding]:
    used = {match.groups() for key in artefact.tensors if key not in names for match in LAYER.finditer(key)}
    layers = [n for n in names if any(match.groups() not in used for match in LAYER.finditer(n))]
    if layers:
        yield Finding(
            "loading.extra_layers",
            Severity.CAUTION,
            f"The files hold whole layers that config.json leaves out ({len(layers)} tensors: {some(layers)}): "
            "the network that runs is shallower than the one that was trained.",
            {"names": layers[:100]},
            "Compare the number of layers in config.json with the publisher's before you trust any score.",
        )
    others = [name for name in names if name not in set(layers)]
    if others:
        yield Finding(
            "loading.unused_weights",
            Severity.CAUTION,
            f"{len(others)} tensors in the files are not used: {some(others)}.",
            {"names": others[:100]},
            "Fine for heads of another task or an unused pooler; otherwise ask the publisher.",
        )
