"""From a link to predictions: what every results page asks for first, with all that can stand in the way."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import streamlit as st

from analysis.errors import LabelsMissing
from analysis.progress import Progress
from analysis.types import Dataset, IntArray, Kind, Predictions
from pages.shared import ahead, cache, notices, state, without_labels
from pages.shared.jobs import Status
from pages.shared.opening import Opening

if TYPE_CHECKING:
    from analysis.failures.causes import Causes
    from analysis.failures.slices import Slices
    from analysis.neighbours import Embeddings
    from analysis.neighbours.plane import Plane
    from analysis.session import Session

Result = TypeVar("Result")


@dataclass(frozen=True)
class Run:
    """What a results page draws.

    Attributes
    ----------
    session : Session
    predictions : Predictions
    rows : ndarray of int64, shape (n,)
        Position in ``session.dataset.table`` of every row of the predictions.
    key : tuple of str
        Fingerprints that everything computed from this run depends on.
    """

    session: Session
    predictions: Predictions
    rows: IntArray
    key: tuple[str, ...]

    @property
    def dataset(self) -> Dataset:
        """The data."""
        return self.session.dataset

    @property
    def has_labels(self) -> bool:
        """Whether the data have labels; else nothing may be called right or wrong."""
        return self.session.dataset.has_labels

    def position(self, example: str | None) -> int | None:
        """Return the row in the predictions of an example, or None where it has none."""
        return self.predictions.ids.find(example)


def require_run() -> Run:
    """Return the run that the address bar asks for, within the selected slice, or draw what is in the way."""
    run, name = require_whole_run(), state.here().selection.slice
    if name is None:
        return run
    rows = cache.keep("slice", (*run.key, name), lambda: _slice_rows(run, name))
    if rows is None or not len(rows):
        notices.unknown_slice(name)
        st.stop()
    return narrowed(run, rows, name)


def require_failures(*, beside_right: bool = False) -> Run:
    """Return the run within the selected slice, cause and part, or draw what is in the way and end the page.

    Parameters
    ----------
    beside_right : bool
        Keep the well answered examples too, where failures are compared with them.
    """
    from pages.shared import parts

    run, wanted = _of_cause(require_run(), beside_right=beside_right), state.here().selection.part
    if wanted is None:
        return run
    rows = parts.rows(run, wanted)
    if rows is not None and beside_right and run.predictions.task.kind is Kind.CLASSIFICATION:
        rows = cache.keep("beside right", (*run.key, wanted), partial(_beside_right, run, rows))
    if rows is None or not len(rows):
        notices.unknown_part(parts.title(wanted))
        st.stop()
    return narrowed(run, rows, f"part {wanted} {beside_right}")


def _beside_right(run: Run, rows: IntArray) -> IntArray:
    """Return some rows and those of all right answers, in order."""
    held = np.asarray(run.predictions.truth == run.predictions.predicted)
    held[rows] = True
    return np.flatnonzero(held).astype(np.int64)


def _of_cause(run: Run, *, beside_right: bool) -> Run:
    cause = state.here().selection.cause
    if cause is None:
        return run
    if not run.has_labels:
        notices.unknown_cause(cause)
        st.stop()
    found = require_causes(require_whole_run())
    ids = found.ids(cause) | (found.well if beside_right else frozenset())
    rows = np.flatnonzero(run.predictions.ids.among(ids)).astype(np.int64)
    if not len(rows) or not found.ids(cause):
        notices.unknown_cause(cause)
        st.stop()
    return narrowed(run, rows, f"cause {cause} {found.doctor.value} {beside_right}")


def causes_key(run: Run) -> tuple[str, ...]:
    """Return what the causes of a whole run's failures depend on: the run, and what the doctor said of it."""
    return (*run.key, diagnosis_key(run))


def diagnosis_key(run: Run) -> str:
    """Return whether there is a diagnosis that the causes rest on: "asked", or empty."""
    from analysis.preprocessing.doctor.kept import has_diagnosis

    session = run.session
    kept = has_diagnosis(session.candidate, session.dataset, session.pipeline, split=session.split)
    return "asked" if kept or state.note(asking(run)) else ""


def asking(run: Run) -> str:
    """Return the note that says that the doctor is to be asked about this run."""
    return f"ask the doctor {run.key}"


