"""What a check of diligence is, and what it is handed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from analysis.candidates.artefact import Artefact
from analysis.diligence.card import Card, read_card
from analysis.diligence.lineage import Ancestor, ancestors
from analysis.types import Finding, Json, Severity


class Area(StrEnum):
    """What a finding is about; the part of its id before the first dot says it too."""

    SAFETY = "safety"
    LICENCE = "licence"
    PROVENANCE = "provenance"
    FIT = "fit"


@dataclass(frozen=True)
class Subject:
    """A model's files, looked at without loading anything.

    Attributes
    ----------
    artefact : Artefact
    """

    artefact: Artefact

    @cached_property
    def card(self) -> Card:
        """The model card, empty where there is none."""
        return read_card(self.artefact)

    @cached_property
    def ancestors(self) -> tuple[Ancestor, ...]:
        """Base models and training data that the card names, with the licences that are known of them here."""
        return ancestors(self.card)


@dataclass(frozen=True)
class Check:
    """One thing that is looked into before a model is adopted.

    Attributes
    ----------
    area : Area
    title : str
        What it looks at, in words.
    run : callable
        Yields findings; must not load, unpickle or import anything of the model, and must cope with any bytes.
    """

    area: Area
    title: str
    run: Callable[[Subject], Iterator[Finding]]


def ok(id: str, summary: str, action: str = "", **evidence: Json) -> Finding:
    """Return a finding that all is well."""
    return Finding(id, Severity.OK, summary, evidence, action)


def caution(id: str, summary: str, action: str, **evidence: Json) -> Finding:
    """Return a finding that a person should know of."""
    return Finding(id, Severity.CAUTION, summary, evidence, action)


def blocker(id: str, summary: str, action: str, **evidence: Json) -> Finding:
    """Return a finding that speaks against the model as it is."""
    return Finding(id, Severity.BLOCKER, summary, evidence, action)


def unknown(id: str, summary: str, action: str, **evidence: Json) -> Finding:
    """Return a finding that something can't be told."""
    return Finding(id, Severity.UNKNOWN, summary, evidence, action)
