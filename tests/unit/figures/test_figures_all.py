"""What every figure owes its reader, hostile labels included: a contract over all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis import figures
from analysis.answers import answer_counts
from analysis.comparison import SliceDifference, compare, rank
from analysis.comparison.differences import of_shares
from analysis.diligence.cost.result import Cost, Group, Latency
from analysis.failures.causes import CauseShare
from analysis.failures.confusion import confusion
from analysis.failures.properties import Properties
from analysis.failures.slices import find_slices
from analysis.failures.slices.predicates import cut
from analysis.features import Coefficients, Dependence, Importance
from analysis.figures import Figure, Theme
from analysis.figures.plane import POINTS
from analysis.metrics import classification, summarise
from analysis.metrics.curves import curves
from analysis.metrics.intervals import wilson
from analysis.metrics.reliability import reliability
from analysis.metrics.thresholds import find_threshold
from analysis.neighbours.plane import Plane, Region
from analysis.patterns import Ranking
from analysis.patterns import compare as compare_groups
from analysis.robustness import Curve, Point, Robustness
from analysis.types import Estimate, Kind, Modality
from analysis.validation import Duplicates, Validation
from analysis.validation.scope import Scope
from analysis.validation.validate import SplitScore
from tests.unit.metrics.runs import classified, random_run, regressed

HOSTILE = (
    '<a href="javascript:alert(1)">click</a>',
    "<img src=x onerror=alert(1)>",
    "x" * 1000,
    "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
    "$\\frac{a}{b}$ %{x} &lt;b&gt;",
    "two\nlines\u202e\x00",
)
RUN = classified(random_run(80, 6).truth, random_run(80, 6).scores, HOSTILE)
REGRESSION = regressed(np.arange(50.0), np.arange(50.0) ** 1.1)
MANY = regressed(np.random.default_rng(0).normal(size=6000), np.random.default_rng(1).normal(size=6000))
PICTURE = np.full((32, 48, 3), 128, np.uint8)
SCORES = np.linspace(-1, 1, 49, dtype=np.float32).reshape(7, 7)
BOTH = compare(RUN, classified(RUN.truth, random_run(80, 6, seed=1).scores, HOSTILE))
PLACES = pd.DataFrame({"place": (np.array(HOSTILE, object)[[0, 1, 3, 4]].tolist() * 20)})
SLICED = find_slices(RUN, cut(Properties(PLACES, {}), least=10))
SCORE = summarise(RUN)["accuracy"]
UNSEEN = Validation(
    RUN.task.kind,
    HOSTILE[0],
    (SplitScore(HOSTILE[0], SCORE, SCORE, 0, None, ()), SplitScore(HOSTILE[1], SCORE, SCORE, 2, SCORE, ())),
    Duplicates(()),
    Scope(np.empty(0, np.int64), (), np.ones(80), embedded=True),
)
SHARES = (CauseShare("label", 3, 1, wilson(3, 9)), CauseShare("unknown", 6, 0, wilson(6, 9)))
CURVES, THRESHOLDS = curves(RUN, HOSTILE[0]), find_threshold(RUN, HOSTILE[0])
UNITS = np.linspace(-1, 1, len(HOSTILE), dtype=np.float32)
RANKING = Ranking(
    "words", "Words", "score", HOSTILE,
    compare_groups(np.eye(12, len(HOSTILE)) + 3.0 * (np.arange(len(HOSTILE)) == 0), np.zeros((12, len(HOSTILE)))),
    np.ones((len(HOSTILE), 2), np.int64),
)  # fmt: skip
RISES = tuple(Estimate(0.5 - 0.1 * i, 0.1, 0.9, 12, "t") for i in range(len(HOSTILE)))
IMPORTANCE = Importance(
    "log_loss", "rise of the log loss", HOSTILE, RISES, (0.001,) * len(HOSTILE),
    ((HOSTILE[1], 0.9), *(None,) * (len(HOSTILE) - 1)), 12, 5,
)  # fmt: skip
COEFFICIENTS = Coefficients(
    HOSTILE[0], HOSTILE[1], "log-odds", HOSTILE, UNITS.astype(np.float64), UNITS.astype(np.float64), 0.5, (), 12
)
CURVED = np.linspace(0, 1, 3 * len(HOSTILE)).reshape(3, len(HOSTILE))
DEPENDENCE = Dependence(
    HOSTILE[0], HOSTILE[1], HOSTILE, False, CURVED, HOSTILE[:3], HOSTILE[:3], CURVED.mean(axis=0),
    CURVED.min(axis=0), CURVED.max(axis=0), RISES[0], 0, 5, 0.0, False,
)  # fmt: skip
HALF = Estimate(0.5, 0.4, 0.6, 80, "Wilson")
HARM = Curve("harm", HOSTILE[0], HOSTILE[1], tuple(
    Point(level, HOSTILE[1], HALF, of_shares(RUN.truth < level, RUN.truth < 5), p, tuple(range(9)), 0)
    for level, p in ((2.0, 0.01), (4.0, 0.5))
))  # fmt: skip
HARMED = Robustness(
    Kind.CLASSIFICATION, Modality.TEXT, Estimate(0.9, 0.8, 0.95, 80, "Wilson"), (HARM,), tuple(RUN.ids), 80, 0
)
COST = Cost(
    Kind.CLASSIFICATION, Modality.TEXT, (Group((HOSTILE[0], HOSTILE[1]), 9),), 9, 9, 9, 9,
    (Latency(1, 0, 0.1, 0.2, 9), Latency(8, 0, 0.3, 0.4, 9), Latency(1, 16, 0.1, 0.2, 9), Latency(1, 64, 0.2, 0.4, 9)),
    None, (), (), "cpu", 1,
)  # fmt: skip
RANKED = rank(
    {name: classified(RUN.truth, random_run(80, 6, seed=i).scores, HOSTILE) for i, name in enumerate(HOSTILE)}
)
ASKED = {"target": HOSTILE[0], "contrast": HOSTILE[1]}

LAID = Plane(np.random.default_rng(0).normal(size=(POINTS + 1, 4)).astype(np.float32), (0.4, 0.3, 0.2, 0.1), HOSTILE[0])


def _map(theme: Theme, n: int) -> Figure:
    colouring = figures.Colouring("label", HOSTILE, np.arange(n) % len(HOSTILE), ("neutral",))
    plane, ids = Plane(LAID.positions[:n], LAID.variance, LAID.space), [str(i) for i in range(n)]
    words, title = [HOSTILE[i % len(HOSTILE)] for i in range(n)], f"Coloured by {HOSTILE[0]}"
    region = Region((0, 1), ((1, 1), (900, 1), (500, 900)))
    return figures.embedding_map(plane, (0, 1), colouring, ids, title=title, words=words, region=region, theme=theme)


DRAWN: dict[str, Callable[[Theme], Figure]] = {
    "counts": lambda theme: figures.confusion_matrix(confusion(RUN), theme=theme, selected=(HOSTILE[0], HOSTILE[1])),
    "shares": lambda theme: figures.confusion_matrix(confusion(RUN, limit=3), mode="row", theme=theme),
    "per_class_bars": lambda theme: figures.per_class_bars(classification.per_class(RUN), theme=theme),
    "class_scores": lambda theme: figures.class_scores(RUN, 0, theme=theme),
    "interval_dots": lambda theme: figures.interval_dots(summarise(RUN), theme=theme),
    "causes": lambda theme: figures.causes(SHARES, selected="label", theme=theme),
    "reliability": lambda theme: figures.reliability(reliability(RUN), theme=theme),
    "roc": lambda theme: figures.roc(CURVES, theme=theme),
    "precision_recall": lambda theme: figures.precision_recall(CURVES, theme=theme),
    "two_roc": lambda theme: figures.two_roc((CURVES, CURVES), HOSTILE[:2], theme=theme),
    "two_precision_recall": lambda theme: figures.two_precision_recall((CURVES, CURVES), HOSTILE[:2], theme=theme),
    "two_reliability": lambda theme: figures.two_reliability((reliability(RUN),) * 2, HOSTILE[:2], theme=theme),
    "threshold_costs": lambda theme: figures.threshold_costs(THRESHOLDS, theme=theme),
    "class_differences": lambda theme: figures.class_differences(BOTH.classes, HOSTILE[:2], theme=theme),
    "slice_differences": lambda theme: figures.slice_differences(
        [SliceDifference(name, Kind.CLASSIFICATION, HARM.points[0].difference, 0.01) for name in HOSTILE],
        HOSTILE[:2],
        theme=theme,
    ),
    "slices": lambda theme: figures.slices(SLICED, theme=theme),
    "robustness_curve": lambda theme: figures.robustness_curve(HARMED, HARM, theme=theme),
    "changed_curve": lambda theme: figures.changed_curve(HARMED, HARM, theme=theme),
    "answer_bars": lambda theme: figures.answer_bars(answer_counts(RUN), selected=HOSTILE[1], theme=theme),
    "answer_histogram": lambda theme: figures.answer_histogram(REGRESSION, theme=theme),
    "embedding_map": lambda theme: _map(theme, 80),
    "large_map": lambda theme: _map(theme, POINTS + 1),
    "candidate_ranking": lambda theme: figures.candidate_ranking(RANKED, theme=theme),
    "splits": lambda theme: figures.splits(UNSEEN, theme=theme),
    "latency_lines": lambda theme: figures.latency_lines(COST, theme=theme),
    "length_lines": lambda theme: figures.length_lines(COST, theme=theme),
    "agreement": lambda theme: figures.agreement(BOTH.agreement, HOSTILE[:2], theme=theme),
    "predicted_against_true": lambda theme: figures.predicted_against_true(REGRESSION, theme=theme),
    "density": lambda theme: figures.predicted_against_true(MANY, theme=theme),
    "residuals": lambda theme: figures.residuals(REGRESSION, theme=theme),
    "error_histogram": lambda theme: figures.error_histogram(REGRESSION, theme=theme),
    "image_attribution": lambda theme: figures.image_attribution(PICTURE, SCORES, theme=theme, **ASKED),
    "token_attribution": lambda theme: figures.token_attribution(HOSTILE, UNITS, theme=theme, **ASKED),
    "before_after": lambda theme: figures.before_after(HOSTILE, UNITS**2, UNITS[::-1] ** 2, theme=theme),
    "group_differences": lambda theme: figures.group_differences(RANKING, theme=theme),
    "feature_importance": lambda theme: figures.feature_importance(IMPORTANCE, theme=theme),
    "feature_dependence": lambda theme: figures.feature_dependence(DEPENDENCE, theme=theme),
    "coefficient_bars": lambda theme: figures.coefficient_bars(COEFFICIENTS, theme=theme),
    "feature_attribution": lambda theme: figures.feature_attribution(HOSTILE, HOSTILE, UNITS, theme=theme, **ASKED),
}
BARE = {"image_attribution", "token_attribution"}
#: Markup that the figures write themselves.
OWN = re.compile(r'</?b>|<br>|</span>|<span style="[^"<>]*">|<extra></extra>')


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_says_what_it_shows(name: str, theme: Theme) -> None:
    drawn = DRAWN[name](theme)
    assert len(drawn.title) > 5
    assert len(drawn.text) > len("A figure")
    assert len(drawn.data)
    layout = drawn.plot.layout
    assert layout.template.layout.font.color == figures.PALETTES[theme].ink
    assert layout.title.text
    assert layout.height > 100
    if name not in BARE:
        assert layout.xaxis.title.text
        # A bar with its name beside it needs no second name for the axis.
        assert layout.yaxis.title.text or layout.yaxis.ticktext


@pytest.mark.parametrize("name", DRAWN)
def test_labels_from_data_are_never_markup(name: str) -> None:
    seen: list[str] = []

    def walk(value: object, key: str = "") -> None:
        if isinstance(value, dict):
            for inner, part in value.items():
                walk(part, inner)
        elif isinstance(value, list | tuple):
            for part in value:
                walk(part, key)
        elif isinstance(value, str) and key in ("text", "hovertext", "ticktext", "name"):
            seen.append(value)

    walk(json.loads(DRAWN[name]("light").plot.to_json()))
    assert seen
    for text in seen:
        bare = OWN.sub("", text)
        assert "<" not in bare, text
        assert "$" not in bare, text
        assert "\u202e" not in bare
        assert "x" * 300 not in bare
        assert not re.search(r"&(?!amp;|lt;|gt;|#36;)", bare), text


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_comes_from_elsewhere(name: str) -> None:
    """A figure is drawn from what it holds: no address in it leads out."""
    sources = [image.source for image in DRAWN[name]("light").plot.layout.images]
    assert all(source.startswith("data:image/png;base64,") for source in sources)


@pytest.mark.parametrize("name", DRAWN)
def test_percent_signs_stand_apart(name: str) -> None:
    """Plotly writes "20%": what it may write on an axis of rates has another name there."""
    layout = DRAWN[name]("light").plot.to_plotly_json()["layout"]
    for axis in (axis for key, axis in layout.items() if key.startswith(("xaxis", "yaxis"))):
        names = axis.get("labelalias", {})
        assert ("%" in axis.get("tickformat", "")) == bool(names)
        for text in (*names.values(), *(axis.get("ticktext") or ())):
            assert re.search(r"\d%", text) is None, text


def test_templates_are_registered_once() -> None:
    import plotly.io as pio

    first = [figures.template("light"), figures.template("dark")]
    assert [figures.template("light"), figures.template("dark")] == first
    assert {"caveat-light", "caveat-dark"} <= {*pio.templates}


def test_empty_results_still_draw() -> None:
    empty = classified(np.empty(0), np.empty((0, 3)))
    assert "No examples" in figures.confusion_matrix(confusion(empty)).title
    assert figures.per_class_bars(classification.per_class(empty)).title == "No class has examples"
    assert len(figures.reliability(reliability(empty)).data) == 0
    for draw in (figures.predicted_against_true, figures.residuals, figures.error_histogram):
        assert len(draw(regressed([], [])).data) == 0
    nothing = np.zeros(0, np.float32)
    assert "Nothing" in figures.token_attribution([], nothing, target="cat").title
    assert "Nothing" in figures.feature_attribution([], [], nothing, target="cat").title
