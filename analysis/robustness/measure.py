"""Predict the same examples, labelled where there are labels, under every corruption, and compare them pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import kept
from analysis.comparison.compare import holm
from analysis.comparison.differences import Difference, of_means, of_shares
from analysis.datasets.labels import encode_truth
from analysis.engines import LOCAL, Engine
from analysis.errors import UnusableInput
from analysis.metrics.intervals import student, wilson
from analysis.predict import readable_rows, rows_of
from analysis.preprocessing.edits.planting.spoil import Spoiler
from analysis.progress import Progress
from analysis.robustness import images, tables
from analysis.robustness.base import Corruption, Setting
from analysis.robustness.registry import corruptions_for
from analysis.robustness.result import Curve, Point, Robustness
from analysis.robustness.scores import scores_under
from analysis.types import Estimate, FloatArray, Inputs, IntArray, Kind, Modality

if TYPE_CHECKING:
    from analysis.session import Session

#: Labelled examples that are measured; every level of every corruption predicts all of them.
SAMPLE = {Modality.IMAGE: 200, Modality.TEXT: 400, Modality.TABULAR: 2_000}
#: A regression's answer counts as changed from this share of the answers' spread on.
MOVED = 0.1


#: Examples that are looked at to tell whether a model refuses a kind of input, and refusals that are enough.
LOOKED, ENOUGH = 40, 5


@dataclass(frozen=True)
class _Level:
    """One corruption at one level, before the correction for all of them."""

    level: float
    label: str
    score: Estimate
    difference: Difference
    altered: tuple[int, ...]
    unanswered: int


@dataclass(frozen=True)
class _Measured:
    """One corruption with what was measured at its levels, as in `Curve`."""

    corruption: Corruption
    levels: Sequence[_Level]
    refused: str
    untouched: int


def place(session: Session, names: Sequence[str] = (), seed: int = 0) -> Path:
    """Return where a measurement is kept."""
    return kept.place_of_session("robustness", session, Path(__file__).parent, names=sorted(names), seed=seed)


def kept_robustness(session: Session, names: Sequence[str] = (), *, seed: int = 0) -> Robustness | None:
    """Return the measurement that is kept on disk, or None where it was never made to its end."""
    return kept.find(place(session, names, seed), Robustness)


def robustness_of(
    session: Session,
    names: Sequence[str] = (),
    *,
    seed: int = 0,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Robustness:
    """Return what corruptions cost: from disk where it is kept, else measured and kept.

    Parameters
    ----------
    session : Session
        At most `SAMPLE` labelled examples of its split are used; where the data have no labels, at most as many
        without, and their answers are compared with those to the inputs as they are.
    names : sequence of str
        Of `CORRUPTIONS`; all that fit the data where not given.
    seed : int
        Draws the examples, and all that a corruption draws at random.
    engine : Engine
        Where the examples are corrupted and predicted.
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If a name is not known, or no labelled example can be read.
    Cancelled
        Nothing is kept then.
    """
    found = kept_robustness(session, names, seed=seed)
    if found is None:
        found = measure(session, names, seed=seed, engine=engine, progress=progress)
        kept.keep(place(session, names, seed), found)
    return found


def measure(
    session: Session,
    names: Sequence[str] = (),
    *,
    seed: int = 0,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Robustness:
    """Measure what corruptions cost. See `robustness_of`."""
    corruptions = corruptions_for(session.dataset.modality, tuple(names))
    rows, truth, of = _sample(session, seed)
    setting, same = setting_of(session, seed)
    progress = progress or Progress()
    base = _Base(session, rows, truth, seed)
    refused = {one.name: base.refusal(one.make(one.levels[-1], setting)) for one in corruptions}
    asked = [(one, level) for one in corruptions if not refused[one.name] for level in one.levels]
    spoilers = (same, *(one.make(level, setting) for one, level in asked))
    before, *after = scores_under(session, rows, spoilers, engine=engine, progress=progress)
    if not session.dataset.has_labels:
        base = replace(base, truth=np.asarray(before[:, 0] if base.regression else before.argmax(axis=1), np.float64))
    found = {one.name: list[_Level]() for one in corruptions}
    for (one, level), scores in zip(asked, after, strict=True):
        found[one.name].append(base.level(one, level, scores, before))
    curves = []
    for one in corruptions:
        untouched = 0 if refused[one.name] else base.untouched(one.make(one.levels[-1], setting))
        curves.append(_Measured(one, found[one.name], refused[one.name], untouched))
    return Robustness(
        kind=session.candidate.task.kind,
        modality=session.dataset.modality,
        baseline=base.estimate(before),
        curves=_corrected(curves),
        examples=tuple(str(session.dataset.ids[int(row)]) for row in rows),
        of=of,
        seed=seed,
        judged=session.dataset.has_labels,
    )


def _sample(session: Session, seed: int) -> tuple[IntArray, npt.NDArray[np.float64], int]:
    """Return the examples that are measured, their labels, and how many (labelled) ones there are."""
    rows = rows_of(session.dataset, session.split)
    labels = session.pipeline.labels or session.candidate.task.labels
    truth = np.asarray(encode_truth(session.dataset, labels)[0], dtype=np.float64)
    if session.candidate.task.kind is Kind.CLASSIFICATION and session.dataset.has_labels:
        rows = rows[truth[rows] >= 0]
    if not len(rows):
        raise UnusableInput("No example has a label that the model knows.", "Match the labels first.")
    of, most = len(rows), SAMPLE[session.dataset.modality]
    if of > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    rows = readable_rows(session.candidate, session.dataset, session.pipeline, rows)
    return rows, truth[rows], of


def setting_of(session: Session, seed: int = 0) -> tuple[Setting, Spoiler]:
    """Return what corruptions may know of the data, and what leaves inputs as they are."""
    dataset = session.dataset
    if dataset.modality is Modality.IMAGE:
        return Setting(seed), images.unchanged(Setting(seed))
    if dataset.modality is Modality.TABULAR:
        fed = session.pipeline.param("column_order", "columns")
        return tables.setting_of(dataset, fed, seed), lambda inputs: inputs
    return Setting(seed), lambda inputs: inputs


@dataclass(frozen=True)
class _Base:
    """The examples that every level is measured on."""

    session: Session
    rows: IntArray
    truth: npt.NDArray[np.float64]
    seed: int

    @property
    def regression(self) -> bool:
        return self.session.candidate.task.kind is Kind.REGRESSION

    def refusal(self, spoiler: Spoiler) -> str:
        """Return why the model takes no example that was changed so, or an empty string where it takes some."""
        candidate, pipeline = self.session.candidate, self.session.pipeline
        reason, tried = "", 0
        for row in self.rows[:LOOKED]:
            raw = self.session.dataset.inputs(np.array([row], dtype=np.int64))
            made = spoiler(raw)
            if _same(made, raw):
                continue  # That the model takes what nothing happened to says nothing.
            try:
                candidate.prepare(made, pipeline)
            except UnusableInput as error:
                reason, tried = error.what, tried + 1
            else:
                return ""
            if tried == ENOUGH:
                break
        return reason

    def untouched(self, spoiler: Spoiler) -> int:
        """Return how many texts or rows come back as they were; of pictures every one is changed somewhere."""
        if self.session.dataset.modality is Modality.IMAGE:
            return 0
        raw = self.session.dataset.inputs(self.rows)
        made = spoiler(raw)
        if isinstance(made, pd.DataFrame) and isinstance(raw, pd.DataFrame):
            same = (made == raw) | (made.isna() & raw.isna())
            return int(same.all(axis=1).sum())
        return sum(a == b for a, b in zip(made, raw, strict=True))

    def level(self, one: Corruption, level: float, after: FloatArray, before: FloatArray) -> _Level:
        answered = np.isfinite(after).all(axis=1)
        if self.regression:
            both = np.flatnonzero(answered)
            errors = [np.abs(s[both, 0].astype(np.float64) - self.truth[both]) for s in (after, before)]
            difference = of_means(errors[0], errors[1], seed=self.seed)
            moved = np.abs(after[:, 0] - before[:, 0]) > MOVED * float(before[:, 0].std())
        else:
            difference = of_shares(self._right(after), self._right(before))
            moved = np.nan_to_num(after, nan=-1.0).argmax(axis=1) != before.argmax(axis=1)
        return _Level(
            level,
            one.label(level),
            self.estimate(after),
            difference,
            tuple(np.flatnonzero(moved | ~answered).tolist()),
            int((~answered).sum()),
        )

    def _right(self, scores: FloatArray) -> npt.NDArray[np.bool_]:
        answered = np.isfinite(scores).all(axis=1)
        return np.asarray(answered & (np.nan_to_num(scores, nan=-1.0).argmax(axis=1) == self.truth))

    def estimate(self, scores: FloatArray) -> Estimate:
        if not self.regression:
            right = self._right(scores)
            return wilson(int(right.sum()), len(right))
        errors = np.abs(scores[:, 0].astype(np.float64) - self.truth)
        errors = errors[np.isfinite(errors)]
        low, high = student(errors)
        return Estimate(float(errors.mean()), low, high, len(errors), "t")


def _same(a: Inputs, b: Inputs) -> bool:
    if isinstance(a, pd.DataFrame) and isinstance(b, pd.DataFrame):
        return a.equals(b)
    return list(a) == list(b)


def _corrected(curves: Sequence[_Measured]) -> tuple[Curve, ...]:
    """Correct all levels of all corruptions together."""
    adjusted = iter(holm([x.difference.p_value for one in curves for x in one.levels]))
    return tuple(
        Curve(
            one.corruption.name,
            one.corruption.title,
            one.corruption.unit,
            tuple(
                Point(x.level, x.label, x.score, x.difference, next(adjusted), x.altered, x.unanswered)
                for x in one.levels
            ),
            one.refused,
            one.untouched,
        )
        for one in curves
    )
