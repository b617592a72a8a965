"""What a family of edits is: one thing that deployments get wrong, and the ways to put it right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from analysis.preprocessing.steps import spec_of
from analysis.types import Candidate, Dataset, Edit, FloatArray, IntArray, Json, Modality, Params, Pipeline

#: A family never proposes more edits than this: each one costs passes, and significance.
MOST = 15


@dataclass(frozen=True)
class Context:
    """What a family may look at when it proposes edits.

    Attributes
    ----------
    candidate : Candidate
        Its ``pipeline`` is the documented one.
    dataset : Dataset
    rows : ndarray of int64
        The examples that the search may use; proposals must not look at others.
    outputs : callable, optional
        ``outputs(pipeline)`` returns float32 (len(rows), k), what the candidate answers for `rows` before the
        output steps, not-a-number where it hasn't been asked yet. Without it, a family that needs answers asks
        the candidate itself.
    """

    candidate: Candidate
    dataset: Dataset
    rows: IntArray
    outputs: Callable[[Pipeline], FloatArray] | None = None

    @property
    def documented(self) -> Pipeline:
        """The pipeline that the model's own configuration describes."""
        return self.candidate.pipeline


class EditFamily(Protocol):
    """One kind of fault.

    Attributes
    ----------
    step : str
        The stable name that the command line prints.
    title : str
        As people read it.
    changes : str
        One sentence for a person: what goes wrong in practice, and what the edit changes.
    modalities : tuple of Modality
    """

    @property
    def step(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def changes(self) -> str: ...
    @property
    def modalities(self) -> tuple[Modality, ...]: ...

    def propose(self, pipeline: Pipeline, context: Context) -> tuple[Edit, ...]:
        """Return the edits worth trying on `pipeline`; empty where the family doesn't apply."""
        ...


def same(a: Json, b: Json) -> bool:
    """Compare two JSON values; numbers to seven digits, so that 1/255 equals what a file says of it."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, float | int) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=1e-7, abs_tol=1e-12)
    return bool(a == b)


def changed(pipeline: Pipeline, place: str, params: Params) -> dict[str, Json]:
    """Return those of `params` that the pipeline's step has otherwise."""
    return {key: value for key, value in params.items() if not same(pipeline.param(place, key), value)}


def always(*values: Params) -> Callable[[Pipeline, Context], Iterable[Params]]:
    """Return the `Alternatives.values` of a family whose alternatives depend on nothing."""
    return lambda _pipeline, _context: values


@dataclass(frozen=True)
class Alternatives:
    """A family that sets some parameters of one step to one of several values.

    Attributes
    ----------
    step, title, changes, modalities
        As in `EditFamily`.
    keys : tuple of str
        The parameters that it sets.
    values : callable
        ``values(pipeline, context)`` yields the alternatives, likely ones first: each a mapping of some of
        `keys`. The documented values need not be among them; they always come first.
    phrase : callable
        ``phrase(params)`` says in words what a step's full parameters mean for this family.
    within : str
        The pipeline's step that holds the parameters, where it has another name than `step`.
    unscreened : callable, optional
        ``unscreened(pipeline, context)``: how many alternatives a search that tried them all would have, for a
        family that proposes only what the data at hand make likely.
    whole : callable, optional
        ``whole(before, after)`` says in words what a change of full parameters means, where that is more than
        two phrases with an arrow between them; None where it isn't.
    fits : callable, optional
        ``fits(edited pipeline, context)``: whether the network can take what comes out. All fit by default.
    """

    step: str
    title: str
    changes: str
    modalities: tuple[Modality, ...]
    keys: tuple[str, ...]
    values: Callable[[Pipeline, Context], Iterable[Params]]
    phrase: Callable[[Params], str]
    within: str = ""
    fits: Callable[[Pipeline, Context], bool] | None = None
    unscreened: Callable[[Pipeline, Context], int] | None = None
    whole: Callable[[Params, Params], str | None] | None = None

    @property
    def place(self) -> str:
        """Name of the pipeline's step that is changed."""
        return self.within or self.step

    def propose(self, pipeline: Pipeline, context: Context) -> tuple[Edit, ...]:
        """Return the edits worth trying on `pipeline`, the documented values first."""
        if pipeline.get(self.place) is None:
            return ()
        found: dict[str, Edit] = {}
        for params in self._candidates(pipeline, context):
            edit = self.edit(pipeline, params)
            if edit is None or (self.fits is not None and not self.fits(edit.apply(pipeline), context)):
                continue
            found.setdefault(repr([(key, edit.after.get(key)) for key in self.keys]), edit)
            if len(found) == MOST:
                break
        return tuple(found.values())

    def known(self, pipeline: Pipeline, context: Context) -> int:
        """Return how many alternatives the family knows, likely on the data at hand or not."""
        proposed = len(self.propose(pipeline, context))
        return proposed if self.unscreened is None else max(proposed, self.unscreened(pipeline, context))

    def edit(self, pipeline: Pipeline, params: Params) -> Edit | None:
        """Return the edit that sets `params`, or None where `pipeline` has these values already.

        Parameters that mean nothing under the mode that is set are left alone.
        """
        step, spec = pipeline.get(self.place), spec_of(pipeline.modality, self.place)
        if step is None or spec is None:
            return None
        whole = {**step.params, **params}
        used = {param.name for param in spec.params if param.applies(whole)}
        after = changed(pipeline, self.place, {key: value for key, value in params.items() if key in used})
        if not after:
            return None
        before = {key: step.params.get(key) for key in after}
        edited = {**step.params, **after}
        words = self.whole(step.params, edited) if self.whole is not None else None
        words = words or f"{self.phrase(step.params)} → {self.phrase(edited)}"
        return Edit(self.step, before, after, f"{self.title}: {words}", self.within)

    def _candidates(self, pipeline: Pipeline, context: Context) -> Iterator[Params]:
        documented = context.documented.get(self.place)
        if documented is not None:
            yield {key: documented.params.get(key) for key in self.keys}
        yield from self.values(pipeline, context)
