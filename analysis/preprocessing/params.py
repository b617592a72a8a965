"""What the value of a step's parameter may be, and how it is read from JSON."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from analysis.types import Json, Params

Reader = Callable[[Json], Json]


class Wrong(ValueError):
    """A value isn't what the parameter takes; the message completes "must be …"."""


class _Required:
    def __repr__(self) -> str:
        return "required"


#: Default of a parameter that has none: it must be given.
REQUIRED = _Required()


@dataclass(frozen=True)
class Param:
    """One parameter of a step.

    Attributes
    ----------
    name : str
    read : callable
        Returns the value in canonical form, or raises `Wrong`.
    takes : str
        What it takes, in words: "true or false".
    sentence : str
        What it means, for people.
    default : JSON value
        Used where the parameter isn't given; `REQUIRED` where it must be.
    modes : tuple of str
        Values of the step's ``mode`` that the parameter has a meaning for; empty for all. Under other modes it is
        dropped.
    """

    name: str
    read: Reader
    takes: str
    sentence: str
    default: Json = REQUIRED
    modes: tuple[str, ...] = ()

    def applies(self, params: Params) -> bool:
        """Return whether the parameter means anything beside these others."""
        return not self.modes or params.get("mode") in self.modes


def flag(name: str, sentence: str, default: bool) -> Param:
    """Return a parameter that takes true or false."""

    def read(value: Json) -> bool:
        if not isinstance(value, bool):
            raise Wrong("true or false")
        return value

    return Param(name, read, "true or false", sentence, default)


def choice(name: str, sentence: str, choices: tuple[Json, ...], default: Json = REQUIRED) -> Param:
    """Return a parameter that takes one of a few values."""
    words = ", ".join(str(c) for c in choices)

    def read(value: Json) -> Json:
        found = [c for c in choices if type(c) is type(value) and c == value]
        if not found:
            raise Wrong(f"one of {words}")
        return found[0]

    return Param(name, read, f"one of {words}", sentence, default)


def whole(
    name: str,
    sentence: str,
    low: int,
    high: int,
    *,
    default: Json = REQUIRED,
    nullable: bool = False,
    modes: tuple[str, ...] = (),
) -> Param:
    """Return a parameter that takes a whole number from `low` to `high`."""
    words = f"a whole number from {low} to {high}" + (", or null" if nullable else "")

    def read(value: Json) -> int | None:
        if value is None and nullable:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise Wrong(words)
        if not low <= value <= high or int(value) != value:
            raise Wrong(words)
        return int(value)

    return Param(name, read, words, sentence, default, modes)


def number(
    name: str,
    sentence: str,
    *,
    low: float = -1e12,
    high: float = 1e12,
    above: float | None = None,
    default: Json = REQUIRED,
    modes: tuple[str, ...] = (),
) -> Param:
    """Return a parameter that takes a finite number from `low` to `high`, or larger than `above`."""
    words = f"a number above {above:g}" if above is not None else "a finite number"
    if above is not None and high < 1e12:
        words += f" and up to {high:g}"

    def read(value: Json) -> float:
        found = finite(value, words)
        if not low <= found <= high or (above is not None and found <= above):
            raise Wrong(words)
        return found

    return Param(name, read, words, sentence, default, modes)


def finite(value: Json, words: str = "a finite number") -> float:
    """Return `value` as a float.

    Raises
    ------
    Wrong
        If it isn't a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(words)
    try:
        found = float(value)
    except OverflowError:
        raise Wrong(words) from None
    if not math.isfinite(found):
        raise Wrong(words)
    return found


def listed(value: Json, words: str) -> list[Json]:
    """Return a list or tuple as a list.

    Raises
    ------
    Wrong
        If `value` is something else.
    """
    if not isinstance(value, list | tuple):
        raise Wrong(words)
    return list(value)


def names(
    name: str, sentence: str, *, distinct: bool = False, nullable: bool = False, default: Json = REQUIRED
) -> Param:
    """Return a parameter that takes a list of names."""
    words = f"a list of {'different ' if distinct else ''}names" + (", or null" if nullable else "")

    def read(value: Json) -> list[str] | None:
        if value is None and nullable:
            return None
        found = listed(value, words)
        if not all(isinstance(v, str) for v in found) or (distinct and len(set(found)) != len(found)):
            raise Wrong(words)
        return found

    return Param(name, read, words, sentence, default)


def mapping(name: str, sentence: str, read_value: Reader, values: str, *, modes: tuple[str, ...] = ()) -> Param:
    """Return a parameter that takes an object from column names to values; empty where it isn't given."""
    words = f"an object from column names to {values}"

    def read(value: Json) -> dict[str, Json]:
        if not isinstance(value, dict):
            raise Wrong(words)
        found: dict[str, Json] = {}
        for key, item in value.items():
            try:
                found[str(key)] = read_value(item)
            except Wrong as error:
                raise Wrong(f"{words}; that of “{key}” must be {error}") from None
        return found

    return Param(name, read, words, sentence, {}, modes)
