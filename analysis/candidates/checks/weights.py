"""The safetensors files: all there, complete, and without contradictions."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.candidates.artefact import INDEX, WEIGHTS, Artefact
from analysis.candidates.checks import pickles
from analysis.candidates.checks.base import Check, blocker, is_network, some
from analysis.candidates.headers import BadHeader, read_header
from analysis.types import Finding

#: Weights in formats that this project has no loader for.
FOREIGN = (".msgpack", ".onnx", ".gguf", ".ggml", ".tflite", ".pb", ".mlmodel", ".npz", ".npy", ".ot", ".nemo")
AGAIN = "Fetch the model again, complete."


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield a blocker for each file that is absent or damaged."""
    if artefact.has("adapter_config.json"):
        yield blocker(
            "weights.adapter",
            "adapter_config.json says that this is an adapter (LoRA or the like) for another model.",
            "Merge it into its base model (`merge_and_unload`), and save the whole.",
        )
    yield from _index(artefact)
    if not artefact.shards:
        yield from _absent(artefact)
    for name in artefact.shards:
        if not name.endswith(".safetensors"):
            continue  # The pickles check says it.
        if not artefact.has(name):
            yield blocker("weights.missing_shard", f"{name} is named by {INDEX} and not there.", AGAIN, file=name)
            continue
        try:
            tensors = read_header(artefact.folder / name)
        except BadHeader as error:
            yield blocker(f"weights.{error.detail}", f"{name} {error.sentence}.", error.action, file=name)
            continue
        except OSError as error:
            yield blocker("weights.unreadable", f"{name} can't be read ({error.strerror}).", AGAIN, file=name)
            continue
        if not tensors:
            yield blocker("weights.no_tensors", f"{name} holds no tensors.", AGAIN, file=name)


def _index(artefact: Artefact) -> Iterator[Finding]:
    if WEIGHTS in artefact.files or INDEX not in artefact.files:
        return
    weight_map = artefact.read_object(INDEX).get("weight_map")
    if not isinstance(weight_map, dict) or not all(isinstance(v, str) for v in weight_map.values()):
        yield blocker("weights.index", f"{INDEX} doesn't say which tensor is in which file.", AGAIN, file=INDEX)
        return
    held = artefact.tensors
    if held and all(artefact.has(shard) for shard in artefact.shards):
        absent = sorted(str(name) for name in weight_map if name not in held)
        if absent:
            yield blocker(
                "weights.index",
                f"{INDEX} lists {len(absent)} tensors that no file holds ({some(absent)}).",
                AGAIN,
                names=absent[:100],
            )


def _absent(artefact: Artefact) -> Iterator[Finding]:
    if WEIGHTS in artefact.files:
        return  # It is a link that leaves the folder: the paths check says it.
    others = artefact.names_with(".safetensors")
    if others:
        yield blocker(
            "weights.name",
            f"The weights are called {some(others)}; loaders look for {WEIGHTS} or {INDEX}.",
            f"Rename the file, or merge its parts into {WEIGHTS}.",
            files=list(others),
        )
    elif INDEX not in artefact.files and not artefact.names_with(*pickles.ENDINGS):
        foreign = artefact.names_with(*FOREIGN)
        found = f"; it holds {some(foreign)}, which Caveat doesn't read" if foreign else ""
        yield blocker(
            "weights.missing",
            f"There are no weights in the folder{found}.",
            f"Give a folder with {WEIGHTS}.",
            files=list(foreign),
        )


CHECK = Check("The weights are complete safetensors files.", run, is_network)
