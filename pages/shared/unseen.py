"""What the page Unseen data says and lists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from analysis.types import Kind, Modality
from pages.shared import examples, flow, selecting, state, widgets
from pages.shared.flow import Run
from pages.shared.picker import Card
from pages.shared.wording import count, interval_of, listing, middle, name, number, percent, value_of

if TYPE_CHECKING:
    from analysis.validation.validate import SplitScore, Validation

_LISTED = 200
#: Below it a class differs in frequency, above it splits are clearly told apart.
_LEVEL, _CLEARLY = 0.05, 0.6
_PROPERTIES = {
    "Difference": st.column_config.NumberColumn(
        format="%.0f %%", help="Largest distance between the two distributions: 0 % alike, 100 % nothing in common"
    ),
    "p, corrected": st.column_config.TextColumn(help="How often chance does as much, corrected for all properties"),
    "Notable": st.column_config.CheckboxColumn(help="p below 0.05, and a difference of at least 10 %"),
}
_CLASSES = {
    "Points": st.column_config.TextColumn("Difference (95 % interval)", help="In percentage points"),
    "p, corrected": st.column_config.TextColumn(help="How often chance does as much, corrected for all classes"),
}


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
            f"It doesn’t hold on “{name(one.split)}”: {value_of(one.clean, rate=rate)}, against "
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
        rate, score = found.kind is Kind.CLASSIFICATION, found.splits[0].score if found.splits else None
        said = f"{'Accuracy' if rate else 'Mean absolute error'} {value_of(score, rate=rate)} " if score else ""
        of = f"({interval_of(score, rate=rate)}). " if score else ""
        if len(found.splits) > 1:
            return "Without the leaking examples too few are left of the other splits to tell a gap."
        return f"{said}{of}Duplicates and examples out of scope are looked for all the same."
    return f"{'; '.join(gaps[:4])} (95 % interval). A gap to the data that it learned from is overfitting or drift."


def _gap(one: SplitScore, found: Validation) -> str:
    if one.gap is None:
        return "–"
    scale, unit = (100, " points") if found.kind is Kind.CLASSIFICATION else (1, "")
    value, low, high = (number(scale * x) for x in (one.gap.value, one.gap.low, one.gap.high))
    return f"{value}{unit} ({low} to {high})"


def draw_splits(found: Validation) -> None:
    """Draw the score of each split, as a figure and as a table."""
    from analysis import figures

    table = scores(found)
    left, right = st.columns([1, 1 if len(table.columns) < 4 else 1.6], gap="large")
    with left:
        drawn = figures.splits(found, theme=widgets.theme())
        widgets.figure(drawn, key="splits", on_select=selecting.clicked("splits", state.choose_split))
        st.caption("A click on a split judges everything on it.")
    with right:
        st.dataframe(table, hide_index=True, alt="Score of each split, and its gap to the first")


def scores(found: Validation) -> pd.DataFrame:
    """Return one row a split; columns about leaks only where there are any."""
    rate = found.kind is Kind.CLASSIFICATION
    title = "Accuracy" if rate else "Mean absolute error"
    rows = [
        {
            "Split": s.split,
            title: f"{value_of(s.score, rate=rate)} ({interval_of(s.score, rate=rate)})",
            "Leaking": s.leaking,
            "Without them": f"{value_of(s.clean, rate=rate)} ({interval_of(s.clean, rate=rate)})" if s.leaking else "",
            "Worse by": _gap(s, found),
        }
        for s in found.splits
    ]
    table = pd.DataFrame(rows)
    return table if any(s.leaking for s in found.splits) else table.drop(columns=["Leaking", "Without them"])


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
    table = pd.DataFrame(rows, columns=["Examples", "Size", "Alike", "Splits", "Labels", "The first"])
    return table.drop(columns="The first") if run.dataset.modality is Modality.IMAGE else table


def draw_split(one: SplitScore, found: Validation) -> None:
    """Draw what is different in a split from the reference."""
    moved = [d for d in one.drift if d.notable]
    differ = count(len(moved), "property differs", "properties differ") if moved else "no property differs by much"
    st.subheader(f"“{name(one.split)}” beside “{name(found.reference)}”: {differ}", anchor=False)
    if one.apart is not None:
        st.write(apart_sentence(one, found))
    classes = [c for c in one.balance if c.p_adjusted < _LEVEL]
    if one.drift:
        with st.expander(f"All {count(len(one.drift), 'property', 'properties')}", expanded=bool(moved)):
            st.dataframe(drift(one, found), hide_index=True, column_config=_PROPERTIES, alt="Properties in both splits")
    if one.balance:
        differ = f": {count(len(classes), 'class differs', 'classes differ')} in frequency" if classes else ""
        with st.expander(f"Class balance{differ}", expanded=bool(classes)):
            st.dataframe(balance(one, found), hide_index=True, column_config=_CLASSES, alt="Classes in both splits")


def drift(one: SplitScore, found: Validation) -> pd.DataFrame:
    """Return one row a property, the largest difference first."""
    rows = [(d.name, d.first, d.second, 100 * d.size, f"{d.p_adjusted:.2g}", d.notable) for d in one.drift]
    names = ["Property", found.reference, f"{one.split} ", "Difference", "p, corrected", "Notable"]
    return pd.DataFrame(rows, columns=names)


def balance(one: SplitScore, found: Validation) -> pd.DataFrame:
    """Return one row a class, the largest difference first."""
    rows = [
        (
            c.label,
            percent(c.first),
            percent(c.second),
            f"{100 * c.difference.value:+.1f} ({100 * c.difference.low:+.1f} to {100 * c.difference.high:+.1f})",
            f"{c.p_adjusted:.2g}",
        )
        for c in one.balance[:_LISTED]
    ]
    return pd.DataFrame(rows, columns=["Class", found.reference, f"{one.split} ", "Points", "p, corrected"])


def apart_sentence(one: SplitScore, found: Validation) -> str:
    """Return whether a classifier tells the split from the reference."""
    if one.apart is None:
        return ""
    of = one.apart.accuracy
    rate = f"{percent(of.value)} ({interval_of(of, rate=True)})"
    both = f"“{name(one.split)}” and “{name(found.reference)}”"
    if one.apart.apart:
        much = "different" if of.low > _CLEARLY else "a little different"
        return f"To the model, {both} look {much}: a classifier names the right one for {rate}; chance would be 50 %."
    return f"To the model, {both} look alike: a classifier names the right one for {rate}; chance would be 50 %."


def scope_sentence(found: Validation) -> str:
    """Return what was found of examples unlike the others."""
    n = len(found.scope.strangers)
    if not n:
        return "No example looks out of scope"
    return f"{count(n, 'example is', 'examples are')} unlike the others: out of scope?"


def scope_doubt(found: Validation) -> str:
    """Return what that means, and what it can't show."""
    compared = f"those of “{name(found.reference)}”" if len(found.splits) > 1 else "the other examples"
    signs = f"Far from {compared} by what the model makes of each, fairly far and answered less surely than usual"
    if not found.scope.embedded:
        signs = "The model shows no embeddings, so that distance can’t be told; what is left is confidence"
    return (
        f"{signs}; texts whose words the tokenizer knows in small pieces only; or scores spread over many classes. "
        "A sign, no proof: strangers that the model takes for something it knows don’t show, nor do data that are "
        f"out of scope as a whole. {found.drawn}"
    ).rstrip()


