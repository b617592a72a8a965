"""Pickles run code when they are loaded: they are never loaded here."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.candidates.artefact import INDEX, Artefact
from analysis.candidates.checks.base import Check, always, blocker, caution, some
from analysis.types import Finding

#: Endings of files that are pickles, or containers that can hold code which runs on loading.
ENDINGS = (
    ".bin",
    ".pt",
    ".pth",
    ".pkl",
    ".pickle",
    ".joblib",
    ".ckpt",
    ".h5",
    ".hdf5",
    ".keras",
    ".dill",
    ".cloudpickle",
)
CONVERT = (
    "Ask for safetensors weights, or convert them on a machine that may be harmed: "
    "`model.save_pretrained(folder, safe_serialization=True)`."
)
CONVERT_SKLEARN = (
    "Ask for a skops file, or convert it on a machine that may be harmed: `skops.io.dump(model, 'm.skops')`."
)


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield a blocker where there are only pickles, a caution where they lie beside weights that can be used."""
    weight_map = artefact.read_object(INDEX).get("weight_map")
    named = {str(v) for v in weight_map.values()} if isinstance(weight_map, dict) else set()
    foreign = sorted(name for name in named if not name.endswith(".safetensors"))
    if foreign:
        yield blocker(
            "pickles.index",
            f"{INDEX} names {some(foreign)}, which is not a safetensors file.",
            CONVERT,
            files=foreign,
        )
    found = artefact.names_with(*ENDINGS)
    if not found:
        return
    usable = artefact.names_with(".safetensors", ".skops")
    if usable:
        yield caution(
            "pickles.ignored",
            f"{some(found)} can run code when loaded; it is ignored, and {usable[0]} is used.",
            "Nothing, as long as nobody loads it elsewhere. Remove it before passing the model on.",
            files=list(found),
        )
    else:
        sklearn = all(name.lower().endswith((".pkl", ".pickle", ".joblib", ".dill")) for name in found)
        yield blocker(
            "pickles.only",
            f"The weights come only as {some(found)}, a format that can run code when loaded.",
            CONVERT_SKLEARN if sklearn else CONVERT,
            files=list(found),
        )


CHECK = Check("There is no pickle among the files.", run, always)
