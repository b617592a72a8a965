"""What a report shows, as plain frozen values: gathered once, drawn as HTML, Markdown or JSON."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import numpy as np

from analysis.audit import Gathered
from analysis.failures.confusion import ConfusionMatrix, confusion
from analysis.report.attributions import Explained
from analysis.types import Dataset, Estimate, Kind, Modality, Predictions
from analysis.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

    from analysis.preprocessing.doctor.sides import Sides

#: Key → title, in the order in which they stand in the report. The verdict is always there.
SECTIONS: Mapping[str, str] = {
    "scorecard": "Scorecard",
    "metrics": "How good it is",
    "matrix": "What it confuses",
    "failures": "The worst failures",
    "compared": "Against other models",
    "feeding": "How it is fed",
    "robustness": "Does it hold",
    "cost": "What it costs",
    "licence": "Licence and origin",
    "methods": "Methods",
    "reproduce": "How to reproduce this",
}
#: Failures shown, the longer side of their pictures, and characters of a text; so the file stays small.
FAILURES, PICTURE, TEXT = 12, 220, 600
#: Classes of the matrix, and of each of two that stand side by side; more are summed up as "(other)".
CLASSES, SIDE_CLASSES = 25, 12


@dataclass(frozen=True)
class Failure:
    """One example that the model got wrong.

    Attributes
    ----------
    id, truth, predicted : str
    score : str
        How sure it was, or how far off.
    picture : str
        A JPEG as base64; empty where there is none.
    text : str
        The text, or the row in words; empty for images.
    """

    id: str
    truth: str
    predicted: str
    score: str
    picture: str
    text: str


@dataclass(frozen=True)
class Contents:
    """Everything that stands in a report.

    Attributes
    ----------
    title, notes : str
        The person's own words; plain text.
    model, data, split : str
    made : str
        Date and time, UTC.
    sections : tuple of str
        Keys of `SECTIONS` that were chosen.
    verdict : Verdict
    gathered : Gathered
    matrix : ConfusionMatrix or None
    sides : Sides or None
        Both runs of the doctor's finding, where it changes something.
    failures : tuple of Failure
    explained : mapping of str to Explained
        Example → what spoke for the wrong answer.
    command : str
        That makes this report again.
    versions : mapping of str to str
    fingerprints : mapping of str to str
    """

    title: str
    notes: str
    model: str
    data: str
    split: str
    made: str
    sections: tuple[str, ...]
    verdict: Verdict
    gathered: Gathered
    matrix: ConfusionMatrix | None
    sides: Sides | None
    failures: tuple[Failure, ...]
    explained: Mapping[str, Explained]
    command: str
    versions: Mapping[str, str]
    fingerprints: Mapping[str, str]

    @property
    def metrics(self) -> Mapping[str, Estimate]:
        """The headline metrics."""
        return self.gathered.evidence.metrics


def contents_of(
    gathered: Gathered,
    verdict: Verdict,
    *,
    model: str,
    data: str,
    title: str = "",
    notes: str = "",
    sections: Sequence[str] = tuple(SECTIONS),
    command: str = "",
    explained: Sequence[Explained] = (),
) -> Contents:
    """Gather what a report shows.

    Parameters
    ----------
    gathered : Gathered
    verdict : Verdict
    model, data : str
        As people call them.
    title, notes : str
        Plain text by the person; the title says the verdict where it isn't given.
    sections : sequence of str
        Keys of `SECTIONS`.
    command : str
        That makes this report again.
    explained : sequence of Explained
        Of `analysis.report.attributions.explain_failures`.
    """
    predictions, session = gathered.predictions, gathered.session
    matrix: ConfusionMatrix | None = None
    failures: tuple[Failure, ...] = ()
    fingerprints: dict[str, str] = {}
    if predictions is not None and session is not None:
        if predictions.task.kind is Kind.CLASSIFICATION:
            matrix = confusion(predictions, limit=CLASSES)
        failures = worst_failures(predictions, session.dataset)
        fingerprints = {
            "model": predictions.candidate,
            "pipeline": predictions.pipeline,
            "data": predictions.dataset,
        }
    files = next((f for f in gathered.evidence.diligence if f.id == "provenance.fingerprints"), None)
    if files is not None:
        fingerprints["all files of the model"] = str(files.evidence["fingerprint"])
    return Contents(
        title=" ".join(title.split()) or f"{model} on {data}",
        notes=notes,
        model=model,
        data=data,
        split=(session.split or "all examples") if session is not None else "",
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        sections=tuple(key for key in SECTIONS if key in sections),
        verdict=verdict,
        gathered=gathered,
        matrix=matrix,
        sides=_sides(gathered),
        failures=failures,
        explained={one.example: one for one in explained},
        command=command,
        versions=dict(predictions.versions) if predictions is not None else {},
        fingerprints=fingerprints,
    )


def _sides(gathered: Gathered) -> Sides | None:
    """Return both runs of the doctor's finding; None where nobody looked, or nothing is to change."""
    from analysis.preprocessing.doctor.sides import sides_of

    diagnosis, session = gathered.evidence.diagnosis, gathered.session
    if diagnosis is None or session is None or not diagnosis.edits:
        return None
    return sides_of(session.candidate, session.dataset, session.pipeline, diagnosis)


def worst_failures(predictions: Predictions, dataset: Dataset, limit: int = FAILURES) -> tuple[Failure, ...]:
    """Return wrong answers, the surest first; for a regression the largest errors."""
    if predictions.task.kind is Kind.REGRESSION:
        from analysis.failures.regression import worst_errors

        rows = worst_errors(predictions, top=limit)
    else:
        wrong = np.flatnonzero(predictions.known & (predictions.predicted != predictions.truth))
        rows = wrong[np.argsort(-predictions.confidence[wrong], kind="stable")][:limit]
    return tuple(_failure(predictions, dataset, int(row)) for row in rows)


def _failure(predictions: Predictions, dataset: Dataset, row: int) -> Failure:
    position = dataset.position(predictions.ids[row])
    picture, text = _shown(dataset, position)
    if predictions.task.kind is Kind.REGRESSION:
        truth, value = float(predictions.truth[row]), float(predictions.values[row])
        return Failure(
            predictions.ids[row], f"{truth:.4g}", f"{value:.4g}", f"off by {value - truth:+.3g}", picture, text
        )
    best = int(predictions.predicted[row])
    score = f"{float(predictions.scores[row, best]):.0%}".replace("%", " %")
    called = predictions.task.labels[best]
    return Failure(predictions.ids[row], predictions.truth_labels[row], called, f"{score} sure", picture, text)


def _shown(dataset: Dataset, position: int) -> tuple[str, str]:
    """Return an example as a small picture, or as text."""
    found = dataset.inputs(np.array([position], dtype=np.int64))
    if dataset.modality is Modality.IMAGE:
        return _thumbnail(bytes(cast("Sequence[bytes]", found)[0])), ""
    if dataset.modality is Modality.TEXT:
        value = cast("Sequence[str | tuple[str, str]]", found)[0]
        text = value if isinstance(value, str) else " ⧸ ".join(value)
        return "", text if len(text) <= TEXT else text[:TEXT] + " …"
    row = cast("pd.DataFrame", found).iloc[0]
    cells = [f"{name} = {value}" for name, value in row.items()]
    return "", "; ".join(cells[:12]) + (f"; {len(cells) - 12} more" if len(cells) > 12 else "")


def _thumbnail(data: bytes) -> str:
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((PICTURE, PICTURE))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    target = io.BytesIO()
    upright.save(target, "JPEG", quality=80)
    return base64.b64encode(target.getvalue()).decode("ascii")
