"""What the model answers before and after an edit, and what spoke for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Attribution, Modality
from pages.shared import cache, question, waiting, what_if, widgets
from pages.shared.what_if import Edited
from pages.shared.wording import name, number, percent, seconds

if TYPE_CHECKING:
    from analysis.explainers.base import Explainer
    from analysis.figures import Figure
    from analysis.what_if import Answer


def _answer(now: Edited) -> Answer:
    from analysis.what_if import answer_to

    session = now.run.session
    return cache.keep("what if", now.key, lambda: answer_to(session.candidate, now.raw(), session.pipeline))


def answers(now: Edited) -> tuple[Answer, Answer | None]:
    """Return the answers before and after; the second is None, and the reason drawn, where an edit does not fit."""
    before = _answer(now.unchanged())
    try:
        return before, _answer(now)
    except UnusableInput as error:
        what_if.problem(error)
        return before, None


def sentence(now: Edited, before: Answer, after: Answer | None) -> str:
    """Return what the edits did, safe in markdown."""
    if after is None:
        return "This change can’t be made"
    if not now.changes:
        return f"What if this {_NOUN[now.run.dataset.modality]} were different?"
    if before.regression:
        moved = after.score - before.score
        way = "higher" if moved > 0 else "lower"
        return f"{number(abs(moved))} {way}: {number(before.score)} → {number(after.score)}"
    scores = f"{percent(before.score)} → {percent(float(after.scores[before.best]))}"
    if before.best == after.best:
        return f"Still “{name(after.label, 40)}”: {scores}"
    return f"It changes the answer: “{name(after.label, 40)}” instead of “{name(before.label, 40)}”"


_NOUN = {Modality.IMAGE: "picture", Modality.TEXT: "text", Modality.TABULAR: "row"}


def draw(now: Edited, before: Answer, after: Answer) -> None:
    """Draw scores and attributions, before and after."""
    from analysis import figures

    if not before.regression:
        drawn = figures.before_after(before.labels, before.scores, after.scores, theme=widgets.theme())
        widgets.figure(drawn, key="what-if-scores")
    fitting, _ = question.methods(now.run)
    if not fitting:
        return
    method = st.selectbox(
        "What spoke for the answer",
        list(fitting),
        key="what_if_method",
        format_func=lambda n: fitting[n].title,
        width=260,
    )
    target, contrast = _question(before, after)
    if contrast is not None:
        st.caption(f"Both are asked why “{name(target, 40)}” rather than “{name(contrast, 40)}”.")
    first = _explained(now.unchanged(), fitting[method], target, contrast, "before")
    then = _explained(now, fitting[method], target, contrast, "after") if now.changes else None
    found = [part for part in (first, then) if part is not None]
    if found:
        _side_by_side(now, found)
    if first is not None and then is not None and now.run.dataset.modality is Modality.TABULAR:
        _moved(first, then)


def _question(before: Answer, after: Answer) -> tuple[str, str | None]:
    """Return the label that both are asked about: the answer before, against what is answered now or comes second."""
    if before.regression or len(before.labels) < 2:
        return before.label, None
    others = np.array(after.scores, dtype=np.float64)
    others[before.best] = -1
    return before.label, before.labels[int(others.argmax())]


def _explained(now: Edited, explainer: Explainer, target: str, contrast: str | None, name_: str) -> Attribution | None:
    session = now.run.session

    def work(progress: Progress) -> Attribution:
        from analysis.what_if import attribution_of

        return attribution_of(
            session.candidate,
            now.run.dataset,
            now.example,
            now.raw(),
            session.pipeline,
            explainer,
            target,
            contrast,
            progress=progress,
        )

    key = (*now.key, explainer.name, target, contrast or "")
    return waiting.part("what_if", key, f"{explainer.title} {name_} the change", work)


def _side_by_side(now: Edited, found: list[Attribution]) -> None:
    from analysis import figures

    scale = figures.shared_scale([part.scores for part in found])
    with st.grid(len(found), min_column_width=240):
        for part, title in zip(found, ("Before", "After"), strict=False):
            with st.container(gap="xsmall"):
                st.markdown(f"**{title}**")
                whose = now if title == "After" else now.unchanged()
                widgets.figure(_figure(whose, part, scale), key=f"what-if-{title}")
                st.caption(f"took {seconds(part.seconds)}")


def _figure(now: Edited, part: Attribution, scale: float) -> Figure:
    from analysis import figures

    asked = {"target": part.target, "contrast": part.contrast, "theme": widgets.theme()}
    session, raw = now.run.session, now.raw()
    if now.run.dataset.modality is Modality.IMAGE:
        from analysis.explain import model_input_picture

        assert not isinstance(raw, pd.DataFrame)
        picture = model_input_picture(session.candidate, bytes(raw[0]), session.pipeline)
        drawn = figures.image_attribution(picture, part.scores, scale=scale, **asked)
        drawn.plot.update_layout(title=None, margin={"t": 0, "l": 0, "r": 0}, height=360)
        return drawn
    if now.run.dataset.modality is Modality.TEXT:
        from analysis.explainers.networks import text_of
        from analysis.explainers.words import merge_to_words

        words = merge_to_words(part, text_of(session.candidate, raw, session.pipeline))
        return figures.token_attribution(words.units, words.scores, scale=scale, **asked)
    assert isinstance(raw, pd.DataFrame)
    values = [raw[unit].iloc[0] if unit in raw else "" for unit in part.units]
    return figures.feature_attribution(part.units, values, part.scores, limit=8, **asked)


def _moved(first: Attribution, then: Attribution) -> None:
    """Draw by how much each feature's score changed."""
    moved = pd.DataFrame({"Feature": first.units, "Before": first.scores, "After": then.scores})
    moved["Change"] = moved["After"] - moved["Before"]
    ordered = moved.reindex(moved["Change"].abs().sort_values(ascending=False, kind="stable").index)
    st.dataframe(
        ordered, hide_index=True, height=240, alt="By how much the score of each feature changed",
        column_config={c: st.column_config.NumberColumn(format="%.3f") for c in ("Before", "After", "Change")},
    )  # fmt: skip
