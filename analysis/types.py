"""The nouns of Caveat: frozen dataclasses and protocols that every part speaks in."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import UnusableInput
from analysis.labelled import LabelledData, LabelledRun
from analysis.scores import highest
from analysis.strings import Rows, Strings, as_rows, as_strings

FloatArray: TypeAlias = npt.NDArray[np.float32]
IntArray: TypeAlias = npt.NDArray[np.int64]
Json: TypeAlias = Any
Params: TypeAlias = Mapping[str, Json]

#: Raw inputs as a data set hands them out: encoded image files, texts (or pairs of texts), or rows of a table.
Inputs: TypeAlias = "Sequence[bytes] | Sequence[str | tuple[str, str]] | pd.DataFrame"


class Kind(StrEnum):
    """What a model answers."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class Modality(StrEnum):
    """What a model is fed."""

    IMAGE = "image"
    TEXT = "text"
    TABULAR = "tabular"


class Severity(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    CAUTION = "caution"
    BLOCKER = "blocker"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Task:
    """What a candidate does.

    Attributes
    ----------
    kind : Kind
    modality : Modality
    labels : tuple of str
        Label names in the order of the model's outputs; for regression the one target's name.
    """

    kind: Kind
    modality: Modality
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One named step of a pipeline with its parameters, which are plain JSON values."""

    name: str
    params: Params = field(default_factory=dict)

    def with_params(self, **changes: Json) -> Step:
        """Return this step with some parameters changed."""
        return Step(self.name, {**self.params, **changes})

    def __hash__(self) -> int:
        return hash((self.name, json.dumps(self.params, sort_keys=True)))


#: Steps that only rename or rescale the outputs: changing them costs no forward pass.
OUTPUT_STEPS = ("target_scale", "label_order")


@dataclass(frozen=True)
class Pipeline:
    """How raw inputs become what the model receives, and its outputs become answers: as data.

    Attributes
    ----------
    modality : Modality
    steps : tuple of Step
        In order of execution; names are unique. The last one is ``label_order``.
    """

    modality: Modality
    steps: tuple[Step, ...]

    def get(self, name: str) -> Step | None:
        """Return the step called `name`, or None."""
        return next((step for step in self.steps if step.name == name), None)

    def param(self, step: str, key: str, default: Json = None) -> Json:
        """Return one parameter of one step, or `default` where either is absent."""
        found = self.get(step)
        return default if found is None else found.params.get(key, default)

    def replacing(self, step: Step) -> Pipeline:
        """Return this pipeline with the step of the same name replaced.

        Raises
        ------
        KeyError
            If the pipeline has no such step.
        """
        if self.get(step.name) is None:
            raise KeyError(step.name)
        return replace(self, steps=tuple(step if s.name == step.name else s for s in self.steps))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the outputs in order, from the ``label_order`` step."""
        return tuple(self.param("label_order", "labels", ()))

    def to_json(self) -> dict[str, Json]:
        """Return a JSON-ready dictionary: ``{"modality": …, "steps": [{"name": …, "params": …}]}``."""
        steps = [{"name": s.name, "params": dict(s.params)} for s in self.steps]
        return {"modality": self.modality.value, "steps": steps}

    @classmethod
    def from_json(cls, data: Json) -> Pipeline:
        """Read what `to_json` wrote.

        Raises
        ------
        UnusableInput
            If `data` has another shape. Parameter values are checked by `analysis.preprocessing`.
        """
        try:
            modality = Modality(data["modality"])
            steps = tuple(Step(str(s["name"]), dict(s.get("params", {}))) for s in data["steps"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            expected = 'Expected {"modality": "image", "steps": [{"name": "resize", "params": {…}}, …]}.'
            raise UnusableInput(f"This is not a pipeline: {error!r}.", expected) from error
        if len({s.name for s in steps}) != len(steps):
            raise UnusableInput("A pipeline may name each step only once.", "Remove the repeated step.")
        return cls(modality, steps)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that changes what the model receives or answers (hex, 16 characters)."""
        return fingerprint_of(self.to_json())

    @property
    def forward_fingerprint(self) -> str:
        """As `fingerprint`, without the steps that cost no forward pass (`OUTPUT_STEPS`)."""
        kept = tuple(s for s in self.steps if s.name not in OUTPUT_STEPS)
        return replace(self, steps=kept).fingerprint


def fingerprint_of(value: Json) -> str:
    """Return 16 hex characters of the SHA-256 of a JSON value, independent of the order of keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Edit:
    """One change of one step.

    Attributes
    ----------
    step : str
        The stable name of what changes, as people and the command line know it: ``interpolation``.
    before, after : mapping
        The parameters that change, before and after; parameters that stay are left out.
    sentence : str
        The change in words: "channel order: BGR → RGB".
    within : str
        The pipeline's step that holds these parameters, where it has another name than `step`:
        ``interpolation`` is a parameter of ``resize``.
    """

    step: str
    before: Params
    after: Params
    sentence: str
    within: str = ""

    @property
    def place(self) -> str:
        """Name of the pipeline's step that is changed."""
        return self.within or self.step

    def apply(self, pipeline: Pipeline) -> Pipeline:
        """Return `pipeline` with this edit made.

        Raises
        ------
        KeyError
            If the pipeline has no such step.
        """
        step = pipeline.get(self.place)
        if step is None:
            raise KeyError(self.place)
        return pipeline.replacing(step.with_params(**self.after))

    def __hash__(self) -> int:
        return hash((self.step, self.place, json.dumps(dict(self.after), sort_keys=True)))


@dataclass(frozen=True)
class Finding:
    """What one check found, as every page, the report and the command line show it.

    Attributes
    ----------
    id : str
        Stable and dotted: ``preflight.pickle``, ``loading.missing_weights``.
    severity : Severity
    summary : str
        One plain sentence.
    evidence : mapping
        Numbers and names that support it, as plain JSON values.
    action : str
        What to do about it, or empty.
    examples : tuple of str
        Ids of examples that show it.
    """

    id: str
    severity: Severity
    summary: str
    evidence: Params = field(default_factory=dict)
    action: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Capabilities:
    """What can be asked of a candidate beside its predictions."""

    gradients: bool = False
    embeddings: bool = False
    attention: bool = False
    convolutional: bool = False
    transformer: bool = False
    trees: bool = False
    linear: bool = False


class Prepared(Protocol):
    """What a candidate's network receives: one batch, already preprocessed."""

    def __len__(self) -> int: ...


class Candidate(Protocol):
    """An opened model. Every use of its network happens under its lock.

    Attributes
    ----------
    name : str
        Short and readable: a folder's or repository's name.
    source : str
        Path or hub id that it was opened from.
    task : Task
    folder : Path
        Where its files lie.
    pipeline : Pipeline
        As delivered: from the model's own configuration.
    deployed : Pipeline or None
        What a ``pipeline.json`` beside the weights says the model is fed with in use.
    fingerprint : str
        SHA-256 over its weights and configuration (hex, 16 characters).
    capabilities : Capabilities
    findings : tuple of Finding
        What preflight and loading found.
    lock : threading.RLock
    """

    name: str
    source: str
    task: Task
    folder: Path
    pipeline: Pipeline
    deployed: Pipeline | None
    fingerprint: str
    capabilities: Capabilities
    findings: tuple[Finding, ...]
    lock: threading.RLock

    def prepare(self, inputs: Inputs, pipeline: Pipeline) -> Prepared:
        """Run the pipeline's input steps; needs no lock, so it may overlap with `forward`."""
        ...

    def forward(self, prepared: Prepared, *, precision: str = "fp32") -> FloatArray:
        """Return raw outputs, float32 (n, k): logits of a network, probabilities of an estimator, or values."""
        ...

    def to_scores(self, outputs: FloatArray) -> FloatArray:
        """Turn raw outputs into probabilities (n, k), or leave values of a regression (n, 1) as they are."""
        ...

    def predict(self, inputs: Inputs, pipeline: Pipeline) -> FloatArray:
        """Return ``to_scores(forward(prepare(inputs, pipeline)))`` for one batch."""
        ...


@dataclass(frozen=True)
class Rejection:
    """One item of the data that can't be used, and why.

    Attributes
    ----------
    item : str
        File or row: "cat/broken.jpg", "reviews.csv row 17".
    reason : str
        One plain sentence.
    """

    item: str
    reason: str


class InputSource(Protocol):
    """Raw inputs on demand. Must be safe to call from several threads."""

    def __call__(self, rows: IntArray) -> Inputs:
        """Return the raw inputs of some rows (positions in `Dataset.table`)."""
        ...


@dataclass(frozen=True)
class Dataset(LabelledData):
    """Examples that can be used, with their labels where they have some, and those that were rejected.

    Attributes
    ----------
    name : str
    source : str
        Path that it was opened from.
    modality : Modality
    kind : Kind
        Guessed from the labels unless the person said it.
    table : pandas.DataFrame
        One row an example: ``id`` (str, unique), ``split`` (str), ``label`` (str, or float64 for a
        regression; no labels: ``has_labels`` tells), then metadata columns. Positional index 0 … n-1.
    inputs : InputSource
    rejected : tuple of Rejection
    fingerprint : str
        SHA-256 over ids, splits, labels and contents (hex, 16 characters).
    columns : mapping
        Which column was taken for what: ``{"label": "diagnosis", "text": "review", …}``.
    label_map : mapping of str to str
        Label as in the data → label as the model names it; empty until `match_labels` was applied.
    findings : tuple of Finding
        What reading it found: labels unknown to the model, columns ignored …
    """

    name: str
    source: str
    modality: Modality
    kind: Kind
    table: pd.DataFrame
    inputs: InputSource
    rejected: tuple[Rejection, ...]
    fingerprint: str
    columns: Mapping[str, Json] = field(default_factory=dict)
    label_map: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def ids(self) -> Strings:
        """The examples' ids."""
        return Strings(self.table["id"])

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits, in order of first appearance."""
        return Strings(self.table["split"]).distinct

    def position(self, example_id: str) -> int:
        """Return the row of an example.

        Raises
        ------
        UnusableInput
            If there is no example of that id.
        """
        found = self.ids.find(example_id)
        if found is None:
            what = f"There is no example “{example_id}” in {self.name}."
            raise UnusableInput(what, "Ids are paths relative to the data, or row numbers.")
        return found

    def rows_of(self, predictions: Predictions) -> IntArray:
        """Return the row of every example of a run over (some of) these data, int64 (n,)."""
        return predictions.ids.positions_in(self.ids)


_STRINGS = ("ids", "splits", "truth_labels")  # Fields of `Predictions` that hold one string an example.


@dataclass(frozen=True)
class Predictions(LabelledRun):
    """One run of a candidate over a data set through a pipeline. Made from any sequences of strings.

    Attributes
    ----------
    task : Task
        The candidate's task with `labels` as the pipeline's ``label_order`` names them.
    ids : Strings
        Example ids, n of them.
    splits : Strings
        The split of each example.
    truth : ndarray
        Classification: int64 (n,), position of the true label in ``task.labels``, or -1 where the model
        doesn't know the label. Regression: float64 (n,).
    truth_labels : Strings
        Classification: the true label's name as matched, also where the model doesn't know it.
    scores : ndarray of float32, shape (n, k)
        Probabilities, or values (n, 1) of a regression. May be memory-mapped: never write to it.
    candidate, pipeline, dataset : str
        The three fingerprints.
    precision : str
        "fp32", "bf16" or "int8".
    rejected : tuple of Rejection
        Examples that failed while predicting (unreadable when decoded in full …); they have no row here.
    seconds : float
        What the run cost when it was computed.
    versions : mapping of str to str
        Library versions at that time.
    """

    task: Task
    ids: Strings
    splits: Strings
    truth: IntArray | npt.NDArray[np.float64]
    truth_labels: Strings
    scores: FloatArray
    candidate: str
    pipeline: str
    dataset: str
    precision: str = "fp32"
    rejected: tuple[Rejection, ...] = ()
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _STRINGS:
            object.__setattr__(self, name, as_strings(getattr(self, name)))

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Rows) -> Predictions:
        """Return the run over some of its examples: positions, or where a mask of bool, shape (n,), holds."""
        chosen = as_rows(rows)
        strings = {name: values.take(chosen) for name in _STRINGS if len(values := getattr(self, name))}
        return replace(self, truth=self.truth[chosen], scores=self.scores[chosen], **strings)

    @cached_property
    def _highest(self) -> tuple[IntArray, FloatArray]:
        return highest(self.scores)

    @property
    def predicted(self) -> IntArray:
        """Classification: position of the highest score, int64 (n,); looked up once, as the next."""
        return self._highest[0]

    @property
    def confidence(self) -> FloatArray:
        """Classification: the highest score, float32 (n,)."""
        return self._highest[1]

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """Regression: the predicted values, float64 (n,)."""
        return np.asarray(self.scores[:, 0], dtype=np.float64)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Classification: True where the model knows the true label; regression: True throughout."""
        known = self.truth >= 0 if self.task.kind is Kind.CLASSIFICATION else np.ones(len(self))
        return np.asarray(known, dtype=np.bool_)


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty.

    Attributes
    ----------
    value, low, high : float
        The value and its 95 % interval, in the metric's own unit; NaN where it is undefined.
    n : int
        Examples that it rests on.
    method : str
        How the interval was made: "Wilson", "bootstrap (2000 draws, seed 0)".
    """

    value: float
    low: float
    high: float
    n: int
    method: str


@dataclass(frozen=True)
class Attribution:
    """How much each unit of one example spoke for the target.

    Attributes
    ----------
    method : str
        Registry name of the explainer.
    target : str
        Label (or regression target) that is explained.
    contrast : str or None
        Label that it is explained against: *why target rather than contrast*.
    units : tuple of str
        Tokens or feature names; empty for images.
    scores : ndarray of float32
        Images (H, W) on the model's input grid; text (tokens,); tabular (features,).
    baseline : str
        What "absent" means: "mean colour", "[MASK]" …; empty where the method has none.
    params : mapping
        The method's parameters, seed included.
    convergence_delta : float or None
        Where the method defines one: attributions' sum minus the outputs' difference.
    seconds : float
    spans : tuple of (int, int)
        Text: character range of each token in the original text; empty elsewhere.
    notes : tuple of str
        What the reader must know, in plain sentences.
    """

    method: str
    target: str
    contrast: str | None
    units: tuple[str, ...]
    scores: FloatArray
    baseline: str
    params: Params
    convergence_delta: float | None
    seconds: float
    spans: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()
