"""A text model without its own tokenizer reads every word as unknown, and says nothing."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.candidates.artefact import TOKENIZERS, Artefact
from analysis.candidates.checks.base import Check, blocker, caution, is_network
from analysis.candidates.checks.config import EMBEDDINGS
from analysis.candidates.families import modality_in
from analysis.types import Finding, Json, Modality

#: transformers writes 1e30 for "no limit known".
NO_LIMIT = 1_000_000
OWN = "Add the tokenizer files that belong to these weights."


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield what the tokenizer lacks."""
    found = [name for name in TOKENIZERS if artefact.has(name)]
    if not found or (found == ["vocab.json"] and not artefact.has("merges.txt")):
        have = "only vocab.json, without merges.txt" if found else "no tokenizer files"
        yield blocker(
            "tokenizer.missing", f"The folder has {have}: every word would be read as unknown, in silence.", OWN
        )
        return
    yield from _length(artefact)
    yield from _vocabulary(artefact)


def _length(artefact: Artefact) -> Iterator[Finding]:
    limit = artefact.read_object("tokenizer_config.json").get("model_max_length")
    if isinstance(limit, int | float) and not isinstance(limit, bool) and 0 < limit < NO_LIMIT:
        return
    positions = artefact.config.get("max_position_embeddings") or artefact.config.get("n_positions")
    cap = f"to the network's {positions:,} positions" if isinstance(positions, int) else "to 512 tokens"
    yield caution(
        "tokenizer.length",
        f"tokenizer_config.json sets no model_max_length; texts are cut {cap}.",
        "Nothing, unless the model was trained on shorter texts.",
    )


def _vocabulary(artefact: Artefact) -> Iterator[Finding]:
    rows = next((t.shape[0] for k, t in artefact.tensors.items() if EMBEDDINGS.search(k) and len(t.shape) == 2), None)
    ids = _ids(artefact)
    if rows is None or not ids:
        return
    if max(ids) >= rows:
        yield blocker(
            "tokenizer.vocabulary",
            f"The tokenizer has ids up to {max(ids):,}; the network knows {rows:,} words.",
            OWN,
            largest=max(ids),
            rows=rows,
        )
    elif len(ids) < rows // 2:
        yield caution(
            "tokenizer.vocabulary",
            f"The tokenizer has {len(ids):,} words; the network knows {rows:,}: it may be another model's.",
            OWN,
            words=len(ids),
            rows=rows,
        )


def _ids(artefact: Artefact) -> set[int]:
    """Return the token ids that tokenizer.json or vocab.txt assigns; empty where neither can be read."""
    whole = artefact.read_object("tokenizer.json")
    if whole:
        model = whole.get("model")
        vocabulary: Json = model.get("vocab") if isinstance(model, dict) else None
        added = whole.get("added_tokens")
        extra = {t.get("id") for t in added if isinstance(t, dict)} if isinstance(added, list) else set()
        if isinstance(vocabulary, dict):
            return {i for i in (*vocabulary.values(), *extra) if type(i) is int}
        if isinstance(vocabulary, list):  # Unigram: a list of (piece, score).
            return set(range(len(vocabulary))) | {i for i in extra if type(i) is int}
        return set()
    if artefact.has("vocab.txt"):
        try:
            with (artefact.folder / "vocab.txt").open("rb") as file:
                return set(range(sum(1 for _ in file)))
        except OSError:
            return set()
    return set()


CHECK = Check(
    "The tokenizer is there, and fits the network's vocabulary.",
    run,
    lambda artefact: is_network(artefact) and modality_in(artefact.config) is Modality.TEXT,
)
