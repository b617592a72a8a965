"""One example through two pipelines: which two, and what each makes of a picture, a text or a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from analysis.types import Kind, Modality
from pages.shared import cache, doctor_fed, doctor_run, doctor_tokens, examples, state, widgets
from pages.shared.doctor_fed import Fed
from pages.shared.flow import Run
from pages.shared.wording import count, middle, name, number, percent, plain

if TYPE_CHECKING:
    from analysis.preprocessing.eyes import Answer, SeenImage, SeenRow, SeenText

BEST, DIAGNOSED, BEFORE = "best", "diagnosed", "before"
Value = TypeVar("Value")


@dataclass(frozen=True)
class Pair:
    """Two ways of feeding, side by side."""

    left: Fed
    right: Fed

    @property
    def same(self) -> bool:
        """Whether they are the same."""
        return self.left.pipeline.fingerprint == self.right.pipeline.fingerprint


def offered(run: Run) -> dict[str, Fed]:
    """Return the ways of feeding that can be looked through, by code, each pipeline once."""
    session = run.session
    found = doctor_fed.known(session)
    former = state.former_feeding()
    if former is not None:
        code = former.pipeline or (doctor_fed.OWN if former.sample is None or former.sample.pipeline is None else "")
        pipeline = _former(session, former) if code else None
        if pipeline is not None:
            found[BEFORE] = Fed(BEFORE, "The pipeline in use before", "the pipeline in use before", pipeline)
    fed = doctor_fed.named(session, doctor_fed.code()) if doctor_fed.code() not in doctor_fed.WAYS else None
    done = doctor_run.done(session, fed.pipeline, session.split) if fed is not None else None
    if fed is not None and done is not None:
        found[DIAGNOSED] = Fed(
            DIAGNOSED, "The pipeline that was diagnosed", "the pipeline that was diagnosed", fed.pipeline
        )
        found[BEST] = Fed(BEST, "The doctor’s best", "the doctor’s best", done.diagnosis.pipeline)
    return _distinct(found)


def _former(session: object, former: object) -> object:
    from analysis.session import read_pipeline

    path = former.chosen_pipeline()  # type: ignore[attr-defined]
    return read_pipeline(path) if path is not None else session.candidate.pipeline  # type: ignore[attr-defined]


def _distinct(found: dict[str, Fed]) -> dict[str, Fed]:
    seen: dict[str, Fed] = {}
    for fed in found.values():
        seen.setdefault(fed.pipeline.fingerprint, fed)
    return {fed.code: fed for fed in seen.values()}


def choose(run: Run) -> Pair:
    """Draw the choice of both sides, and return them."""
    options = offered(run)
    usual = _usual(options)
    left, right = (_asked(run, options, side) or code for side, code in zip(("left", "right"), usual, strict=True))

    def changed() -> None:
        chosen = {side: options[st.session_state[f"eyes-{side}"]] for side in ("left", "right")}
        # What only this session knows by a name of its own goes into the link by the name that a file has.
        own = (BEST, DIAGNOSED, BEFORE)
        codes = {s: doctor_fed.keep(fed.pipeline) if fed.code in own else fed.code for s, fed in chosen.items()}
        state.set_view(**codes)

    st.session_state["eyes-left"], st.session_state["eyes-right"] = left, right
    for side, column in zip(("left", "right"), st.columns(2, gap="medium"), strict=True):
        column.selectbox(
            side.capitalize(), list(options), key=f"eyes-{side}", on_change=changed,
            format_func=lambda code: options[code].title,
        )  # fmt: skip
    return Pair(options[left], options[right])


def _asked(run: Run, options: dict[str, Fed], side: str) -> str | None:
    """Return the code that the address bar asks for, and offer its pipeline too; None where it asks for none."""
    code = state.view().get(side)
    if code is None or code in options:
        return code
    fed = doctor_fed.named(run.session, code)
    if fed is None:
        return None
    for other in options.values():
        if other.pipeline.fingerprint == fed.pipeline.fingerprint:
            return other.code
    options[code] = fed
    return code


def _usual(options: dict[str, Fed]) -> tuple[str, str]:
    """Return the two that most likely show the fault: what is or was deployed, and what is believed right."""
    if BEST in options:
        return (DIAGNOSED if DIAGNOSED in options else doctor_fed.USE), BEST
    for code in (BEFORE, DIAGNOSED, doctor_fed.BESIDE):
        if code in options:
            return code, doctor_fed.USE
    return doctor_fed.USE, (doctor_fed.OWN if doctor_fed.OWN in options else doctor_fed.USE)


def heading(pair: Pair) -> str:
    """Return the finding: in what the two differ."""
    from analysis.preprocessing.describe import diff
    from analysis.types import OUTPUT_STEPS

    edits = [edit for edit in diff(pair.left.pipeline, pair.right.pipeline) if edit.place not in OUTPUT_STEPS]
    if pair.same:
        return "This is what the model receives"
    if not edits:
        return "The model receives the same; only the names of its answers differ"
    names = [plain(edit.sentence.split(":", 1)[0]) for edit in edits]
    if len(edits) == 1:
        return f"One thing differs: {plain(middle(edits[0].sentence, 80))}"
    return f"{len(edits)} things differ: {', '.join(names[:-1])} and {names[-1]}"


def _keep(run: Run, row: int, what: str, codes: tuple[str, ...], make: Callable[[], Value]) -> Value:
    return cache.keep(what, (*run.key, run.predictions.ids[row], *codes), make)


def _inputs(run: Run, row: int) -> object:
    return run.dataset.inputs(np.array([run.rows[row]], dtype=np.int64))


def _answer(run: Run, row: int, fed: Fed) -> Answer:
    from analysis.preprocessing.eyes import answer

    def make() -> Answer:
        return answer(run.session.candidate, _inputs(run, row), fed.pipeline)  # type: ignore[arg-type]

    return _keep(run, row, "answer", (fed.pipeline.fingerprint,), make)


def answers(run: Run, row: int, pair: Pair) -> None:
    """Say what the model answers on both sides."""
    if pair.same:
        st.caption(
            "Both sides are the same pipeline. Choose another one, or let the doctor find one, to see a difference."
        )
    for column, fed in zip(st.columns(2, gap="medium"), _shown(pair), strict=False):
        found = _answer(run, row, fed)
        if run.predictions.task.kind is Kind.REGRESSION:
            label = f"; its label is {plain(examples.truth_of(run, row))}" if run.has_labels else ""
            column.markdown(f"Answers **{number(found.value)}**{label}")
            continue
        if not run.has_labels:
            column.markdown(f"Called **{name(found.label, 40)}**, {percent(found.value)} sure")
            continue
        right = found.label == run.predictions.truth_labels[row]
        word = ":green[right]" if right else ":red[wrong]"
        column.markdown(f"Called **{name(found.label, 40)}**, {percent(found.value)} sure: {word}")


def _shown(pair: Pair) -> tuple[Fed, ...]:
    """Return both sides, or the one that both are."""
    return (pair.left,) if pair.same else (pair.left, pair.right)


def draw(run: Run, row: int, pair: Pair) -> None:
    """Draw the example on both sides, and the difference."""
    if run.dataset.modality is Modality.IMAGE:
        _images(run, row, pair)
    elif run.dataset.modality is Modality.TEXT:
        _texts(run, row, pair)
    else:
        _table(run, row, pair)


def _images(run: Run, row: int, pair: Pair) -> None:
    from analysis.preprocessing.eyes import see_image

    reference = pair.right.pipeline

    def see(fed: Fed) -> SeenImage:
        data = examples.raw(run, row)
        assert isinstance(data, bytes)
        codes = (fed.pipeline.fingerprint, reference.fingerprint)
        return _keep(run, row, "seen", codes, lambda: see_image(data, fed.pipeline, reference))

    sides = see(pair.left), see(pair.right)
    columns = st.columns(3, gap="medium")
    for column, fed, seen in zip(columns, _shown(pair), sides, strict=False):
        with column:
            st.markdown(f"**{fed.title}**")
            st.image(seen.picture, width="stretch", alt=f"What the model receives through {fed.phrase}")
            height, width = seen.picture.shape[:2]
            last = seen.stages[-1]
            outside = f"; {percent(seen.outside)} are no colours to it" if seen.outside > 0.005 else ""
            st.caption(f"{width} × {height} pixels, numbers from {number(last.low)} to {number(last.high)}{outside}")
    if not pair.same:
        with columns[2]:
            _difference(sides)
    st.caption(
        "Shown as a network reads it that was trained on the right-hand pipeline: that one’s normalisation undone, its "
        "channel order brought to red, green, blue."
    )
    _stages(sides)


def _difference(sides: tuple[SeenImage, SeenImage]) -> None:
    from analysis.figures.doctor import difference_picture
    from analysis.preprocessing.eyes import pixel_difference

    difference = pixel_difference(*sides)
    if difference is None:
        st.markdown("**The difference**")
        st.write("The two differ in size, so there is no pixel to compare.")
        return
    if difference.largest == 0:
        st.markdown("**The difference**")
        st.write("None: the numbers are the same to the last bit.")
        return
    widgets.figure(difference_picture(difference.map, theme=widgets.theme()), key="difference")
    numbers = f"Mean {number(difference.mean)}, largest {number(difference.largest)}"
    st.caption(f"{numbers}, in the numbers that the network receives")


def _stages(sides: tuple[SeenImage, SeenImage]) -> None:
    st.subheader("Stage by stage", anchor=False)
    idle = []
    for left, right in zip(*(side.stages for side in sides), strict=False):
        if not left.acted and not right.acted and left.sentence == right.sentence:
            idle.append(left.sentence.split(":", 1)[0])
            continue
        differs = left.sentence != right.sentence
        mark = ":orange-badge[differs] " if differs else ""
        with st.container(border=True):
            for column, stage in zip(st.columns(2, gap="medium"), (left, right), strict=True):
                with column, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
                    if stage.picture is not None:
                        st.image(stage.picture, width=150, alt=f"After {stage.step}")
                    with st.container(gap="xxsmall"):
                        st.markdown(f"{mark}{plain(stage.sentence[:1].upper() + stage.sentence[1:])}")
                        height, width = stage.size
                        numbers = f"numbers from {number(stage.low)} to {number(stage.high)}, mean {number(stage.mean)}"
                        size = f"{width} × {height} pixels"
                        st.caption(size if stage.picture is not None else numbers)
    if idle:
        st.caption(f"Had nothing to do on this picture: {', '.join(idle)}.")


def _texts(run: Run, row: int, pair: Pair) -> None:
    from analysis.preprocessing.eyes import compare_tokens, see_text

    def see(fed: Fed) -> SeenText:
        text = examples.raw(run, row)
        assert not isinstance(text, bytes | pd.DataFrame)
        return _keep(
            run, row, "seen", (fed.pipeline.fingerprint,), lambda: see_text(run.session.candidate, text, fed.pipeline)
        )

    sides = compare_tokens(see(pair.left), see(pair.right))
    for column, fed, seen, key in zip(
        st.columns(2, gap="medium"), _shown(pair), sides, ("left", "right"), strict=False
    ):
        with column:
            st.markdown(f"**{fed.title}**")
            changed = sum(token.changed for token in seen.tokens)
            said = [count(len(seen.tokens), "token"), f"{seen.unknown} unknown"]
            if not pair.same:
                said.append(f"{changed} differ")
            if seen.cut:
                said.append(f"cut at the {'end' if seen.side == 'right' else 'beginning'}")
            st.caption(", ".join(said))
            doctor_tokens.draw(seen, key=f"tokens-{key}")
    st.caption("Dashed: special tokens. Red: not in the vocabulary. Underlined: differs from the other side.")
    st.subheader("Stage by stage", anchor=False)
    idle = []
    for left, right in zip(*(side.stages for side in sides), strict=True):
        if not left.acted and not right.acted and left.sentence == right.sentence:
            idle.append(left.sentence.split(":", 1)[0])
            continue
        with st.container(border=True):
            for column, stage in zip(st.columns(2, gap="medium"), (left, right), strict=True):
                with column:
                    st.markdown(plain(stage.sentence[:1].upper() + stage.sentence[1:]))
                    st.text(stage.text[:1500] if stage.acted else "Changes nothing here.")
    if idle:
        st.caption(f"Had nothing to do on this text: {', '.join(idle)}.")


def _table(run: Run, row: int, pair: Pair) -> None:
    from analysis.preprocessing.eyes import compare_rows, see_row

    def see(fed: Fed) -> SeenRow:
        frame = examples.raw(run, row)
        assert isinstance(frame, pd.DataFrame)
        return _keep(
            run, row, "seen", (fed.pipeline.fingerprint,), lambda: see_row(run.session.candidate, frame, fed.pipeline)
        )

    sides = see(pair.left), see(pair.right)
    table = compare_rows(*sides)
    ordered = table.sort_values("changed", ascending=False, kind="stable")
    columns = {"Input": ordered["input"], pair.left.title: [_cell(v) for v in ordered["left"]]}
    if not pair.same:
        st.markdown(f"**{int(table['changed'].sum())} of {count(len(table), 'input')} differ**")
        columns |= {
            pair.right.title: [_cell(v) for v in ordered["right"]],
            "Difference": [
                _cell(d) if c and not np.isnan(d) else ""
                for d, c in zip(ordered["difference"], ordered["changed"], strict=True)
            ],
            "Differs": ["differs" if c else "" for c in ordered["changed"]],
        }
    shown = pd.DataFrame(columns)
    st.dataframe(
        shown, hide_index=True, height=min(560, 38 + 35 * len(shown)), alt="What the model receives on both sides",
    )  # fmt: skip
    widgets.download(table, "received.csv", label="Data", key="received")
    st.subheader("Stage by stage", anchor=False)
    for left, right in zip(*(side.stages for side in sides), strict=False):
        if not left.changed and not right.changed and left.sentence == right.sentence:
            continue
        with st.container(border=True):
            for column, stage in zip(st.columns(2, gap="medium"), (left, right), strict=True):
                with column:
                    st.markdown(plain(middle(stage.sentence[:1].upper() + stage.sentence[1:], 300)))
                    what = f"changes {count(stage.changed, 'input')}" if stage.changed else "changes nothing here"
                    st.caption(what)
    idle = [
        a.sentence.split(":", 1)[0]
        for a, b in zip(*(s.stages for s in sides), strict=False)
        if not a.changed and not b.changed
    ]
    if idle:
        st.caption(f"Changed nothing in this row: {', '.join(dict.fromkeys(idle))}.")


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return "missing"
    if isinstance(value, int | float | np.number):
        return f"{float(value):.4g}".replace("-", "−")
    return middle(str(value), 60)
