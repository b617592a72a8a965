"""Truncated or unreadable input: what decides was cut off, or there is next to nothing to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pandas as pd

from analysis.failures.causes.base import Material, Reason
from analysis.failures.causes.windows import answered_in_parts
from analysis.failures.wording import percent, quoted
from analysis.types import Modality

KEY = "unreadable"
#: A condition that holds for more than this share of the well answered examples is no reason to fail.
COMMON = 0.05
#: Luma's standard deviation below which a picture is one even area, and the pixels below which it is a thumbnail.
FLAT, TINY = 0.02, 32 * 32 / 1e6
#: Share of a text's tokens that the vocabulary lacks, and of a row's features that are missing.
UNKNOWN, MISSING = 0.5, 1 / 3

#: What a reading shows, in words, or nothing.
Check: TypeAlias = Callable[["pd.Series[float]", int], str]


def unreadable(material: Material) -> dict[int, Reason]:
    """Failures with an input that hardly anybody could read."""
    found: dict[int, Reason] = {}
    width = material.readings.shape[1]
    for check in CHECKS[material.dataset.modality]:
        usual = [bool(check(reading, width)) for _, reading in material.usual.iterrows()]
        if usual and sum(usual) > COMMON * len(usual):
            continue
        for row, reading in material.readings.iterrows():
            said = check(reading, width)
            if said:
                found.setdefault(int(str(row)), Reason(KEY, said, {}))
    if material.dataset.modality is Modality.TEXT and not material.regression:
        found = _cut(material) | found
    return found


def _cut(material: Material) -> dict[int, Reason]:
    """Texts that are answered rightly once all of their parts are read."""
    if "truncated" not in material.readings.columns:
        return {}
    cut = [int(str(row)) for row, value in material.readings["truncated"].items() if value == "yes"]
    found = {}
    for row, (answer, score, parts) in answered_in_parts(material, cut).items():
        if answer == int(material.repaired.truth[row]):
            label = material.repaired.task.labels[answer]
            sentence = (
                f"The text is cut off. Read to its end, in {parts} parts, it is called {quoted(label)}, "
                f"{percent(score)} sure."
            )
            found[row] = Reason(KEY, sentence, {"parts": parts, "score": score})
    return found


def _empty(reading: pd.Series[float], width: int) -> str:  # noqa: ARG001
    return "The text holds no word." if float(reading.get("words", 1)) < 1 else ""


def _unknown(reading: pd.Series[float], width: int) -> str:  # noqa: ARG001
    share = float(reading.get("unknown tokens", 0))
    return f"{percent(share)} of its tokens are not in the model's vocabulary." if share >= UNKNOWN else ""


def _flat(reading: pd.Series[float], width: int) -> str:  # noqa: ARG001
    contrast = float(reading.get("contrast", 1))
    return "The picture is one even area: there is nothing to see." if contrast < FLAT else ""


def _tiny(reading: pd.Series[float], width: int) -> str:  # noqa: ARG001
    pixels = float(reading.get("megapixels", 1)) * 1e6
    return f"The picture has {pixels:.0f} pixels in all." if pixels <= TINY * 1e6 else ""


def _missing(reading: pd.Series[float], width: int) -> str:
    # The count of missing values is a reading too, but no feature.
    features = width - ("missing values" in reading.index)
    gone = float(reading.get("missing values", 0))
    return f"{gone:.0f} of its {features} features are missing." if features and gone >= MISSING * features else ""


CHECKS: dict[Modality, tuple[Check, ...]] = {
    Modality.TEXT: (_empty, _unknown),
    Modality.IMAGE: (_flat, _tiny),
    Modality.TABULAR: (_missing,),
}