def causes_work(run: Run) -> Callable[[Progress], Causes]:
    """Return the work that finds a cause for each failure of a whole run; asks the doctor where that was wished."""
    ask, session = bool(diagnosis_key(run)), run.session

    def work(progress: Progress) -> Causes:
        progress.start("Loading libraries", 0)
        from analysis.failures.causes import causes_of
        from analysis.preprocessing.doctor.kept import diagnosis_of

        opened = session.candidate, session.dataset, session.pipeline
        diagnosis = diagnosis_of(*opened, split=session.split, progress=progress) if ask else None
        return causes_of(run.predictions, session.dataset, session.candidate, session.pipeline,
                         split=session.split, diagnosis=diagnosis, progress=progress)  # fmt: skip

    return work


CAUSES_TITLE = "Looking for a cause of each failure"


def require_causes(run: Run) -> Causes:
    """Return a cause for each failure of a whole run, or draw what is in the way and end the page."""
    return require("causes", causes_key(run), CAUSES_TITLE, causes_work(run))


def narrowed(run: Run, rows: IntArray, name: str) -> Run:
    """Return a run over some of its examples only."""

    def make() -> Run:
        return Run(run.session, run.predictions.take(rows), run.rows[rows], (*run.key, name))

    return cache.keep_large("narrowed", (*run.key, name), make)


def _slice_rows(run: Run, name: str) -> IntArray | None:
    from analysis.failures.slices import rows_of_slice
    from analysis.failures.slices.names import definition_of
    from analysis.neighbours import misfit
    from analysis.neighbours.plane import region_of

    definition = definition_of(name)
    region = region_of(definition)
    if region is None and not run.has_labels:
        return None
    if region is None:
        return rows_of_slice(require_slices(run, inline=False).predicates, definition)
    return region.rows(require_plane(run)) if misfit(run.session.candidate) is None else None


def require_embeddings(run: Run) -> Embeddings:
    """Return what the model makes of the examples of a whole run, or draw what is in the way and end the page."""

    def work(progress: Progress) -> Embeddings:
        from analysis.neighbours import embeddings_of

        session, rows = run.session, run.rows
        return embeddings_of(session.candidate, session.dataset, session.pipeline, rows, progress=progress)

    return require("embed", run.key, "Looking at what the model makes of each example", work)


def require_plane(run: Run) -> Plane:
    """Return where the examples of a whole run lie to the model, or draw what is in the way and end the page."""
    found = require_embeddings(run)

    def work(progress: Progress) -> Plane:
        from analysis.neighbours.plane import plane_of

        progress.start("Laying the examples out", 0)
        return plane_of(found.vectors, found.space)

    return require("plane", run.key, "Laying the examples out", work)


def require_slices(run: Run, *, inline: bool = True) -> Slices:
    """Return where the failures of a whole run concentrate, or draw what is in the way and end the page."""

    def work(progress: Progress) -> Slices:
        from analysis.failures.slices import slices_of

        session = run.session
        return slices_of(run.predictions, session.dataset, session.candidate, session.pipeline, progress=progress)

    return require("slices", run.key, "Looking for where failures concentrate", work, inline=inline)


#: Scores from which on what takes a while is worked out in the background, with its progress on the page.
LARGE = 2_000_000


def measured(what: str, run: Run, make: Callable[[], Result], *more: str) -> Result:
    """Return ``make()``, worked out once for a run; of a large one, or draw its progress and end the page.

    Parameters
    ----------
    what : str
        Name of the result: "summary", "confusion".
    run : Run
    make : callable
    *more : str
        What the result depends on beside the run.
    """
    key = (*run.key, *more)
    if run.predictions.scores.size < LARGE:
        return cache.keep(what, key, make)

    def work(progress: Progress) -> Result:
        progress.start("Counting", 0)
        return make()

    return require("measure", (what, *key), "Working it out for all examples", work, inline=True)


def require_whole_run() -> Run:
    """Return the run over all examples of the split, or draw what is in the way and end the page."""
    session = require_session()
    place = state.here()
    assert place.opening is not None
    split = place.split
    if split is not None and split not in session.dataset.splits:
        notices.unknown_split(split, session.dataset.splits)
        st.stop()
    key = run_key(session, place)
    chosen = replace(session, split=split)
    predictions = require("predict", key, "Running the model over the data", lambda p: _run(chosen, p))
    ahead.load_explainers(session.candidate)
    return Run(chosen, predictions, _rows(session.dataset, predictions, key), key)


