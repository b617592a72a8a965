"""The preflight's checks: one file each, one line each in `CHECKS`, in the order in which they are shown."""

from __future__ import annotations

from analysis.candidates.checks import paths, pickles
from analysis.candidates.checks.base import Check

CHECKS: dict[str, Check] = {
    "paths": paths.CHECK,
    "pickles": pickles.CHECK,
}
