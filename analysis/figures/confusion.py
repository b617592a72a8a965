"""The confusion matrix that answers clicks."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.confusion import OTHER, UNKNOWN, ConfusionMatrix
from analysis.failures.wording import shorten
from analysis.figures.colour import INKS, ink_on, mixed
from analysis.figures.figure import Figure
from analysis.figures.labels import percent, safe
from analysis.figures.template import PALETTES, Palette, Theme, framed

Mode: TypeAlias = Literal["counts", "row", "column"]

#: Classes up to which every cell carries its number.
_NUMBERED = 20
_MODES: dict[Mode, str] = {
    "counts": "",
    "row": ", in % of the true class",
    "column": ", in % of the predicted class",
}


def confusion_matrix(
    matrix: ConfusionMatrix,
    *,
    mode: Mode = "counts",
    selected: tuple[str | None, str | None] | None = None,
    theme: Theme = "light",
) -> Figure:
    """Draw a confusion matrix: right answers teal, wrong ones vermilion, the darker the more.

    A heatmap gives no selection of its own: it lies under a grid of invisible markers that carry
    ``customdata = [true, predicted]``, the labels as they are in the data; one of them is None in a total.

    Parameters
    ----------
    matrix : ConfusionMatrix
    mode : "counts", "row" or "column"
        Whether cells show examples, shares of the true class, or shares of the predicted class.
    selected : (str or None, str or None), optional
        True and predicted label of the cell to outline; one of them None outlines a column or a row.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        ``data`` has one row a cell: true, predicted, n, share_of_true, share_of_predicted.
    """
    palette = PALETTES[theme]
    plot = go.Figure([*_cells(matrix, mode, palette), _targets(matrix, palette)])
    title, text = _sentences(matrix)
    rows, columns = matrix.counts.shape
    plot = framed(
        plot,
        title,
        theme,
        height=_height(rows + 1) + 90,
        xaxis=_axis(matrix.labels, f"Predicted class{_MODES[mode]}", columns),
        yaxis={**_axis(matrix.row_labels, "True class", rows), "range": [rows + 0.5, -0.5]},
        hovermode="closest",
        hoverdistance=-1,
        clickmode="event+select",
        dragmode=False,
        shapes=_outline(matrix, selected or (None, None), palette),
    )
    return Figure(plot, title, text, _frame(matrix))


def _height(rows: int) -> int:
    return rows * (52 if rows <= 5 else 38 if rows <= 12 else 27 if rows <= 20 else 19)


def _axis(labels: tuple[str, ...], title: str, size: int) -> dict[str, Any]:
    length = 18 if size <= 12 else 14
    return {
        "title": {"text": title},
        "tickvals": list(range(size + 1)),
        "ticktext": [*(safe(label, length) for label in labels), "all"],
        "tickfont": {"size": 12 if size <= 20 else 10},
        "tickangle": -90 if size > 5 and "Predicted" in title else 0,
        "range": [-0.5, size + 0.5],
        "fixedrange": True,
        "showgrid": False,
        "showline": False,
        "ticks": "",
    }


def _right(matrix: ConfusionMatrix) -> npt.NDArray[np.bool_]:
    """Return which cells hold right answers: the diagonal of the classes that are shown by themselves."""
    right = np.zeros(matrix.counts.shape, dtype=np.bool_)
    single = len(matrix.order)
    right[np.arange(single), np.arange(single)] = True
    return right


def _mixed(matrix: ConfusionMatrix) -> npt.NDArray[np.bool_]:
    """Return the cell that holds right and wrong answers of the classes that are not shown."""
    mixed = np.zeros(matrix.counts.shape, dtype=np.bool_)
    if matrix.other:
        mixed[len(matrix.order), len(matrix.order)] = True
    return mixed


def _depth(matrix: ConfusionMatrix, mode: Mode) -> npt.NDArray[np.float64]:
    """Return how deep each cell's colour is: from 0 to 1 for right answers, from 0 to −1 for wrong ones."""
    right, mixed_up = _right(matrix), _mixed(matrix)
    values = matrix.counts.astype(np.float64) if mode == "counts" else matrix.normalised(mode)
    depth = np.zeros(values.shape)
    rest = np.zeros(values.shape, dtype=np.bool_)
    if matrix.other:
        rest[len(matrix.order)], rest[:, len(matrix.order)] = True, True
    most_right = (values * right).max(initial=0.0)
    for part, deepest in ((right, 1.0), (~right & ~rest, -1.0), (rest & ~mixed_up, -0.4)):
        # In counts each hue has a scale of its own: a few errors would vanish beside a thousand right answers,
        # and the errors between single classes beside those of all the others together.
        most = max((values * part).max(initial=0.0), 0.1 * most_right) if mode == "counts" else 1.0
        if most > 0:
            depth = np.where(part & (values > 0), deepest * (0.02 + 0.98 * (values / most) ** 0.8), depth)
    return np.clip(depth, -1, 1)