def strangers(run: Run, found: Validation, most: int = 12) -> list[Card]:
    """Return the examples out of scope as cards, the farthest first."""
    from analysis.validation.scope import FRAGMENTS, SPREAD

    scope, cards = found.scope, []
    for row, reason in list(zip(scope.strangers, scope.reasons, strict=True))[:most]:
        card = examples.card(run, int(row))
        why = reason if reason in (FRAGMENTS, SPREAD) else f"{reason}: {scope.times[row]:.1f} × the usual distance"
        cards.append(replace(card, note=f"{card.note}. {why.capitalize()}"))
    return cards


def pairs(run: Run, found: Validation, most: int = 12) -> list[Card]:
    """Return groups of duplicates as cards with their pictures side by side; none where the data are no pictures."""
    if run.dataset.modality is not Modality.IMAGE:
        return []
    return [
        Card(
            run.predictions.ids[g.rows[0]],
            " · ".join(middle(label, 20) for label in g.labels[:3]),
            f"{'Exact' if g.exact else 'Near'}, {count(len(g.rows), 'picture')} in {listing(g.splits)}",
            pictures=examples.pictures(run, list(g.rows[:3])),
            tone="wrong" if g.conflicts else "",
            hover="\n".join(run.predictions.ids[r] for r in g.rows[:12]),
        )
        for g in found.duplicates.groups[:most]
    ]


def to_example(run: Run, example: str) -> None:
    """Go to one example, in all of the data where it lies outside the split that is judged on."""
    place = state.at(state.Selection(example=example))
    # A duplicate need be no failure, and lie in no part that a figure stands for.
    place = replace(place, selection=replace(place.selection, cause=None, part=None))
    row = run.position(example)
    if row is not None and place.split not in (None, run.predictions.splits[row]):
        place = replace(place, split=None, selection=replace(place.selection, slice=None))
    state.go_to("pages/results/confusions.py", place)
