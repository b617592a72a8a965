"""Two candidates, or one under two pipelines, on the same examples."""

from __future__ import annotations

from analysis.comparison.compare import Comparison, compare, winner_of
from analysis.comparison.differences import Difference
from analysis.comparison.ranking import RANKED_BY, CandidateRanking, Ranked, rank
from analysis.comparison.side_by_side import SideBySide, side_by_side
from analysis.comparison.slices import SliceDifference, slice_differences

__all__ = [
    "RANKED_BY",
    "CandidateRanking",
    "Comparison",
    "Difference",
    "Ranked",
    "SideBySide",
    "SliceDifference",
    "compare",
    "rank",
    "side_by_side",
    "slice_differences",
    "winner_of",
]
