"""Measure all that a model costs on this machine, over a sample of the data."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from analysis import kept
from analysis.datasets.labels import encode_truth
from analysis.diligence.cost import timing, variants
from analysis.diligence.cost.peak import measure_peak
from analysis.diligence.cost.result import Cost, Fit, Group, Latency, Peak, Variant
from analysis.diligence.cost.words import variant_sentence
from analysis.errors import UnusableInput
from analysis.predict import plan_batches, readable_rows, rows_of
from analysis.preprocessing.outputs import apply_outputs
from analysis.progress import Progress
from analysis.remote import is_url
from analysis.types import Estimate, FloatArray, IntArray, Kind, Modality, Pipeline, Prepared

if TYPE_CHECKING:
    from analysis.candidates.network import TorchCandidate
    from analysis.session import Session

#: Of pictures the variants answer fewer, in small batches: torch is many times slower here than the app's engine.
PICTURES, SMALL = 100, 2
#: Examples that the variants are compared on; batch sizes and text lengths that are timed.
SAMPLE, BATCHES, LENGTHS = 200, (1, 8, 32), (16, 64, 128, 256, 512)
DEVICES = {"edge device, 512 MB": 512_000_000, "phone, 2 GB": 2_000_000_000, "laptop, 8 GB": 8_000_000_000}
_SUFFIXES = (".safetensors", ".skops", ".json", ".txt", ".model")


def place(session: Session, seed: int = 0) -> Path:
    """Return where a measurement is kept: it belongs to this machine as well as to the model and the data."""
    return kept.place_of_session(
        "costs",
        session,
        Path(__file__).parent,
        seed=seed,
        machine=[platform.node(), platform.machine(), platform.processor(), os.cpu_count()],
        device=str(getattr(session.candidate, "device", "cpu")),
        threads=_threads(),
    )


def kept_cost(session: Session, *, seed: int = 0) -> Cost | None:
    """Return the measurement that is kept on disk, or None where it was never made here to its end."""
    return kept.find(place(session, seed), Cost)


def cost_of(session: Session, *, seed: int = 0, progress: Progress | None = None) -> Cost:
    """Return what it costs: from disk where it is kept, else measured and kept. See `measure_cost`."""
    found = kept_cost(session, seed=seed)
    if found is None:
        found = measure_cost(session, seed=seed, progress=progress)
        kept.keep(place(session, seed), found)
    return found


def measure_cost(session: Session, *, seed: int = 0, progress: Progress | None = None) -> Cost:
    """Measure size, operations, latency, memory, and smaller variants.

    Parameters
    ----------
    session : Session
        Its data gives the inputs; at most `SAMPLE` examples of the split are used.
    seed : int
        Chooses them.
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If no example can be read.
    Cancelled
    """
    progress = progress or Progress()
    candidate, pipeline = session.candidate, session.pipeline
    module = getattr(candidate, "module", None)
    rows = _sample(session, seed)
    names = tuple(variants.VARIANTS) if module is not None else ()
    progress.start("Measuring what it costs", 4 + len(names))
    groups: tuple[Group, ...] = ()
    memory, flops, length = 0, None, 0
    if module is not None:
        from analysis.diligence.cost import network

        groups, memory = network.groups_of(module), network.memory_bytes(module)
        one = candidate.prepare(session.dataset.inputs(rows[:1]), pipeline)
        with candidate.lock:
            tensors = cast("TorchCandidate", candidate).tensors(one)
            flops = network.flops_of(module, tensors)
        length = int(tensors["input_ids"].shape[1]) if "input_ids" in tensors else 0
    progress.advance()
    latency = (*_by_batch(session, rows), *_by_length(session))
    progress.advance()
    trusted = next((f.evidence["types"] for f in candidate.findings if f.id == "loading.trusted_types"), ())
    peak = measure_peak(
        candidate.folder if module is not None or is_url(candidate.source) else candidate.source, trusted=trusted
    )
    progress.advance()
    found = tuple(_variants(session, rows, names, progress)) if module is not None else ()
    progress.advance()
    return Cost(
        kind=candidate.task.kind,
        modality=candidate.task.modality,
        groups=groups,
        disk=disk_bytes(candidate.folder),
        memory=memory,
        flops=flops,
        length=length,
        latency=latency,
        peak=peak,
        variants=found,
        fits=fits(module, peak) if module is not None else (),
        device=str(getattr(candidate, "device", "cpu")),
        threads=_threads(),
    )


def _threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS", "0") or 0) or (os.cpu_count() or 1)


def disk_bytes(folder: Path) -> int:
    """Return the bytes of the files that the model is made of."""
    files = [f for f in folder.iterdir() if f.is_file() and f.suffix in _SUFFIXES]
    return sum(f.stat().st_size for f in files)


def weight_bytes(folder: Path) -> int:
    """Return the bytes of the delivered weights."""
    return sum(f.stat().st_size for f in folder.glob("*.safetensors"))


def _sample(session: Session, seed: int) -> IntArray:
    rows = rows_of(session.dataset, session.split)
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(rows, SAMPLE, replace=False))
    return readable_rows(session.candidate, session.dataset, session.pipeline, rows)


def _by_batch(session: Session, rows: IntArray) -> Iterator[Latency]:
    """Time the network as the app runs it; texts of a batch are of many lengths, as in use."""
    candidate = session.candidate
    for size in BATCHES:
        if size > len(rows):
            return
        prepared = candidate.prepare(session.dataset.inputs(rows[:size]), session.pipeline)
        yield timing.measure(lambda p=prepared: candidate.forward(p), batch=size)  # type: ignore[misc]


def _by_length(session: Session) -> Iterator[Latency]:
    """Time one text of given lengths, up to the longest that the network takes."""
    candidate = session.candidate
    if candidate.task.modality is not Modality.TEXT:
        return
    most = int(session.pipeline.param("truncation", "max_length", LENGTHS[-1]) or LENGTHS[-1])
    for length in (n for n in LENGTHS if n <= most):
        pair = any(isinstance(text, tuple) for text in session.dataset.inputs(np.array([0], dtype=np.int64)))
        text: Any = ("a " * length, "a") if pair else "a " * length
        step = session.pipeline.get("truncation")
        cut = session.pipeline if step is None else session.pipeline.replacing(step.with_params(max_length=length))
        prepared = candidate.prepare([text], cut)
        yield timing.measure(lambda p=prepared: candidate.forward(p), length=length, seconds=0.7)  # type: ignore[misc]


def fits(module: Any, peak: Peak | None) -> tuple[Fit, ...]:
    """Return whether weights and working memory fit typical devices, at three precisions."""
    from analysis.diligence.cost import network

    whole, linear = network.memory_bytes(module), network.linear_parameters(module)
    working = max(0, peak.peak - peak.loaded) if peak is not None else 0
    # int8 turns the weights of linear layers from four bytes to one; bfloat16 halves everything.
    needed = {"fp32": whole + working, "bf16": (whole + working) // 2, "int8": whole - 3 * linear + working}
    return tuple(Fit(d, m, p, n) for d, m in DEVICES.items() for p, n in needed.items())


def _variants(session: Session, rows: IntArray, names: Sequence[str], progress: Progress) -> Iterator[Variant]:
    candidate = cast("TorchCandidate", session.candidate)
    if candidate.device.type != "cpu":
        return  # Dynamic quantisation is for CPUs, and a GPU's times compare with nothing here.
    rows = rows[:PICTURES] if candidate.task.modality is Modality.IMAGE else rows
    batches = plan_batches(session.dataset, rows, images=SMALL)
    prepared = [candidate.prepare(session.dataset.inputs(batch), session.pipeline) for batch in batches]
    order = np.argsort(np.concatenate(batches))
    original = variants.with_module(candidate, candidate.module)
    before = _scores(original, prepared, order, session.pipeline)
    for name in names:
        yield _variant(session, name, original, before, prepared, order, rows)
        progress.advance()


def _variant(
    session: Session,
    name: str,
    original: TorchCandidate,
    before: FloatArray,
    prepared: Sequence[Prepared],
    order: IntArray,
    rows: IntArray,
) -> Variant:
    from analysis.diligence.cost import network

    candidate = cast("TorchCandidate", session.candidate)
    module = variants.VARIANTS[name](candidate.module)
    other = variants.with_module(candidate, module)
    after = _scores(other, prepared, order, session.pipeline)
    first = prepared[0]
    speed = timing.speed_ratio(lambda: original.forward(first), lambda: other.forward(first))
    size = network.state_bytes(module)
    regression = candidate.task.kind is Kind.REGRESSION
    _, labels = apply_outputs(before[:1], candidate.task, session.pipeline)
    truth, _ = encode_truth(session.dataset, labels)
    mine = truth[np.sort(rows)]
    classes: tuple[Any, ...] = ()
    if not session.dataset.has_labels:
        change = Estimate(float("nan"), float("nan"), float("nan"), 0, "no labels")
    elif regression:
        change = variants.error_change(np.abs(before[:, 0] - mine), np.abs(after[:, 0] - mine))
    else:
        known = mine >= 0
        right = [(s.argmax(axis=1) == mine)[known] for s in (before, after)]
        change = variants.accuracy_change(right[0], right[1])
        classes = variants.class_changes(np.asarray(mine[known], dtype=np.int64), right[0], right[1], labels)
    lighter = network.state_bytes(candidate.module) / max(1, size)
    smaller = weight_bytes(candidate.folder) / max(1, size)
    flipped = variants.flips(before, after, regression=regression)
    sentence = variant_sentence(name, (smaller, lighter, speed), change, flipped, len(before), regression=regression)
    return Variant(name, size, smaller, lighter, speed, change, flipped, len(before), classes, sentence)


def _scores(candidate: TorchCandidate, prepared: Sequence[Prepared], order: IntArray, pipeline: Pipeline) -> FloatArray:
    outputs = np.concatenate([candidate.forward(batch) for batch in prepared])[order]
    if not np.isfinite(outputs).all():
        raise UnusableInput(f"{candidate.name} answers with numbers that are not finite.", "See its findings.")
    return apply_outputs(candidate.to_scores(outputs), candidate.task, pipeline)[0]
