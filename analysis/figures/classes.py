"""Metrics with their intervals, class by class and as headlines; the scores of one example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.failures.wording import shorten
from analysis.figures.figure import Figure
from analysis.figures.labels import percent, safe
from analysis.figures.template import PALETTES, Theme, framed, legend_of, named_rows, value_axis
from analysis.metrics import METRICS
from analysis.metrics.classification import ClassScores
from analysis.types import Estimate, Predictions

#: Classes that one figure shows; the weakest are kept.
SHOWN = 30
_SCORES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
_SIGNS = {"precision": "◆", "recall": "●", "f1": "■"}
_SYMBOLS = {"precision": "diamond", "recall": "circle", "f1": "square"}


def per_class_bars(classes: Sequence[ClassScores], *, theme: Theme = "light", limit: int = SHOWN) -> Figure:
    """Draw precision, recall and F1 of each class with their 95 % intervals, the weakest class first.

    Parameters
    ----------
    classes : sequence of ClassScores
        Classes without examples are left out.
    theme : "light" or "dark"
    limit : int
        Classes that are shown.

    Returns
    -------
    Figure
        Points carry ``customdata = [label]``. ``data`` has all classes: class, n, metric, value, low, high.
    """
    palette = PALETTES[theme]
    seen = sorted((c for c in classes if c.n), key=lambda c: (c.f1.value, -c.n))
    shown = seen[:limit]
    colours = {"precision": palette.doubt, "recall": palette.accent, "f1": palette.ink}
    plot = go.Figure()
    for place, (key, name) in enumerate(_SCORES.items()):
        estimates = [getattr(c, key) for c in shown]
        plot.add_scatter(
            x=[e.value for e in estimates],
            y=np.arange(len(shown)) + (place - 1) * 0.22,
            mode="markers",
            name=name,
            marker={
                "symbol": [_SYMBOLS[key] + ("-open" if c.few else "") for c in shown],
                "size": 8,
                "color": colours[key],
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [e.high - e.value for e in estimates],
                "arrayminus": [e.value - e.low for e in estimates],
                "color": colours[key],
                "thickness": 1.2,
                "width": 0,
            },
            hovertext=[_class_hover(c, name, getattr(c, key)) for c in shown],
            hoverinfo="text",
            customdata=[[c.label] for c in shown],
        )
    few = sum(c.few for c in shown)
    title = _class_title(seen, shown)
    axis = "Share, with 95 % interval" + ("; hollow: too few to judge" if few else "")
    plot = framed(
        plot,
        title,
        theme,
        height=70 + 34 * max(1, len(shown)),
        legend=legend_of([(_SIGNS[key], colours[key], name) for key, name in _SCORES.items()], palette),
        xaxis=value_axis(axis),
        yaxis=named_rows([f"{safe(c.label)} ({c.n})" for c in shown], above=0.6, below=0.6),
    )
    worst = "; ".join(f"{c.label}: F1 {percent(c.f1.value)}, n = {c.n}" for c in seen[:3])
    text = f"Precision, recall and F1 of {len(shown)} of {len(seen)} classes. Weakest: {worst or 'none'}."
    return Figure(plot, title, text, _class_frame(seen))


def _class_title(seen: Sequence[ClassScores], shown: Sequence[ClassScores]) -> str:
    if not seen:
        return "No class has examples"
    weakest = seen[0]
    title = f"Weakest: “{shorten(weakest.label)}”, F1 {percent(weakest.f1.value)}, n = {weakest.n}"
    return f"{title}; {len(shown)} of {len(seen)} classes shown" if len(shown) < len(seen) else title


def _class_hover(scores: ClassScores, name: str, estimate: Estimate) -> str:
    few = "<br>too few to judge" if scores.few else ""
    return f"<b>{safe(scores.label, 60)}</b>, {scores.n} examples<br>{_interval(name, estimate)}{few}"


def _interval(name: str, estimate: Estimate) -> str:
    return f"{name} {percent(estimate.value)} ({percent(estimate.low)} to {percent(estimate.high)}), n = {estimate.n}"


def _class_frame(classes: Sequence[ClassScores]) -> pd.DataFrame:
    rows = [(c.label, c.n, key, e.value, e.low, e.high) for c in classes for key in _SCORES for e in [getattr(c, key)]]
    return pd.DataFrame(rows, columns=["class", "n", "metric", "value", "low", "high"])


def class_scores(predictions: Predictions, row: int, *, theme: Theme = "light", top: int = 5) -> Figure:
    """Draw the highest scores of one example: the true class teal, a wrong answer vermilion; both where labels tell.

    Parameters
    ----------
    predictions : Predictions
        A classification run.
    row : int
        Position of the example.
    theme : "light" or "dark"
    top : int
        Classes that are shown; the true one is added where it isn't among them.

    Returns
    -------
    Figure
        Bars carry ``customdata = [label]``.
    """
    palette = PALETTES[theme]
    scores = np.asarray(predictions.scores[row], dtype=np.float64)
    labels, truth = predictions.task.labels, int(predictions.truth[row])
    ranked = np.argsort(-scores, kind="stable")
    shown = ranked[:top].tolist()
    if truth >= 0 and truth not in shown:
        shown.append(truth)
    answer, judged = shown[0], predictions.has_labels
    answered = palette.wrong if judged else palette.accent
    colours = [palette.right if i == truth else answered if i == answer else palette.neutral for i in shown]
    names = [safe(labels[i]) + (" ✓" if i == truth else "") for i in shown]
    plot = go.Figure(
        go.Bar(
            x=scores[shown],
            y=list(range(len(shown))),
            orientation="h",
            marker={"color": colours, "cornerradius": 3},
            text=[percent(scores[i]) for i in shown],
            textposition="outside",
            cliponaxis=False,
            hovertext=[_score_hover(labels[i], scores[i], i == truth, int((scores > scores[i]).sum())) for i in shown],
            hoverinfo="text",
            customdata=[[labels[i]] for i in shown],
        )
    )
    title = _score_title(predictions, row, answer, truth, float(scores[answer]))
    axis = "Score (✓ the true class)" if judged else "Score"
    plot = framed(
        plot,
        title,
        theme,
        height=46 + 30 * len(shown),
        xaxis=value_axis(axis, 0, 1.16),
        yaxis=named_rows(names),
    )
    listed = ", ".join(f"{labels[i]} {percent(scores[i])}" for i in shown)
    data = pd.DataFrame(
        {
            "rank": [int((scores > scores[i]).sum()) + 1 for i in shown],
            "class": [labels[i] for i in shown],
            "score": scores[shown],
            **({"true": [i == truth for i in shown]} if judged else {}),
        }
    )
    return Figure(plot, title, f"{title}. Scores: {listed}.", data)


def _score_title(predictions: Predictions, row: int, answer: int, truth: int, score: float) -> str:
    name = shorten(predictions.task.labels[answer])
    if not predictions.has_labels:
        return f"“{name}”, {percent(score)} sure"
    if answer == truth:
        return f"“{name}”, {percent(score)} sure: right"
    true = shorten(predictions.truth_labels[row])
    return f"“{name}”, {percent(score)} sure: wrong, it is “{true}”"


def _score_hover(label: str, score: float, true: bool, above: int) -> str:
    kind = ", the true class" if true else ""
    return f"<b>{safe(label, 60)}</b>{kind}<br>score {percent(score)}, rank {above + 1}"


def interval_dots(found: Mapping[str, Estimate], *, theme: Theme = "light") -> Figure:
    """Draw metrics that are rates as points with their 95 % intervals.

    Parameters
    ----------
    found : mapping of str to Estimate
        Keys of `METRICS`; metrics that aren't rates have no common axis and are left out.
    theme : "light" or "dark"
    """
    palette = PALETTES[theme]
    shown = {key: e for key, e in found.items() if METRICS[key].is_rate and np.isfinite(e.value)}
    estimates, names = list(shown.values()), [METRICS[key].title for key in shown]
    plot = go.Figure(
        go.Scatter(
            x=[e.value for e in estimates],
            y=list(range(len(shown))),
            mode="markers",
            marker={"size": 10, "color": palette.accent},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [e.high - e.value for e in estimates],
                "arrayminus": [e.value - e.low for e in estimates],
                "color": palette.accent,
                "thickness": 2,
                "width": 0,
            },
            hovertext=[f"{_interval(n, e)}<br>{e.method}" for n, e in zip(names, estimates, strict=True)],
            hoverinfo="text",
        )
    )
    sentences = [_interval(name, e) for name, e in zip(names, estimates, strict=True)]
    title = sentences[0] if sentences else "No metric here is a rate"
    plot = framed(
        plot,
        title,
        theme,
        height=60 + 30 * max(1, len(shown)),
        xaxis=value_axis("Value, with 95 % interval"),
        yaxis=named_rows(names),
    )
    rows = [(key, e.value, e.low, e.high, e.n, e.method) for key, e in shown.items()]
    data = pd.DataFrame(rows, columns=["metric", "value", "low", "high", "n", "method"])
    return Figure(plot, title, "; ".join(sentences) + ".", data)
