"""Fit simple models on the same data, and compare the model with each on the same examples."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analysis import kept
from analysis.baselines.base import Baseline
from analysis.baselines.registry import BASELINES
from analysis.comparison import Difference
from analysis.comparison.compare import holm
from analysis.comparison.metric_differences import difference_of
from analysis.comparison.pairs import pair
from analysis.datasets.labels import encode_truth
from analysis.errors import UnusableInput
from analysis.predict import readable_rows, rows_of
from analysis.progress import Progress
from analysis.types import FloatArray, IntArray, Kind, Predictions

if TYPE_CHECKING:
    from analysis.session import Session

FOLDS = 5
#: Examples that a simple model is fitted on, and judged on without another split; more would only cost time.
MOST = 5_000
#: "As good": the model is at most this much better: accuracy, or share of the simple model's mean absolute error.
MARGIN = 0.02


@dataclass(frozen=True)
class Compared:
    """The model against one simple model.

    Attributes
    ----------
    name, title, sentence : str
        Of the simple model.
    difference : Difference or None
        ``a`` the model, ``b`` the simple one: accuracy, or mean absolute error. None where it could not be fitted.
    p_adjusted : float
        Corrected for all simple models (Holm).
    reason : str
        Why it could not be fitted; else empty.
    """

    name: str
    title: str
    sentence: str
    difference: Difference | None
    p_adjusted: float
    reason: str = ""

    def gain(self, kind: Kind) -> tuple[float, float, float]:
        """Return how much better the model is, with its interval: accuracy, or share of the simple one's error."""
        d = self.difference
        assert d is not None
        if kind is Kind.CLASSIFICATION:
            return d.difference, d.low, d.high
        scale = d.b if d.b > 0 else float("nan")
        return 0.0 - d.difference / scale, 0.0 - d.high / scale, 0.0 - d.low / scale


@dataclass(frozen=True)
class Baselines:
    """The model against simple ones.

    Attributes
    ----------
    kind : Kind
    n, fitted_on : int
        Examples that all were compared on, and that each was fitted on (in each fold, without another split).
    split : str
        The split that the simple models were fitted on; empty where they were cross-validated on the same examples.
    compared : tuple of Compared
    seed : int
    """

    kind: Kind
    n: int
    fitted_on: int
    split: str
    compared: tuple[Compared, ...]
    seed: int


def place(session: Session, seed: int = 0) -> Path:
    """Return where a comparison is kept."""
    return kept.place_of_session("baselines", session, Path(__file__).parent, seed=seed)


def kept_baselines(session: Session, *, seed: int = 0) -> Baselines | None:
    """Return the comparison that is kept on disk, or None where it was never made."""
    return kept.find(place(session, seed), Baselines)


def baselines_of(session: Session, *, seed: int = 0, progress: Progress | None = None) -> Baselines:
    """Return the model against simple ones: from disk where it is kept, else fitted, compared and kept.

    Parameters
    ----------
    session : Session
        Simple models are fitted on its data's other splits, if these hold at least half as many labelled examples
        as the one that is judged on; else by cross-validation on the same examples, in folds that keep the shares of
        the classes. At most `MOST` examples of each.
    seed : int
        Draws examples and folds.
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If there are too few labelled examples.
    Cancelled
    """
    found = kept_baselines(session, seed=seed)
    if found is None:
        found = measure(session, seed=seed, progress=progress)
        kept.keep(place(session, seed), found)
    return found


def measure(session: Session, *, seed: int = 0, progress: Progress | None = None) -> Baselines:
    """Fit and compare. See `baselines_of`."""
    progress = progress or Progress()
    candidate, run = session.candidate, session.predictions(progress.part())
    tried = [
        one
        for one in BASELINES.values()
        if session.dataset.modality in one.modalities and one.simpler_than(candidate.capabilities)
    ]
    progress.start("Fitting simple models", len(tried))
    judged = _judged(run, seed)
    rows = run.ids.take(judged).positions_in(session.dataset.ids)
    training, split = _training(session, run, seed)
    part = run.take(judged)
    found: list[tuple[Baseline, Difference | None, str]] = []
    for one in tried:
        try:
            scores = _scores(session, one, part, rows, training, seed, progress)
            pairs = pair(part, replace(part, scores=scores))
            headline = "mae" if pairs.regression else "accuracy"
            found.append((one, difference_of(pairs, headline, seed=seed), ""))
        except UnusableInput as error:
            found.append((one, None, error.what))
        progress.advance()
    adjusted = iter(holm([d.p_value for _, d, _ in found if d is not None]))
    fitted_on = len(training) if len(training) else len(rows) - len(rows) // FOLDS
    compared = tuple(
        Compared(one.name, one.title, one.sentence, d, 1.0 if d is None else next(adjusted), reason)
        for one, d, reason in found
    )
    return Baselines(part.task.kind, len(rows), fitted_on, split, compared, seed)


