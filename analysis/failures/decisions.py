"""What a person decided about suspect labels, kept on disk: ``<home>/labels/<data fingerprint>.json``."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from analysis import storage
from analysis.types import Dataset

_writing = threading.Lock()


class Choice(StrEnum):
    """What can be decided about a suspect label."""

    ACCEPT = "accept"
    REJECT = "reject"
    SKIP = "skip"


@dataclass(frozen=True)
class Decision:
    """What was decided about one label.

    Attributes
    ----------
    example : str
    given : str
        The label in the data.
    label : str
        The label that it has from now on: the suggested one where that was accepted, else the given one.
    choice : Choice
        Accept: the suggestion is right. Reject: the given label is. Skip: can't tell.
    """

    example: str
    given: str
    label: str
    choice: Choice


def _path(dataset: Dataset) -> Path:
    return storage.home() / "labels" / f"{dataset.fingerprint}.json"


def decisions_on(dataset: Dataset) -> dict[str, Decision]:
    """Return what was decided about the labels of a data set, by example id, in the order of deciding."""
    found = storage.read_json(_path(dataset))
    out: dict[str, Decision] = {}
    for entry in found if isinstance(found, list) else []:
        try:
            known = Decision(entry["example"], entry["given"], entry["label"], Choice(entry["choice"]))
        except (KeyError, TypeError, ValueError):
            continue
        out[known.example] = known
    return out


def decide(dataset: Dataset, decision: Decision) -> None:
    """Keep a decision; it takes the place of an earlier one about the same example."""
    with _writing:
        known = decisions_on(dataset)
        known.pop(decision.example, None)
        known[decision.example] = decision
        storage.write_json(_path(dataset), [asdict(d) for d in known.values()])


def take_back(dataset: Dataset, example: str) -> None:
    """Forget what was decided about an example."""
    with _writing:
        known = decisions_on(dataset)
        if known.pop(example, None) is not None:
            storage.write_json(_path(dataset), [asdict(d) for d in known.values()])


def accepted(decisions: dict[str, Decision]) -> dict[str, str]:
    """Return the labels that were corrected: example id → its new label."""
    return {d.example: d.label for d in decisions.values() if d.choice is Choice.ACCEPT}
