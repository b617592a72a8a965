"""Engines: where work on many examples is carried out. See ``docs/scale.md``."""

from __future__ import annotations

from analysis.engines.base import Engine, Job, Opened, Options, Workers
from analysis.engines.local import LOCAL
from analysis.engines.registry import ENGINES, engine_of

__all__ = ["ENGINES", "LOCAL", "Engine", "Job", "Opened", "Options", "Workers", "engine_of"]
