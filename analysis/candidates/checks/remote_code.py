"""Code that comes with the model, or that its configuration points at: never run."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.candidates.artefact import Artefact
from analysis.candidates.checks.base import Check, always, blocker, caution, some
from analysis.candidates.families import IMAGE_TYPES, TEXT_TYPES
from analysis.types import Finding, Json

CONFIGURATIONS = (
    "config.json",
    "tokenizer_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "generation_config.json",
    "model_index.json",
)
PROGRAMS = (".py", ".pyc", ".so", ".dll", ".dylib", ".exe", ".sh", ".bat", ".ps1", ".jar", ".js", ".ipynb", ".whl")
#: Settings that make a loader fetch or run code, whatever their value.
CODE_KEYS = ("custom_pipelines", "custom_pipeline", "custom_generate")
ATTENTION_KEYS = ("attn_implementation", "_attn_implementation", "experts_implementation")
UNTOUCHED = "Read the code if you want to use it elsewhere; Caveat neither needs nor runs it."


def settings(value: Json, depth: int = 0) -> Iterator[tuple[str, Json]]:
    """Yield every (key, value) of nested objects, to a depth that no real configuration exceeds."""
    if depth > 20:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key), inner
            yield from settings(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from settings(inner, depth + 1)


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield a blocker where the model can't do without its own code, a caution where it merely has some."""
    for name in CONFIGURATIONS:
        found = list(settings(artefact.read_object(name)))
        if any(key == "auto_map" and value for key, value in found):
            yield _auto_map(artefact, name)
        for key, value in found:
            if key in CODE_KEYS and value:
                yield caution("remote_code.custom", f"{name} asks for code of its own ({key}).", UNTOUCHED, file=name)
            elif key == "trust_remote_code" and value:
                yield caution(
                    "remote_code.trust",
                    f"{name} asks to be trusted with running code (trust_remote_code); it is not.",
                    UNTOUCHED,
                    file=name,
                )
            elif key in ATTENTION_KEYS and isinstance(value, str) and "/" in value:
                yield blocker(
                    "remote_code.kernel",
                    f"{name} names code to be fetched from a hub ({key}: {value[:80]!r}).",
                    f"Remove {key} from {name}: the network gives the same answers without it.",
                    file=name,
                )
    programs = artefact.names_with(*PROGRAMS)
    if programs:
        yield caution(
            "remote_code.files",
            f"The folder holds programs ({some(programs)}); none of them is run.",
            UNTOUCHED,
            files=list(programs),
        )


def _auto_map(artefact: Artefact, name: str) -> Finding:
    kind = artefact.config.get("model_type")
    needed = name == "config.json" and (not isinstance(kind, str) or kind not in IMAGE_TYPES | TEXT_TYPES)
    if needed:
        return blocker(
            "remote_code.auto_map",
            f"The network of type {str(kind)[:60]!r} is defined by code of the model's own (auto_map in {name}).",
            "Caveat runs no code of a model. Ask for a version in an architecture that transformers has itself.",
            file=name,
            model_type=str(kind),
        )
    return caution(
        "remote_code.auto_map",
        f"{name} points at code of its own (auto_map); transformers' own is used instead.",
        UNTOUCHED,
        file=name,
    )


CHECK = Check("The model brings no code of its own, and asks for none.", run, always)
