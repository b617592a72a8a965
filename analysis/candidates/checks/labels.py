"""The names of the outputs: one for each, each different, in an order that can be told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from analysis.candidates.artefact import Artefact
from analysis.candidates.checks.base import Check, blocker, caution, is_network, some
from analysis.candidates.families import modality_in
from analysis.candidates.labels import declared_labels, label_count
from analysis.types import Finding

#: The last layer's weights, as the architectures that Caveat opens call it.
HEAD = re.compile(
    r"^(classifier|score|classification_head|logits_proj|head|fc|sequence_summary\.summary|(cls_)?classifier_?\w*)"
    r"(\.(out_proj|out|1|linear|linear_out|fc))?\.weight$"
)
ORDER = "Compare the order with the publisher's list: a wrong one makes right answers look wrong."


def head_rows(artefact: Artefact) -> int | None:
    """Return how many outputs the last layer has by its shape, or None where it isn't recognised for certain."""
    found = {t.shape[0] for key, t in artefact.tensors.items() if HEAD.match(key) and len(t.shape) in (2, 4)}
    return found.pop() if len(found) == 1 else None


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield what is odd about ``id2label``."""
    config = artefact.config
    labels, raw = declared_labels(config), config.get("id2label")
    if raw and labels is None:
        yield blocker("labels.ids", "id2label in config.json doesn't map numbers to names.", ORDER)
        return
    rows, count = head_rows(artefact), label_count(config)
    if rows is not None and rows != count:
        named = f"names {count} labels" if labels else f"declares {count} outputs"
        yield blocker(
            "labels.count",
            f"config.json {named}; the last layer has {rows} outputs.",
            "Use the config.json that was saved with these weights.",
            names=count,
            outputs=rows,
        )
        return
    if labels:
        yield from _oddities(config, labels)
    elif count > 1:
        yield caution("labels.unnamed", "config.json gives the outputs no names.", "Add id2label to config.json.")


def _oddities(config: dict[str, object], labels: dict[int, str]) -> Iterator[Finding]:
    ids, names = list(labels), list(labels.values())
    if ids != list(range(len(ids))):
        start = f"start at {ids[0]}" if ids[0] else "have gaps"
        yield caution(
            "labels.ids",
            f"The ids in id2label {start}: names are given to the outputs in order, {names[0]!r} to the first.",
            ORDER,
            ids=ids[:20],
        )
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        yield caution(
            "labels.duplicates",
            f"{len(twice)} names stand for several outputs ({some(twice)}): positions are added to tell them apart.",
            "Give each output a name of its own.",
            names=twice[:50],
        )
    if len(names) > 1 and all(re.fullmatch(r"LABEL_\d+", name) for name in names):
        yield caution("labels.unnamed", "The outputs are called LABEL_0, LABEL_1 …", "Add names to id2label.")
    if [name for name in names if not name.strip()]:
        yield caution("labels.empty", "Some outputs have an empty name.", "Give each output a name.")
    back = config.get("label2id")
    if isinstance(back, dict) and back and not twice:
        differ = [name for name, number in back.items() if labels.get(_integer(number), name) != name]
        if differ:
            yield caution(
                "labels.contradiction",
                f"id2label and label2id disagree about {len(differ)} names ({some(list(map(str, differ)))}); "
                "id2label is used.",
                ORDER,
                names=[str(name) for name in differ[:50]],
            )


def _integer(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return -1


CHECK = Check(
    "Every output has a name of its own.",
    run,
    lambda artefact: is_network(artefact) and modality_in(artefact.config) is not None,
)
