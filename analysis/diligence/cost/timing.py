"""Latency: the same call again and again, and its quantiles."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from analysis.diligence.cost.result import Latency

WARM, LEAST, MOST, SECONDS = 2, 5, 100, 1.0


def measure(call: Callable[[], object], *, batch: int = 1, length: int = 0, seconds: float = SECONDS) -> Latency:
    """Time a call after warming up, until `seconds` have passed or `MOST` runs are made, `LEAST` at least."""
    for _ in range(WARM):
        call()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < LEAST or (time.perf_counter() - began < seconds and len(times) < MOST):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    p50, p95 = np.quantile(times, [0.5, 0.95])
    return Latency(batch, length, float(p50), float(p95), len(times))


def speed_ratio(original: Callable[[], object], other: Callable[[], object], *, turns: int = 4) -> float:
    """Return how many times faster `other` is: medians of calls in turns, so that a busy moment hits both."""
    times: tuple[list[float], list[float]] = ([], [])
    original()
    other()
    for _ in range(turns):
        for call, kept in zip((original, other), times, strict=True):
            start = time.perf_counter()
            call()
            kept.append(time.perf_counter() - start)
    return float(np.median(times[0]) / max(1e-9, float(np.median(times[1]))))
