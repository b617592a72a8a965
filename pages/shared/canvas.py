"""A picture that is painted on, or on which a box is drawn, with the mouse, a pen or a finger.

The components that others publish for this are no longer kept; this one is eighty lines. What it draws can be typed in
numbers beside it, too: a canvas can't be used from the keyboard.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from analysis.what_if.changes import SIDES

_CSS = """
.canvas { position: relative; display: inline-block; max-width: 100%; line-height: 0; }
.canvas img { max-width: 100%; max-height: 24rem; display: block; border-radius: var(--st-base-radius); }
.canvas canvas { position: absolute; inset: 0; width: 100%; height: 100%; cursor: crosshair; touch-action: none; }
"""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".canvas")
  const picture = root.querySelector("img"), canvas = root.querySelector("canvas")
  const colour = getComputedStyle(root).getPropertyValue("--st-primary-color") || "#4338CA"
  let strokes = data.strokes.map((stroke) => ({ ...stroke })), box = data.box, current = null
  picture.alt = data.label
  canvas.setAttribute("aria-label", data.label)
  const draw = () => {
    const pen = canvas.getContext("2d"), w = picture.clientWidth, h = picture.clientHeight
    if (!w || !h) return
    const ratio = window.devicePixelRatio || 1
    canvas.width = w * ratio
    canvas.height = h * ratio
    pen.scale(ratio, ratio)
    pen.globalAlpha = 0.45
    pen.fillStyle = pen.strokeStyle = colour
    if (data.mode === "box") {
      if (!box) return
      const [left, top, right, bottom] = box
      pen.fillRect(left * w, top * h, (right - left) * w, (bottom - top) * h)
      pen.globalAlpha = 1
      pen.lineWidth = 2
      pen.strokeRect(left * w, top * h, (right - left) * w, (bottom - top) * h)
      return
    }
    pen.lineCap = pen.lineJoin = "round"
    for (const stroke of strokes) {
      pen.lineWidth = Math.max(1, stroke.width * Math.max(w, h))
      pen.beginPath()
      stroke.points.forEach(([x, y], i) => (i ? pen.lineTo(x * w, y * h) : pen.moveTo(x * w, y * h)))
      if (stroke.points.length === 1) pen.lineTo(stroke.points[0][0] * w + 0.1, stroke.points[0][1] * h)
      pen.stroke()
    }
  }
  const place = (event) => {
    const edge = canvas.getBoundingClientRect()
    const share = (value) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000
    return [share((event.clientX - edge.left) / edge.width), share((event.clientY - edge.top) / edge.height)]
  }
  const ordered = ([x0, y0], [x1, y1]) => [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)]
  canvas.onpointerdown = (event) => {
    if (event.button) return
    event.preventDefault()
    canvas.setPointerCapture(event.pointerId)
    current = { width: data.width, points: [place(event)] }
    if (data.mode === "paint") strokes.push(current)
    draw()
  }
  canvas.onpointermove = (event) => {
    if (!current) return
    const here = place(event), [x, y] = current.points[current.points.length - 1]
    if (data.mode === "box") box = ordered(current.points[0], here)
    else if (Math.hypot(here[0] - x, here[1] - y) > 0.006) current.points.push(here)
    draw()
  }
  const end = (event) => {
    if (!current) return
    const first = current.points[0]
    current = null
    if (data.mode === "paint") return setTriggerValue("drawn", { strokes })
    const drawn = ordered(first, place(event))
    if (drawn[2] - drawn[0] > 0.01 && drawn[3] - drawn[1] > 0.01) setTriggerValue("drawn", { box: drawn })
    else {
      box = data.box
      draw()
    }
  }
  canvas.onpointerup = end
  canvas.onpointercancel = () => {
    current = null
    strokes = data.strokes.map((stroke) => ({ ...stroke }))
    box = data.box
    draw()
  }
  picture.onload = draw
  if (picture.src !== data.picture) picture.src = data.picture
  root.__watch?.disconnect()
  root.__watch = new ResizeObserver(draw)
  root.__watch.observe(picture)
  draw()
  return () => root.__watch?.disconnect()
}
"""
_HTML = '<div class="canvas"><img><canvas></canvas></div>'
_canvas = st.components.v2.component("caveat_canvas", html=_HTML, css=_CSS, js=_JS)

Stroke = dict[str, Any]


def draw(
    picture: bytes,
    on_drawn: Callable[[dict[str, Any]], None],
    *,
    key: str,
    mode: Literal["paint", "box"],
    strokes: tuple[Stroke, ...] = (),
    box: tuple[float, float, float, float] | None = None,
    width: float = 0.1,
    label: str,
) -> None:
    """Draw a picture that can be painted on.

    Parameters
    ----------
    picture : bytes
        JPEG or PNG.
    on_drawn : callable
        Called before the page runs again: ``{"strokes": [{"width", "points"}]}`` or ``{"box": [left, top, right,
        bottom]}``, in shares of the picture.
    key : str
    mode : "paint" or "box"
    strokes : tuple of mapping
        What is painted already.
    box : tuple of float, optional
        What is drawn already.
    width : float
        Of the brush, in shares of the longer side.
    label : str
        What the picture is, for those who don't see it.
    """
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"

    def drawn() -> None:
        found = _checked(st.session_state[key].drawn)
        if found is not None:
            on_drawn(found)

    data = {
        "picture": f"data:image/{kind};base64,{base64.b64encode(picture).decode()}",
        "mode": mode,
        "strokes": list(strokes),
        "box": box,
        "width": width,
        "label": label,
    }
    _canvas(key=key, data=data, on_drawn_change=drawn)


def _checked(found: Any) -> dict[str, Any] | None:
    """Return what a browser sent if it has the right shape: browsers can be made to send anything."""
    if not isinstance(found, dict):
        return None
    try:
        if "box" in found:
            ends = [min(1.0, max(0.0, float(end))) for end in found["box"]]
            return {"box": ends} if len(ends) == len(SIDES) else None
        strokes = [
            {
                "width": min(1.0, max(0.0, float(stroke["width"]))),
                "points": [[float(x), float(y)] for x, y in stroke["points"][:2_000]],
            }
            for stroke in found["strokes"][:200]
        ]
        return {"strokes": strokes}
    except (KeyError, TypeError, ValueError):
        return None
