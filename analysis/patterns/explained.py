"""Explain many examples by one method, each kept on disk as soon as it is done, so that a stopped job goes on.

Each example is a file ``attributions/<key>/<example>.npz`` under `analysis.storage.home`; the key holds the
fingerprints of the model, the pipeline and the data, the method and its parameters.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from analysis.engines import LOCAL, Engine, Opened
from analysis.errors import UnusableInput
from analysis.explain import model_input_picture, usual_rows
from analysis.explainers.base import Asked, Explainer
from analysis.explainers.networks import text_of
from analysis.explainers.words import merge_to_words
from analysis.patterns.groups import Groups
from analysis.progress import Progress
from analysis.storage import home
from analysis.types import (
    Attribution,
    Candidate,
    Dataset,
    FloatArray,
    Inputs,
    Modality,
    Pipeline,
    Predictions,
    fingerprint_of,
)

FORMAT = 1
#: Side of a kept map and a kept picture: fine enough for regions and colours, small on disk.
GRID = 56
#: Examples whose raw inputs are read at once: bounds memory.
READ = 64
#: The same where several workers share them out: a method may take seconds for each.
SHARED = 4


@dataclass(frozen=True)
class Kept:
    """What is kept of one explained example.

    Attributes
    ----------
    units : tuple of str
        Words or features; empty for images.
    scores : ndarray of float32
        One a unit; images (`GRID`, `GRID`).
    picture : ndarray of uint8, shape (`GRID`, `GRID`, 3), or None
        Images: on the grid that the network receives, in the colours of the file.
    """

    units: tuple[str, ...]
    scores: FloatArray
    picture: npt.NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Explained:
    """All examples of two groups, explained.

    Attributes
    ----------
    failures, others : tuple of (int, Kept)
        Position in the predictions, and what was found; those that could not be explained are missing.
    refused : tuple of (str, str)
        Example ids that the method could not explain, and why.
    """

    failures: tuple[tuple[int, Kept], ...]
    others: tuple[tuple[int, Kept], ...]
    refused: tuple[tuple[str, str], ...]


def _folder(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, explainer: Explainer, seed: int) -> Path:
    parts = {
        "format": FORMAT,
        "candidate": candidate.fingerprint,
        "pipeline": pipeline.fingerprint,
        "dataset": dataset.fingerprint,
        "method": explainer.name,
        "params": explainer.params(seed=seed),
    }
    return home() / "attributions" / fingerprint_of(parts)


def _file(folder: Path, predictions: Predictions, groups: Groups, place: int) -> Path:
    question = [predictions.ids[place], int(groups.targets[place]), int(groups.contrasts[place])]
    return folder / f"{fingerprint_of(question)}.npz"


def count_missing(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    predictions: Predictions,
    groups: Groups,
    explainer: Explainer,
    *,
    seed: int = 0,
) -> int:
    """Return how many examples of both groups are not yet explained on disk."""
    folder = _folder(candidate, dataset, pipeline, explainer, seed)
    places = [int(place) for place in (*groups.failures, *groups.others)]
    return sum(not _file(folder, predictions, groups, place).is_file() for place in places)


@dataclass(frozen=True)
class Question:
    """What is asked about one example.

    Attributes
    ----------
    row : int
        In the data set.
    target : int
    contrast : int or None
    """

    row: int
    target: int
    contrast: int | None


@dataclass(frozen=True)
class Explain:
    """The job of explaining examples; a piece is some questions.

    Attributes
    ----------
    explainer : Explainer
    pipeline : Pipeline
    seed : int
    """

    explainer: Explainer
    pipeline: Pipeline
    seed: int

    def rows(self, piece: Sequence[Question]) -> None:  # noqa: ARG002
        """Return None: a method for tables compares with rows from all of the data."""
        return

    def prepare(self, opened: Opened, piece: Sequence[Question]) -> list[Asked]:
        """Read the inputs, and the usual rows that a method compares with."""
        return [_asked(opened.dataset, one, self.seed) for one in piece]

    def finish(self, opened: Opened, ready: list[Asked], progress: Progress) -> Iterator[Kept | str]:
        """Yield what is kept of each example as soon as it is explained, or why it can't be."""
        candidate = opened.candidate
        explained = self.explainer.explain_many(candidate, ready, self.pipeline, progress=progress, seed=self.seed)
        for one, found in zip(ready, explained, strict=True):
            if isinstance(found, UnusableInput):
                yield found.what
            else:
                yield _small(candidate, one.inputs, self.pipeline, found)


