"""What a baseline is: a simple model that is fitted on the same data, to see whether it would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.progress import Progress
from analysis.types import Capabilities, IntArray, Kind, Modality

if TYPE_CHECKING:
    from analysis.session import Session


@dataclass(frozen=True)
class Baseline:
    """One simple model.

    Attributes
    ----------
    name : str
        Stable: findings' ids have it.
    title, sentence : str
        As people read it, and why it is simple.
    modalities : tuple of Modality
    features : callable
        ``features(session, rows, progress)`` returns one row an example: a frame, an array, or a list of texts.
    make : callable
        ``make(kind, seed)`` returns an unfitted estimator (scikit-learn's own interface).
    simpler_than : callable
        From what a candidate is to whether this is simpler: a linear model need not be compared with another one.
    """

    name: str
    title: str
    sentence: str
    modalities: tuple[Modality, ...]
    features: Callable[[Session, IntArray, Progress], Any]
    make: Callable[[Kind, int], Any]
    simpler_than: Callable[[Capabilities], bool]
