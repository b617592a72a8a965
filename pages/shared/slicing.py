"""Slices in words and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analysis.types import Kind
from pages.shared.flow import Run
from pages.shared.wording import count, interval_of, middle, percent, plain, value_of

if TYPE_CHECKING:
    from analysis.failures.slices import Slices


def headline(found: Slices) -> str:
    """Return the finding in one sentence, safe in markdown."""
    rate = found.kind is Kind.CLASSIFICATION
    if not found.tried:
        return "There are too few examples to cut into slices"
    if not found.significant:
        return "Failures concentrate nowhere that these properties show"
    worst = found.significant[0]
    error = f"{value_of(worst.rate, rate=rate)} {'wrong' if rate else 'off on average'}"
    rest = value_of(worst.rest, rate=rate)
    return f"“{plain(middle(worst.name, 70))}”: {error}, against {rest} elsewhere"


def doubt(found: Slices) -> str:
    """Return how sure that is."""
    rate = found.kind is Kind.CLASSIFICATION
    overall = f"Over all examples {value_of(found.overall, rate=rate)} ({interval_of(found.overall, rate=rate)})"
    return (
        f"{overall}. {count(len(found.significant), 'slice stands', 'slices stand')} after correction for all "
        f"{found.tried} with at least {found.least} examples. Intervals are not corrected: the worst of many looks "
        f"a little worse than it is.{_searched(found)}"
    )


def _searched(found: Slices) -> str:
    ranked = f" Slices were ranked on a part: {_within(found.drawn)} Each was tested on all." if found.drawn else ""
    if not found.groups_drawn:
        return ranked
    among = f" Groups alike to the model were looked for in a part: {_within(found.groups_drawn)}"
    return f"{ranked}{among} Their numbers, and those of elsewhere beside them, are of this part."


def _within(sentence: str) -> str:
    return f"{sentence[0].lower()}{sentence[1:]}"


def table(found: Slices) -> pd.DataFrame:
    """Return one row a slice."""
    rate = found.kind is Kind.CLASSIFICATION
    rows = [
        {
            "Slice": s.name,
            "Error": 100 * s.rate.value if rate else s.rate.value,
            "95 % interval": interval_of(s.rate, rate=rate).split(", n")[0],
            "Elsewhere": value_of(s.rest, rate=rate),
            "Examples": s.rate.n,
            "Of all errors": 100 * s.share_of_errors,
            "Of all examples": percent(s.share_of_examples),
            "p, corrected": f"{s.p_adjusted:.2g}",
            "Sure": s.significant,
        }
        for s in found.found
    ]
    return pd.DataFrame(rows)


def columns() -> dict[str, Any]:
    """Return how the columns of `table` are drawn."""
    return {
        "Slice": st.column_config.TextColumn(pinned=True, width="large"),
        "Error": st.column_config.NumberColumn(format="%.3g", help="Percent wrong, or mean absolute error"),
        "Of all errors": st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.0f %%"),
        "Sure": st.column_config.CheckboxColumn(help="Chance is an unlikely reason, after correction."),
    }


def properties(found: Slices, run: Run) -> None:
    """Draw what was looked at, with its meaning, and what could not be."""
    from analysis.failures.properties import PROPERTIES
    from analysis.failures.slices.clusters import MEANING, NAME

    meanings = PROPERTIES[run.dataset.modality][0] | {NAME: MEANING}
    cut = list(dict.fromkeys(found.predicates.columns))
    measured = [c for c in cut if c in meanings]
    for column in measured:
        st.markdown(f"**{plain(column)}**: {plain(meanings[column])}")
    others = [c for c in cut if c not in meanings]
    if others:
        st.text("From the data: " + ", ".join(middle(c, 40) for c in others))
    if found.predicates.skipped:
        st.text("Nothing to cut, too few different examples: " + ", ".join(found.predicates.skipped))
