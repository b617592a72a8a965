"""Two candidates, or one under two pipelines, on the same examples."""

from __future__ import annotations

from analysis.comparison.compare import Comparison, compare, winner_of
from analysis.comparison.differences import Difference
from analysis.comparison.ranking import CandidateRanking, Ranked, rank

__all__ = ["CandidateRanking", "Comparison", "Difference", "Ranked", "compare", "rank", "winner_of"]