def _judged(run: Predictions, seed: int) -> IntArray:
    """Return positions in the run of the examples to compare on."""
    known: IntArray = np.flatnonzero(run.known).astype(np.int64)
    if len(known) < 2 * FOLDS:
        raise UnusableInput(
            f"Only {len(known)} examples have a label that the model knows.", f"At least {2 * FOLDS} are needed."
        )
    if len(known) > MOST:
        known = np.sort(np.random.default_rng(seed).choice(known, MOST, replace=False))
    return known


def _training(session: Session, run: Predictions, seed: int) -> tuple[IntArray, str]:
    """Return labelled rows of the splits that are not judged on, and their names; none where they are too few."""
    nothing: tuple[IntArray, str] = np.empty(0, np.int64), ""
    if session.split is None:
        return nothing
    others = [name for name in session.dataset.splits if name != session.split]
    rows = np.concatenate([rows_of(session.dataset, name) for name in others]) if others else nothing[0]
    if run.task.kind is Kind.CLASSIFICATION and len(rows):
        rows = rows[np.asarray(encode_truth(session.dataset, run.task.labels)[0])[rows] >= 0]
    if len(rows) < len(run) / 2:
        return nothing
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))
    return readable_rows(session.candidate, session.dataset, session.pipeline, rows), ", ".join(others)


def _scores(
    session: Session,
    one: Baseline,
    part: Predictions,
    rows: IntArray,
    training: IntArray,
    seed: int,
    progress: Progress,
) -> FloatArray:
    """Return what a simple model answers to the judged examples, which it was not fitted on."""
    labels, kind = part.task.labels, part.task.kind
    features = one.features(session, rows, progress)
    made = np.zeros((len(rows), len(labels)), dtype=np.float32)
    truth = np.asarray(part.truth)
    if len(training):
        learned = np.asarray(encode_truth(session.dataset, labels)[0])[training]
        _answer(one.make(kind, seed), one.features(session, training, progress), learned, features, made, slice(None))
        return made
    for learn, judge in _folds(truth, kind, seed):
        _answer(one.make(kind, seed), _take(features, learn), truth[learn], _take(features, judge), made, judge)
        progress.advance(0)
    return made


def _folds(truth: npt.NDArray[Any], kind: Kind, seed: int) -> Sequence[tuple[IntArray, IntArray]]:
    from sklearn.model_selection import KFold, StratifiedKFold

    with warnings.catch_warnings():
        # Classes with fewer examples than folds are missing from some: they count as missed there, as they should.
        warnings.simplefilter("ignore")
        if kind is Kind.CLASSIFICATION and np.unique(truth, return_counts=True)[1].max() >= FOLDS:
            splitter: Any = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        else:
            splitter = KFold(FOLDS, shuffle=True, random_state=seed)
        return list(splitter.split(np.zeros(len(truth)), truth))


def _take(features: Any, rows: IntArray) -> Any:
    if isinstance(features, list):
        return [features[i] for i in rows]
    return features.iloc[rows] if hasattr(features, "iloc") else features[rows]


def _answer(
    estimator: Any, learn: Any, truth: npt.NDArray[Any], judge: Any, made: FloatArray, where: IntArray | slice
) -> None:
    """Fit, and write the scores of the judged examples into `made`."""
    if np.issubdtype(truth.dtype, np.integer) and len(np.unique(truth)) < 2:
        made[where, int(truth[0])] = 1.0
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # A regression that has not quite converged is a fair baseline all the same.
        try:
            estimator.fit(learn, truth)
            if np.issubdtype(truth.dtype, np.integer):
                found = estimator.predict_proba(judge)
                made[np.arange(len(made))[where][:, None], estimator.classes_[None, :]] = found
            else:
                made[where, 0] = estimator.predict(judge)
        except ValueError as error:
            reason = (str(error).splitlines() or ["no reason given"])[0][:160]
            raise UnusableInput(f"It could not be fitted on these data ({reason}).", "") from error
