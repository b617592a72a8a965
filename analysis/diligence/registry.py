"""What is looked into before a model is adopted: one line each, in the order in which it is shown."""

from __future__ import annotations

from analysis.diligence.base import Check
from analysis.diligence.checks import architecture, fingerprints, licence, lineage, loading, pickles, task

CHECKS: dict[str, Check] = {
    "preflight": loading.CHECK,
    "pickles": pickles.CHECK,
    "licence": licence.CHECK,
    "lineage": lineage.CHECK,
    "fingerprints": fingerprints.CHECK,
    "architecture": architecture.CHECK,
    "task": task.CHECK,
}
