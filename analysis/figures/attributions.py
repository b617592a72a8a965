"""What spoke for an answer (orange) and against it (blue): over a picture, under words, beside features."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.wording import shorten
from analysis.figures.colour import ink_on, mixed, rgb
from analysis.figures.figure import Figure
from analysis.figures.labels import full, number, safe
from analysis.figures.template import PALETTES, Palette, Theme, framed, named_rows
from analysis.types import FloatArray

#: Features that are shown by themselves.
FEATURES = 15
#: Tokens that are shown; a text that was cut is said to be.
TOKENS = 400
_LINE = 30


def shared_scale(maps: Sequence[npt.ArrayLike]) -> float:
    """Return the score that maps standing side by side take as their deepest colour.

    The 99.5th percentile of the sizes, so that a single pixel doesn't pale all others; never 0.
    """
    sizes = [np.abs(np.asarray(part, dtype=np.float64)).ravel() for part in maps]
    values = np.concatenate(sizes) if sizes else np.zeros(0)
    values = values[np.isfinite(values)]
    if not len(values):
        return 1.0
    scale = float(np.quantile(values, 0.995)) or float(values.max())
    return scale or 1.0


def image_attribution(
    picture: npt.NDArray[np.uint8],
    scores: FloatArray,
    *,
    target: str,
    contrast: str | None = None,
    theme: Theme = "light",
    scale: float | None = None,
) -> Figure:
    """Lay an attribution over the picture that the model received, turned grey so that hue belongs to the scores.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
    scores : ndarray of float32, shape (rows, columns)
        Any grid: it is stretched over the picture.
    target : str
        Label that is explained.
    contrast : str, optional
        Label that it is explained against.
    theme : "light" or "dark"
    scale : float, optional
        Score of the deepest colour; give `shared_scale` of all maps that stand side by side.
    """
    limit = shared_scale([scores]) if scale is None else scale
    height, width = picture.shape[:2]
    rows, columns = scores.shape
    step_y, step_x = height / rows, width / columns
    plot = go.Figure(
        go.Heatmap(
            z=np.asarray(scores, dtype=np.float32),
            x0=step_x / 2, dx=step_x, y0=step_y / 2, dy=step_y,
            zmin=-limit, zmax=limit, colorscale=_SEE_THROUGH,
            zsmooth="best" if rows <= 64 else False,
            hovertemplate="score %{z:.3g}<extra></extra>",
            colorbar=_bar(limit, PALETTES[theme]),
        )
    )  # fmt: skip
    title = f"What spoke for “{shorten(target)}”" + (f" rather than “{shorten(contrast)}”" if contrast else "")
    side: dict[str, Any] = {"visible": False, "fixedrange": True, "constrain": "domain"}
    side_x = {**side, "constraintoward": "left"}
    plot = framed(
        plot,
        title,
        theme,
        height=370,
        xaxis={**side_x, "range": [0, width]},
        yaxis={**side, "range": [height, 0], "constraintoward": "top", "scaleanchor": "x", "scaleratio": 1},
        dragmode=False,
        images=[
            {
                "source": _source(_greyed(picture)), "xref": "x", "yref": "y", "x": 0, "y": 0,
                "sizex": width, "sizey": height, "sizing": "stretch", "layer": "below",
            }
        ],
    )  # fmt: skip
    row, column = np.unravel_index(int(np.nanargmax(np.abs(scores))), scores.shape) if scores.size else (0, 0)
    text = (
        f"{title}. The strongest score, {number(float(scores[row, column]))}, lies "
        f"{_place(row / rows, column / columns)}; the deepest colour stands for {number(limit)}."
    )
    y, x = np.divmod(np.arange(scores.size), columns)
    data = pd.DataFrame({"row": y, "column": x, "score": np.asarray(scores).ravel()})
    return Figure(plot, title, text, data)


#: Blue, nothing, orange: zero lets the picture through.
_SEE_THROUGH = [
    [0.0, "rgba(31,92,190,0.92)"],
    [0.25, "rgba(63,127,214,0.62)"],
    [0.45, "rgba(150,190,235,0.12)"],
    [0.5, "rgba(255,255,255,0)"],
    [0.55, "rgba(250,190,120,0.12)"],
    [0.75, "rgba(240,135,30,0.62)"],
    [1.0, "rgba(230,100,0,0.92)"],
]


def _bar(limit: float, palette: Palette) -> dict[str, Any]:
    return {
        "orientation": "h",
        "thickness": 8,
        "lenmode": "pixels",
        "len": 250,
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "ypad": 8,
        "outlinewidth": 0,
        # Without tick labels plotly fails on a title below the bar.
        "tickvals": [0],
        "ticktext": [""],
        "tickfont": {"size": 4},
        "ticks": "",
        "title": {
            "text": f"against {number(-limit)} … 0 … for {number(limit)}",
            "side": "bottom",
            "font": {"size": 12, "color": palette.muted},
        },
    }


def _greyed(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    light = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return np.repeat((40 + light * (200 / 255)).astype(np.uint8)[..., None], 3, axis=2)


def _source(picture: npt.NDArray[np.uint8]) -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(out, format="PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def _place(down: float, across: float) -> str:
    vertical = ("at the top", "in the middle", "at the bottom")[min(2, int(down * 3))]
    horizontal = ("left", "centre", "right")[min(2, int(across * 3))]
    return f"{vertical}, {horizontal}"


def token_attribution(
    tokens: Sequence[str],
    scores: FloatArray,
    *,
    target: str,
    contrast: str | None = None,
    theme: Theme = "light",
    scale: float | None = None,
    columns: int = 44,
) -> Figure:
    """Draw a text token by token, each on the colour of its score, in lines as it is read.

    Parameters
    ----------
    tokens : sequence of str
        As the tokenizer gives them; marks of word pieces (##, Ġ, ▁) are left out.
    scores : ndarray of float32, shape (tokens,)
    target : str
        Label that is explained.
    contrast : str, optional
        Label that it is explained against.
    theme : "light" or "dark"
    scale : float, optional
        Score of the deepest colour, as for `image_attribution`.
    columns : int
        Characters a line: 44 fit a phone, 80 a wide page.
    """
    palette = PALETTES[theme]
    limit = shared_scale([scores]) if scale is None else scale
    shown = min(len(tokens), TOKENS)
    words = [_readable(token, columns - 2) for token in tokens[:shown]]
    boxes, lines = _lines(words, [_glued(token) for token in tokens[:shown]], columns)
    plot = go.Figure(
        go.Scatter(
            x=[(a + b) / 2 for a, b, _ in boxes],
            y=[line for _, _, line in boxes],
            mode="text",
            text=[safe(word, columns) for word in words],
            textfont={"size": 13, "color": [_ink(s / limit, palette) for s in scores[:shown].tolist()]},
            hovertext=[_token_hover(t, s) for t, s in zip(tokens, scores[:shown].tolist(), strict=False)],
            hoverinfo="text",
        )
    )
    title = _unit_title(tokens, scores, target, contrast)
    shapes = [
        {
            "type": "rect", "x0": a + 0.1, "x1": b - 0.1, "y0": line - 0.4, "y1": line + 0.4, "layer": "below",
            "line": {"width": 0}, "fillcolor": _fill(score / limit, palette),
        }
        for (a, b, line), score in zip(boxes, scores[:shown].tolist(), strict=True)
    ]  # fmt: skip
    side = {"visible": False, "fixedrange": True}
    plot = framed(
        plot,
        title,
        theme,
        height=_LINE * lines + 34,
        xaxis={**side, "range": [0, columns]},
        yaxis={**side, "range": [lines + 0.6, -0.6]},
        shapes=shapes,
        dragmode=False,
        annotations=[_scale_note(limit, shown, len(tokens), palette)],
    )
    data = pd.DataFrame({"position": range(len(tokens)), "token": list(tokens), "score": np.asarray(scores)})
    return Figure(plot, title, f"{title}. {_strongest(tokens, scores)}", data)


def _readable(token: str, length: int) -> str:
    bare = token.removeprefix("##").replace("Ġ", "").replace("▁", "").replace("Ċ", "⏎")
    return shorten(bare, length) or "␣"


def _glued(token: str) -> bool:
    return token.startswith("##")


def _lines(words: Sequence[str], glued: Sequence[bool], columns: int) -> tuple[list[tuple[float, float, int]], int]:
    """Return the box of each word (from, to, line) and how many lines there are."""
    boxes: list[tuple[float, float, int]] = []
    at, line = 0.0, 0
    for word, join in zip(words, glued, strict=True):
        width = max(2.2, len(word) + 1.4)
        start = at - 0.2 if join and at else at
        if start + width > columns and at:
            line, start = line + 1, 0.0
        boxes.append((start, start + width, line))
        at = start + width
    return boxes, line + 1


def _opacity(size: float) -> float:
    return 0.08 + 0.82 * size if size > 0.02 else 0.04


def _fill(share: float, palette: Palette) -> str:
    if not np.isfinite(share):
        return palette.quiet
    red, green, blue = rgb(palette.diverging[-1] if share > 0 else palette.diverging[0])
    return f"rgba({red},{green},{blue},{_opacity(min(1.0, abs(share))):.3f})"


def _ink(share: float, palette: Palette) -> str:
    """Return the ink that is read best on the word's colour as it is mixed with the page's."""
    size = min(1.0, abs(share)) if np.isfinite(share) else 0.0
    over = palette.diverging[-1] if share > 0 else palette.diverging[0]
    return ink_on(mixed(over, palette.paper, _opacity(size)))


def _token_hover(token: str, score: float) -> str:
    way = "spoke for" if score > 0 else "spoke against" if score < 0 else "made no difference"
    return f"<b>{full(token)}</b> {way}<br>score {number(score)}"


def _scale_note(limit: float, shown: int, total: int, palette: Palette) -> dict[str, Any]:
    cut = f"; the first {shown} of {total} tokens" if shown < total else ""
    blue, orange = palette.diverging[0], palette.diverging[-1]
    return {
        "text": f'<span style="color:{orange}">■</span> for, <span style="color:{blue}">■</span> against; '
        f"deepest: {number(limit)}{cut}",
        "xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": 0, "yanchor": "bottom",
        "showarrow": False, "font": {"size": 12, "color": palette.muted},
    }  # fmt: skip


def feature_attribution(
    features: Sequence[str],
    values: Sequence[object],
    scores: FloatArray,
    *,
    target: str,
    contrast: str | None = None,
    theme: Theme = "light",
    limit: int = FEATURES,
) -> Figure:
    """Draw the features that moved an answer most, with their values; the rest is one bar.

    Parameters
    ----------
    features : sequence of str
    values : sequence
        The example's value of each feature.
    scores : ndarray of float32, shape (features,)
    target : str
        Label, or target of a regression, that is explained.
    contrast : str, optional
        Label that it is explained against.
    theme : "light" or "dark"
    limit : int
        Features that are shown by themselves.
    """
    palette = PALETTES[theme]
    order = np.argsort(-np.abs(np.asarray(scores, dtype=np.float64)), kind="stable")
    kept = order[: limit if len(order) > limit + 1 else len(order)].tolist()
    names = [f"{safe(features[i], 20)} = {safe(_value(values[i]), 10)}" for i in kept]
    bars = [float(scores[i]) for i in kept]
    hover = [_feature_hover(features[i], values[i], float(scores[i])) for i in kept]
    rest = order[len(kept) :]
    if len(rest):
        bars.append(float(scores[rest].sum()))
        names.append(f"{len(rest)} others together")
        hover.append(f"The other {len(rest)} features moved the answer by {number(bars[-1])} together")
    places = list(range(len(bars)))
    colours = [palette.diverging[-1] if bar > 0 else palette.diverging[0] for bar in bars]
    plot = go.Figure(
        go.Bar(x=bars, y=places, orientation="h", marker={"color": colours, "cornerradius": 3},
               text=[number(bar) for bar in bars], textposition="outside", cliponaxis=False,
               hovertext=hover, hoverinfo="text")
    )  # fmt: skip
    title = _unit_title(features, scores, target, contrast)
    low, high = min([0.0, *bars]), max([0.0, *bars])
    # Room for the numbers beside the bars, on a narrow screen too.
    room = 0.6 * ((high - low) or 1.0)
    plot = framed(
        plot,
        title,
        theme,
        height=60 + 27 * max(1, len(bars)),
        xaxis={"title": {"text": "Score: left against, right for"},
               "range": [low - room * (low < 0), high + room * (high > 0)], "fixedrange": True,
               "zeroline": True, "zerolinecolor": palette.muted},
        yaxis=named_rows(names),
    )  # fmt: skip
    data = pd.DataFrame({"feature": list(features), "value": list(values), "score": np.asarray(scores)})
    return Figure(plot, title, f"{title}. {_strongest(features, scores)}", data)


def _value(value: object) -> str:
    return number(float(value)) if isinstance(value, float | int | np.floating | np.integer) else str(value)


def _feature_hover(feature: str, value: object, score: float) -> str:
    way = "for" if score > 0 else "against"
    return f"<b>{full(feature)}</b> = {safe(_value(value), 60)}<br>spoke {way} by {number(abs(score))}"


def _unit_title(units: Sequence[str], scores: FloatArray, target: str, contrast: str | None) -> str:
    against = f" rather than “{shorten(contrast)}”" if contrast else ""
    if not len(units) or not np.any(scores):
        return f"Nothing spoke for “{shorten(target)}”{against}"
    first = int(np.nanargmax(np.abs(scores)))
    way = "for" if scores[first] > 0 else "against"
    return f"“{shorten(_readable(units[first], 24))}” spoke most {way} “{shorten(target)}”{against}"


def _strongest(units: Sequence[str], scores: FloatArray) -> str:
    order = np.argsort(-np.abs(np.asarray(scores, dtype=np.float64)), kind="stable")[:5]
    return "Strongest: " + ", ".join(f"{units[i]} {number(float(scores[i]))}" for i in order) + "."
