"""The doctor's evidence drawn: what each change recovers, and where two pictures differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.figure import Figure
from analysis.figures.labels import full, number, percent, safe
from analysis.figures.template import PALETTES, Theme, framed
from analysis.preprocessing.doctor.result import Diagnosis, Tested
from analysis.types import Edit, FloatArray, Kind

#: Hypotheses that get a bar; the table has all of them.
BARS = 10


def changes_in_words(edits: Sequence[Edit]) -> str:
    """Return what several edits change: "channel order: BGR → RGB; crop: …"."""
    return "; ".join(edit.sentence for edit in edits) or "nothing changed"


def short_changes(edits: Sequence[Edit]) -> str:
    """Return the names of what several edits change: "channel order + label order"."""
    return " + ".join(edit.sentence.split(":", 1)[0] if ":" in edit.sentence else edit.step for edit in edits)


def compared_with(edits: Sequence[Edit], best: Sequence[Edit], *, brief: bool = False) -> str:
    """Return a hypothesis in words; one that shares changes with the best one by what it does otherwise.

    Parameters
    ----------
    edits : sequence of Edit
        The hypothesis.
    best : sequence of Edit
        The best one.
    brief : bool
        Names of what changes only.
    """
    words = short_changes if brief else changes_in_words
    if not best or len(edits) == 1 or not set(edits) & set(best):
        return words(edits)
    if set(edits) == set(best):
        return "the best one" if brief else f"the best one: {words(edits)}"
    more, fewer = [e for e in edits if e not in best], [e for e in best if e not in edits]
    named = {e.step for e in more}
    left_out = [e for e in fewer if e.step not in named]
    parts = [f"with {words(more)}"] if more else []
    parts += [f"without {short_changes(left_out)}"] if left_out else []
    return f"the best one {', '.join(parts)}"


def hypothesis_table(diagnosis: Diagnosis, kind: Kind) -> pd.DataFrame:
    """Return one row a hypothesis, as numbers: change, score, low, high, log_loss, n, p_value, proved, documented."""
    score = "accuracy" if kind is Kind.CLASSIFICATION else "r2"
    loss = "log_loss" if kind is Kind.CLASSIFICATION else "squared_error"
    rows = [
        {
            "change": changes_in_words(tested.edits),
            score: tested.score.accuracy.value,
            "low": tested.score.accuracy.low,
            "high": tested.score.accuracy.high,
            loss: tested.score.log_loss,
            "n": tested.score.n,
            "p_value": tested.p_value,
            "mcnemar": tested.mcnemar,
            "proved": tested.significant,
            "documented": tested.documented,
        }
        for tested in diagnosis.hypotheses
    ]
    columns = ["change", score, "low", "high", loss, "n", "p_value", "mcnemar", "proved", "documented"]
    return pd.DataFrame(rows, columns=columns)


def hypotheses(diagnosis: Diagnosis, kind: Kind, *, theme: Theme = "light") -> Figure:
    """Draw what each hypothesis reaches, with its interval, against the pipeline in use.

    Parameters
    ----------
    diagnosis : Diagnosis
    kind : Kind
        Accuracy for a classification, R² for a regression.
    theme : "light" or "dark"

    Returns
    -------
    Figure
        Bars carry ``customdata = [place]``, among the diagnosis's hypotheses.
    """
    palette, rate = PALETTES[theme], kind is Kind.CLASSIFICATION
    shown = diagnosis.hypotheses[:BARS]
    unit = 100.0 if rate else 1.0
    values = np.array([t.score.accuracy.value for t in shown]) * unit
    low, high = (np.array([getattr(t.score.accuracy, end) for t in shown]) * unit for end in ("low", "high"))
    places = list(range(len(shown)))
    base = diagnosis.baseline.accuracy.value * unit
    plot = go.Figure(
        go.Bar(
            x=values,
            y=places,
            orientation="h",
            marker={"color": [palette.right if t.significant else palette.neutral for t in shown]},
            error_x={
                "type": "data", "array": high - values, "arrayminus": values - low,
                "color": palette.ink, "thickness": 1.2, "width": 4,
            },
            hovertext=[_hover(t, rate) for t in shown],
            hoverinfo="text",
            customdata=[[place] for place in places],
        )
    )  # fmt: skip
    plot.add_vline(
        x=base, line={"color": palette.wrong, "width": 2, "dash": "dot"}, annotation_text="as it is fed now",
        annotation_position="top", annotation_font={"color": palette.muted, "size": 12},
    )  # fmt: skip
    title = _title(diagnosis, rate)
    floor = 0.0 if rate else min(0.0, float(np.nanmin([*low, base])) if len(low) else base)
    plot = framed(
        plot,
        title,
        theme,
        height=70 + 30 * max(1, len(shown)),
        xaxis={"title": {"text": "Right answers, in %" if rate else "R²"}, "range": [floor, 100 if rate else 1]},
        yaxis={
            "tickvals": places,
            "ticktext": [safe(compared_with(t.edits, diagnosis.edits, brief=True), 48) for t in shown],
            "range": [len(shown) - 0.4, -0.9],
            "showgrid": False,
        },
    )
    return Figure(plot, title, _words(diagnosis, shown, rate), hypothesis_table(diagnosis, kind))


def _score(value: float, rate: bool) -> str:
    return percent(value) if rate else f"R² {number(value)}"


def _title(diagnosis: Diagnosis, rate: bool) -> str:
    base = _score(diagnosis.baseline.accuracy.value, rate)
    proved = sum(t.significant for t in diagnosis.hypotheses)
    if not diagnosis.hypotheses:
        return f"No change could be tried; it stands at {base}"
    if not proved:
        return f"No change alone is proved to do better than {base}"
    return f"{proved} of {len(diagnosis.hypotheses)} changes shown are proved to do better than {base}"


def _hover(tested: Tested, rate: bool) -> str:
    estimate = tested.score.accuracy
    proof = "proved" if tested.significant else "not proved"
    interval = f"{_score(estimate.low, rate)} to {_score(estimate.high, rate)}"
    where = "as documented" if tested.documented else "not documented"
    return (
        f"<b>{_score(estimate.value, rate)}</b> ({interval}), n = {estimate.n}<br>"
        f"{full(changes_in_words(tested.edits))}<br>{proof}, p = {tested.p_value:.2g}; {where}"
    )


def _words(diagnosis: Diagnosis, shown: Sequence[Tested], rate: bool) -> str:
    base = diagnosis.baseline.accuracy
    lines = [f"As it is fed now it reaches {_score(base.value, rate)} on {base.n} examples."]
    for tested in shown:
        proof = "proved" if tested.significant else "not proved"
        lines.append(f"{_score(tested.score.accuracy.value, rate)} with {changes_in_words(tested.edits)} ({proof}).")
    return "\n".join(lines)


def difference_picture(change: FloatArray, *, theme: Theme = "light", scale: float | None = None) -> Figure:
    """Draw where one picture is brighter (orange) or darker (blue) than the other for the network.

    Parameters
    ----------
    change : ndarray of float32, shape (H, W)
        Right minus left, in the numbers that the network receives.
    theme : "light" or "dark"
    scale : float, optional
        Difference of the deepest colour; else the 99.5th percentile.
    """
    palette = PALETTES[theme]
    sizes = np.abs(change)
    limit = scale or float(np.quantile(sizes, 0.995)) or float(sizes.max()) or 1.0
    height, width = change.shape
    fixed: dict[str, Any] = {"visible": False, "fixedrange": True, "constrain": "domain"}
    ends = len(palette.diverging) - 1
    plot = go.Figure(
        go.Heatmap(
            z=np.round(change, 4),
            zmin=-limit,
            zmax=limit,
            colorscale=[(i / ends, colour) for i, colour in enumerate(palette.diverging)],
            hovertemplate="difference %{z:.3g}<extra></extra>",
            colorbar={
                "orientation": "h", "thickness": 8, "len": 0.9, "x": 0, "xanchor": "left", "y": 0, "yanchor": "top",
                "ypad": 8, "outlinewidth": 0, "ticks": "", "tickvals": [-0.9 * limit, 0, 0.9 * limit],
                "ticktext": [f"darker {number(-limit)}", "0", f"brighter {number(limit)}"],
                "tickfont": {"size": 11, "color": palette.muted},
            },
        )
    )  # fmt: skip
    mean = float(sizes.mean())
    title = "No difference" if not sizes.any() else f"Pixels differ by {number(mean)} on average"
    plot = framed(
        plot,
        title,
        theme,
        height=330,
        xaxis={**fixed, "range": [0, width], "constraintoward": "left"},
        yaxis={**fixed, "range": [height, 0], "scaleanchor": "x", "scaleratio": 1, "constraintoward": "top"},
        dragmode=False,
    )
    text = (
        f"{title}, mean over the colour channels, in the numbers that the network receives. "
        f"The largest difference of a pixel is {number(float(sizes.max()))}."
    )
    y, x = np.divmod(np.arange(change.size), width)
    return Figure(plot, title, text, pd.DataFrame({"row": y, "column": x, "difference": change.ravel()}))
