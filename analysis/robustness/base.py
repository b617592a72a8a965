"""What a corruption is: something that happens to inputs in use, at growing severity, with the label unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from analysis.preprocessing.edits.planting.spoil import Spoiler
from analysis.types import Json, Modality


@dataclass(frozen=True)
class Setting:
    """What a corruption may know of the data.

    Attributes
    ----------
    seed : int
        Everything drawn at random depends on it and on the example's own contents, so that an example is corrupted
        alike wherever and whenever it is asked for.
    spread : mapping of str to float
        Tables: standard deviation of each column of numbers that the model is fed.
    whole : tuple of str
        Those with whole numbers only.
    usual : mapping of str to value
        Tables: median or most frequent value of each column that the model is fed.
    """

    seed: int = 0
    spread: Mapping[str, float] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    usual: Mapping[str, Json] = field(default_factory=dict)


#: From a level and the setting to what changes raw inputs.
Make: TypeAlias = Callable[[float, Setting], Spoiler]


@dataclass(frozen=True)
class Corruption:
    """One thing that happens to inputs in use.

    Attributes
    ----------
    name : str
        Stable: the command line and the findings' ids have it.
    title : str
        As people read it: "Darker".
    sentence : str
        What is done, and where in practice it comes from.
    unit : str
        What a level is; the axis of its curve.
    modality : Modality
    levels : tuple of float
        From mild to severe. The first one is *mild*: it happens every day, and the verdict goes by it.
    label : callable
        A level in a few characters: "q 30".
    make : callable
        ``make(level, setting)`` returns a function from raw inputs to corrupted ones of the same number.
    """

    name: str
    title: str
    sentence: str
    unit: str
    modality: Modality
    levels: tuple[float, ...]
    label: Callable[[float], str]
    make: Make


def percent_of(level: float) -> str:
    """Return a share in percent: the label of most levels."""
    return f"{100 * level:.0f} %"


def rng_for(contents: bytes, seed: int) -> np.random.Generator:
    """Return a source of random numbers for one example."""
    digest = hashlib.blake2b(contents, digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "little")])
