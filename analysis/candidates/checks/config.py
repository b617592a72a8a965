"""The JSON files can be read, and describe a network of a sane size that fits the weights."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from analysis.candidates.artefact import IMAGE_PROCESSORS, Artefact, BadJson
from analysis.candidates.checks.base import Check, blocker, is_network
from analysis.candidates.checks.remote_code import settings
from analysis.candidates.families import modality_in
from analysis.candidates.labels import LABELS_CAP
from analysis.types import Finding, Json, Modality

#: The files that loaders read; an unreadable one stops them.
READ = (
    "config.json",
    *IMAGE_PROCESSORS,
    "tokenizer_config.json",
    "tokenizer.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
)
#: What a setting counts, by its name, and the most that any published network comes near.
CAPS = (
    (re.compile(r"vocab_size"), 10_000_000),
    (re.compile(r"num_labels|num_classes"), LABELS_CAP),
    (
        re.compile(r"(layers?|depths?|blocks?|repeats?|stages?|groups|experts)$|depth_coefficient|width_coefficient"),
        1_000,
    ),
    (re.compile(r"image_size|crop_size|patch_size"), 16_384),
    (re.compile(r"(size|sizes|dim|dims|width|channels|heads|d_model|d_ff|n_embd|features|filters)$"), 10_000_000),
    (re.compile(r"positions|position_embeddings|length"), 1_000_000_000),
)
RIGHT_CONFIG = "Use the config.json that was saved with these weights."
EMBEDDINGS = re.compile(
    r"(word_embeddings|embed_tokens|wte|shared|tokens_embed|word_embedding|tok_embeddings)\.weight$"
)


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield blockers for unreadable files and for sizes that can't be meant."""
    if "config.json" not in artefact.files:
        yield blocker(
            "config.missing",
            "There is no config.json in the folder, so nothing says what network this is.",
            "Give the folder that `save_pretrained` wrote, or a skops file.",
        )
    for name in READ:
        if not artefact.has(name):
            continue
        try:
            value = artefact.read_json(name)
        except BadJson as error:
            yield blocker("config.json", f"{name} {error}.", "Fetch the file again from where it came.", file=name)
            continue
        if not isinstance(value, dict):
            yield blocker("config.json", f"{name} holds no JSON object.", "Fetch the file again.", file=name)
    yield from _sizes(artefact)
    yield from _fit(artefact)
    yield from _declined(artefact)


def _numbers(value: Json) -> Iterator[int | float]:
    if isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def _sizes(artefact: Artefact) -> Iterator[Finding]:
    for key, value in settings(artefact.config):
        numbers = list(_numbers(value))
        if any(not math.isfinite(number) for number in numbers):
            yield blocker("config.size", f"config.json sets {key} to no finite number.", RIGHT_CONFIG, key=key)
            continue
        cap = next((cap for pattern, cap in CAPS if pattern.search(key)), None)
        layers = cap == 1_000
        largest = max((abs(number) for number in numbers), default=0)
        total = sum(abs(number) for number in numbers) if layers else largest
        if cap is not None and max(largest, total) > cap:
            yield blocker(
                "config.size",
                f"config.json sets {key} to {_short(value)}; no real network comes near that.",
                RIGHT_CONFIG,
                key=key,
                cap=cap,
            )
    labels = artefact.config.get("id2label")
    if isinstance(labels, dict | list) and len(labels) > LABELS_CAP:
        yield blocker("config.size", f"config.json names {len(labels):,} labels.", RIGHT_CONFIG, cap=LABELS_CAP)


def _short(value: Json) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _fit(artefact: Artefact) -> Iterator[Finding]:
    config, elements = artefact.config, artefact.elements
    if not elements:
        return
    vocabulary = config.get("vocab_size")
    rows = {key: t.shape[0] for key, t in artefact.tensors.items() if EMBEDDINGS.search(key) and len(t.shape) == 2}
    if rows and isinstance(vocabulary, int) and vocabulary not in rows.values():
        name, count = next(iter(rows.items()))
        yield blocker(
            "config.vocabulary",
            f"config.json declares a vocabulary of {vocabulary:,}; the weights hold {count:,} words ({name}).",
            RIGHT_CONFIG,
            declared=vocabulary,
            held=count,
        )
    hidden = config.get("hidden_size")
    if isinstance(hidden, int) and hidden > 0 and hidden * hidden > 2 * elements + 1_000_000:
        yield blocker(
            "config.width",
            f"config.json declares layers {hidden:,} wide; the files hold {elements:,} weights: too few for one.",
            RIGHT_CONFIG,
            declared=hidden,
            held=elements,
        )


def _declined(artefact: Artefact) -> Iterator[Finding]:
    quantised = artefact.config.get("quantization_config")
    if quantised:
        method = quantised.get("quant_method", "") if isinstance(quantised, dict) else ""
        yield blocker(
            "config.quantised",
            f"The weights are quantised ({str(method)[:40] or 'method not named'}), which needs a library of its own.",
            "Give the unquantised model.",
        )
    channels = artefact.config.get("num_channels")
    if modality_in(artefact.config) is Modality.IMAGE and isinstance(channels, int) and channels != 3:
        yield blocker(
            "config.channels",
            f"The network takes images of {channels} channels; Caveat feeds photographs of 3.",
            "Choose a model for colour images.",
        )


CHECK = Check("The configuration can be read, and its sizes fit the weights.", run, is_network)
