"""Run pipelines over rows of a table.

Steps know columns by the names that the data has for them; only at the end do they get the names that the model knows
its inputs by. So "the column weight_g is multiplied by 0.001" stays true in whatever place it is fed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import UnusableInput
from analysis.types import Json, Kind, Modality, Params, Pipeline, Step

Floats = npt.NDArray[np.float64]

_WHOLE = re.compile(r"\A(-?\d+)\.0+\Z")
_LOGS: Mapping[str, Callable[[Floats], Floats]] = {
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "exp": np.exp,
    "exp10": lambda values: np.power(10.0, values),
    "expm1": np.expm1,
}


def apply_table(frame: pd.DataFrame, pipeline: Pipeline) -> pd.DataFrame:
    """Run a pipeline over rows of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        Feature columns as the data has them; not changed.
    pipeline : Pipeline
        Checked by `check_pipeline`.

    Returns
    -------
    pandas.DataFrame
        One column for each input of the model, in its order.

    Raises
    ------
    UnusableInput
        If a column isn't there, or should hold numbers and doesn't; the message names it.
    """
    for name, function in TABLE_STEPS.items():
        step = pipeline.get(name)
        if step is not None:
            frame = function(frame, step.params)
    return named(frame, pipeline)


def named(frame: pd.DataFrame, pipeline: Pipeline) -> pd.DataFrame:
    """Return the columns under the names that the model knows its inputs by, where the pipeline has them."""
    names = pipeline.param("column_order", "names")
    return frame if names is None else frame.set_axis(list(names), axis=1)


def default_table_pipeline(columns: Sequence[str], labels: Sequence[str], kind: Kind) -> Pipeline:
    """Return the pipeline that feeds the model's own columns, in its order, as they are.

    Parameters
    ----------
    columns : sequence of str
        The names that the model was fitted on, in order; empty where it knows none, which takes all columns as they
        come.
    labels : sequence of str
        The model's outputs in order.
    kind : Kind
        A regression's pipeline also has a ``target_scale``.
    """
    order = list(columns) or None
    steps = [
        Step("column_order", {"columns": order, "names": order}),
        Step("missing", {"sentinels": [], "fill": None}),
        Step("units", {"factors": {}, "offsets": {}, "logs": {}}),
        Step("encoding", {"categories": {}, "unknown": "keep"}),
        Step("scaling", {"mode": "none"}),
    ]
    if kind is Kind.REGRESSION:
        steps.append(Step("target_scale", {"scale": 1.0, "offset": 0.0}))
    return Pipeline(Modality.TABULAR, (*steps, Step("label_order", {"labels": list(labels)})))


def _column_order(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    columns = params.get("columns")
    if columns is None or list(frame.columns) == list(columns):
        return frame
    _require(frame, columns)
    return frame[list(columns)]


def _missing(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    sentinels, fill = params.get("sentinels") or [], params.get("fill")
    if sentinels:
        found = frame.apply(lambda column: _is_sentinel(column, sentinels))
        frame = frame.mask(found) if found.to_numpy().any() else frame
    if fill is None:
        return frame
    if isinstance(fill, dict):
        _require(frame, fill)
        return _changed(frame, fill, lambda column, name: _filled(column, fill[name]))
    return _changed(frame, frame.columns, lambda column, _name: _filled(column, fill))


def _is_sentinel(column: pd.Series, sentinels: Sequence[Json]) -> pd.Series:
    """Return where a column holds a sentinel: a text to the letter, or a number, also where it is written as text."""
    texts = {value for value in sentinels if isinstance(value, str)}
    numbers = [float(value) for value in sentinels if not isinstance(value, str)]
    found = pd.Series(False, index=column.index)
    if numbers:
        found |= pd.to_numeric(column, errors="coerce").isin(numbers)
    if texts and not pd.api.types.is_numeric_dtype(column):
        found |= column.astype(str).str.strip().isin(texts)
    return found


def _filled(column: pd.Series, value: Json) -> pd.Series:
    if not column.isna().any():
        return column
    # A number fits into a column of texts only if that may hold anything.
    fits = pd.api.types.is_numeric_dtype(column) and not isinstance(value, str)
    return (column if fits else column.astype(object)).fillna(value)


def _units(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    factors, offsets, logs = (params.get(key) or {} for key in ("factors", "offsets", "logs"))
    touched = dict.fromkeys([*factors, *offsets, *(name for name, log in logs.items() if log != "none")])
    _require(frame, touched)

    def convert(column: pd.Series, name: str) -> pd.Series:
        values = _numbers(column) * factors.get(name, 1.0) + offsets.get(name, 0.0)
        if logs.get(name, "none") != "none":
            # What has no logarithm becomes missing, which the model then meets as such.
            with np.errstate(all="ignore"):
                values = _LOGS[logs[name]](values)
            values[~np.isfinite(values)] = np.nan
        return pd.Series(values, index=column.index)

    return _changed(frame, touched, convert)


def _encoding(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    categories = params.get("categories") or {}
    _require(frame, categories)

    def encode(column: pd.Series, name: str) -> pd.Series:
        codes = {as_text(category): code for category, code in categories[name].items()}
        texts = column.map(as_text)
        known = texts.isin(list(codes))
        coded = texts.map(codes)
        if params.get("unknown", "keep") == "keep" and not bool(known.all()):
            return coded.astype(object).where(known, column)
        return coded

    return _changed(frame, categories, encode)


def as_text(value: Json) -> str:
    """Return a category as a key of JSON: 1, 1.0 and "1.0" are all "1"; which one a table has is its reader's whim."""
    return _WHOLE.sub(r"\1", str(value))


