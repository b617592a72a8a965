"""The preflight's checks: one file each, one line each in `CHECKS`, in the order in which they are shown."""

from __future__ import annotations

from analysis.candidates.checks import (
    config,
    finite,
    labels,
    paths,
    pickles,
    processor,
    remote_code,
    skops,
    task,
    tokenizer,
    weights,
)
from analysis.candidates.checks.base import Check

CHECKS: dict[str, Check] = {
    "paths": paths.CHECK,
    "pickles": pickles.CHECK,
    "remote_code": remote_code.CHECK,
    "task": task.CHECK,
    "config": config.CHECK,
    "weights": weights.CHECK,
    "finite": finite.CHECK,
    "labels": labels.CHECK,
    "processor": processor.CHECK,
    "tokenizer": tokenizer.CHECK,
    "skops": skops.CHECK,
}
