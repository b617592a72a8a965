"""A selection of examples as a link carries it: what it is, and, where somebody gave it one, its name.

``"brightness under 0.31"`` is a slice by its predicates, ``"map 1 2: 10,20 30,20 30,90"`` a part of the map; with a
name before it, ``"dark photos := brightness under 0.31"``. Names that are to stay are kept on disk, in
``<home>/selections/<data fingerprint>.json``.
"""

from __future__ import annotations

import threading
from pathlib import Path

from analysis import storage
from analysis.types import Dataset

_NAMED = " := "
#: The longest name.
LONGEST = 80
_writing = threading.Lock()


def named(name: str, definition: str) -> str:
    """Return a definition with a name; without one where the name is empty."""
    tidy = " ".join(name.replace(_NAMED.strip(), " ").split())[:LONGEST].strip()
    return f"{tidy}{_NAMED}{definition}" if tidy else definition


def definition_of(selection: str) -> str:
    """Return what a selection is, without its name."""
    return selection.partition(_NAMED)[2] or selection


def name_of(selection: str) -> str:
    """Return the name that a selection carries, or an empty text."""
    name, joint, _ = selection.partition(_NAMED)
    return name if joint else ""


def title_of(selection: str) -> str:
    """Return what a person reads: the name, "part of the map", or the predicates."""
    from analysis.neighbours.plane import region_of

    definition = definition_of(selection)
    return name_of(selection) or ("part of the map" if region_of(definition) is not None else definition)


def _path(dataset: Dataset) -> Path:
    return storage.home() / "selections" / f"{dataset.fingerprint}.json"


def kept_selections(dataset: Dataset) -> tuple[str, ...]:
    """Return the selections of a data set that were kept, each with its name, in the order of their names."""
    found = storage.read_json(_path(dataset))
    known = {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}
    return tuple(named(name, known[name]) for name in sorted(known, key=str.casefold))


def keep_selection(dataset: Dataset, selection: str) -> None:
    """Keep a selection under the name that it carries; it takes the place of one of that name.

    Raises
    ------
    ValueError
        If it carries no name.
    """
    if not name_of(selection):
        raise ValueError("A selection is kept under a name; this one has none.")
    _change(dataset, name_of(selection), definition_of(selection))


def forget_selection(dataset: Dataset, selection: str) -> None:
    """Forget a selection by the name that it carries."""
    _change(dataset, name_of(selection), None)


def _change(dataset: Dataset, name: str, definition: str | None) -> None:
    with _writing:
        known = {name_of(one): definition_of(one) for one in kept_selections(dataset)}
        known.pop(name, None)
        if definition is not None:
            known[name] = definition
        storage.write_json(_path(dataset), dict(known))
