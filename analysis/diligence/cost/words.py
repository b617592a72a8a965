"""Numbers of cost as people read them, and the sentences that say what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.candidates.checks.base import some
from analysis.diligence.cost.result import Cost, Fit
from analysis.failures.wording import shorten
from analysis.types import Estimate, Finding, Json, Kind, Modality, Severity

#: A ratio below this is no gain that anybody would notice.
GAIN = 1.1
NOUNS = {Modality.IMAGE: "photo", Modality.TEXT: "text", Modality.TABULAR: "row"}


def size(n: float) -> str:
    """Return bytes with a unit: "13.6 MB"."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n >= scale:
            return f"{n / scale:.3g} {unit}"
    return f"{n:.0f} bytes"


def quantity(n: float) -> str:
    """Return a count with its unit of thousands: "3.38 million"."""
    for unit, scale in (("billion", 1e9), ("million", 1e6), ("thousand", 1e3)):
        if n >= scale:
            return f"{n / scale:.3g} {unit}"
    return f"{n:.0f}"


def duration(seconds: float) -> str:
    """Return seconds with a fitting unit: "4.3 ms"."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"


def ratio(value: float, more: str, less: str) -> str:
    """Return "2.6 times smaller", "no smaller", "1.3 times larger"."""
    if value >= GAIN:
        return f"{value:.1f} times {more}"
    return f"{1 / value:.1f} times {less}" if value <= 1 / GAIN else f"no {more}"


def points(change: Estimate, *, regression: bool) -> str:
    """Return a paired change with its interval."""
    if regression:
        text = f"mean error {change.value:+.3g} ({change.low:+.3g} to {change.high:+.3g})"
    else:
        text = f"accuracy {change.value * 100:+.1f} points ({change.low * 100:+.1f} to {change.high * 100:+.1f})"
    return text.replace("-", "−")


def variant_sentence(
    name: str, ratios: tuple[float, float, float], change: Estimate, flipped: int, n: int, *, regression: bool
) -> str:
    """Return what a variant gains and costs in one sentence; that it gains nothing, where it does not.

    Parameters
    ----------
    name : str
    ratios : tuple of float
        How many times smaller on disk than the delivered file, smaller in memory, and faster it is.
    change, flipped, n, regression
        As `Variant` has them.
    """
    smaller, lighter, faster = ratios
    differ = f"{flipped} of {n} answers differ"
    cost = f"{points(change, regression=regression)}, {differ}" if change.n else differ
    worse = (change.low > 0) if regression else (change.high < 0)
    # Zeros are stored and multiplied like other numbers: what a pruned network seems to gain in speed is chance.
    if max(ratios) < GAIN or name.startswith("pruned"):
        slower = (
            f" and is {1 / faster:.1f} times slower" if faster <= 1 / GAIN and not name.startswith("pruned") else ""
        )
        return f"{name} gains nothing here{slower}: files and memory stay as large ({cost})."
    disk, speed = ratio(smaller, "smaller", "larger"), ratio(faster, "faster", "slower")
    gain = f"{disk} on disk than as delivered, {ratio(lighter, 'smaller', 'larger')} in memory and {speed}"
    if not change.n:
        return f"{name} is {gain}: {differ}."
    return f"{name} is {gain}, {'at a price' if worse else 'with no loss that can be told'}: {cost}."


def findings_of(cost: Cost) -> tuple[Finding, ...]:
    """Return the cost as findings; whether it is too much is for the verdict's policy to say."""
    return tuple(_findings(cost))


