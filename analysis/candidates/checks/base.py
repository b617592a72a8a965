"""What a preflight check is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from analysis.candidates.artefact import Artefact
from analysis.types import Finding, Json, Severity


@dataclass(frozen=True)
class Check:
    """One thing that is looked at before a model is loaded.

    Attributes
    ----------
    passed : str
        The sentence of the ``ok`` finding when nothing was found.
    run : callable
        Yields findings with ids ``preflight.<name>`` or ``preflight.<name>.<detail>``; must not load,
        unpickle or import anything of the model, and must cope with any bytes.
    applies : callable
        Whether there is something to look at.
    """

    passed: str
    run: Callable[[Artefact], Iterator[Finding]]
    applies: Callable[[Artefact], bool]


def blocker(id: str, summary: str, action: str, **evidence: Json) -> Finding:
    """Return a finding that stops the model from being loaded."""
    return Finding(f"preflight.{id}", Severity.BLOCKER, summary, evidence, action)


def caution(id: str, summary: str, action: str, **evidence: Json) -> Finding:
    """Return a finding that a person should know of; the model is loaded."""
    return Finding(f"preflight.{id}", Severity.CAUTION, summary, evidence, action)


def always(_: Artefact) -> bool:
    """Apply to every model."""
    return True


def is_network(artefact: Artefact) -> bool:
    """Apply to models of Hugging Face."""
    return not artefact.is_skops


def count(number: int, noun: str) -> str:
    """Return "1 file", "3 files"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def some(names: tuple[str, ...] | list[str], limit: int = 3) -> str:
    """Return a few names in words: "a, b, c and 4 more"."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
