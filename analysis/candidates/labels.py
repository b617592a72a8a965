"""Names of a model's outputs, from ``id2label`` as it really is: starting at 1, with gaps, with doubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from analysis.types import Json

#: More outputs than the largest known classifiers have; transformers builds two dictionaries of this length.
LABELS_CAP = 200_000


def declared_labels(config: Mapping[str, Json]) -> dict[int, str] | None:
    """Return ``id2label`` with integer ids in ascending order, or None where it is absent or can't be read."""
    raw = config.get("id2label")
    if isinstance(raw, list):
        raw = dict(enumerate(raw))
    if not isinstance(raw, dict) or not raw:
        return None
    try:
        return {number: str(name) for number, name in sorted((int(key), value) for key, value in raw.items())}
    except (TypeError, ValueError):
        return None


def label_count(config: Mapping[str, Json]) -> int:
    """Return how many outputs a configuration declares; transformers' own default is 2."""
    labels = declared_labels(config)
    if labels:
        return len(labels)
    declared = config.get("num_labels")
    return declared if type(declared) is int and 0 < declared <= LABELS_CAP else 2


def output_names(config: Mapping[str, Json], outputs: int) -> tuple[str, ...]:
    """Name each output, in order.

    Ids give the order only: ``{1: "cat", 2: "dog"}`` names outputs 0 and 1. Names that occur twice (ImageNet has
    two cranes) get their position added, so that each name means one output.
    """
    labels = declared_labels(config)
    names = list(labels.values()) if labels and len(labels) == outputs else [f"LABEL_{i}" for i in range(outputs)]
    times = Counter(names)
    unique = [name if times[name] == 1 else f"{name} ({position})" for position, name in enumerate(names)]
    if len(set(unique)) != len(unique):
        unique = [f"{name} ({position})" for position, name in enumerate(names)]
    return tuple(unique)
