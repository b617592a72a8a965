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


def speed_ratio(original: Callable[[], object], other: Callable[[], object], *, seconds: float = 1.0) -> float:
    """Return how many times faster `other` is: calls in turns, so that a busy moment hits both.

    The lower fifth of the times is compared: other work on the machine only ever adds to them.
    """
    times: tuple[list[float], list[float]] = ([], [])
    original()
    other()
    began = time.perf_counter()
    while len(times[0]) < LEAST or (time.perf_counter() - began < seconds and len(times[0]) < MOST):
        for call, kept in zip((original, other), times, strict=True):
            start = time.perf_counter()
            call()
            kept.append(time.perf_counter() - start)
    first, second = (float(np.quantile(kept, 0.2)) for kept in times)
    return first / max(1e-9, second)