def _scaling(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    mode, times = params.get("mode", "none"), int(params.get("times", 1))
    if mode == "none" or times == 0:
        return frame
    if mode == "standard":
        shifts, spreads = dict(params.get("mean") or {}), dict(params.get("std") or {})
    else:
        shifts = dict(params.get("min") or {})
        spreads = {name: params["max"][name] - low for name, low in shifts.items()}
    _require(frame, shifts)

    def scale(column: pd.Series, name: str) -> pd.Series:
        values = _numbers(column)
        # A column that was constant in training is only shifted, as in scikit-learn.
        shift, spread = shifts[name], spreads[name] or 1.0
        for _ in range(abs(times)):
            values = (values - shift) / spread if times > 0 else values * spread + shift
        return pd.Series(values, index=column.index)

    return _changed(frame, shifts, scale)


def _numbers(column: pd.Series) -> Floats:
    """Return a column as float64, not-a-number where a value is missing.

    Raises
    ------
    UnusableInput
        If a value is no number.
    """
    values = pd.to_numeric(column, errors="coerce")
    wrong = values.isna() & column.notna() & (column.astype(str).str.strip() != "")
    if bool(wrong.any()):
        example = str(column[wrong].iloc[0])[:40]
        raise UnusableInput(
            f"Column “{column.name}” is to be scaled, but holds “{example}”.", "Leave it out of units and scaling."
        )
    return values.to_numpy(dtype=np.float64, copy=True)


def _changed(
    frame: pd.DataFrame, columns: Iterable[str], function: Callable[[pd.Series, str], pd.Series]
) -> pd.DataFrame:
    """Return the table with some columns replaced; a column that is fed twice is replaced in both places."""
    wanted = set(columns)
    if not wanted:
        return frame
    parts = [
        function(frame.iloc[:, i], name) if name in wanted else frame.iloc[:, i] for i, name in enumerate(frame.columns)
    ]
    changed = pd.concat(parts, axis=1)
    changed.columns = frame.columns
    return changed


def _require(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    present = set(frame.columns)
    absent = [f"“{name}”" for name in columns if name not in present]
    if absent:
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        raise UnusableInput(
            f"The table has no column {', '.join(absent[:5])}{more}.",
            "Rename or add the column, or correct the pipeline.",
        )


#: Steps on tables, in the order in which they run.
TABLE_STEPS: Mapping[str, Callable[[pd.DataFrame, Params], pd.DataFrame]] = {
    "column_order": _column_order,
    "missing": _missing,
    "units": _units,
    "encoding": _encoding,
    "scaling": _scaling,
}
