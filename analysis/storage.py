"""Where Caveat keeps what it made: runs, uploads, small caches."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from analysis.types import Json


def home() -> Path:
    """Return the folder for kept results: ``$CAVEAT_HOME``, or ``~/.cache/caveat``; made when absent."""
    chosen = os.environ.get("CAVEAT_HOME")
    folder = Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "caveat"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_json(path: Path, value: Json) -> None:
    """Write a JSON file so that a reader sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
    os.replace(temporary, path)


def read_json(path: Path) -> Json:
    """Return what `write_json` wrote, or None where there is nothing that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
