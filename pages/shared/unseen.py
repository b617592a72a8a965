"""What the page Unseen data says and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.progress import Progress
from analysis.types import Kind
from pages.shared import examples, flow
from pages.shared.flow import Run
from pages.shared.wording import count, interval_of, name, number, percent, value_of

if TYPE_CHECKING:
    from analysis.validation.validate import SplitScore, Validation

_LISTED = 200


def validation(run: Run) -> Validation:
    """Return what was found over all splits, or draw what is in the way and end the page."""

    def work(progress: Progress) -> Validation:
        from analysis.validation import validate

        session = run.session
        return validate(run.predictions, session.dataset, session.candidate, session.pipeline, progress=progress)

    return flow.require("validate", run.key, "Comparing splits, and looking for duplicates", work)


def headline(found: Validation) -> str:
    """Return the finding in one sentence, safe in markdown."""
    rate = found.kind is Kind.CLASSIFICATION
    worse = [s for s in found.splits if s.gap is not None and s.gap.low > 0]
    leaking = sum(s.leaking for s in found.splits)
    if worse:
        one = max(worse, key=lambda s: s.gap.value if s.gap is not None else 0.0)
        reference = found.splits[0].score
        return (
            f"It doesn’t hold on “{name(one.split)}”: {value_of(one.score, rate=rate)}, against "
            f"{value_of(reference, rate=rate)} on “{name(found.reference)}”"
        )
    if leaking:
        return f"{count(leaking, 'example')} leaked from “{name(found.reference)}” into another split"
    if len(found.splits) < 2:
        return "One split only: whether it holds on unseen data can’t be told"
    return f"No split is clearly worse than “{name(found.reference)}”"


def doubt(found: Validation) -> str:
    """Return what that rests on."""
    gaps = [f"“{name(s.split)}” is worse by {_gap(s, found)}" for s in found.splits if s.gap is not None]
    if not gaps:
        return "Duplicates and examples out of scope are looked for all the same."
    return f"{'; '.join(gaps[:4])} (95 % interval). A gap to the data that it learned from is overfitting or drift."


def _gap(one: SplitScore, found: Validation) -> str:
    if one.gap is None:
        return "–"
    scale, unit = (100, " points") if found.kind is Kind.CLASSIFICATION else (1, "")
    value, low, high = (number(scale * x) for x in (one.gap.value, one.gap.low, one.gap.high))
    return f"{value}{unit} ({low} to {high})"


def scores(found: Validation) -> pd.DataFrame:
    """Return one row a split."""
    rate = found.kind is Kind.CLASSIFICATION
    rows = [
        (
            s.split,
            f"{value_of(s.score, rate=rate)} ({interval_of(s.score, rate=rate)})",
            _gap(s, found),
            s.leaking,
            value_of(s.clean, rate=rate) if s.leaking else "",
        )
        for s in found.splits
    ]
    title = "Accuracy" if rate else "Mean absolute error"
    return pd.DataFrame(rows, columns=["Split", title, "Worse by", "Leaking", "Without them"])


def duplicates_sentence(found: Validation) -> str:
    """Return what was found of duplicates."""
    all_of = found.duplicates
    if not all_of.groups:
        return "No duplicates, and none nearly so"
    parts = [
        f"{len(all_of.leaks)} across splits" if len(found.splits) > 1 else "",
        f"{len(all_of.conflicts)} labelled differently" if found.kind is Kind.CLASSIFICATION else "",
    ]
    return f"{count(len(all_of.groups), 'group')} of duplicates: {', '.join(p for p in parts if p)}"


def groups(run: Run, found: Validation) -> pd.DataFrame:
    """Return one row a group of duplicates."""
    rows = [
        (
            ", ".join(examples.long_id(run, r) for r in g.rows[:6]),
            len(g.rows),
            "exact" if g.exact else "near",
            ", ".join(g.splits),
            ", ".join(g.labels[:4]),
            examples.glimpse(run, g.rows[0])[:120],
        )
        for g in found.duplicates.groups[:_LISTED]
    ]
    return pd.DataFrame(rows, columns=["Examples", "Size", "Alike", "Splits", "Labels", "The first"])


def drift(one: SplitScore, found: Validation) -> pd.DataFrame:
    """Return one row a property, the largest difference first."""
    rows = [(d.name, d.first, d.second, percent(d.size), f"{d.p_adjusted:.2g}", d.notable) for d in one.drift]
    return pd.DataFrame(
        rows, columns=["Property", found.reference, f"{one.split} ", "Difference", "p, corrected", "Notable"]
    )


def scope_sentence(found: Validation) -> str:
    """Return what was found of examples far from all others."""
    if not found.embedded:
        return "Whether examples are out of scope can’t be told: the model shows no embeddings"
    n = len(found.strangers)
    if not n:
        return "No example lies far from all others"
    return f"{count(n, 'example lies', 'examples lie')} far from all others: out of scope?"
