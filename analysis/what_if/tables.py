"""The smallest change of a row, within the range of the data, that changes the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.predict import rows_of
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Pipeline
from analysis.what_if.answers import Margin, answer_to, margin_for, scores_of
from analysis.what_if.changes import Change

#: Values of a column that are tried: quantiles of the data.
VALUES = 21
#: Categories that are tried, the most frequent.
CATEGORIES = 30
#: Columns that a suggested change may touch.
COLUMNS = 3
#: Halvings by which a change is made smaller.
HALVINGS = 12


@dataclass(frozen=True)
class Ranges:
    """What the data say about each column.

    Attributes
    ----------
    numbers : mapping of str to tuple of float
        Numeric columns: ascending values to try, from the smallest to the largest of the data.
    whole : tuple of str
        Numeric columns with whole numbers only.
    spread : mapping of str to float
        Standard deviation of numeric columns; 1 where they never vary.
    categories : mapping of str to tuple
        Other columns: their values, the most frequent first.
    """

    numbers: Mapping[str, tuple[float, ...]]
    whole: tuple[str, ...]
    spread: Mapping[str, float]
    categories: Mapping[str, tuple[Any, ...]]


def ranges_of(dataset: Dataset, columns: Sequence[str] | None = None) -> Ranges:
    """Return the ranges of a table's columns over all of the data.

    Parameters
    ----------
    dataset : Dataset
    columns : sequence of str, optional
        Those that the model takes; all where not given.
    """
    frame = dataset.inputs(rows_of(dataset, None))
    assert isinstance(frame, pd.DataFrame)
    numbers, spread, categories, whole = {}, {}, {}, []
    for name in map(str, frame.columns):
        if columns and name not in columns:
            continue
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            values = values[np.isfinite(values)]
            if not len(values):
                continue
            grid = np.quantile(values, np.linspace(0, 1, VALUES), method="nearest")
            numbers[name] = tuple(np.unique(grid).tolist())
            spread[name] = float(values.std()) or 1.0
            if (values == np.rint(values)).all():
                whole.append(name)
        else:
            found = column.dropna().value_counts().index[:CATEGORIES]
            categories[name] = tuple(found)
    return Ranges(numbers, tuple(whole), spread, categories)


@dataclass(frozen=True)
class Flip:
    """A change that changes the answer.

    Attributes
    ----------
    changes : tuple of Change
        Empty where none was found.
    distance : float
        Root of the sum of the squared changes, in standard deviations of each column; a category counts 1.
    tried : int
        Rows that were predicted.
    """

    changes: tuple[Change, ...]
    distance: float
    tried: int


def smallest_change(
    candidate: Candidate,
    row: pd.DataFrame,
    pipeline: Pipeline,
    ranges: Ranges,
    *,
    goal: float | None = None,
    columns: int = COLUMNS,
    progress: Progress | None = None,
) -> Flip:
    """Search the smallest change of a row that changes the answer.

    Every column is tried by itself over the range of the data; where several change the answer, each is shortened by
    halving and the smallest is taken. Where none does, the one that comes nearest for its size is made and the search
    goes on from there, up to `columns` columns; then each is shortened as far as the answer stays changed. One
    column: the smallest among the values tried. Several: a small one, not always the smallest.

    Parameters
    ----------
    candidate : Candidate
    row : pandas.DataFrame
        One row of raw data.
    pipeline : Pipeline
    ranges : Ranges
    goal : float, optional
        A regression: the value to be reached.
    columns : int
    progress : Progress, optional

    Raises
    ------
    UnusableInput, Cancelled
    """
    search = _Search(candidate, row, pipeline, ranges, margin_for(answer_to(candidate, row, pipeline), goal), progress)
    return search.run(columns)


class _Search:
    """One search; counts what it predicts."""

    def __init__(
        self,
        candidate: Candidate,
        row: pd.DataFrame,
        pipeline: Pipeline,
        ranges: Ranges,
        margin: Margin,
        progress: Progress | None,
    ) -> None:
        self.candidate, self.pipeline, self.ranges, self.margin = candidate, pipeline, ranges, margin
        self.row, self.tried = row.reset_index(drop=True), 0
        self.progress = progress or Progress()
        self.progress.start("Trying changes", 0)

    def beyond(self, trials: Sequence[Mapping[str, Any]]) -> list[float]:
        """Return how far beyond a changed answer each trial is."""
        frame = pd.concat([self.row] * len(trials), ignore_index=True)
        for name in {name for trial in trials for name in trial}:
            kept = self.row[name].iloc[0]
            values = [trial.get(name, kept) for trial in trials]
            frame[name] = pd.Series(values, index=frame.index)
        self.tried += len(trials)
        found = self.margin(scores_of(self.candidate, frame, self.pipeline, progress=self.progress))
        return [float(margin) for margin in found]

    def cost(self, trial: Mapping[str, Any]) -> float:
        """Return the size of a trial in standard deviations."""
        parts = []
        for name, value in trial.items():
            before = self.row[name].iloc[0]
            if name in self.ranges.numbers and not pd.isna(before):
                parts.append((float(value) - float(before)) / self.ranges.spread[name])
            else:
                parts.append(float(value != before))
        return float(np.sqrt(np.sum(np.square(parts))))

    def values(self, name: str) -> list[Any]:
        """Return what is tried for a column."""
        before = self.row[name].iloc[0]
        known: Sequence[Any] = self.ranges.numbers.get(name) or self.ranges.categories.get(name, ())
        whole = name in self.ranges.whole and pd.api.types.is_integer_dtype(self.row[name])
        return [int(value) if whole else value for value in known if value != before]

    def run(self, columns: int) -> Flip:
        """Return the smallest change found."""
        made: dict[str, Any] = {}
        for _ in range(columns):
            names = [n for n in (*self.ranges.numbers, *self.ranges.categories) if n not in made and n in self.row]
            trials = [{**made, name: value} for name in names for value in self.values(name)]
            if not trials:
                break
            beyond = self.beyond(trials)
            flips = [trial for trial, margin in zip(trials, beyond, strict=True) if margin > 0]
            if flips:
                return self.best(flips)
            here = self.beyond([made])[0] if made else self.beyond([{}])[0]
            gains = [(margin - here) for margin in beyond]
            best = int(np.argmax(gains))
            if gains[best] <= 0:
                break
            made = trials[best]
        return Flip((), float("nan"), self.tried)

    def best(self, flips: Sequence[dict[str, Any]]) -> Flip:
        """Return the smallest of several that change the answer, each shortened first."""
        nearest = sorted(flips, key=self.cost)
        # Of each set and direction of columns the nearest only: the others lie beyond it.
        firsts: dict[tuple[Any, ...], dict[str, Any]] = {}
        for trial in nearest:
            firsts.setdefault(tuple(self.way(name, value) for name, value in trial.items()), trial)
        shortened = [self.shorten(trial) for trial in list(firsts.values())[:8]]
        chosen = min(shortened, key=self.cost)
        changes = tuple(Change("set", {"column": name, "value": value}) for name, value in chosen.items())
        return Flip(changes, self.cost(chosen), self.tried)

    def way(self, name: str, value: Any) -> tuple[str, Any]:
        """Return a column and the direction in which it was changed."""
        before = self.row[name].iloc[0]
        return (name, value > before) if name in self.ranges.numbers and not pd.isna(before) else (name, value)

    def shorten(self, trial: dict[str, Any]) -> dict[str, Any]:
        """Take back as much of each column's change as the changed answer bears."""
        for name in sorted(trial, key=lambda n: self.cost({n: trial[n]})):
            without = {n: v for n, v in trial.items() if n != name}
            if without and self.beyond([without])[0] > 0:
                trial = without
                continue
            before = self.row[name].iloc[0]
            if name not in self.ranges.numbers or pd.isna(before):
                continue
            whole = name in self.ranges.whole
            near, far = float(before), float(trial[name])
            for _ in range(HALVINGS):
                middle = float(np.rint((near + far) / 2)) if whole else (near + far) / 2
                if middle in (near, far):
                    break
                value: float | int = int(middle) if isinstance(trial[name], int) else middle
                if self.beyond([{**trial, name: value}])[0] > 0:
                    trial, far = {**trial, name: value}, middle
                else:
                    near = middle
        return trial
