"""What every explainer is: a named, frozen set of parameters with one verb."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Attribution, Candidate, FloatArray, Inputs, Json, Kind, Modality, Pipeline

#: A method that promises a sum may miss it by this share of the outputs' difference before it says so in words.
TOLERANCE = 0.05
#: … or by this much, in the output's unit, where the outputs hardly differ.
FLOOR = 0.001
#: Seconds between looks at whether waiting for a model was cancelled.
POLL = 0.1
#: How the note of a method begins that misses the sum it promises.
MISSED = "The scores add up to"


@dataclass(frozen=True)
class Question:
    """Which output of a candidate is to be explained.

    Attributes
    ----------
    target : int
        Position among the candidate's outputs; 0 for a regression.
    contrast : int or None
        Position of the output that is subtracted: *why target rather than contrast*.
    seed : int
        Seeds whatever the method draws at random.
    progress : Progress
        Asked for cancellation between batches.
    background : Inputs or None
        Raw inputs that stand for "usual" ones, for methods that average over them.
    """

    target: int
    contrast: int | None
    seed: int
    progress: Progress
    background: Inputs | None = None


@dataclass(frozen=True)
class Asked:
    """One of many examples that are explained in a row.

    Attributes
    ----------
    inputs : Inputs
        One raw input.
    target : int
    contrast : int or None
        Positions among the candidate's outputs.
    background : Inputs or None
        As in `Question`.
    """

    inputs: Inputs
    target: int
    contrast: int | None = None
    background: Inputs | None = None


@dataclass(frozen=True)
class Scored:
    """What one method found out; the template of its family adds the rest of the `Attribution`.

    Attributes
    ----------
    scores : ndarray of float32
        Images (H, W), text (tokens,), tabular (features,).
    output : str
        What the scores are parts of: "logit", "log-odds", "probability", "value".
    baseline : str
        What "absent" means, in words, or empty.
    convergence_delta : float or None
        Where the method promises a sum: sum of the scores minus the difference of the outputs.
    notes : tuple of str
        What the reader must know, in plain sentences.
    units, spans : tuple
        As in `Attribution`; a network's views fill them in where the method leaves them empty.
    """

    scores: FloatArray
    output: str
    baseline: str = ""
    convergence_delta: float | None = None
    notes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


@contextmanager
def turn(candidate: Candidate, progress: Progress) -> Iterator[None]:
    """Hold a candidate's lock; whoever waits for it can be cancelled.

    Raises
    ------
    Cancelled
        If the person asked for the work to stop before its turn came.
    """
    while not candidate.lock.acquire(timeout=POLL):
        progress.start("Waiting until the model is free", 0)
    try:
        yield
    finally:
        candidate.lock.release()


@dataclass(frozen=True)
class Explainer(ABC):
    """One way of telling how much each unit of an example spoke for an output.

    The fields of a subclass are its parameters: ``dataclasses.replace(EXPLAINERS["occlusion"], window=16)``
    is the same method with another window.

    Attributes
    ----------
    name, title : str
        As in the registry, and as people read it.
    when : str
        One sentence: when to use it.
    cost : str
        Forward and backward passes through the network for one example.
    modalities : tuple of Modality
    signed : bool
        Whether scores below zero mean "spoke against"; otherwise only their size says something.
    baselines : tuple of str
        What a field ``baseline`` may be; empty where the method has none.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    when: ClassVar[str]
    cost: ClassVar[str]
    modalities: ClassVar[tuple[Modality, ...]]
    signed: ClassVar[bool] = True
    baselines: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        baseline = getattr(self, "baseline", None)
        if baseline is not None and baseline not in self.baselines:
            raise UnusableInput(
                f"{self.title} has no baseline “{baseline}”.", f"Choose one of: {', '.join(self.baselines)}."
            )

    @abstractmethod
    def is_compatible(self, candidate: Candidate) -> str | None:
        """Return None where the method fits the candidate, else one sentence that says why it does not."""

    @abstractmethod
    def answer(self, candidate: Candidate, inputs: Inputs, pipeline: Pipeline, question: Question) -> Scored:
        """Explain one prepared example; the candidate fits, and there is exactly one input."""

    def explain(
        self,
        candidate: Candidate,
        inputs: Inputs,
        pipeline: Pipeline,
        target: int,
        contrast: int | None = None,
        *,
        background: Inputs | None = None,
        progress: Progress | None = None,
        seed: int = 0,
    ) -> Attribution:
        """Explain one output for one example.

        Parameters
        ----------
        candidate : Candidate
            Its lock is held meanwhile; its parameters, modes and hooks are left as they were, also after an error.
        inputs : Inputs
            One raw input.
        pipeline : Pipeline
        target, contrast : int
            Positions among the candidate's outputs.
        background : Inputs, optional
            Raw inputs that stand for usual ones. Some methods for tables need it.
        progress : Progress, optional
        seed : int

        Returns
        -------
        Attribution

        Raises
        ------
        UnusableInput
            If the method does not fit the candidate or this example.
        Cancelled
            If the person asked for the work to stop.
        """
        self.refuse_unless_compatible(candidate)
        if len(inputs) != 1:
            raise UnusableInput(f"Explainers take one example at a time; {len(inputs)} were given.")
        question = Question(target, contrast, seed, progress or Progress(), background)
        # What others compute before is not this method's time.
        with turn(candidate, question.progress):
            began = time.perf_counter()
            scored = self.answer(candidate, inputs, pipeline, question)
            took = time.perf_counter() - began
        return self.attribution(candidate, pipeline, question, scored, took)

    def explain_many(
        self,
        candidate: Candidate,
        asked: Sequence[Asked],
        pipeline: Pipeline,
        *,
        progress: Progress | None = None,
        seed: int = 0,
    ) -> Iterator[Attribution | UnusableInput]:
        """Explain one example after the other; a method that can share work between them overrides this.

        Parameters
        ----------
        candidate : Candidate
            Its lock is let go between examples, so that others are served meanwhile.
        asked : sequence of Asked
        pipeline : Pipeline
        progress : Progress, optional
            Of one example: it is begun anew for each.
        seed : int

        Yields
        ------
        Attribution or UnusableInput
            In the order asked; the error where an example can't be explained.

        Raises
        ------
        UnusableInput
            If the method does not fit the candidate.
        Cancelled
        """
        self.refuse_unless_compatible(candidate)
        for one in asked:
            try:
                yield self.explain(
                    candidate, one.inputs, pipeline, one.target, one.contrast,
                    background=one.background, progress=progress, seed=seed,
                )  # fmt: skip
            except UnusableInput as error:
                yield error

    def params(self, **more: Json) -> dict[str, Json]:
        """Return the method's parameters as plain JSON values."""
        return {**asdict(self), **more}

    def refuse_unless_compatible(self, candidate: Candidate) -> None:
        """Raise `UnusableInput` where the method does not fit."""
        reason = self.is_compatible(candidate)
        if reason is not None:
            raise UnusableInput(f"{self.title} can't explain {candidate.name}: {reason}", "Choose another method.")

    def wrong_modality(self, candidate: Candidate) -> str | None:
        """Return the reason when the candidate is fed something that this method does not know."""
        if candidate.task.modality in self.modalities:
            return None
        known = " and ".join(m.value for m in self.modalities)
        return f"it is for {known} models, and this one is fed {candidate.task.modality.value} data."

    def attribution(
        self,
        candidate: Candidate,
        pipeline: Pipeline,
        question: Question,
        scored: Scored,
        seconds: float,
    ) -> Attribution:
        """Put together what a method found and what was asked, in the unit of the answers.

        Parameters
        ----------
        seconds : float
            What the method took.

        Raises
        ------
        UnusableInput
            If the scores are not finite.
        """
        scores, delta = np.asarray(scored.scores, dtype=np.float32), scored.convergence_delta
        if not np.isfinite(scores).all():
            raise UnusableInput(
                f"{self.title} gave numbers that are not finite for this example.", "Choose another method."
            )
        labels = pipeline.labels or candidate.task.labels
        if candidate.task.kind is Kind.REGRESSION:
            labels = candidate.task.labels
            scale = float(pipeline.param("target_scale", "scale", 1.0))
            scores, delta = scores * np.float32(scale), None if delta is None else delta * scale
        return Attribution(
            method=self.name,
            target=labels[question.target],
            contrast=None if question.contrast is None else labels[question.contrast],
            units=scored.units,
            scores=scores,
            baseline=scored.baseline,
            params=self.params(seed=question.seed, output=scored.output),
            convergence_delta=delta,
            seconds=seconds,
            spans=scored.spans,
            notes=scored.notes,
        )


def meets(delta: float, difference: float) -> bool:
    """Tell whether a sum that is off by `delta` is near enough: within `TOLERANCE` of the difference, or `FLOOR`."""
    return abs(delta) <= max(TOLERANCE * abs(difference), FLOOR)


def convergence_notes(delta: float, difference: float, remedy: str) -> tuple[str, ...]:
    """Return a note in plain words where attributions miss the sum that their method promises.

    Parameters
    ----------
    delta : float
        Sum of the scores minus `difference`.
    difference : float
        Output for the example minus output for the baseline.
    remedy : str
        What would help, as a sentence, or empty.

    Returns
    -------
    tuple of str
        Empty where the sum is met.
    """
    if meets(delta, difference):
        return ()
    return (
        f"{MISSED} {difference + delta:.3g} where the outputs differ by {difference:.3g}: "
        f"read this map with care. {remedy}".strip(),
    )
