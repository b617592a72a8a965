"""From one example to all failures: what the failures of a selection share that the right ones do not."""

from __future__ import annotations

from analysis.patterns.compare import Differences, compare
from analysis.patterns.explained import Explained, Kept, count_missing, explain_all
from analysis.patterns.find import find_patterns
from analysis.patterns.groups import Groups, groups_of
from analysis.patterns.result import Maps, Patterns, Ranking

__all__ = [
    "Differences",
    "Explained",
    "Groups",
    "Kept",
    "Maps",
    "Patterns",
    "Ranking",
    "compare",
    "count_missing",
    "explain_all",
    "find_patterns",
    "groups_of",
]
