"""Tabular pipelines: from the rows as they are to the columns that the estimator takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.types import Kind, Modality, Params, Pipeline, Step


def _column_order(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Select columns of the data, one for each input of the model, and give them the model's own names.

    ``columns`` names the data's column for each position; ``names`` what the model calls that position, where
    that differs.
    """
    columns = list(params.get("columns") or frame.columns)
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        shown = ", ".join(map(repr, absent[:5])) + (" …" if len(absent) > 5 else "")
        raise UnusableInput(f"The data has no column {shown}.", "Rename or add it, or change the column_order step.")
    selected = frame[columns]
    names = params.get("names")
    return selected.set_axis(list(names), axis=1) if names else selected


def _missing(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    sentinels, fill = list(params.get("sentinels") or []), params.get("fill")
    columns = params.get("columns")
    chosen = [c for c in frame.columns if columns is None or c in columns]
    if sentinels:
        part = frame[chosen]
        frame = frame.assign(**{c: part[c].mask(part[c].isin(sentinels)) for c in chosen})
    if fill is None:
        return frame
    if isinstance(fill, dict):
        return frame.fillna({c: v for c, v in fill.items() if c in frame.columns})
    numeric = frame.select_dtypes("number").columns
    return frame.fillna({c: float(fill) for c in numeric})


def _units(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Change units: ``value * factor + offset``, then the logarithm or exponential where asked for."""
    factors = params.get("factors") or {}
    offsets = params.get("offsets") or {}
    functions = params.get("functions") or {}
    changed = {}
    for name in {*factors, *offsets, *functions} & set(frame.columns):
        values = frame[name].astype(float) * float(factors.get(name, 1.0)) + float(offsets.get(name, 0.0))
        with np.errstate(all="ignore"):
            function = functions.get(name)
            if function == "log":
                values = np.log(values.where(values > 0))
            elif function == "exp":
                values = np.exp(values.clip(upper=700))
        changed[name] = values
    return frame.assign(**changed) if changed else frame


def _encoding(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    categories = params.get("categories") or {}
    changed = {
        name: frame[name].astype(str).map({str(k): v for k, v in codes.items()})
        for name, codes in categories.items()
        if name in frame.columns
    }
    return frame.assign(**changed) if changed else frame


def _scaling(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Standardise or scale to 0–1 with the statistics that the step carries, ``times`` times."""
    mode, times = params.get("mode", "none"), int(params.get("times", 1))
    if mode == "none":
        return frame
    centre, spread = ("mean", "scale") if mode in ("standard", "unstandard") else ("min", "range")
    centres, spreads = params.get(centre) or {}, params.get(spread) or {}
    changed = {}
    for name in frame.columns:
        if name in centres and name in spreads:
            c, s = float(centres[name]), float(spreads[name]) or 1.0
            values = frame[name].astype(float)
            for _ in range(times):
                values = values * s + c if mode.startswith("un") else (values - c) / s
            changed[name] = values
    return frame.assign(**changed) if changed else frame


#: Steps in the order of the pipeline. After ``column_order`` columns have the model's names.
TABLE_STEPS: dict[str, Callable[[pd.DataFrame, Params], pd.DataFrame]] = {
    "column_order": _column_order,
    "missing": _missing,
    "units": _units,
    "encoding": _encoding,
    "scaling": _scaling,
}


def apply_table(frame: pd.DataFrame, pipeline: Pipeline) -> pd.DataFrame:
    """Run a tabular pipeline.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data's feature columns.
    pipeline : Pipeline

    Returns
    -------
    pandas.DataFrame
        One column for each input of the model, in its order.

    Raises
    ------
    UnusableInput
        If a column is missing.
    """
    for name, function in TABLE_STEPS.items():
        step = pipeline.get(name)
        if step is not None:
            frame = function(frame, step.params)
    return frame


def default_table_pipeline(columns: Sequence[str], labels: Sequence[str], kind: Kind) -> Pipeline:
    """Return the neutral pipeline: the model's columns in its order, and nothing changed."""
    steps = [
        Step("column_order", {"columns": list(columns), "names": list(columns)}),
        Step("missing", {"sentinels": [], "fill": None}),
        Step("units", {"factors": {}, "offsets": {}, "functions": {}}),
        Step("encoding", {"categories": {}}),
        Step("scaling", {"mode": "none"}),
    ]
    if kind is Kind.REGRESSION:
        steps.append(Step("target_scale", {"scale": 1.0, "offset": 0.0}))
    return Pipeline(Modality.TABULAR, (*steps, Step("label_order", {"labels": list(labels)})))
