"""Faults of tabular deployments."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.categories import holds_codes
from analysis.preprocessing.edits.column_order import COLUMN_ORDER
from analysis.preprocessing.edits.encoding import CATEGORY_ENCODING
from analysis.preprocessing.edits.planting import spoil
from analysis.preprocessing.edits.planting.fault import Fault, each_deployed
from analysis.preprocessing.edits.scaling import SCALING, from_rows, table_statistics
from analysis.preprocessing.edits.tables import fed_columns, model_names, raw_numbers, raw_table
from analysis.preprocessing.edits.units import KEYS, UNITS
from analysis.types import Json

#: Columns that single faults are planted in, and the share of values that is lost: one in so many.
PLANTED, EVERY = 3, 4


def influential(context: Context) -> list[str]:
    """Return the data's columns of numbers, those first whose reversal changes the model's answers the most."""
    frame, pipeline = raw_table(context), context.documented
    columns = [name for name in fed_columns(pipeline, context) if name in raw_numbers(context)]
    try:
        before = context.candidate.predict(frame, pipeline)
        changes = {}
        for name in columns:
            other = frame.assign(**{name: frame[name].to_numpy()[::-1]})
            changes[name] = float(np.abs(context.candidate.predict(other, pipeline) - before).mean())
    except UnusableInput:
        return columns
    return sorted(columns, key=lambda name: -changes[name])


def order_faults(context: Context) -> list[Fault]:
    """Return columns that are fed in another order, and values under each other's names."""
    columns = list(fed_columns(context.documented, context))
    names = list(model_names(context.documented, context))
    orders = {
        "columns reversed": columns[::-1],
        "columns in alphabetical order": sorted(columns),
        "columns moved by one": columns[-1:] + columns[:-1],
    }
    params: dict[str, dict[str, Json]] = {n: {"columns": order, "names": names} for n, order in orders.items()}
    faults = each_deployed(context, COLUMN_ORDER, params)
    first = influential(context)[:PLANTED]
    return faults + [
        Fault(f"{a} and {b} exchanged", ("column_order",), (), (spoil.exchanged(a, b),)) for a, b in pairwise(first)
    ]


def scaling_faults(context: Context) -> list[Fault]:
    """Return columns that are scaled once too often, by the deployment or before."""
    documented = context.documented
    columns = table_statistics(documented, context)
    if not columns:
        return []
    # With the statistics of these rows, as a deployment's own scaler has them; the model's may differ a little.
    by_rows, by_range = from_rows(columns)
    means, deviations = by_rows["mean"], by_rows["std"]
    changes = {name: spoil.scaled_by(1 / deviations[name], -means[name] / deviations[name]) for name in means}
    return [
        *each_deployed(
            context,
            SCALING,
            {"standardised before the model": dict(by_rows), "scaled to 0–1 before the model": dict(by_range)},
        ),
        Fault("a table that is standardised already", ("scaling",), (), (spoil.each_column(changes),)),
    ]


def unit_faults(context: Context) -> list[Fault]:
    """Return columns in another unit, in the deployment and in the data."""
    faults: list[Fault] = []
    for column in influential(context)[:PLANTED]:
        thousand = {**{key: {} for key in KEYS}, "factors": {column: 1000.0}}
        faults += each_deployed(context, UNITS, {f"{column} times 1000": thousand})
        tenth = spoil.each_column({column: spoil.scaled_by(0.1)})
        faults.append(Fault(f"{column} in tens", ("units",), (), (tenth,)))
        fahrenheit = spoil.each_column({column: spoil.scaled_by(1.8, 32.0)})
        faults.append(Fault(f"{column} from °C to °F", ("units",), (), (fahrenheit,)))
    return faults


def missing_faults(context: Context) -> list[Fault]:
    """Return columns in which some values are lost and a sentinel stands for them."""
    first = influential(context)[:PLANTED]
    faults = [
        Fault(f"−999 in {name}", ("missing",), (), (spoil.with_sentinels([name], -999.0, EVERY),)) for name in first
    ]
    if len(first) > 1:
        together = spoil.with_sentinels(first, -999.0, EVERY)
        faults.append(Fault(f"−999 in {len(first)} columns", ("missing",), (), (together,)))
    return faults


def category_faults(context: Context) -> list[Fault]:
    """Return columns of codes that are numbered otherwise."""
    faults: list[Fault] = []
    numbers = raw_numbers(context)
    for column in influential(context):
        if not holds_codes(numbers[column]):
            continue
        values = sorted(pd.unique(raw_table(context)[column].dropna()))
        swapped = {f"{a:g}": float(b) for a, b in zip(values, reversed(values), strict=True)}
        faults += each_deployed(
            context, CATEGORY_ENCODING, {f"codes of {column} reversed": {"categories": {column: swapped}}}
        )
        moved = spoil.each_column({column: _one_less})
        faults.append(Fault(f"codes of {column} one less", ("encoding",), (), (moved,)))
    return faults


def _one_less(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype(np.float64) - 1.0
