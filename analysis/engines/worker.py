"""A worker on whichever machine: opens the model itself, once, and does what it is sent."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from analysis.engines.base import Job, Opened
from analysis.engines.local import LocalEngine
from analysis.engines.parts import whole_of
from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.remote import is_url
from analysis.types import Candidate, Dataset

#: What comes back of one message: results by place; or an error's two sentences; or what nobody foresaw.
Done: TypeAlias = list[tuple[int, Any]]


@dataclass(frozen=True)
class Recipe:
    """How a worker opens what was opened where the work was asked for.

    Attributes
    ----------
    model : str
        Path, hub id or address.
    revision : str or None
        Of a hub id: the commit that was opened.
    trusted : tuple of str
        Types in a skops file that the person trusts.
    fingerprint : str
        What the worker must come to; else it opened something else.
    dataset : Dataset or None
        Where pieces need more of it than what is sent with them.
    """

    model: str
    revision: str | None
    trusted: tuple[str, ...]
    fingerprint: str
    dataset: Dataset | None


def recipe_of(opened: Opened, *, whole: bool) -> Recipe:
    """Return how to open a candidate elsewhere, and the data set where all of it is needed."""
    candidate = opened.candidate
    trusted = next((f.evidence["types"] for f in candidate.findings if f.id == "loading.trusted_types"), ())
    model, revision = candidate.source, None
    if not is_url(model):
        path = Path(model).expanduser()
        if path.exists():
            model = str(path.absolute())
        elif candidate.folder.parent.name == "snapshots":
            revision = candidate.folder.name
    return Recipe(model, revision, tuple(trusted), candidate.fingerprint, whole_of(opened.dataset) if whole else None)


def open_by(recipe: Recipe) -> Candidate:
    """Open a candidate with the same preflight and the same trust as where the work was asked for.

    Raises
    ------
    UnusableInput
        If it can't be opened here, or is another one here.
    """
    from analysis.candidates import open_candidate

    try:
        candidate = open_candidate(recipe.model, revision=recipe.revision, trusted=recipe.trusted)
    except UnusableInput as error:
        raise UnusableInput(
            f"A worker can't open the model: {error.what}",
            "Put it where every machine finds it: on a shared path, on a hub, or in a store (s3://…).",
        ) from error
    if candidate.fingerprint != recipe.fingerprint:
        raise UnusableInput(
            f"A worker found another model at {recipe.model} than the one that was opened here.",
            "Put the same files on every machine.",
        )
    return candidate


@dataclass(frozen=True)
class Message:
    """Pieces that travel together.

    Attributes
    ----------
    job : bytes
        Pickled; the same for all messages of a job, so that a worker keeps what the job learnt: how much memory
        there is.
    places : sequence of int
        Of the pieces among all.
    pieces : sequence
    part : Dataset or None
        What of the data set they need; None where the recipe has it.
    """

    job: bytes
    places: Sequence[int]
    pieces: Sequence[Any]
    part: Dataset | None


@dataclass(frozen=True)
class Answer:
    """What came of a message.

    Attributes
    ----------
    done : list of (int, object)
        Places and results.
    refused : tuple of str, str or None
        What is wrong, and what to do about it.
    failed : str
        A traceback of what nobody foresaw, or empty.
    process : int
    """

    done: Done
    refused: tuple[str, str] | None = None
    failed: str = ""
    process: int = 0


class Worker:
    """Opens a model when it is made; an error is kept until somebody asks."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._candidate: Candidate | None = None
        self._error: UnusableInput | None = None
        self._job: tuple[bytes, Job[Any, Any, Any]] | None = None
        try:
            self._candidate = open_by(recipe)
        except UnusableInput as error:
            self._error = error

    def answer(self, packed: bytes) -> bytes:
        """Do the work of one pickled `Message`, and return a pickled `Answer`."""
        process = os.getpid()
        try:
            answer = Answer(self._work(pickle.loads(packed)), process=process)
        except UnusableInput as error:
            answer = Answer([], (error.what, error.action), process=process)
        except Exception:  # Whoever asked is on another machine: the traceback has to travel as text.
            answer = Answer([], failed=traceback.format_exc(), process=process)
        return pickle.dumps(answer)

    def _work(self, message: Message) -> Done:
        if self._candidate is None:
            raise self._error or UnusableInput("A worker has no model.")
        dataset = message.part if message.part is not None else self._recipe.dataset
        assert dataset is not None
        if self._job is None or self._job[0] != message.job:
            self._job = message.job, pickle.loads(message.job)
        opened = Opened(self._candidate, dataset)
        results = LocalEngine().map(opened, self._job[1], message.pieces, progress=Progress())
        # What is handed out one by one here has to travel as a whole.
        return [
            (message.places[which], list(result) if isinstance(result, Iterator) else result)
            for which, result in results
        ]
