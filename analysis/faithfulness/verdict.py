"""The verdict on one map, in words, and the one rule behind it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import factorial

import numpy as np

from analysis.faithfulness.removal import Comparison, p_value

#: A map is trusted that beats random orders at this level by both areas together.
ALPHA = 0.05
#: It must be among the best fifth in each; and it is called no better than random where it is not by both together.
CHANCE = 0.20
#: A map that a little noise turns into another one (rank correlation below this) is not trusted.
STABLE = 0.5
#: Whatever is removed, a probability moves by less than this: then no order can be better than another.
FLAT = 1e-4


class Verdict(StrEnum):
    """How far a map can be believed."""

    TRUSTWORTHY = "trustworthy on this example"
    CHANCE = "no better than random"
    UNKNOWN = "can't tell"


@dataclass(frozen=True)
class Judgement:
    """A verdict with its reason.

    Attributes
    ----------
    verdict : Verdict
    reason : str
        One plain sentence.
    """

    verdict: Verdict
    reason: str


def judge(
    deletion: Comparison, insertion: Comparison, count: int, nouns: tuple[str, str], stability: float | None
) -> Judgement:
    """Say how far a map can be believed on one example.

    One permutation test decides, on the area under insertion minus that under deletion, among random orders.
    *Trustworthy*: p ≤ `ALPHA`, each area alone among the best fifth (p ≤ `CHANCE`), and stable where that could be
    measured. *No better than random*: p > `CHANCE`, and neither area alone at p ≤ `ALPHA`. *Can't tell*: all else.

    Parameters
    ----------
    deletion, insertion : Comparison
    count : int
        Parts of the example.
    nouns : (str, str)
        What a part is called: one, several.
    stability : float or None
    """
    n = len(deletion.gains)
    if factorial(min(count, 10)) < 2 / ALPHA:
        only = f"{count} {nouns[0] if count == 1 else nouns[1]}"
        return Judgement(Verdict.UNKNOWN, f"With only {only}, a random order is often as good as the best.")
    # As far as the answer moves at all, relative to its size for values of a regression.
    seen = np.concatenate([deletion.ours, insertion.ours, deletion.chance.ravel()])
    if np.ptp(seen) < FLAT * max(1.0, float(np.abs(seen).max())):
        return Judgement(Verdict.UNKNOWN, f"The answer hardly changes, whichever {nouns[1]} are removed.")
    wins = f"it beats {deletion.wins} of {n} random orders in deletion and {insertion.wins} in insertion"
    alone = deletion.p_value, insertion.p_value
    together = p_value(deletion.gains + insertion.gains)
    if together <= ALPHA and max(alone) <= CHANCE:
        if stability is not None and stability < STABLE:
            return Judgement(Verdict.UNKNOWN, f"On the example as it is {wins}, but a little noise changes the map.")
        return Judgement(Verdict.TRUSTWORTHY, _sentence(wins))
    if together > CHANCE and min(alone) > ALPHA:
        return Judgement(Verdict.CHANCE, _sentence(wins))
    return Judgement(Verdict.UNKNOWN, _sentence(wins + ", which is too few to be sure"))


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."
