"""Codes that deployments give to categories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.seen import FAR, distance
from analysis.preprocessing.edits.tables import fed_columns, model_names, raw_table, received, seen_by_position
from analysis.types import Json, Params, Pipeline

#: A column of whole numbers with at most so many different ones may hold codes.
MOST_CODES = 20
#: Columns that are recoded one by one.
SINGLY = 3

Codes = dict[str, Json]


def category_words(params: Params) -> str:
    """Return in words which codes an ``encoding`` step gives."""
    categories: Mapping[str, Codes] = params.get("categories") or {}
    parts = []
    for name, codes in list(categories.items())[:2]:
        shown = ", ".join(f"{value} is {code}" for value, code in list(codes.items())[:3])
        parts.append(f"{name}: {shown}{' …' if len(codes) > 3 else ''}")
    more = f" and {len(categories) - 2} more columns" if len(categories) > 2 else ""
    return "; ".join(parts) + more or "as in the data"


def codings(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    """Yield codes for all columns that hold categories, then for single ones; the likely ones first."""
    present: Mapping[str, Codes] = pipeline.param("encoding", "categories") or {}
    if present:
        yield {"categories": {}}
    spelled = _as_trained(pipeline, context)
    if spelled:
        yield {"categories": {**present, **spelled}}
    values = {name: _categories(column) for name, column in _text_columns(pipeline, context).items()}
    values |= {name: list(codes) for name, codes in present.items()}
    for order in (_alphabetical, _as_they_come):
        for start in (0, 1):
            coded = {name: _numbered(order(found), start) for name, found in values.items()}
            if coded:
                yield {"categories": {**present, **coded}}
    for name, codes in list(present.items())[:SINGLY]:
        yield from ({"categories": {**present, name: other}} for other in _mistaken(codes))
    for name, other in _whole_numbers(pipeline, context):
        yield {"categories": {**present, name: other}}


def _text_columns(pipeline: Pipeline, context: Context) -> dict[str, pd.Series[Any]]:
    """Return the columns that hold words, by name."""
    table = raw_table(context)
    columns = {name: table[name] for name in fed_columns(pipeline, context) if name in table.columns}
    return {name: column for name, column in columns.items() if not pd.api.types.is_numeric_dtype(column)}


def _categories(column: pd.Series[Any]) -> list[str]:
    """Return the different values in order of appearance; a column of as many as rows holds no categories."""
    found = [str(value) for value in pd.unique(column.dropna())]
    return found if len(found) <= max(MOST_CODES, len(column) // 10) else []


def _alphabetical(values: Sequence[str]) -> list[str]:
    return sorted(values)


def _as_they_come(values: Sequence[str]) -> list[str]:
    return list(values)


def _numbered(values: Sequence[str], start: int) -> Codes:
    return {value: float(code) for code, value in enumerate(values, start)}


def _mistaken(codes: Codes) -> Iterator[Codes]:
    """Yield what becomes of codes by the usual mistakes: one off either way, and in reverse."""
    numbers = [code for code in codes.values() if isinstance(code, int | float)]
    if len(numbers) < len(codes) or not numbers:
        return
    yield from ({value: code + shift for value, code in codes.items()} for shift in (1.0, -1.0))
    yield dict(zip(codes, reversed(list(codes.values())), strict=True))


def _whole_numbers(pipeline: Pipeline, context: Context) -> Iterator[tuple[str, Codes]]:
    """Yield other codes for columns of codes: one off where the model has seen others, and two of a pair swapped."""
    table, values, seen = raw_table(context), received(pipeline, context), seen_by_position(context)
    done = 0
    for place, name in enumerate(fed_columns(pipeline, context)):
        if name not in values or not holds_codes(values[name]) or done == SINGLY:
            continue
        codes = {f"{value:g}": float(value) for value in sorted(pd.unique(table[name].dropna()))}
        known = seen.get(place)
        if known is not None and distance(values[name], known) > FAR:
            yield from ((name, {value: code + shift for value, code in codes.items()}) for shift in (1.0, -1.0))
        if len(codes) == 2:
            yield name, dict(zip(codes, reversed(list(codes.values())), strict=True))
            done += 1


def holds_codes(values: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    """Return whether a column has few different values, all of them whole numbers."""
    known = values[np.isfinite(values)]
    return bool(len(known)) and len(np.unique(known)) <= MOST_CODES and bool((known == np.round(known)).all())


def _as_trained(pipeline: Pipeline, context: Context) -> dict[str, Codes]:
    """Return categories spelled as the model's own encoder knows them, where only case or spaces differ."""
    names = dict(zip(fed_columns(pipeline, context), model_names(pipeline, context), strict=True))
    known = _encoders_categories(context)
    found = {}
    for name, column in _text_columns(pipeline, context).items():
        spelled = {str(value).strip().casefold(): str(value) for value in known.get(names[name], ())}
        codes = {value: spelled.get(value.strip().casefold(), value) for value in _categories(column)}
        if spelled and any(value != code for value, code in codes.items()):
            found[name] = codes
    return found


def _encoders_categories(context: Context) -> dict[str, Sequence[Any]]:
    """Return the categories that an encoder inside the estimator was fitted on, by column."""
    found: dict[str, Sequence[Any]] = {}
    estimator = getattr(context.candidate, "estimator", None)
    for part in [step for _, step in getattr(estimator, "steps", [("", estimator)])]:
        for _, transformer, chosen in getattr(part, "transformers_", []):
            categories = getattr(transformer, "categories_", None)
            if categories is not None and all(isinstance(name, str) for name in chosen):
                found |= dict(zip(chosen, categories, strict=False))
        names, categories = getattr(part, "feature_names_in_", ()), getattr(part, "categories_", None)
        if categories is not None:
            found |= dict(zip(map(str, names), categories, strict=False))
    return found