def _findings(cost: Cost) -> Iterator[Finding]:
    noun, single = NOUNS[cost.modality], cost.single
    evidence: dict[str, Json]
    if cost.flops is not None:
        length = f" of {cost.length} tokens" if cost.length else ""
        summary = f"{quantity(cost.parameters)} parameters; {quantity(cost.flops)} operations for one {noun}{length}."
        evidence = {"parameters": cost.parameters, "flops": cost.flops, "tokens": cost.length}
        yield Finding("cost.operations", Severity.OK, summary, evidence)
    yield Finding(
        "cost.size",
        Severity.OK,
        f"{size(cost.disk)} on disk" + (f", {size(cost.memory)} in memory as float32." if cost.memory else "."),
        {"disk_bytes": cost.disk, "memory_bytes": cost.memory},
    )
    best = max(cost.latency, key=lambda one: one.throughput)
    yield Finding(
        "cost.latency",
        Severity.OK,
        f"One {noun} takes {duration(single.p50)} (95 % within {duration(single.p95)}) on {cost.device}; "
        f"{best.throughput:,.0f} a second at best, in batches of {best.batch}.",
        {
            "p50_seconds": single.p50,
            "p95_seconds": single.p95,
            "runs": single.runs,
            "by_batch": [{"batch": x.batch, "tokens": x.length, "p50": x.p50, "p95": x.p95} for x in cost.latency],
            "device": cost.device,
            "threads": cost.threads,
        },
    )
    if cost.peak is None:
        action = "Measure it where it is to run."
        yield Finding("cost.memory", Severity.UNKNOWN, "Peak memory could not be measured.", {}, action)
    else:
        evidence = {"libraries": cost.peak.libraries, "loaded": cost.peak.loaded, "peak": cost.peak.peak}
        own = max(0, cost.peak.peak - cost.peak.libraries)
        parts = f"libraries {size(cost.peak.libraries)}, model and work {size(own)}"
        beside = "" if cost.device == "cpu" else "; memory of the GPU is not counted"
        summary = f"A fresh process peaks at {size(cost.peak.peak)}: {parts}{beside}."
        yield Finding("cost.memory", Severity.OK, summary, evidence)
    for variant in cost.variants:
        worse = [c.label for c in variant.classes if c.p_value < 0.05 and c.change.value < 0]
        evidence = {
            "size_ratio": variant.size_ratio,
            "memory_ratio": variant.memory_ratio,
            "speed_ratio": variant.speed_ratio,
            "change": variant.change.value,
            "low": variant.change.low,
            "high": variant.change.high,
            "flipped": variant.flipped,
            "n": variant.n,
            "classes": [
                {
                    "label": c.label,
                    "n": c.change.n,
                    "change": c.change.value,
                    "low": c.change.low,
                    "high": c.change.high,
                    "p_adjusted": c.p_value,
                }
                for c in variant.classes
            ],
            "worse_classes": worse,
        }
        name = variant.name.replace(" %", "").replace(" ", "_")
        lost = f" It costs most for {some([shorten(label, 60) for label in worse])}." if worse else ""
        yield Finding(f"cost.variant.{name}", Severity.OK, variant.sentence + lost, evidence)
    if cost.groups and not cost.variants:
        summary = f"Smaller variants were not measured: they are compared on a CPU, and this one runs on {cost.device}."
        yield Finding(
            "cost.variants", Severity.UNKNOWN, summary, {}, "Hide the GPU (CUDA_VISIBLE_DEVICES=) and measure."
        )
    if cost.fits:
        yield _fits(cost.fits)


def _fits(fits: Sequence[Fit]) -> Finding:
    """Return at which precisions the model fits which device."""
    at: dict[str, list[str]] = {}
    for fit in fits:
        at.setdefault(fit.device, []).extend([fit.precision] if fit.fits else [])
    parts = [f"{'as ' + ', '.join(p) if p else 'at no precision'} ({device})" for device, p in at.items()]
    summary = f"It fits in half of a device's memory {'; '.join(parts)}."
    evidence: dict[str, Json] = {
        "devices": [
            {
                "device": f.device,
                "memory_bytes": f.memory,
                "precision": f.precision,
                "needed_bytes": f.needed,
                "fits": f.fits,
            }
            for f in fits
        ]
    }
    return Finding("cost.fits", Severity.OK, summary, evidence)


def heading(cost: Cost) -> str:
    """Return the finding in one sentence."""
    noun = NOUNS[cost.modality]
    first = f"{duration(cost.single.p50)} a {noun}, {size(cost.disk)} on disk"
    lighter = [v for v in cost.variants if v.memory_ratio >= GAIN]
    if lighter and not lighter[0].judged:
        best = max(lighter, key=lambda v: v.memory_ratio)
        differ = f"{best.flipped} of {best.n} answers differ"
        return f"{first}; {best.name} takes {best.memory_ratio:.1f} times less memory: {differ}"
    kept = [v for v in lighter if _harmless(v.change, cost.kind)]
    if not kept:
        return first + ("; no smaller variant is free of loss" if cost.variants else "")
    best = max(kept, key=lambda v: v.memory_ratio)
    return f"{first}; {best.name} takes {best.memory_ratio:.1f} times less memory with no loss that can be told"


def _harmless(change: Estimate, kind: Kind) -> bool:
    return not (change.low > 0 if kind is Kind.REGRESSION else change.high < 0)
