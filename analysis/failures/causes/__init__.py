"""A cause for each failure, with its evidence.

One file a rule in `rules`, one line in `registry`: see ``docs/causes.md``.
"""

from __future__ import annotations

from analysis.failures.causes.base import Cause, Material, Reason
from analysis.failures.causes.find import Causes, CauseShare, Doctor, causes_of, reasons_of
from analysis.failures.causes.registry import CAUSES

__all__ = ["CAUSES", "Cause", "CauseShare", "Causes", "Doctor", "Material", "Reason", "causes_of", "reasons_of"]