def explain_all(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    predictions: Predictions,
    groups: Groups,
    explainer: Explainer,
    *,
    seed: int = 0,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Explained:
    """Explain every failure and every one that it is compared with; what is kept already is read.

    Parameters
    ----------
    candidate, dataset, pipeline : Candidate, Dataset, Pipeline
    predictions : Predictions
        Of those three.
    groups : Groups
    explainer : Explainer
        One that fits the candidate.
    seed : int
    engine : Engine
        Where examples are explained.
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If the method does not fit the candidate.
    Cancelled
        What was finished stays on disk.
    """
    explainer.refuse_unless_compatible(candidate)
    progress = progress or Progress()
    folder = _folder(candidate, dataset, pipeline, explainer, seed)
    folder.mkdir(parents=True, exist_ok=True)
    where = {str(example): row for row, example in enumerate(dataset.table["id"])}
    places = [int(place) for place in (*groups.failures, *groups.others)]
    read = {place: _read(_file(folder, predictions, groups, place)) for place in places}
    kept = {place: old for place, old in read.items() if old is not None}
    progress.start("Explaining examples", len(places), len(kept))
    missing = [place for place in places if place not in kept]
    size = SHARED if engine.parallel else READ
    parts = [missing[start : start + size] for start in range(0, len(missing), size)]
    questions = [[_question(where[predictions.ids[p]], groups, p) for p in part] for part in parts]
    refused: dict[int, str] = {}
    job = Explain(explainer, pipeline, seed)
    with closing(engine.map(Opened(candidate, dataset), job, questions, progress=progress.part())) as results:
        for which, explained in results:
            for place, found in zip(parts[which], explained, strict=True):
                if isinstance(found, str):
                    refused[place] = found
                else:
                    kept[place] = found
                    _write(_file(folder, predictions, groups, place), found)
                progress.advance()
    failures, others = (
        tuple((int(p), kept[int(p)]) for p in group if int(p) in kept) for group in (groups.failures, groups.others)
    )
    return Explained(failures, others, tuple((predictions.ids[p], refused[p]) for p in missing if p in refused))


def _question(row: int, groups: Groups, place: int) -> Question:
    target, contrast = int(groups.targets[place]), int(groups.contrasts[place])
    return Question(row, target, None if contrast < 0 or contrast == target else contrast)


def _asked(dataset: Dataset, question: Question, seed: int) -> Asked:
    """Return a question with the inputs that it is about."""
    raw = dataset.inputs(np.array([question.row], dtype=np.int64))
    return Asked(raw, question.target, question.contrast, usual_rows(dataset, question.row, seed))


def _small(candidate: Candidate, raw: Inputs, pipeline: Pipeline, attribution: Attribution) -> Kept:
    """Return what is kept of an attribution."""
    if candidate.task.modality is Modality.TEXT:
        text = text_of(candidate, raw, pipeline)
        words = merge_to_words(attribution, text)
        own = [i for i, (start, end) in enumerate(words.spans) if end > start]
        return Kept(tuple(words.units[i] for i in own), words.scores[own])
    if candidate.task.modality is Modality.TABULAR:
        return Kept(attribution.units, attribution.scores)
    picture = model_input_picture(candidate, bytes(cast("list[bytes]", raw)[0]), pipeline)
    return Kept((), _shrunk_map(attribution.scores), _shrunk_picture(_in_own_colours(picture, pipeline)))


def _in_own_colours(picture: npt.NDArray[np.uint8], pipeline: Pipeline) -> npt.NDArray[np.uint8]:
    """Undo the exchange of channels: "green" must be what a person calls so."""
    order = str(pipeline.param("channel_order", "order", "RGB"))
    return picture[..., [order.index(c) for c in "RGB"]] if sorted(order) == sorted("RGB") else picture


def _shrunk_map(scores: FloatArray) -> FloatArray:
    from PIL import Image

    image = Image.fromarray(np.asarray(scores, dtype=np.float32))
    return np.asarray(image.resize((GRID, GRID), Image.Resampling.BOX), dtype=np.float32)


def _shrunk_picture(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    from PIL import Image

    small = Image.fromarray(np.ascontiguousarray(picture)).resize((GRID, GRID), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8)


def _write(file: Path, kept: Kept) -> None:
    """Write one example so that a reader sees all of it or nothing."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
    # Words may hold anything, NUL bytes too, which NumPy's strings would cut off: they are kept as bytes.
    units = [unit.encode("utf-8", "surrogatepass") for unit in kept.units]
    lengths = np.array([len(unit) for unit in units], dtype=np.int64)
    arrays = {"scores": kept.scores, "lengths": lengths, "units": np.frombuffer(b"".join(units), dtype=np.uint8)}
    if kept.picture is not None:
        arrays["picture"] = kept.picture
    with os.fdopen(handle, "wb") as target:
        np.savez(target, **arrays)  # type: ignore[arg-type]
    os.replace(temporary, file)


def _read(file: Path) -> Kept | None:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            ends = np.cumsum(arrays["lengths"]).tolist()
            joined = arrays["units"].tobytes()
            units = tuple(
                joined[a:b].decode("utf-8", "surrogatepass") for a, b in zip([0, *ends][: len(ends)], ends, strict=True)
            )
            picture = arrays.get("picture")
            return Kept(units, arrays["scores"], picture)
    except (OSError, ValueError, KeyError, EOFError):
        return None
