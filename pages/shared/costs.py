"""The cost as work in the background, and its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.progress import Progress
from analysis.types import Kind
from pages.shared import flow, state

if TYPE_CHECKING:
    from analysis.diligence.cost import Cost
    from analysis.session import Session


def key_of(session: Session) -> tuple[str, ...]:
    """Return the fingerprints that a measurement depends on."""
    split = session.split if session.split is not None else state.ALL_SPLITS
    return (session.candidate.fingerprint, session.dataset.fingerprint, session.pipeline.fingerprint, split)


def done(session: Session) -> Cost | None:
    """Return what was measured already, on this machine at any time, or None."""
    from analysis.diligence.cost import kept_cost

    return kept_cost(session)


def require(session: Session) -> Cost:
    """Return the cost, or draw the progress of measuring it and end the page."""

    def work(progress: Progress) -> Cost:
        from analysis.diligence.cost import cost_of

        return cost_of(session, progress=progress)

    return flow.require("cost", key_of(session), "Measuring what it costs", work)


def fits(cost: Cost) -> pd.DataFrame:
    """Return one row a device: which precisions fit."""
    from analysis.diligence.cost.words import size

    rows: dict[str, dict[str, str]] = {}
    for fit in cost.fits:
        rows.setdefault(fit.device, {"Device": fit.device})[fit.precision] = (
            f"{'fits' if fit.fits else 'too large'}, {size(fit.needed)}"
        )
    return pd.DataFrame(list(rows.values()))


def variants(cost: Cost) -> pd.DataFrame:
    """Return one row a variant, in words."""
    from analysis.diligence.cost.words import points, ratio, size

    regression = cost.kind is Kind.REGRESSION
    rows = [
        {
            "Variant": v.name,
            "Size": size(v.bytes),
            "On disk, to delivered": ratio(v.size_ratio, "smaller", "larger"),
            "In memory": ratio(v.memory_ratio, "smaller", "larger"),
            "Speed": ratio(v.speed_ratio, "faster", "slower"),
            "Error" if regression else "Accuracy": points(v.change, regression=regression).split(" ", 1)[1],
            "Answers that differ": f"{v.flipped} of {v.n}",
            "Classes that lose": ", ".join(c.label for c in v.classes if c.p_value < 0.05 and c.change.value < 0)
            or "–",
        }
        for v in cost.variants
    ]
    table = pd.DataFrame(rows)
    if any(v.judged for v in cost.variants):
        return table
    return table.drop(columns=["Error" if regression else "Accuracy", "Classes that lose"], errors="ignore")


def classes(cost: Cost) -> pd.DataFrame:
    """Return every class under every variant, as numbers."""
    rows = [
        (v.name, c.label, c.change.n, c.change.value, c.change.low, c.change.high, c.p_value)
        for v in cost.variants
        for c in v.classes
    ]
    return pd.DataFrame(rows, columns=["variant", "class", "n", "change", "low", "high", "p_holm"])
