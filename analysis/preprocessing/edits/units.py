"""Columns in another unit: a factor that nobody notices, because the model takes any number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.missing import without_sentinels
from analysis.preprocessing.edits.seen import FAR, Floats, Seen, distance
from analysis.preprocessing.edits.tables import fed_columns, raw_numbers, received, seen_by_position
from analysis.types import Modality, Params, Pipeline


@dataclass(frozen=True)
class Change:
    """What turns one unit into another: ``function(value · factor + offset)``."""

    factor: float = 1.0
    offset: float = 0.0
    log: str = "none"

    def __call__(self, values: Floats) -> Floats:
        moved = values * self.factor + self.offset
        with np.errstate(all="ignore"):
            return np.asarray(FUNCTIONS[self.log](moved), dtype=np.float64)


FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "none": lambda values: values,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "exp": np.exp,
    "exp10": lambda values: np.power(10.0, values),
    "expm1": np.expm1,
}

#: Powers of ten; inches, pounds, minutes and hours; what turns mg/dL of glucose or cholesterol into mmol/L; °C
#: and °F of each other; logarithms and their inverses.
CHANGES = (
    *(Change(10.0**power) for power in (3, -3, 2, -2, 1, -1, 6, -6, 4, -4)),
    *(Change(factor) for unit in (2.54, 0.45359237, 60.0, 3600.0, 18.016, 38.67) for factor in (unit, 1 / unit)),
    Change(1.8, 32.0),
    Change(1 / 1.8, -32.0 / 1.8),
    *(Change(log=name) for name in FUNCTIONS if name != "none"),
)
#: Another unit is worth trying if it divides the distance at least by this.
NEARER = 3.0
#: Units that are tried for one column, and columns that are tried blindly where the model tells nothing.
EACH, BLIND = 2, 4


@dataclass(frozen=True)
class Unit:
    """A column in another unit.

    Attributes
    ----------
    column : str
        By its name in the data.
    change : Change
    far : float
        How far the column is from what was seen as it is; the worst come first.
    """

    column: str
    change: Change
    far: float


def words(params: Params) -> str:
    """Return in words what a ``units`` step makes of columns."""
    parts: dict[str, str] = {}
    for name, factor in (params.get("factors") or {}).items():
        parts[name] = f"{name} · {factor:.6g}"
    for name, offset in (params.get("offsets") or {}).items():
        parts[name] = f"{parts.get(name, name)} {'+' if offset > 0 else '−'} {abs(offset):.6g}"
    for name, function in (params.get("logs") or {}).items():
        parts[name] = f"{function}({parts.get(name, name)})"
    shown = list(parts.values())
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return ", ".join(shown[:3]) + more or "as they are"


def better_units(column: str, values: Floats, seen: Seen) -> list[Unit]:
    """Return the changes that bring a column to what the model has seen, the best first; none where it fits."""
    values = without_sentinels(values)
    far = distance(values, seen)
    if not np.isfinite(far) or far <= FAR:
        return []
    known = int(np.isfinite(values).sum())
    tried = []
    for change in CHANGES:
        changed = change(values)
        if np.isfinite(changed).sum() == known:  # A logarithm of nothing or less is no other unit.
            tried.append((distance(changed, seen), change))
    tried.sort(key=lambda pair: pair[0])
    return [Unit(column, change, far) for after, change in tried[:EACH] if after < far / NEARER]


def _screened(pipeline: Pipeline, context: Context) -> list[list[Unit]]:
    values, seen = received(pipeline, context), seen_by_position(context)
    columns = fed_columns(pipeline, context)
    # Units come before codes in a pipeline: a column of words has none, also where codes stand for them.
    numbers = raw_numbers(context)
    places = [j for j in seen if j < len(columns) and columns[j] in values and columns[j] in numbers]
    found = [better_units(columns[j], values[columns[j]], seen[j]) for j in places]
    return sorted((units for units in found if units), key=lambda units: -units[0].far)


def _blind(pipeline: Pipeline, context: Context) -> Iterator[Unit]:
    """Yield thousandfolds of the columns with the largest numbers: what overwhelms a model that isn't scaled."""
    numbers = raw_numbers(context)
    known = [name for name in fed_columns(pipeline, context) if name in numbers]
    sizes = {name: float(np.nanmedian(np.abs(numbers[name]))) for name in known}
    for name in sorted(sizes, key=lambda name: -sizes[name])[:BLIND]:
        yield from (Unit(name, Change(factor), 0.0) for factor in (1e-3, 1e3, 0.1))


@dataclass(frozen=True)
class Present:
    """The parameters of the ``units`` step in use."""

    factors: Mapping[str, float]
    offsets: Mapping[str, float]
    logs: Mapping[str, str]

    def with_units(self, units: Sequence[Unit]) -> Params:
        """Return the parameters with further changes made after those in use; a logarithm ends what can follow."""
        factors, offsets, logs = dict(self.factors), dict(self.offsets), dict(self.logs)
        for unit in units:
            if logs.get(unit.column, "none") != "none":
                continue
            factor, name = unit.change.factor, unit.column
            factors[name] = _tidy(factors.get(name, 1.0) * factor)
            offsets[name] = _tidy(offsets.get(name, 0.0) * factor + unit.change.offset)
            logs[name] = unit.change.log
        return {
            "factors": {name: value for name, value in factors.items() if value != 1.0},
            "offsets": {name: value for name, value in offsets.items() if value != 0.0},
            "logs": {name: value for name, value in logs.items() if value != "none"},
        }


def _tidy(value: float) -> float:
    return float(f"{value:.10g}")


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    present = Present(*(pipeline.param("units", key) or {} for key in KEYS))
    if present.factors or present.offsets or present.logs:
        yield {key: {} for key in KEYS}
    if not seen_by_position(context):
        yield from (present.with_units([unit]) for unit in _blind(pipeline, context))
        return
    screened = _screened(pipeline, context)
    if len(screened) > 1:
        yield present.with_units([units[0] for units in screened])
    yield from (present.with_units([unit]) for units in screened for unit in units)


def _unscreened(pipeline: Pipeline, context: Context) -> int:
    numbers = raw_numbers(context)
    return len(CHANGES) * sum(name in numbers for name in fed_columns(pipeline, context))


KEYS = ("factors", "offsets", "logs")

UNITS = Alternatives(
    step="units",
    title="units",
    changes="A column comes in grams instead of kilograms, or degrees Fahrenheit instead of Celsius; the edit "
    "converts it, and is tried where its values lie far from what the model has seen.",
    modalities=(Modality.TABULAR,),
    keys=KEYS,
    values=_values,
    unscreened=_unscreened,
    phrase=words,
)
