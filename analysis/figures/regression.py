"""Predicted against true values, residuals, and how the errors spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.regression import residuals as errors_of
from analysis.failures.regression import worst_errors
from analysis.figures.figure import Figure
from analysis.figures.histogram import histogram
from analysis.figures.labels import full, number, safe
from analysis.figures.template import PALETTES, Palette, Theme, framed
from analysis.types import Predictions

#: Points up to which each example is drawn; above, a density with the worst ones on it.
POINTS = 4_000
_WORST = 40
_CELLS = 48

_Floats = npt.NDArray[np.float64]


def predicted_against_true(predictions: Predictions, *, theme: Theme = "light") -> Figure:
    """Draw predicted against true values, with the line on which both are equal.

    Points carry ``customdata = [example id]``. Above `POINTS` examples a density stands for them, and the
    worst ones stay points.
    """
    y, f = np.asarray(predictions.truth, np.float64), predictions.values
    name = safe(predictions.task.labels[0] if predictions.task.labels else "value", 40)
    plot = go.Figure()
    if len(y):
        ends = [float(min(y.min(), f.min())), float(max(y.max(), f.max()))]
        plot.add_scatter(
            x=ends, y=ends, mode="lines", hoverinfo="skip", name="equal",
            line={"color": PALETTES[theme].neutral, "dash": "dash", "width": 1.5},
        )  # fmt: skip
    _add(plot, predictions, y, f, PALETTES[theme])
    title = _fit_title(y, f)
    plot = framed(
        plot,
        title,
        theme,
        height=380,
        xaxis={"title": {"text": f"True {name}"}},
        yaxis={"title": {"text": f"Predicted {name}"}},
        hovermode="closest",
        dragmode=False,
    )
    return Figure(plot, title, f"Predicted against true values of {len(y)} examples. {title}.", _frame(predictions))


def residuals(predictions: Predictions, *, theme: Theme = "light") -> Figure:
    """Draw each error, predicted minus true, against the predicted value. See `predicted_against_true`."""
    errors, f = errors_of(predictions), predictions.values
    palette = PALETTES[theme]
    name = safe(predictions.task.labels[0] if predictions.task.labels else "value", 40)
    plot = go.Figure()
    _add(plot, predictions, f, errors, palette)
    title = _bias_title(errors)
    plot = framed(
        plot,
        title,
        theme,
        height=320,
        xaxis={"title": {"text": f"Predicted {name}"}},
        yaxis={"title": {"text": "Predicted − true"}, "zeroline": True, "zerolinecolor": palette.muted},
        hovermode="closest",
        dragmode=False,
    )
    return Figure(
        plot, title, f"Errors of {len(f)} examples against the predicted value. {title}.", _frame(predictions)
    )


def error_histogram(predictions: Predictions, *, selected: str | None = None, theme: Theme = "light") -> Figure:
    """Draw how many examples have errors of which size and direction.

    Parameters
    ----------
    predictions : Predictions
    selected : str, optional
        The part of the run that is looked at.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Bars carry ``customdata = [part]``, see `analysis.failures.parts`.
    """
    errors = errors_of(predictions)
    half = f"Half of the errors are smaller than {number(float(np.median(np.abs(errors))))}" if len(errors) else ""
    zero = {"zeroline": True, "zerolinecolor": PALETTES[theme].muted}
    return histogram(
        "error", errors, noun="error", title=half or "No errors to show", height=280,
        xaxis={"title": {"text": "Predicted − true"}, **zero}, selected=selected, theme=theme,
    )  # fmt: skip


def _add(plot: go.Figure, predictions: Predictions, x: _Floats, y: _Floats, palette: Palette) -> None:
    """Add the examples: as points, or as a density with the worst ones on it."""
    rows: Sequence[int] = range(len(x))
    marker: dict[str, Any] = {"size": 7, "color": palette.accent, "opacity": 0.55}
    if len(x) > POINTS:
        plot.add_trace(_density(x, y, palette))
        rows = worst_errors(predictions, _WORST).tolist()
        marker = {"size": 7, "color": palette.wrong}
    plot.add_scatter(
        x=x[list(rows)],
        y=y[list(rows)],
        mode="markers",
        marker=marker,
        customdata=[[predictions.ids[i]] for i in rows],
        hovertext=[_hover(predictions, i) for i in rows],
        hoverinfo="text",
    )


def _density(x: _Floats, y: _Floats, palette: Palette) -> go.Heatmap:
    counts, across, up = np.histogram2d(x, y, bins=_CELLS)
    middle_x, middle_y = (across[:-1] + across[1:]) / 2, (up[:-1] + up[1:]) / 2
    hover = [[f"{int(n)} examples" if n else "" for n in line] for line in counts.T.tolist()]
    return go.Heatmap(
        x=middle_x,
        y=middle_y,
        z=np.where(counts.T > 0, np.log10(np.maximum(counts.T, 1)), np.nan),
        colorscale=list(palette.sequential),
        showscale=False,
        hovertext=hover,
        hoverinfo="text",
    )


def _hover(predictions: Predictions, i: int) -> str:
    true, answer = float(predictions.truth[i]), float(predictions.scores[i, 0])
    way = "high" if answer > true else "low"
    return (
        f"<b>{full(predictions.ids[i])}</b><br>true {number(true)}, predicted {number(answer)}: "
        f"{number(abs(answer - true))} too {way}"
    )


def _fit_title(y: _Floats, f: _Floats) -> str:
    if len(y) < 2 or np.ptp(y) == 0:
        return f"Predicted against true values, n = {len(y)}"
    r2 = 1 - float(np.square(f - y).sum() / np.square(y - y.mean()).sum())
    off = f"off by {number(float(np.abs(f - y).mean()))} on average"
    return f"R² = {number(r2)}, {off}, n = {len(y)}"


def _bias_title(errors: _Floats) -> str:
    if len(errors) < 2:
        return "Errors against the predicted value"
    mean, error = float(errors.mean()), float(errors.std(ddof=1) / np.sqrt(len(errors)))
    if abs(mean) <= 1.96 * error:
        return f"Neither too high nor too low on average: {number(mean)} ± {number(1.96 * error)}"
    return f"{number(abs(mean))} ± {number(1.96 * error)} too {'high' if mean > 0 else 'low'} on average"


def _frame(predictions: Predictions) -> pd.DataFrame:
    truth, values = np.asarray(predictions.truth, np.float64), predictions.values
    return pd.DataFrame({"id": predictions.ids, "true": truth, "predicted": values, "error": values - truth})
