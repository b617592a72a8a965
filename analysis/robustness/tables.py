"""What happens to tables: inexact measurements, values that are missing, columns that say nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from analysis.preprocessing.edits.planting.spoil import Spoiler
from analysis.robustness.base import Corruption, Setting, percent_of
from analysis.types import Dataset, Inputs, Json, Modality

Change = Callable[[pd.DataFrame, float, Setting], pd.DataFrame]
_STEP = np.uint64(0x9E3779B97F4A7C15)


def uniform(frame: pd.DataFrame, columns: int, seed: int) -> npt.NDArray[np.float64]:
    """Return a number between 0 and 1 for each cell, told by the row's contents: (rows, columns).

    SplitMix64 (Steele, Lea and Flood 2014) over a hash of the row, so that a row is corrupted alike in any batch.
    """
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy(dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = rows[:, None] + _STEP * (np.arange(1, columns + 1, dtype=np.uint64) + np.uint64(1000 * seed))[None, :]
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    drawn: npt.NDArray[np.float64] = ((z >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return drawn


def setting_of(dataset: Dataset, fed: Sequence[str] | None, seed: int) -> Setting:
    """Return what the corruptions of a table know of it.

    Parameters
    ----------
    dataset : Dataset
    fed : sequence of str or None
        Columns that the model takes; all where not given.
    seed : int
    """
    from analysis.predict import rows_of
    from analysis.what_if.tables import ranges_of

    ranges = ranges_of(dataset, fed)
    frame = cast("pd.DataFrame", dataset.inputs(rows_of(dataset, None)))
    usual: dict[str, Json] = {name: float(frame[name].median()) for name in ranges.numbers}
    usual |= {name: values[0] for name, values in ranges.categories.items() if values}
    return Setting(seed, ranges.spread, ranges.whole, {n: usual[n] for n in map(str, frame.columns) if n in usual})


def jitter(frame: pd.DataFrame, level: float, setting: Setting) -> pd.DataFrame:
    """Add noise to numbers, in standard deviations of the column; whole numbers stay whole."""
    names = list(setting.spread)
    drawn = special.ndtri(uniform(frame, len(names), setting.seed))
    made = {}
    for i, name in enumerate(names):
        moved = frame[name].to_numpy(dtype=np.float64, na_value=np.nan) + level * setting.spread[name] * drawn[:, i]
        made[name] = np.rint(moved) if name in setting.whole else moved
    return frame.assign(**made)


def missing_values(frame: pd.DataFrame, level: float, setting: Setting) -> pd.DataFrame:
    """Lose a share of all values."""
    names = list(setting.usual)
    lost = uniform(frame, len(names), setting.seed) < level
    return frame.assign(**{name: frame[name].mask(lost[:, i]) for i, name in enumerate(names)})


def missing_columns(frame: pd.DataFrame, level: float, setting: Setting) -> pd.DataFrame:
    """Set a share of the columns to their usual value, other ones in each row, and at least one."""
    names = list(setting.usual)
    if not names:
        return frame
    order = uniform(frame, len(names), setting.seed).argsort(axis=1).argsort(axis=1)
    lost = order < max(1, round(level * len(names)))
    return frame.assign(**{n: frame[n].mask(lost[:, i], setting.usual[n]) for i, n in enumerate(names)})


def _each(change: Change) -> Callable[[float, Setting], Spoiler]:
    def make(level: float, setting: Setting) -> Spoiler:
        def spoil(inputs: Inputs) -> Inputs:
            return change(cast("pd.DataFrame", inputs), level, setting)

        return spoil

    return make


CORRUPTIONS: tuple[Corruption, ...] = (
    Corruption(
        "jitter", "Inexact numbers", "Measured by another device, rounded, or estimated: noise on every number.",
        "noise, in standard deviations of the column", Modality.TABULAR, (0.05, 0.1, 0.25, 0.5),
        lambda level: f"{level:g} sd", _each(jitter),
    ),
    Corruption(
        "missing_values", "Missing values", "Cells that nobody filled in, anywhere in the table.",
        "values that are missing", Modality.TABULAR, (0.02, 0.05, 0.1, 0.25), percent_of, _each(missing_values),
    ),
    Corruption(
        "missing_columns", "Columns that say nothing",
        "A source fails, and its columns are filled with their usual value (median, or the most frequent one); "
        "other columns in each row, so that the curve is an average over them.",
        "columns at their usual value", Modality.TABULAR, (0.05, 0.15, 0.3, 0.6), percent_of, _each(missing_columns),
    ),
)  # fmt: skip
