"""Tables of metrics: as people read them, and exactly, to download."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analysis.types import Estimate
from pages.shared.wording import interval_of, value_of

if TYPE_CHECKING:
    from analysis.metrics.classification import ClassScores

_AVERAGES = {
    "macro": "Mean over classes (macro)",
    "micro": "Over all examples (micro)",
    "weighted": "Weighted by class size",
}
_SCORES = ("precision", "recall", "f1")
_TITLES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}


def _words(estimate: Estimate, *, rate: bool) -> str:
    return f"{value_of(estimate, rate=rate)} ({interval_of(estimate, rate=rate).split(',')[0]})"


def metrics(found: Mapping[str, Estimate], names: Sequence[str]) -> pd.DataFrame:
    """Return metrics in words: name, value, 95 % interval."""
    from analysis.metrics import METRICS

    rows = []
    for name in names:
        about = METRICS[name]
        value, interval = value_of(found[name], rate=about.is_rate), interval_of(found[name], rate=about.is_rate)
        rows.append((about.title, value, interval))
    return pd.DataFrame(rows, columns=["Metric", "Value", "95 % interval"])


def definitions(names: Iterable[str]) -> None:
    """Draw what each metric says, behind a button."""
    from analysis.metrics import METRICS

    with st.popover("What they say", icon=":material/help:", type="tertiary"):
        for name in names:
            st.markdown(f"**{METRICS[name].title}.** {METRICS[name].sentence}")


def averages(found: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return precision, recall and F1 in the three averages, in words."""
    rows = []
    for average, title in _AVERAGES.items():
        cells = [found.get(f"{score}_{average}") for score in _SCORES]
        if any(cell is not None for cell in cells):
            rows.append([title, *(_words(cell, rate=True) if cell else "–" for cell in cells)])
    return pd.DataFrame(rows, columns=["Average", *_TITLES.values()])


def exact(found: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return metrics as numbers."""
    rows = [(name, e.value, e.low, e.high, e.n, e.method) for name, e in found.items()]
    return pd.DataFrame(rows, columns=["metric", "value", "low", "high", "n", "interval"])


def per_class(classes: Sequence[ClassScores]) -> pd.DataFrame:
    """Return one row a class: shares as numbers, so that they sort, and their intervals in words."""
    rows = []
    for one in classes:
        row: dict[str, Any] = {"Class": one.label, "Examples": one.n, "Called so": one.predicted_n}
        for score, title in _TITLES.items():
            estimate: Estimate = getattr(one, score)
            row[title] = 100 * estimate.value
            row[f"{title}, 95 %"] = interval_of(estimate, rate=True).split(",")[0]
        row["Few examples"] = one.few
        rows.append(row)
    return pd.DataFrame(rows)


def per_class_columns() -> dict[str, Any]:
    """Return how the columns of `per_class` are drawn."""
    shares = {
        title: st.column_config.ProgressColumn(title, min_value=0, max_value=100, format="%.0f %%", width="small")
        for title in _TITLES.values()
    }
    return {
        "Class": st.column_config.TextColumn(pinned=True, width="small"),
        "Few examples": st.column_config.CheckboxColumn(help="Too few to say much: look at the interval."),
        **shares,
    }


def per_class_exact(classes: Sequence[ClassScores]) -> pd.DataFrame:
    """Return all numbers of all classes."""
    rows = []
    for one in classes:
        row: dict[str, Any] = {"class": one.label, "n": one.n, "predicted_n": one.predicted_n, "few": one.few}
        for score in _SCORES:
            estimate: Estimate = getattr(one, score)
            row |= {score: estimate.value, f"{score}_low": estimate.low, f"{score}_high": estimate.high}
        rows.append(row)
    return pd.DataFrame(rows)
