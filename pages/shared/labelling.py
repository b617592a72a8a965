"""Suspect labels: the queue, the buttons, and what the decisions change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analysis.strings import Strings
from pages.shared import cache, examples, flow, results, state, tables
from pages.shared.flow import Run
from pages.shared.picker import picker
from pages.shared.wording import count, interval_of, listing, middle, percent, plain, value_of

if TYPE_CHECKING:
    from analysis.failures.decisions import Decision
    from analysis.failures.suspects import Suspect, Suspects

#: Cards that are shown at once.
SHOWN = 8
#: Rows of the table; all others are in what can be downloaded.
LISTED = 1_000
_WORDS = {"accept": "corrected", "reject": "right as it is", "skip": "can’t tell"}
_CHANGED = ("accuracy", "balanced_accuracy", "f1_macro", "log_loss")


def suspects(run: Run) -> Suspects:
    """Return the suspect labels."""
    from analysis.failures.suspects import find_suspects

    return flow.measured("suspects", run, lambda: find_suspects(run.predictions))


def decisions(run: Run) -> dict[str, Decision]:
    """Return what was decided about the labels of these data, those of this run first to last."""
    from analysis.failures.decisions import decisions_on

    return {e: d for e, d in decisions_on(run.dataset).items() if run.position(e) is not None}


def headline(found: Suspects, decided: Mapping[str, Decision]) -> str:
    """Return the finding in one sentence."""
    likely = found.likely
    if not found.n:
        return "There is no label that the model knows"
    if not found.ranked:
        return f"The model agrees with all {found.n} labels"
    if not likely:
        return f"None of {count(found.n, 'label')} stands out as suspect"
    open_ones = sum(s.example not in decided for s in likely)
    verb = "is" if len(likely) == 1 else "are"
    sentence = f"{len(likely)} of {count(found.n, 'label')} {verb} suspect"
    return f"{sentence}; {open_ones} to decide" if open_ones < len(likely) else sentence


def doubt(found: Suspects) -> str:
    """Return what these suspicions rest on, safe in markdown."""
    said = (
        "Confident learning (cleanlab) compares each label with how sure the model is elsewhere of that class. A weak "
        "model suspects right labels too: look before you change one."
    )
    if found.learned:
        said += f" The model may have learned from {listing(found.learned)}: there it repeats wrong labels."
    return f"{said} {found.drawn}".rstrip()


def queue(found: Suspects, decided: Mapping[str, Decision], *, within: Run) -> tuple[Suspect, ...]:
    """Return the labels that are still to decide: the likely errors, or the most suspect where there are none.

    Parameters
    ----------
    found, decided
    within : Run
        Only its examples are asked about: those of the selected cause.
    """

    def make() -> list[Suspect]:
        ranked = Strings([s.example for s in found.ranked])
        inside = (ranked.positions_in(within.predictions.ids) >= 0).tolist()
        return [s for s, chosen in zip(found.ranked, inside, strict=True) if chosen]

    here = cache.keep("suspects within", within.key, make)
    wanted = [s for s in here if s.likely] or here[:10]
    return tuple(s for s in wanted if s.example not in decided)


def current(waiting: Sequence[Suspect]) -> Suspect | None:
    """Return the label that is looked at now."""
    asked = state.note("suspect")
    return next((s for s in waiting if s.example == asked), waiting[0] if waiting else None)


def turn_to(example: str | None) -> None:
    """Look at another label."""
    state.set_note("suspect", example)


def gallery(run: Run, waiting: Sequence[Suspect], one: Suspect) -> None:
    """Draw the labels that are still to decide as cards with the given and the suggested label; a pick turns to it."""
    at = [s.example for s in waiting].index(one.example)
    start = at // SHOWN * SHOWN
    cards = [
        replace(
            examples.card(run, s.row),
            title=f"{middle(s.given, 24)} → {middle(s.suggested, 24)}?",
            note=examples.short_id(run, s.row),
            tone="",
            chosen=s.example == one.example,
        )
        for s in waiting[start : start + SHOWN]
    ]
    if len(cards) > 1:
        least = "8.5rem" if cards[0].pictures else "13rem"
        picker(cards, turn_to, key="suspect-cards", label="Labels still to decide", least=least)


def place(one: Suspect, waiting: Sequence[Suspect], run: Run) -> str:
    """Return where it stands, safe in markdown."""
    at = [s.example for s in waiting].index(one.example) + 1
    return f"{plain(examples.long_id(run, one.row))}: {at} of {len(waiting)} still to decide"


def buttons(run: Run, one: Suspect) -> None:
    """Draw what can be decided, with the keys that do it."""
    from analysis.failures.decisions import Choice

    offers = (
        (Choice.ACCEPT, f"It is “{plain(one.suggested)}”", "Y", ":material/check:"),
        (Choice.REJECT, f"“{plain(one.given)}” is right", "N", ":material/close:"),
        (Choice.SKIP, "Can’t tell", "S", ":material/redo:"),
    )
    with st.container(horizontal=True, gap="small"):
        for choice, label, key, icon in offers:
            st.button(
                label,
                key=f"decide-{choice.value}",
                shortcut=key,
                icon=icon,
                type="primary" if choice is Choice.ACCEPT else "secondary",
                on_click=_decide,
                args=(run, one, choice.value),
            )


def _decide(run: Run, one: Suspect, choice: str) -> None:
    from analysis.failures.decisions import Choice, Decision, decide

    made = Choice(choice)
    label = one.suggested if made is Choice.ACCEPT else one.given
    decide(run.dataset, Decision(one.example, one.given, label, made))
    turn_to(None)


def _before_and_after(run: Run, decided: Mapping[str, Decision]) -> tuple[dict[str, Any], dict[str, Any]]:
    from analysis import metrics
    from analysis.failures.decisions import accepted
    from analysis.failures.suspects import corrected

    labels = accepted(dict(decided))
    key = (*run.key, *(f"{e}={label}" for e, label in sorted(labels.items())))
    after = cache.keep("corrected", key, lambda: metrics.summarise(corrected(run.predictions, labels)))
    return results.summary(run), after


def effect_sentence(run: Run, decided: Mapping[str, Decision]) -> str:
    """Return what the corrected labels change."""
    from analysis.failures.decisions import accepted

    n = len(accepted(dict(decided)))
    if not n:
        return "No label was corrected yet"
    before, after = _before_and_after(run, decided)
    values = " to ".join(percent(found["accuracy"].value) for found in (before, after))
    return f"With {count(n, 'label')} corrected the accuracy goes from {values}"


def effect(run: Run, decided: Mapping[str, Decision]) -> None:
    """Draw the metrics before and after, and the decisions, each of which can be taken back."""
    from analysis.metrics import METRICS

    if not decided:
        st.caption("Accept a suggestion, and the metrics are computed again with it.")
        return
    before, after = _before_and_after(run, decided)
    rows = []
    for key in _CHANGED:
        rate = METRICS[key].is_rate
        cells = [
            f"{value_of(f[key], rate=rate)} ({interval_of(f[key], rate=rate).split(', n')[0]})" for f in (before, after)
        ]
        rows.append((METRICS[key].title, *cells))
    table = pd.DataFrame(rows, columns=["Metric", "As labelled", "Corrected"])
    st.dataframe(table, hide_index=True, alt="Metrics with the labels as they are and corrected")
    st.caption(
        "Only labels that the model disagrees with were looked at, so the corrected numbers flatter it a little."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        last = list(decided.values())[-1]
        st.button("Take back the last decision", key="take-back", icon=":material/undo:", type="tertiary",
                  on_click=_take_back, args=(run, last.example))  # fmt: skip
        tables.definitions(_CHANGED)


def _take_back(run: Run, example: str) -> None:
    from analysis.failures.decisions import take_back

    take_back(run.dataset, example)
    turn_to(example)


def table(found: Suspects, decided: Mapping[str, Decision], most: int | None = LISTED) -> pd.DataFrame:
    """Return one row a suspect label, the most suspect ones first, at most `most` of them."""
    rows = [
        (s.example, s.given, s.suggested, s.quality, s.likely,
         _WORDS[decided[s.example].choice.value] if s.example in decided else "")
        for s in found.ranked[:most]
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["Example", "Label", "Suggested", "Quality", "Suspect", "Decided"])


def columns() -> dict[str, Any]:
    """Return how the columns of `table` are drawn."""
    return {
        "Quality": st.column_config.NumberColumn(
            format="%.3f", help="Normalised margin: 0 is surely wrong, 0.5 undecided, 1 surely right."
        ),
        "Suspect": st.column_config.CheckboxColumn(help="Counted among the errors, not only ranked."),
    }


def exported(decided: Mapping[str, Decision]) -> pd.DataFrame:
    """Return the decisions as they are handed on."""
    rows = [(d.example, d.given, d.label, d.choice.value) for d in decided.values()]
    return pd.DataFrame(rows, columns=["id", "given", "label", "decision"])
