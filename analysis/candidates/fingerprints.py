"""A content fingerprint of a model: what it answers follows from these files alone."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from analysis import storage
from analysis.candidates.artefact import IMAGE_PROCESSORS, TOKENIZERS, Artefact
from analysis.types import fingerprint_of

#: Files beside the weights that change what a model answers.
CONFIGURATION = (
    "config.json",
    *IMAGE_PROCESSORS,
    *TOKENIZERS,
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
#: Hashes of files larger than this are kept under `storage.home()`.
KEEP_ABOVE = 16_000_000
_lock = threading.Lock()


def fingerprint(artefact: Artefact, weights: tuple[str, ...], beside: tuple[str, ...] = CONFIGURATION) -> str:
    """Return 16 hex characters of a SHA-256 over the weights of a model and the files of `beside` that it has.

    The folder's name, its README and ``pipeline.json`` don't count.
    """
    names = (*weights, *(name for name in beside if artefact.has(name)))
    return fingerprint_of({name: _hash(artefact.folder / name) for name in sorted(set(names))})


def _hash(path: Path) -> str:
    facts = path.stat()
    if facts.st_size <= KEEP_ABOVE:
        return _digest(path)
    # The inode and both times, so that a file that was replaced is hashed anew.
    key = f"{path.resolve()}|{facts.st_size}|{facts.st_mtime_ns}|{facts.st_ctime_ns}|{facts.st_ino}"
    with _lock:
        store = storage.home() / "file-hashes.json"
        known = storage.read_json(store)
        known = known if isinstance(known, dict) else {}
        if key not in known:
            known[key] = _digest(path)
            # Old entries go first: the file stays small however many models are opened.
            storage.write_json(store, dict(list(known.items())[-500:]))
        return str(known[key])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
