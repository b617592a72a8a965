"""The tools by which a picture is edited, and the search for the region that decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.sampling import draw as drawn_of
from pages.shared import cache, canvas, state, what_if
from pages.shared.what_if import Edited
from pages.shared.what_if_search import goal_of, search, take
from pages.shared.wording import count, middle, percent

if TYPE_CHECKING:
    from analysis.what_if import Change, Region

TOOLS = {
    "cover": "Cover a region",
    "blur": "Blur a region",
    "crop": "Crop",
    "rotate": "Rotate",
    "brightness": "Brightness",
}
_PICTURE = "picture"
#: Pictures of the data that are offered; of more, as many drawn at random.
_OFFERED = 500
#: Longer side of the picture that is painted on, in pixels.
_LONGER = 720


def draw(now: Edited) -> None:
    """Draw the tools, what the change would look like, and the search for the smallest region."""
    from analysis.what_if import Change

    kind = str(
        st.pills(
            "Tool", list(TOOLS), key="what_if_tool", default="cover", required=True, wrap=True,
            format_func=TOOLS.__getitem__,
        )
    )  # fmt: skip
    params: dict[str, Any] = {}
    if kind == "rotate":
        params["degrees"] = st.slider("Degrees, counter-clockwise", -180, 180, 15, key="what_if_degrees")
    elif kind == "brightness":
        params["factor"] = st.slider("Factor", 0.0, 3.0, 1.5, 0.05, key="what_if_factor")
    else:
        params = _region(now, kind)
    if kind == "cover":
        params |= _ground(now)
    if kind == "blur":
        params["radius"] = st.slider("Radius, in percent of the longer side", 1, 20, 5, key="what_if_radius") / 100
    change = Change(kind, params)
    possible = _preview(now, change)
    st.button(
        "Make this change", type="primary", key="edit-image", on_click=what_if.change, args=(now, change),
        disabled=not possible,
    )  # fmt: skip
    if kind in ("cover", "blur"):
        with st.expander("The smallest region that changes the answer", expanded=True):
            _suggest(now, change)


def _region(now: Edited, kind: str) -> dict[str, Any]:
    """Ask for a region: a box, drawn or in numbers, or what is painted over."""
    painting = kind != "crop" and st.segmented_control(
        "Region", ["box", "paint"], key="what_if_region", default="box", required=True,
        format_func={"box": "Draw a box", "paint": "Paint"}.__getitem__,
    ) == "paint"  # fmt: skip
    picture = cache.keep("canvas", now.key, lambda: _shown(now))
    params = _painted(now, picture) if painting else _boxed(picture)
    if kind != "crop":
        params["outside"] = st.toggle("What is outside of it instead (the background)", key="what_if_outside")
    return params


def _shown(now: Edited) -> bytes:
    """Return the picture as the pipeline turns it, in a format that every browser shows."""
    from PIL import Image

    from analysis.what_if.changes import encoded, upright

    raw = now.raw()
    assert not isinstance(raw, pd.DataFrame)
    image = upright(bytes(raw[0]), now.run.session.pipeline)
    shown = image.convert("RGBA" if "A" in image.getbands() else "RGB")
    # A small picture is made larger: on sixty pixels nobody can paint.
    scale = _LONGER / max(shown.size)
    size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
    return encoded(shown.resize(size, Image.Resampling.BILINEAR))


def _boxed(picture: bytes) -> dict[str, Any]:
    from analysis.what_if.changes import SIDES

    across = st.session_state.setdefault("what_if_across", (25, 75))
    down = st.session_state.setdefault("what_if_down", (25, 75))

    def drawn(found: dict[str, Any]) -> None:
        left, top, right, bottom = (round(100 * end) for end in found["box"])
        st.session_state["what_if_across"] = (left, max(left, right))
        st.session_state["what_if_down"] = (top, max(top, bottom))

    box = (across[0] / 100, down[0] / 100, across[1] / 100, down[1] / 100)
    st.caption("Draw on the picture, or move the ends.")
    canvas.draw(picture, drawn, key="what-if-box", mode="box", box=box, label="The picture, to draw a box on")
    across = st.slider("From left to right, in percent", 0, 100, key="what_if_across")
    down = st.slider("From top to bottom, in percent", 0, 100, key="what_if_down")
    ends = (across[0], down[0], across[1], down[1])
    return {side: end / 100 for side, end in zip(SIDES, ends, strict=True)}


def _painted(now: Edited, picture: bytes) -> dict[str, Any]:
    mark = f"painted {now.key}"
    strokes = state.note(mark, ())
    width = st.slider("Brush, in percent of the longer side", 2, 40, 12, key="what_if_brush") / 100

    def drawn(found: dict[str, Any]) -> None:
        state.set_note(mark, tuple(found["strokes"]))

    st.caption("Paint over the part that should change.")
    canvas.draw(
        picture, drawn, key="what-if-paint", mode="paint", strokes=strokes, width=width,
        label="The picture, to paint on",
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        st.button("Undo the stroke", key="paint-undo", on_click=state.set_note, args=(mark, strokes[:-1]),
                  disabled=not strokes)  # fmt: skip
        st.button("Clear", key="paint-clear", on_click=state.set_note, args=(mark, ()), disabled=not strokes)
    return {"strokes": list(strokes)}


def _ground(now: Edited) -> dict[str, Any]:
    """Ask what a region is covered with."""
    from analysis.what_if.changes import COLOURS

    colour = str(st.selectbox("With", [*COLOURS, _PICTURE], key="what_if_colour", format_func=_colour))
    if colour != _PICTURE:
        return {"colour": colour}
    ids = now.run.predictions.ids
    drawn = drawn_of(len(ids), _OFFERED)
    others = [example for example in ids.take(drawn.rows) if example != now.example]
    if not others:
        st.caption("There is no other picture in this selection.")
        return {"colour": "mean"}
    chosen = st.selectbox(
        "Picture", others, key="what_if_picture", format_func=lambda e: middle(e, 44), help=drawn.sentence or None
    )
    return {"picture": str(chosen)}


def _colour(name: str) -> str:
    return {"mean": "its mean colour", "noise": "random pixels", _PICTURE: "another picture of the data"}.get(
        name, name
    )


def _preview(now: Edited, change: Change) -> bool:
    """Draw what a change would look like; returns whether it can be made."""
    if change.params.get("strokes") == []:
        return False
    try:
        made = now.with_change(change)
    except UnusableInput as error:
        what_if.problem(error)
        return False
    assert not isinstance(made, pd.DataFrame)
    st.image(bytes(made[0]), width=240, caption="With this change", alt="The picture with this change")
    return True


def _suggest(now: Edited, like: Change) -> None:
    goal, session = goal_of(now), now.run.session

    def work(progress: Progress) -> Region:
        from analysis.what_if import smallest_region

        raw = now.raw()
        assert not isinstance(raw, pd.DataFrame)
        return smallest_region(session.candidate, bytes(raw[0]), session.pipeline, like, goal=goal, progress=progress)

    if like.params.get(_PICTURE):
        st.caption("Searched with a colour or with blur only.")
        return
    how = repr((like.kind, like.params.get("radius"), like.params.get("colour")))
    found = search(now, (*now.key, "region", str(goal), how), "Trying regions", work)
    if found is None:
        return
    done = "blurred" if like.kind == "blur" else "covered"
    if found.change is None:
        st.write(f"None was found: the answer stays with the whole picture {done} like this.")
        return
    st.markdown(f"With {percent(found.share)} of the picture {done} the answer is another.")
    st.text(found.change.sentence)
    st.caption(f"Found among {count(found.tried, 'picture')}; a smaller one may exist elsewhere.")
    take(now, found.change)
