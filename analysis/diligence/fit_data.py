"""Does the data suit what the network takes: texts that are cut or in other languages, pictures that are blown up."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy import stats

from analysis.diligence.base import caution, ok
from analysis.errors import UnusableInput
from analysis.predict import rows_of
from analysis.types import Finding, IntArray, Json, Modality

if TYPE_CHECKING:
    from analysis.session import Session

#: Examples that are looked at; tokens beyond which a text's length is not counted; shares that are worth a caution.
SAMPLE, LONGEST = 300, 4096
CUT, SMALL = 0.1, 0.5


def fit_with(session: Session, *, seed: int = 0) -> tuple[Finding, ...]:
    """Return findings on lengths and languages of texts or sizes of pictures, against what the pipeline makes of them.

    Parameters
    ----------
    session : Session
    seed : int
        Chooses `SAMPLE` examples where there are more.
    """
    rows = rows_of(session.dataset, session.split)
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(rows, SAMPLE, replace=False))
    checks = {Modality.TEXT: _texts, Modality.IMAGE: _sizes}
    check = checks.get(session.candidate.task.modality)
    return tuple(check(session, rows)) if check is not None else ()


def _texts(session: Session, rows: IntArray) -> Iterator[Finding]:
    from analysis.diligence.fit_languages import languages

    yield from _lengths(session, rows)
    raw = cast("Sequence[str | tuple[str, str]]", session.dataset.inputs(rows))
    yield from languages(session.candidate, [text if isinstance(text, str) else " ".join(text) for text in raw])


def _share(hits: int, n: int) -> tuple[str, dict[str, Json]]:
    """Return a share with its Wilson interval, in words and as evidence."""
    interval = stats.binomtest(hits, n).proportion_ci(method="wilson")
    words = f"{100 * hits / n:.0f} % ({100 * interval.low:.0f}–{100 * interval.high:.0f}, n = {n})"
    return words, {"share": hits / n, "low": float(interval.low), "high": float(interval.high), "n": n}


def _lengths(session: Session, rows: IntArray) -> Iterator[Finding]:
    step = session.pipeline.get("truncation")
    most = None if step is None else step.params.get("max_length")
    if step is None or not isinstance(most, int):
        return
    uncut = session.pipeline.replacing(step.with_params(max_length=max(LONGEST, most)))
    try:
        prepared: Any = session.candidate.prepare(session.dataset.inputs(rows), uncut)
    except UnusableInput:
        return  # Predicting says it, example by example.
    lengths = prepared.arrays["attention_mask"].sum(axis=1)
    cut = int((lengths > most).sum())
    words, evidence = _share(cut, len(rows))
    evidence |= {"max_length": most, "median_tokens": float(np.median(lengths)), "longest": int(lengths.max())}
    if cut / len(rows) > CUT:
        summary = f"{words} of the texts are longer than {most} tokens: the model doesn't see their ends."
        yield caution("fit.text_length", summary, "Judge it on texts as short, or split long ones.", **evidence)
    else:
        yield ok(
            "fit.text_length",
            f"{words} of the texts are longer than the {most} tokens that the model sees.",
            **evidence,
        )


def _sizes(session: Session, rows: IntArray) -> Iterator[Finding]:
    from PIL import Image

    try:
        prepared: Any = session.candidate.prepare(session.dataset.inputs(rows[:1]), session.pipeline)
    except UnusableInput:
        return
    wanted = min(prepared.pixels.shape[2:])
    sides: list[int] = []
    for row in rows:
        data = cast("Sequence[bytes]", session.dataset.inputs(np.array([row], dtype=np.int64)))[0]
        try:
            with Image.open(io.BytesIO(data)) as image:
                sides.append(min(image.size))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            continue
    if not sides:
        return
    small = sum(side < wanted for side in sides)
    words, evidence = _share(small, len(sides))
    evidence |= {"input_size": int(wanted), "median_side": float(np.median(sides)), "smallest": min(sides)}
    if small / len(sides) > SMALL:
        summary = (
            f"{words} of the pictures are smaller than the {wanted} pixels that the network takes: they are blown up."
        )
        yield caution(
            "fit.image_size", summary, "Judge it on pictures as large as those it was trained on.", **evidence
        )
    else:
        yield ok(
            "fit.image_size", f"{words} of the pictures are smaller than the network's {wanted} pixels.", **evidence
        )
