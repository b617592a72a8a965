"""Two candidates, or one under two pipelines, on the same examples."""

from __future__ import annotations

from analysis.comparison.compare import Comparison, compare, winner_of
from analysis.comparison.differences import Difference

__all__ = ["Comparison", "Difference", "compare", "winner_of"]
