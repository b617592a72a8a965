"""Would a simpler model do: models that anybody can read, fitted on the same data and compared pair by pair."""

from __future__ import annotations

from analysis.baselines.base import Baseline
from analysis.baselines.measure import Baselines, Compared, baselines_of, kept_baselines
from analysis.baselines.registry import BASELINES

__all__ = ["BASELINES", "Baseline", "Baselines", "Compared", "baselines_of", "kept_baselines"]
