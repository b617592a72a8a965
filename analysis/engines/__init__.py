"""Engines: where work on many examples is carried out. See ``docs/scale.md``."""

from __future__ import annotations

from analysis.engines.base import Engine, Job, Opened, Workers
from analysis.engines.local import LOCAL

__all__ = ["LOCAL", "Engine", "Job", "Opened", "Workers"]
