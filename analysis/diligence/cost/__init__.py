"""Can we afford it: size, operations, latency, memory, and what quantising and pruning really gain."""

from __future__ import annotations

from analysis.diligence.cost.measure import cost_of, kept_cost, measure_cost
from analysis.diligence.cost.result import Cost

__all__ = ["Cost", "cost_of", "kept_cost", "measure_cost"]