def require_run_of_all_splits() -> Run:
    """Return the run over all of the data, whichever split is judged on, or draw what is in the way."""
    session = require_session()
    place = replace(state.here(), split=None)
    key = run_key(session, place)
    chosen = replace(session, split=None)
    predictions = require("predict", key, "Running the model over the data", lambda p: _run(chosen, p))
    return Run(chosen, predictions, _rows(session.dataset, predictions, key), key)


def run_of(session: Session, predictions: Predictions, key: tuple[str, ...]) -> Run:
    """Return what a page draws of another candidate's predictions."""
    return Run(session, predictions, _rows(session.dataset, predictions, key), key)


def _run(session: Session, progress: Progress) -> Predictions:
    """Return the run, with the answers and their scores looked up already: every page asks for them."""
    found = session.predictions(progress)
    if found.task.kind is Kind.CLASSIFICATION:
        _ = found.predicted, found.confidence
    return found


def run_key(session: Session, place: state.Place) -> tuple[str, ...]:
    """Return the fingerprints of all that the predictions at a place depend on."""
    return (
        place.opening.key if place.opening is not None else "",
        session.candidate.fingerprint,
        session.pipeline.fingerprint,
        session.dataset.fingerprint,
        place.split if place.split is not None else state.ALL_SPLITS,
    )


def _rows(dataset: Dataset, predictions: Predictions, key: tuple[str, ...]) -> IntArray:
    return cache.keep("rows", key, lambda: dataset.rows_of(predictions))


def require_session() -> Session:
    """Return what is open, or draw what is in the way and end the page."""
    place = state.here()
    if place.opening is None:
        notices.nothing_open()
        st.stop()
    if not state.is_approved(place.opening):
        notices.ask_before_opening(place.opening)
        st.stop()
    wanted = place.opening
    session = require("open", wanted.key, "Opening the model and the data", lambda p: open_only(wanted, p))
    state.remember(wanted)
    return session


def require_labels(why: str) -> None:
    """Go on where the data have labels, else say what the page needs them for, and end it."""
    if not require_session().dataset.has_labels:
        without_labels.needs(why)
        st.stop()


def open_only(wanted: Opening, progress: Progress) -> Session:
    """Open a session; what is open last is for `state.remember`. Runs on a thread of its own.

    Raises
    ------
    UnusableInput, Cancelled
    """
    progress.start("Loading libraries", 0)
    import analysis.figures  # noqa: F401  (half a second that the first page with a figure need not wait)
    from analysis.diligence.tried import try_once
    from analysis.session import open_session

    return open_session(
        wanted.model_path,
        wanted.data_path,
        pipeline=wanted.chosen_pipeline(),
        columns=wanted.column_choice(),
        label_overrides=dict(wanted.labels) or None,
        trusted=wanted.trusted,
        revision=wanted.revision or None,
        leave_labels_out=wanted.unlabelled,
        guard=lambda artefact: try_once(artefact, trusted=wanted.trusted, progress=progress),
        progress=progress,
    )


def opened(wanted: Opening | None) -> Session | None:
    """Return what is open already, without opening anything."""
    job = cache.jobs().find("open", wanted.key) if wanted is not None else None
    return job.result if job is not None and job.status is Status.DONE else None


def require(
    kind: str, key: Hashable, title: str, work: Callable[[Progress], Result], *, inline: bool = False
) -> Result:
    """Return the result of a job, or draw its progress, its error or its end and stop the page.

    Parameters
    ----------
    kind, key, title, work
        As for `Jobs.ask`.
    inline : bool
        Within a page that has a title of its own.
    """
    job = cache.jobs().ask(kind, key, title, work, session=state.session_id())
    job.wait(0.25)
    if job.status is Status.DONE:
        return job.result
    wanted = state.here().opening
    if job.status is Status.RUNNING:
        notices.progress(job, inline=inline)
    elif kind == "open" and hasattr(job.error, "types") and wanted is not None:
        notices.ask_trust(wanted, job.error.types)
    elif kind == "open" and isinstance(job.error, LabelsMissing) and wanted is not None:
        without_labels.missing(job.error, wanted)
    else:
        resumes = kind in ("predict", "patterns")
        notices.failed(job.error, lambda: cache.jobs().drop(kind, key), inline=inline, resumes=resumes)
    st.stop()
    raise AssertionError("unreachable")
