"""Every file, and every file that another one names, must lie inside the model's folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath

from analysis.candidates.artefact import FILES_CAP, INDEX, Artefact
from analysis.candidates.checks.base import Check, always, blocker
from analysis.types import Finding


def _named(artefact: Artefact) -> Iterator[tuple[str, str]]:
    """Yield (file that names, name) for every file name that a loader would follow."""
    weight_map = artefact.read_object(INDEX).get("weight_map")
    if isinstance(weight_map, dict):
        yield from ((INDEX, name) for name in sorted({str(v) for v in weight_map.values()}))
    explicit = artefact.config.get("transformers_weights")
    if isinstance(explicit, str):
        yield "config.json", explicit
    fast = artefact.read_object("tokenizer_config.json").get("fast_tokenizer_files")
    if isinstance(fast, list):
        yield from (("tokenizer_config.json", str(name)) for name in fast)


def _leaves(name: str) -> bool:
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return posix.is_absolute() or bool(windows.drive or windows.root) or ".." in posix.parts or ".." in windows.parts


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield a blocker for each file outside, whether a link or an index leads there."""
    if len(artefact.files) >= FILES_CAP:
        yield blocker(
            "paths.many",
            f"{artefact.name} holds more than {FILES_CAP:,} files.",
            "Give the folder of the model alone.",
        )
    for name in artefact.files:
        path = artefact.folder / name
        if not artefact.contains(name) and artefact.path.is_dir():
            yield blocker(
                "paths.outside",
                f"{name} is a link that leaves the model's folder.",
                "Replace it by the file itself, if you trust where it leads.",
                file=name,
            )
        elif path.exists() and not path.is_file() and not path.is_dir():
            yield blocker("paths.special", f"{name} is a device or pipe, not a file.", "Remove it.", file=name)
    for source, name in _named(artefact):
        if _leaves(name) or not artefact.contains(name):
            yield blocker(
                "paths.outside",
                f"{source} names {name!r}, which lies outside the model's folder.",
                "Don't use this model unless you know why it does; its own files should be beside it.",
                file=source,
                names=name,
            )


CHECK = Check("Every file, and every file that an index names, lies inside the model's folder.", run, always)
