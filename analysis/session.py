"""Open a model and data together: what the pages and the command line both start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import runs
from analysis.candidates import open_candidate
from analysis.candidates.artefact import Artefact
from analysis.datasets import Columns, open_dataset
from analysis.datasets.labels import match_labels, without_labels
from analysis.engines import LOCAL, Engine
from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline, misfit
from analysis.progress import Progress
from analysis.storage import read_json
from analysis.types import Candidate, Dataset, Pipeline, Predictions


@dataclass(frozen=True)
class Session:
    """What is open.

    Attributes
    ----------
    candidate : Candidate
    dataset : Dataset
        With its labels matched to the candidate's.
    pipeline : Pipeline
        The one in use: as delivered, or one that the person chose.
    split : str or None
        None takes all examples.
    """

    candidate: Candidate
    dataset: Dataset
    pipeline: Pipeline
    split: str | None

    def predictions(self, progress: Progress | None = None, *, engine: Engine = LOCAL) -> Predictions:
        """Return the run, from disk where it is kept, else made by an engine.

        Raises
        ------
        UnusableInput, Cancelled
        """
        return runs.run(self.candidate, self.dataset, self.pipeline, split=self.split, engine=engine, progress=progress)


def read_pipeline(path: str | Path) -> Pipeline:
    """Read and check a pipeline file.

    Raises
    ------
    UnusableInput
        If it isn't there, isn't JSON, or isn't a pipeline; the message names the file.
    """
    if not Path(path).is_file():
        raise UnusableInput(f"There is no pipeline file {path}.", "Give the path of a JSON file.")
    data = read_json(Path(path))
    if data is None:
        raise UnusableInput(f"{path} is not a JSON file.", "Download a pipeline from Caveat to see the format.")
    try:
        return check_pipeline(Pipeline.from_json(data))
    except UnusableInput as error:
        raise UnusableInput(f"{path}: {error.what}", error.action) from error


def fit_pipeline(pipeline: Pipeline, candidate: Candidate) -> Pipeline:
    """Return `pipeline` as this candidate can use it: same modality, as many labels as outputs.

    Raises
    ------
    UnusableInput
        If it can't be used with this candidate.
    """
    reason = misfit(pipeline, candidate.task)
    if reason:
        raise UnusableInput(f"This pipeline {reason}.", "Choose another one, or correct it.")
    step = pipeline.get("label_order")
    if step is not None and not pipeline.labels:
        return pipeline.replacing(step.with_params(labels=list(candidate.task.labels)))
    return pipeline


def open_session(
    model: str | Path,
    data: str | Path,
    *,
    split: str | None = None,
    pipeline: str | Path | Pipeline | None = None,
    columns: Columns | None = None,
    label_overrides: Mapping[str, str] | None = None,
    trusted: Sequence[str] = (),
    revision: str | None = None,
    unlabelled: bool = False,
    leave_labels_out: bool = False,
    guard: Callable[[Artefact], None] | None = None,
    progress: Progress | None = None,
) -> Session:
    """Open a candidate and the data to judge it on, and match their labels.

    Parameters
    ----------
    model : str or Path
        Folder, skops file or hub id.
    data : str or Path
        Folder or table.
    split : str, optional
        All examples where it isn't given.
    pipeline : path or Pipeline, optional
        The model's own configuration where it isn't given.
    columns : Columns, optional
        Which column is what, where the guess is wrong.
    label_overrides : mapping, optional
        Label in the data → label of the model, where the guess is wrong.
    trusted : sequence of str
        Types in a skops file that the person trusts.
    revision : str, optional
        Of a hub id.
    unlabelled : bool
        Whether data without labels will do.
    leave_labels_out : bool
        Open the data as if they had none, also where something looks like labels.
    guard : callable, optional
        See `open_candidate`.
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        With what is wrong and what to do.
    """
    candidate = open_candidate(model, revision=revision, trusted=trusted, guard=guard, progress=progress)
    chosen = candidate.pipeline
    if pipeline is not None:
        chosen = pipeline if isinstance(pipeline, Pipeline) else read_pipeline(pipeline)
        chosen = fit_pipeline(check_pipeline(chosen), candidate)
    task = candidate.task
    dataset = open_dataset(
        data,
        modality=task.modality,
        kind=task.kind,
        columns=columns,
        unlabelled=unlabelled or leave_labels_out,
        progress=progress,
    )
    if leave_labels_out:
        dataset = without_labels(dataset)
    dataset = match_labels(dataset, chosen.labels or task.labels, overrides=label_overrides)
    if split is not None and split not in dataset.splits:
        raise UnusableInput(
            f"There is no split “{split}” in {dataset.name}.", f"Splits: {', '.join(dataset.splits) or 'none'}."
        )
    return Session(candidate, dataset, chosen, split)
