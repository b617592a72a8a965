"""Stability: does a map stay what it is when the example changes a little (Alvarez-Melis & Jaakkola 2018)?"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.candidates.batches import Frame, ImageBatch
from analysis.errors import UnusableInput
from analysis.explainers.base import Explainer
from analysis.explainers.registry import METHODS
from analysis.faithfulness.parts import Columns, Parts, Tiles, Values, Words, repeated
from analysis.preprocessing.image import scale_and_bias
from analysis.progress import Progress
from analysis.types import Attribution, Candidate, Inputs, Pipeline, Prepared

#: How often the example is changed.
DRAWS = 2
#: Standard deviation of the noise: a share of the pixels' range, or of a column's spread among usual rows.
SHARE = 0.02


def disturbed(candidate: Candidate, raw: Inputs, change: Callable[[Prepared], Prepared]) -> Candidate:
    """Return the same candidate, network and lock included, that receives one example changed."""
    twin = copy.copy(candidate)

    def prepare(inputs: Inputs, pipeline: Pipeline) -> Prepared:
        prepared = candidate.prepare(inputs, pipeline)
        return change(prepared) if inputs is raw else prepared

    # On the copy alone: its class, and whoever copies it in turn, see the changed example.
    vars(twin)["prepare"] = prepare
    return twin


class Silent(Progress):
    """Passes a cancel on, and counts nothing: for work within work."""

    def __init__(self, outer: Progress) -> None:
        super().__init__()
        self._outer = outer

    def start(self, what: str, total: int, already: int = 0) -> None:
        """Announce nothing."""

    def advance(self, units: int = 1) -> None:  # noqa: ARG002
        """Stop where the work around was asked to."""
        self._outer.advance(0)


@dataclass(frozen=True)
class Change:
    """One small change of an example.

    Attributes
    ----------
    apply : callable
        From what the candidate receives to the same, changed.
    kept : ndarray of bool, shape (parts,)
        Parts whose scores are compared.
    """

    apply: Callable[[Prepared], Prepared]
    kept: Any


def stability(
    parts: Parts, attribution: Attribution, raw: Inputs, usual: Inputs | None, progress: Progress
) -> float | None:
    """Explain an example again with a little noise, and return how much the map stays the same.

    Parameters
    ----------
    parts : Parts
    attribution : Attribution
        Of the example as it is.
    raw : Inputs
        The one raw input.
    usual : Inputs or None
    progress : Progress

    Returns
    -------
    float or None
        Rank correlation of the parts' scores (Spearman), the mean of `DRAWS` changes. A method that draws at random
        draws anew each time. None where nothing can be changed, the method refuses the changed example, or a map says
        the same of all parts.
    """
    seed = int(attribution.params.get("seed", 0))
    explainer, worth = explainer_of(attribution), parts.worth(attribution.scores)
    changes = [_change(parts, worth, np.random.default_rng([seed, draw])) for draw in range(DRAWS)]
    progress.start("Explaining it again with a little noise", DRAWS)
    found = []
    for draw, change in enumerate(changes):
        if change is None:
            return None
        try:
            again = explainer.explain(
                disturbed(parts.candidate, raw, change.apply),
                raw,
                parts.pipeline,
                parts.target,
                parts.contrast,
                background=usual,
                progress=Silent(progress),
                seed=seed + draw + 1,
            )
        except UnusableInput:  # The method refuses the changed example: what it would have said is not known.
            return None
        found.append(rank_correlation(worth[change.kept], parts.worth(again.scores)[change.kept]))
        progress.advance()
    return None if any(value is None for value in found) else float(np.mean([v for v in found if v is not None]))


def explainer_of(attribution: Attribution) -> Explainer:
    """Return the method of an attribution with the parameters it was made with."""
    explainer = METHODS[attribution.method]
    own = {f.name: attribution.params[f.name] for f in fields(explainer) if f.name in attribution.params}
    return replace(explainer, **own)


def rank_correlation(one: Values, other: Values) -> float | None:
    """Return Spearman's correlation, or None where one side is constant or there are fewer than three numbers."""
    from scipy.stats import spearmanr

    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(spearmanr(one, other).statistic)


def _change(parts: Parts, worth: Values, random: np.random.Generator) -> Change | None:
    everything = np.ones(parts.count, dtype=bool)
    if isinstance(parts, Tiles):
        return Change(_noisy_pixels(parts, random), everything)
    if isinstance(parts, Words):
        if parts.count < 4:
            return None
        # A word that the map says matters little: without it the others should matter as before.
        hidden = int(random.choice(np.argsort(np.abs(worth))[: parts.count // 2]))
        masks = everything[None].copy()
        masks[0, hidden] = False
        ids = parts.ids(masks)
        return Change(lambda _: repeated(parts.tokens, ids), masks[0])
    assert isinstance(parts, Columns)
    moved = _noisy_row(parts, random)
    return None if moved is None else Change(lambda _: Frame(moved), everything)


def _noisy_pixels(parts: Tiles, random: np.random.Generator) -> Callable[[Prepared], Prepared]:
    scale, _ = scale_and_bias(parts.pipeline)
    size = SHARE * 255 * float(np.abs(scale).mean())
    noisy = parts.pixels + random.normal(0, size, parts.pixels.shape).astype(np.float32)
    return lambda _: ImageBatch(noisy[None])


def _noisy_row(parts: Columns, random: np.random.Generator) -> pd.DataFrame | None:
    """Return the row with its measured columns moved; whole numbers may be codes, and stay."""
    row, changed = parts.row.copy(), False
    for name in row.columns:
        usual = parts.usual[name]
        if not pd.api.types.is_float_dtype(usual) or not pd.api.types.is_float_dtype(row[name]):
            continue
        spread = float(usual.std())
        if not np.isfinite(spread) or spread == 0 or (usual.dropna() % 1 == 0).all():
            continue
        row[name] = row[name] + random.normal(0, SHARE * spread)
        changed = True
    return row if changed else None
