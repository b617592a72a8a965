"""Robustness as work in the background, and one example under each level of a corruption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Kind, Modality
from pages.shared import cache, flow, widgets
from pages.shared.flow import Run
from pages.shared.wording import count, interval_of, middle, name, number, percent, plain

if TYPE_CHECKING:
    from analysis.figures import Figure
    from analysis.robustness import Corruption, Curve, Robustness

#: Longer side of a picture that shows a level, and characters of a text.
SIDE, TEXT = 320, 400


@dataclass(frozen=True)
class Shown:
    """One example under one level.

    Attributes
    ----------
    label : str
        The level, or "as it is".
    picture : bytes
        A JPEG; empty for other data.
    text : str
    answer : str
        What the model answers, or why it gives no answer.
    """

    label: str
    picture: bytes
    text: str
    answer: str


def done(run: Run) -> Robustness | None:
    """Return what was measured already, on this machine at any time, or None."""
    from analysis.robustness import kept_robustness

    return kept_robustness(run.session)


def require(run: Run) -> Robustness:
    """Return the measurement, or draw its progress and end the page."""

    def work(progress: Progress) -> Robustness:
        from analysis.robustness import robustness_of

        return robustness_of(run.session, progress=progress)

    return flow.require("robustness", run.key, "Measuring robustness", work)


def doubt(found: Robustness) -> str:
    """Return on what the measurement rests."""
    if not found.judged:
        return _doubt_unjudged(found)
    from analysis.robustness.words import NOUNS

    rate = found.kind is Kind.CLASSIFICATION
    what = "right as they are" if rate else "mean absolute error as they are"
    value = percent(found.baseline.value) if rate else number(found.baseline.value)
    some = f" of {found.of:,}" if found.n < found.of else ""
    levels = sum(len(curve.points) for curve in found.curves)
    return (
        f"{value} {what} ({interval_of(found.baseline, rate=rate)}). {count(found.n, 'example')}{some}: every level is "
        f"compared with the same {NOUNS[found.modality]} as they are. Coloured levels stand after correction for all "
        f"{levels}; bars are 95 % intervals of the difference, not corrected."
    )


def _doubt_unjudged(found: Robustness) -> str:
    from analysis.robustness.words import NOUNS

    some = f" of {found.of:,}" if found.n < found.of else ""
    moved = "" if found.kind is Kind.CLASSIFICATION else ", by more than a tenth of the answers’ spread,"
    return (
        f"{count(found.n, 'example')}{some} without labels: counted are the answers that differ{moved} from those to "
        f"the same {NOUNS[found.modality]} as they are, whichever of both is right. Bars are 95 % intervals."
    )


def headline(found: Robustness) -> str:
    """Return the finding in one sentence, safe in markdown."""
    from analysis.robustness import unjudged, words

    return plain(words.heading(found) if found.judged else unjudged.heading(found))


def refusal(found: Robustness, curve: Curve) -> str:
    """Return what a model refuses, safe in markdown."""
    from analysis.robustness import unjudged, words

    return plain(words.sentence(found, curve) if found.judged else unjudged.sentence(found, curve))


def figure(found: Robustness, curve: Curve, selected: str | None) -> Figure:
    """Draw one curve: what it costs, or without labels what it changes."""
    from analysis import figures

    draw = figures.robustness_curve if found.judged else figures.changed_curve
    return draw(found, curve, selected=selected, theme=widgets.theme())


def table(found: Robustness) -> pd.DataFrame:
    """Return every level as numbers."""
    from analysis.figures.robustness import changed_table, curve_table

    made = curve_table if found.judged else changed_table
    return pd.concat([made(found, curve) for curve in found.curves if curve.points], ignore_index=True)


def shown_row(run: Run, example: str | None) -> int:
    """Return the row of the selected example, else of one that shows much: the longest of the first texts."""
    at = run.position(example)
    if at is not None or run.dataset.modality is not Modality.TEXT:
        return at or 0
    import numpy as np

    first = run.rows[:50]
    lengths = [sum(map(len, t)) if isinstance(t, tuple) else len(t) for t in run.dataset.inputs(first)]
    within = [length if length <= TEXT else 0 for length in lengths]
    return int(np.argmax(within))


def levels_of(run: Run, corruption: Corruption, position: int) -> tuple[Shown, ...]:
    """Return one example as it is and at each level, with what the model answers."""
    key = (*run.key, corruption.name, str(position))
    return cache.keep("levels", key, lambda: _levels(run, corruption, position))


def _levels(run: Run, corruption: Corruption, position: int) -> tuple[Shown, ...]:
    import numpy as np

    from analysis.robustness.measure import setting_of

    raw = run.dataset.inputs(np.array([position], dtype=np.int64))
    setting, same = setting_of(run.session)
    made = [("as it is", same(raw))]
    made += [(corruption.label(level), corruption.make(level, setting)(raw)) for level in corruption.levels]
    return tuple(Shown(label, *_seen(run, inputs, raw), _answer(run, inputs)) for label, inputs in made)


def _answer(run: Run, inputs: Any) -> str:
    from analysis.what_if import answer_to

    try:
        found = answer_to(run.session.candidate, inputs, run.session.pipeline)
    except UnusableInput as error:
        return error.what
    return number(found.score) if found.regression else f"{middle(found.label, 24)}, {percent(found.score)}"


def _seen(run: Run, inputs: Any, raw: Any) -> tuple[bytes, str]:
    if run.dataset.modality is Modality.IMAGE:
        return _jpeg(bytes(inputs[0])), ""
    if run.dataset.modality is Modality.TEXT:
        text = inputs[0] if isinstance(inputs[0], str) else " ⧸ ".join(inputs[0])
        return b"", text if len(text) <= TEXT else f"{text[:TEXT]} …"
    changed = [c for c in inputs.columns if str(inputs[c].iloc[0]) != str(raw[c].iloc[0])]
    cells = [f"{middle(str(c), 30)}: {_cell(raw[c].iloc[0])} → {_cell(inputs[c].iloc[0])}" for c in changed[:8]]
    return b"", "\n".join(cells + ([f"and {len(changed) - 8} more"] if len(changed) > 8 else [])) or "nothing changed"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return number(value) if value == value else "missing"
    return middle(str(value), 20)


def _jpeg(data: bytes) -> bytes:
    import io

    from analysis.preprocessing.decoding import decode
    from analysis.preprocessing.image_steps import lay_on_background, orient

    picture = lay_on_background(orient(decode(data), {"exif": True}), {"color": [255, 255, 255]})
    picture.thumbnail((SIDE, SIDE))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=90)
    return target.getvalue()


def draw_levels(shown: tuple[Shown, ...], truth: str) -> None:
    """Draw an example at each level side by side, below each other on a narrow screen."""
    for column, one in zip(st.columns(len(shown)), shown, strict=True):
        with column, st.container(gap="xxsmall"):
            st.markdown(f"**{plain(one.label)}**")
            if one.picture:
                st.image(one.picture, width="stretch")
            if one.text:
                st.text(one.text)
            right = one.answer.startswith(f"{middle(truth, 24)},")
            colour, icon = ("green", "check") if right else ("orange", "close")
            mark = f":{colour}[:material/{icon}:] " if truth else ""
            st.markdown(f"{mark}{name(one.answer, 80)}")
