"""Frozen results kept on disk as JSON, so that none is computed twice, and read back to what they were."""

from __future__ import annotations

import hashlib
import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from analysis.storage import home, read_json, write_json
from analysis.types import Json, fingerprint_of

if TYPE_CHECKING:
    from analysis.session import Session

Result = TypeVar("Result")


@lru_cache(maxsize=32)
def code_of(package: Path) -> str:
    """Return what changes when the code of a package does: other code may come to another result."""
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def place_of(kind: str, parts: Mapping[str, Json]) -> Path:
    """Return where a result is kept: ``<home>/<kind>/<fingerprint of all that it depends on>.json``."""
    return home() / kind / f"{fingerprint_of(dict(parts))}.json"


def place_of_session(kind: str, session: Session, package: Path, **more: Json) -> Path:
    """Return where a result about an opened session is kept; it belongs to the code of a package and to `more`."""
    parts: dict[str, Json] = {
        "candidate": session.candidate.fingerprint,
        "dataset": session.dataset.fingerprint,
        "pipeline": session.pipeline.fingerprint,
        "split": session.split,
        "code": code_of(package),
        **more,
    }
    return place_of(kind, parts)


def keep(path: Path, result: object) -> None:
    """Write a frozen dataclass."""
    write_json(path, to_plain(result))


def find(path: Path, kind: type[Result]) -> Result | None:
    """Return what `keep` wrote, or None where there is nothing that can be read."""
    data = read_json(path)
    if data is None:
        return None
    try:
        found: Result = from_plain(kind, data)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return found


def to_plain(value: Any) -> Json:
    """Return a frozen dataclass as plain JSON values; numbers that are not finite become their name."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def from_plain(kind: Any, data: Json) -> Any:
    """Read what `to_plain` wrote, as the annotations of `kind` say.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If the data have another shape.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if data is None:
            return None
        return from_plain(next(a for a in arguments if a is not type(None)), data)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(from_plain(arguments[0], item) for item in data)
        return tuple(from_plain(a, item) for a, item in zip(arguments, data, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {key: from_plain(arguments[1], item) for key, item in data.items()}
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{f.name: from_plain(hints[f.name], data[f.name]) for f in fields(kind)})  # type: ignore[operator]
    if kind in (float, int, str) or (isinstance(kind, type) and issubclass(kind, Enum)):
        return kind(data)
    return data
