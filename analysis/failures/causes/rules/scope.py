"""Out of scope: the model has no such class, or the example lies far from all that it answers well."""

from __future__ import annotations

import numpy as np

from analysis.failures.causes.base import Material, Reason
from analysis.failures.causes.space import beyond
from analysis.failures.fragments import READING
from analysis.failures.wording import quoted, shorten
from analysis.types import Modality

KEY = "scope"
#: Interquartile ranges above the third quartile of the well answered examples: Tukey's inner fence.
FAR = 1.5
#: Nearer than that, and less sure than all but this share of them: out of scope too.
FARTHER, UNSURE = 1.0, 0.05


def scope(material: Material) -> dict[int, Reason]:
    """Failures that the model is not made for."""
    found = {}
    sure = np.empty(0)
    if not material.regression:
        sure = np.sort(material.repaired.confidence[material.right_repaired])
    for row in material.remaining.tolist():
        reason = _no_class(material, row) or _far(material, row, sure) or _fragments(material, row)
        if reason is not None:
            found[row] = reason
    return found


def _no_class(material: Material, row: int) -> Reason | None:
    if material.predictions.known[row]:
        return None
    label = material.predictions.truth_labels[row]
    return Reason(KEY, f"The model has no class {quoted(label)}: whatever it answers is wrong.", {"label": label})


def _far(material: Material, row: int, sure: np.ndarray) -> Reason | None:
    if material.space is None:
        return None
    away = material.space.beyond(row)
    less_sure = float((sure <= float(material.repaired.scores[row].max())).mean()) if len(sure) else 1.0
    if not (away > FAR or (away > FARTHER and less_sure < UNSURE)):
        return None
    n, farther = len(material.space.usual), material.space.farther(row)
    many = f"{farther} of {n} such examples lie" if farther > 1 else f"{farther or 'none'} of {n} such examples lies"
    said = f"It lies far from what the model answers well: {many} as far out"
    if less_sure < UNSURE:
        said += ", and hardly any is as unsure"
    evidence = {"interquartile_ranges_beyond": away, "as_far_out": farther, "of": n, "less_sure": less_sure}
    return Reason(KEY, f"{said}{_column(material, row)}.", evidence)


def _column(material: Material, row: int) -> str:
    """Name the feature of a table's row that is farthest from the middle of the well answered ones."""
    if material.dataset.modality is not Modality.TABULAR or row not in material.readings.index:
        return ""
    away: dict[str, float] = {}
    for column in material.usual.select_dtypes("number").columns:
        usual = np.asarray(material.usual[column].dropna(), dtype=np.float64)
        mine = _reading(material, row, str(column))
        if len(usual) and np.isfinite(mine):
            away[str(column)] = beyond(np.abs(usual - np.median(usual)), abs(mine - float(np.median(usual))))
    worst = max(away, key=lambda name: away[name], default="")
    if away.get(worst, 0.0) <= FAR:
        return ""
    return f"; most unusual is its “{shorten(worst, 30)}”, {_reading(material, row, worst):.4g}"


def _reading(material: Material, row: int, column: str) -> float:
    value = material.readings[column][row]
    return float(value) if isinstance(value, int | float | np.number) else float("nan")


def _fragments(material: Material, row: int) -> Reason | None:
    """Tell a text whose words the vocabulary only has in pieces: another language, code, numbers."""
    if READING not in material.readings.columns or row not in material.readings.index:
        return None
    mine = _reading(material, row, READING)
    usual = material.usual[READING].to_numpy(dtype=np.float64)
    if not (mine > 0 and beyond(-np.log(usual[usual > 0]), -float(np.log(mine))) > FAR):
        return None
    sentence = (
        f"Its words fall into pieces of {mine:.1f} characters, against {float(np.median(usual)):.1f} in texts that the "
        "model answers well: they are not of its vocabulary."
    )
    return Reason(KEY, sentence, {"characters_per_token": mine, "usual": float(np.median(usual))})
