"""The model does what Caveat judges: one label, or one value, for an image or a text."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.candidates.artefact import Artefact
from analysis.candidates.checks.base import Check, blocker, is_network
from analysis.candidates.families import IMAGE_TYPES, OUT_OF_REACH, TEXT_TYPES, modality_in, other_task
from analysis.candidates.heads import read_head
from analysis.errors import UnusableInput
from analysis.types import Finding

JUDGED = "Caveat judges models that give one label, or one value, to an image, a text or a row of a table."


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield a blocker that says what the model is for, where that is something else."""
    config = artefact.config
    kind, architectures = config.get("model_type"), config.get("architectures")
    if artefact.has("model_index.json"):
        yield blocker("task", "This is a diffusion pipeline: it generates images.", JUDGED)
    elif modality_in(config) is None:
        yield _other(str(kind), architectures)
    elif isinstance(kind, str) and kind in OUT_OF_REACH:
        yield blocker("task", f"A network of type {kind!r} {OUT_OF_REACH[kind]}.", JUDGED, model_type=kind)
    elif not isinstance(kind, str) or kind not in IMAGE_TYPES | TEXT_TYPES:
        yield blocker(
            "task.unknown_type",
            f"The network is of type {str(kind)[:60]!r}, which the installed transformers version doesn't have.",
            "Check model_type in config.json, or ask for a model in a known architecture.",
            model_type=str(kind)[:200],
        )
    else:
        try:
            read_head(config)
        except UnusableInput as error:
            yield blocker("task.head", error.what, error.action)


def _other(kind: str, architectures: object) -> Finding:
    if not isinstance(architectures, list) or not architectures:
        return blocker(
            "task",
            f"config.json names no architecture, and its type {kind[:60]!r} is none that classifies.",
            JUDGED,
            model_type=kind[:200],
        )
    name = str(architectures[0])[:80]
    words = other_task(name)
    summary = f"{name} is a model for {words}." if words else f"Caveat doesn't know the architecture {name!r}."
    if words and words.startswith("features"):
        summary = f"{name} gives {words}."
    return blocker("task", summary, JUDGED, architecture=name)


CHECK = Check(
    "The architecture gives one label, or one value, to an image or a text.",
    run,
    lambda artefact: is_network(artefact) and bool(artefact.config),
)