def _scale(palette: Palette) -> list[tuple[float, str]]:
    return [
        (0.0, palette.wrong),
        (0.4999, palette.wrong_faint),
        (0.5, palette.quiet),
        (0.5001, palette.right_faint),
        (1.0, palette.right),
    ]


def _cells(matrix: ConfusionMatrix, mode: Mode, palette: Palette) -> list[go.Heatmap]:
    """Return the coloured cells, and above them their numbers: one layer for each ink that is read on its cell."""
    common: dict[str, Any] = {"zmin": -1, "zmax": 1, "showscale": False, "hoverinfo": "skip", "xgap": 1, "ygap": 1}
    depth = _depth(matrix, mode)
    layers = [go.Heatmap(z=depth, colorscale=_scale(palette), **common)]
    if len(matrix.labels) > _NUMBERED:
        return layers
    numbers = np.array(_numbers(matrix, mode), dtype=object)
    inks = np.array([[_ink(value, palette) for value in line] for line in depth.tolist()], dtype=object)
    size = 13 if len(matrix.labels) <= 12 else 11
    for ink in INKS:
        layers.append(
            go.Heatmap(
                z=np.zeros(depth.shape),
                colorscale=["rgba(0,0,0,0)", "rgba(0,0,0,0)"],
                text=np.where(inks == ink, numbers, ""),
                texttemplate="%{text}",
                textfont={"size": size, "color": ink},
                **common,
            )
        )
    return layers


def _ink(depth: float, palette: Palette) -> str:
    if not depth:
        return ink_on(palette.quiet)
    ends = (palette.right, palette.right_faint) if depth > 0 else (palette.wrong, palette.wrong_faint)
    return ink_on(mixed(*ends, abs(depth)))


def _numbers(matrix: ConfusionMatrix, mode: Mode) -> list[list[str]]:
    if mode == "counts":
        return [[str(n) if n else "" for n in line] for line in matrix.counts.tolist()]
    return [[f"{100 * v:.0f}" if v else "" for v in line] for line in matrix.normalised(mode).tolist()]


def _targets(matrix: ConfusionMatrix, palette: Palette) -> go.Scatter:
    """Return the markers that are hovered and clicked: larger than a cell they would pick its neighbour.

    Beyond the last column and row stand the totals: they select a whole row or column.
    """
    rows, columns = matrix.counts.shape
    y, x = np.divmod(np.arange(rows * columns), columns)
    by_row, by_column = matrix.counts.sum(axis=1).tolist(), matrix.counts.sum(axis=0).tolist()
    invisible = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=[*x.tolist(), *[columns] * rows, *range(columns)],
        y=[*y.tolist(), *range(rows), *[rows] * columns],
        mode="markers+text",
        marker={"size": 10, "opacity": 0, "symbol": "square"},
        text=[*[""] * (rows * columns), *map(_brief, by_row), *map(_brief, by_column)],
        textfont={"size": 11 if columns <= _NUMBERED else 9, "color": palette.muted},
        selected={**invisible, "textfont": {"color": palette.ink}},
        unselected={**invisible, "textfont": {"color": palette.muted}},
        customdata=[
            *([t, p] for t in matrix.row_labels for p in matrix.labels),
            *([t, None] for t in matrix.row_labels),
            *([None, p] for p in matrix.labels),
        ],
        hovertext=[*_hover(matrix), *_hover_totals(matrix, by_row, by_column)],
        hoverinfo="text",
        showlegend=False,
    )


def _brief(n: int) -> str:
    return str(n) if n < 1000 else f"{n / 1000:.0f}k"


