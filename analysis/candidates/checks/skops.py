"""The skops archive: a plain zip of sane size whose schema can be read; which types it names."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from analysis.candidates.artefact import Artefact
from analysis.candidates.checks.base import Check, blocker
from analysis.types import Finding, Json, Severity

ENTRIES_CAP = 100_000
#: Unpacked bytes in all, and how many times its packed size an archive may grow.
BYTES_CAP, RATIO_CAP = 4_000_000_000, 1_000
SCHEMA, SCHEMA_CAP = "schema.json", 500_000_000
#: Modules whose functions read, write or run things: no estimator is made of them.
DANGEROUS = frozenset(
    (
        "os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "pty", "runpy", "importlib", "ctypes", "pickle",
        "code", "codeop", "commands", "pip", "webbrowser", "multiprocessing", "threading", "signal", "urllib", "http",
        "requests", "httpx", "tempfile", "pathlib", "io", "marshal", "shelve", "asyncio", "platform", "pdb", "timeit",
        "bdb", "cProfile", "trace", "torch", "joblib", "cloudpickle", "dill",
    )
)  # fmt: skip
DANGEROUS_BUILTINS = frozenset(
    ("eval", "exec", "compile", "open", "getattr", "setattr", "delattr", "__import__", "input", "breakpoint", "globals")
)
ANOTHER = "Don't open it. Ask the publisher what this is for."


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield a blocker for a damaged or hostile archive, and name the types in a sound one."""
    for name in artefact.skops_files:
        if not artefact.contains(name):
            continue  # The paths check says it.
        try:
            found, types = _examine(artefact.folder / name, name)
        except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
            reason = "is nested too deeply" if isinstance(error, RecursionError) else f"can't be read: {error}"
            yield blocker("skops.archive", f"{name} {reason}.", "Save it again with skops.io.dump.", file=name)
            continue
        if found is not None:
            yield found
            continue
        bad = sorted(kind for kind in types if _dangerous(kind))
        if bad:
            yield blocker(
                "skops.dangerous_type",
                f"{name} wants to call {', '.join(bad[:5])}, which no estimator needs.",
                ANOTHER,
                file=name,
                types=bad,
            )
        else:
            yield Finding(
                "preflight.skops",
                Severity.OK,
                f"{name} is a sound archive; it names {len(types)} types.",
                {"file": name, "types": sorted(types)[:500]},
            )


def _examine(path: Path, name: str) -> tuple[Finding | None, set[str]]:
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"version https://git-lfs"):
        return blocker("skops.lfs_pointer", f"{name} is a Git LFS pointer.", "Run `git lfs pull` in the folder."), set()
    if not start.startswith(b"PK"):
        sentence = f"{name} is not a skops file (no zip archive): it may be a pickle under another name, or cut off."
        return blocker("skops.archive", sentence, "Save it with skops.io.dump.", file=name), set()
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        packed = max(1, path.stat().st_size)
        if len(entries) > ENTRIES_CAP or unpacked > BYTES_CAP or (unpacked > 1e8 and unpacked / packed > RATIO_CAP):
            sentence = f"{name} would unpack to {unpacked:,} bytes in {len(entries):,} files, from {packed:,}."
            return blocker("skops.bomb", sentence, "Don't open it.", file=name), set()
        sizes = {entry.filename: entry.file_size for entry in entries}
        if SCHEMA not in sizes or sizes[SCHEMA] > SCHEMA_CAP:
            return blocker("skops.schema", f"{name} has no {SCHEMA} that can be read.", ANOTHER, file=name), set()
        schema = json.loads(archive.read(SCHEMA))
    return None, set(_types(schema))


def _types(schema: Json) -> Iterator[str]:
    """Yield the full name of every type and function that a schema mentions."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            module, name = node.get("__module__"), node.get("__class__")
            if isinstance(name, str):
                yield f"{module}.{name}" if isinstance(module, str) else name
            waiting.extend(node.values())
            content = node.get("content")
            if node.get("__loader__") in ("FunctionNode", "TypeNode") and isinstance(content, dict):
                yield f"{content.get('module_path')}.{content.get('function')}"
        elif isinstance(node, list):
            waiting.extend(node)


def _dangerous(kind: str) -> bool:
    module, _, name = kind.rpartition(".")
    return module.split(".")[0] in DANGEROUS or (module == "builtins" and name in DANGEROUS_BUILTINS)


CHECK = Check("The skops archive is sound.", run, lambda artefact: artefact.is_skops)
