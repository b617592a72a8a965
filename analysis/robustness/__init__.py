"""Does it hold: the same labelled data under what happens to inputs in use, at growing severity."""

from __future__ import annotations

from analysis.robustness.base import Corruption, Setting
from analysis.robustness.measure import kept_robustness, robustness_of
from analysis.robustness.registry import CORRUPTIONS, corruptions_for
from analysis.robustness.result import Curve, Point, Robustness

__all__ = [
    "CORRUPTIONS",
    "Corruption",
    "Curve",
    "Point",
    "Robustness",
    "Setting",
    "corruptions_for",
    "kept_robustness",
    "robustness_of",
]
