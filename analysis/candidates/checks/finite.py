"""No weight is NaN or infinite: the outputs alone can hide that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from analysis.candidates.artefact import Artefact
from analysis.candidates.checks.base import Check, blocker, is_network, some
from analysis.candidates.headers import BadHeader, Tensor, read_header
from analysis.types import Finding

#: Unsigned integers of the same width, and the bits of the exponent: all of them set means NaN or infinity.
EXPONENT: dict[str, tuple[np.dtype[np.unsignedinteger[Any]], int]] = {
    "F16": (np.dtype("<u2"), 0x7C00),
    "BF16": (np.dtype("<u2"), 0x7F80),
    "F32": (np.dtype("<u4"), 0x7F800000),
    "F64": (np.dtype("<u8"), 0x7FF0000000000000),
    "F8_E5M2": (np.dtype("u1"), 0x7C),
    "F8_E4M3": (np.dtype("u1"), 0x7F),  # It has no infinity; only this pattern is NaN.
}
#: Elements looked at in one go: 16 MB at most, however large the file.
CHUNK = 2_000_000
#: Attention masks are stored with minus infinity in them, rightly.
MASKS = re.compile(r"(^|[._])(attn_|attention_|causal_)?mask(ed_bias)?$")


def count_not_finite(path: Path, tensor: Tensor) -> int:
    """Return how many elements of a tensor are NaN or infinite; 0 for integers."""
    if tensor.dtype not in EXPONENT or not tensor.elements:
        return 0
    kind, mask = EXPONENT[tensor.dtype]
    bits = np.memmap(path, dtype=kind, mode="r", offset=tensor.begin, shape=(tensor.elements,))
    pattern = kind.type(mask)
    starts = range(0, tensor.elements, CHUNK)
    return sum(int(np.count_nonzero((bits[i : i + CHUNK] & pattern) == pattern)) for i in starts)


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield one blocker a file that holds such weights."""
    for name in artefact.shards:
        if not artefact.has(name):
            continue
        path = artefact.folder / name
        try:
            tensors = read_header(path)
            counts = {key: count_not_finite(path, t) for key, t in tensors.items() if not MASKS.search(key)}
        except (BadHeader, OSError, ValueError):
            continue  # The weights check says it.
        wrong = {key: n for key, n in sorted(counts.items()) if n}
        if wrong:
            yield blocker(
                "finite",
                f"{sum(wrong.values()):,} weights in {name} are NaN or infinite ({some(list(wrong))}).",
                "Ask for undamaged weights: answers of this network mean nothing, even where they look like numbers.",
                file=name,
                tensors=dict(list(wrong.items())[:100]),
            )


CHECK = Check("Every weight is a finite number.", run, lambda artefact: is_network(artefact) and bool(artefact.tensors))
