"""Which adapter opens which model: one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.candidates.artefact import Artefact
from analysis.candidates.families import modality_in
from analysis.types import Candidate, Finding, Modality


@dataclass(frozen=True)
class Adapter:
    """Opens one family of models.

    Attributes
    ----------
    title : str
        What it opens, in words, to follow "Caveat opens".
    accepts : callable
        Whether an artefact is of this family; looks at names and configuration only.
    open : callable
        ``open(artefact, source, findings, trusted)``; called after the preflight found no blocker.
    """

    title: str
    accepts: Callable[[Artefact], bool]
    open: Callable[[Artefact, str, tuple[Finding, ...], Sequence[str]], Candidate]


# The imports are inside: torch and scikit-learn are imported when a model of their kind is opened.
def _open_image(artefact: Artefact, source: str, findings: tuple[Finding, ...], _: Sequence[str]) -> Candidate:
    from analysis.candidates.huggingface import open_image

    return open_image(artefact, source, findings)


def _open_text(artefact: Artefact, source: str, findings: tuple[Finding, ...], _: Sequence[str]) -> Candidate:
    from analysis.candidates.huggingface import open_text

    return open_text(artefact, source, findings)


def _open_skops(artefact: Artefact, source: str, findings: tuple[Finding, ...], trusted: Sequence[str]) -> Candidate:
    from analysis.candidates.sklearn import open_skops

    return open_skops(artefact, source, findings, trusted)


ADAPTERS: dict[str, Adapter] = {
    "skops": Adapter("scikit-learn models saved with skops", lambda a: a.is_skops, _open_skops),
    "huggingface-image": Adapter(
        "image classifiers of Hugging Face",
        lambda a: not a.is_skops and modality_in(a.config) is Modality.IMAGE,
        _open_image,
    ),
    "huggingface-text": Adapter(
        "text classifiers of Hugging Face",
        lambda a: not a.is_skops and modality_in(a.config) is Modality.TEXT,
        _open_text,
    ),
}
