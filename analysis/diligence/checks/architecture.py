"""What kind of network it is, and how large: from its configuration and the headers of its weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from analysis.diligence.base import Area, Check, Subject, ok, unknown
from analysis.types import Finding

_KEYS = (
    "model_type",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "image_size",
    "patch_size",
    "vocab_size",
    "max_position_embeddings",
    "transformers_version",
    "torch_dtype",
    "dtype",
)


def run(subject: Subject) -> Iterator[Finding]:
    """Yield what the configuration and the weights' headers say."""
    artefact = subject.artefact
    if artefact.is_skops:
        yield ok(
            "provenance.architecture", "A scikit-learn estimator in a skops file.", files=list(artefact.skops_files)
        )
        return
    config, tensors = artefact.config, artefact.tensors
    if not config:
        yield unknown("provenance.architecture", "There is no config.json: the architecture is not stated.", "")
        return
    listed = config.get("architectures")
    name = str(listed[0])[:80] if isinstance(listed, list) and listed else "a network whose class is not named"
    facts = {key: config[key] for key in _KEYS if isinstance(config.get(key), (str, int, float))}
    stored = Counter(t.dtype for t in tensors.values())
    kinds = " and ".join(sorted(stored)) or "nothing"
    summary = f"{name}, {artefact.elements / 1e6:,.2f} million weights, stored as {kinds}."
    yield ok(
        "provenance.architecture",
        summary,
        "",
        **facts,
        architecture=name,
        weights=artefact.elements,
        dtypes=dict(stored),
    )


CHECK = Check(Area.PROVENANCE, "Architecture and size", run)