def _hover_totals(matrix: ConfusionMatrix, by_row: list[int], by_column: list[int]) -> list[str]:
    rows = [f"All <b>{n}</b> with label <b>{safe(t, 60)}</b>" for t, n in zip(matrix.row_labels, by_row, strict=True)]
    called = zip(matrix.labels, by_column, strict=True)
    return [*rows, *(f"All <b>{n}</b> that are called <b>{safe(p, 60)}</b>" for p, n in called)]


def _hover(matrix: ConfusionMatrix) -> list[str]:
    size = matrix.counts.sum(axis=1).tolist()
    columns = [safe(label, 60) for label in matrix.labels]
    out = []
    for i, label in enumerate(matrix.row_labels):
        true = safe(label, 60)
        for j, n in enumerate(matrix.counts[i].tolist()):
            if n:
                share = percent(n / size[i])
                out.append(
                    f"<b>{n} of {size[i]}</b> with label <b>{true}</b><br>are called <b>{columns[j]}</b> ({share})"
                )
            else:
                out.append(f"None of {size[i]} with label <b>{true}</b><br>is called <b>{columns[j]}</b>")
    return out


def _outline(
    matrix: ConfusionMatrix, selected: tuple[str | None, str | None], palette: Palette
) -> list[dict[str, Any]]:
    true, predicted = selected
    if (true is None and predicted is None) or (true is not None and true not in matrix.row_labels):
        return []
    if predicted is not None and predicted not in matrix.labels:
        return []
    rows, columns = matrix.counts.shape
    top, bottom = (0, rows - 1) if true is None else (matrix.row_labels.index(true),) * 2
    left, right = (0, columns - 1) if predicted is None else (matrix.labels.index(predicted),) * 2
    return [
        {
            "type": "rect",
            "x0": left - 0.5,
            "x1": right + 0.5,
            "y0": top - 0.5,
            "y1": bottom + 0.5,
            "line": {"color": palette.ink, "width": 2.5},
        }
    ]


def _ranked(matrix: ConfusionMatrix) -> list[tuple[str, str, int, int]]:
    """Return the confusions between single classes that weigh most: true, predicted, n, of."""
    single = len(matrix.order)
    size = matrix.counts.sum(axis=1)[:single]
    wrong = matrix.counts[:single, :single].astype(np.float64)
    np.fill_diagonal(wrong, 0)
    weight = wrong**2 / np.maximum(size, 1)[:, None]
    out = []
    for place in np.argsort(-weight, axis=None, kind="stable")[:3]:
        t, p = divmod(int(place), max(1, single))
        if wrong[t, p]:
            out.append((matrix.row_labels[t], matrix.labels[p], int(wrong[t, p]), int(size[t])))
    return out


def _sentences(matrix: ConfusionMatrix) -> tuple[str, str]:
    found = _ranked(matrix)
    if not matrix.n:
        return "No examples to show", "A confusion matrix without examples."
    if found:
        true, predicted, n, of = found[0]
        title = f"{n} of {of} “{shorten(true)}” are called “{shorten(predicted)}”"
    else:
        title = f"No confusion among {matrix.n} examples"
    rows, columns = matrix.counts.shape
    listed = "; ".join(f"{n} of {of} examples of {t} are called {p}" for t, p, n, of in found)
    text = f"Confusion matrix of {matrix.n} examples, {rows} true by {columns} predicted classes. "
    text += f"Most frequent confusions: {listed}." if found else "No class is taken for another."
    if matrix.other:
        text += f" {OTHER} stands for {matrix.classes - len(matrix.order)} classes that are confused less."
    if matrix.unknown:
        text += f" The row {UNKNOWN} holds {matrix.unknown} examples."
    return title, text


def _frame(matrix: ConfusionMatrix) -> pd.DataFrame:
    rows, columns = matrix.counts.shape
    return pd.DataFrame(
        {
            "true": np.repeat(np.array(matrix.row_labels, dtype=object), columns),
            "predicted": np.tile(np.array(matrix.labels, dtype=object), rows),
            "n": matrix.counts.ravel(),
            "share_of_true": matrix.normalised("row").ravel(),
            "share_of_predicted": matrix.normalised("column").ravel(),
        }
    )
