"""What an engine is: something that carries out many independent pieces of work on an opened model and data."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from analysis.progress import Progress
from analysis.types import Candidate, Dataset, IntArray

Piece = TypeVar("Piece")
Piece_contra = TypeVar("Piece_contra", contravariant=True)
Ready = TypeVar("Ready")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


@dataclass(frozen=True)
class Opened:
    """What a piece of work may use.

    Attributes
    ----------
    candidate : Candidate
    dataset : Dataset
    """

    candidate: Candidate
    dataset: Dataset


class Job(Protocol[Piece_contra, Ready, Result_co]):
    """What is to be done with each piece, in two steps. It is sent to other machines with its attributes."""

    def rows(self, piece: Piece_contra) -> IntArray | None:
        """Return the rows of the data set that a piece needs; None where it needs more than their inputs and labels."""
        ...

    def prepare(self, opened: Opened, piece: Piece_contra) -> Ready:
        """Do what needs no network; it may overlap with `finish` of earlier pieces, on other threads."""
        ...

    def finish(self, opened: Opened, ready: Ready, progress: Progress) -> Result_co:
        """Do the rest; one piece at a time for each opened model. `progress` tells of a cancel."""
        ...


@dataclass(frozen=True)
class Options:
    """What a person may say about an engine.

    Attributes
    ----------
    workers : int or None
        How many models are opened side by side; as many as there is room for where it isn't given.
    gpus_per_worker : float
        GPUs, or a share of one, that each takes.
    address : str or None
        Of a cluster that runs already.
    """

    workers: int | None = None
    gpus_per_worker: float = 0.0
    address: str | None = None


class Workers(Protocol):
    """Opened models that wait for work.

    Attributes
    ----------
    number : int
        How many pieces are worked on at once.
    """

    @property
    def number(self) -> int: ...

    def map(
        self, job: Job[Piece, Ready, Result], pieces: Sequence[Piece], *, progress: Progress
    ) -> Generator[tuple[int, Result]]:
        """Yield each piece's place and its result, in the order in which they are finished."""
        ...


class Engine(Protocol):
    """Where work is carried out.

    Attributes
    ----------
    name : str
        Of `ENGINES`.
    on_gpu : bool
        Whether its workers compute on GPUs although this process may have none.
    parallel : bool
        Whether several pieces are worked on at once, so that small ones are shared out better.
    """

    @property
    def name(self) -> str: ...

    @property
    def on_gpu(self) -> bool: ...

    @property
    def parallel(self) -> bool: ...

    def map(
        self, opened: Opened, job: Job[Piece, Ready, Result], pieces: Sequence[Piece], *, progress: Progress
    ) -> Generator[tuple[int, Result]]:
        """Carry out one job on many pieces.

        Parameters
        ----------
        opened : Opened
        job : Job
        pieces : sequence
        progress : Progress
            Only its cancel is used; whoever asked counts what is finished.

        Yields
        ------
        place : int
            Of the piece in `pieces`.
        result : object

        Raises
        ------
        UnusableInput
            What a piece raised, or that the engine can't be used.
        Cancelled
        """
        ...

    def workers(self, opened: Opened) -> AbstractContextManager[Workers]:
        """Return workers that stay open between several short maps, where one map hangs on what another found."""
        ...
