"""Edit one example and see what the model makes of it; or find the smallest edit that changes its answer."""

from __future__ import annotations

from analysis.what_if.answers import Answer, answer_to, attribution_of
from analysis.what_if.changes import Change, Others, apply_changes, from_json, raw_of, to_json
from analysis.what_if.regions import Region, smallest_region
from analysis.what_if.swaps import Swap, Swaps, smallest_swaps
from analysis.what_if.tables import Flip, Ranges, ranges_of, smallest_change
from analysis.what_if.texts import Alternative, Deletions, alternatives, smallest_deletions, words_of

__all__ = [
    "Alternative",
    "Answer",
    "Change",
    "Deletions",
    "Flip",
    "Others",
    "Ranges",
    "Region",
    "Swap",
    "Swaps",
    "alternatives",
    "answer_to",
    "apply_changes",
    "attribution_of",
    "from_json",
    "ranges_of",
    "raw_of",
    "smallest_change",
    "smallest_deletions",
    "smallest_region",
    "smallest_swaps",
    "to_json",
    "words_of",
]
