"""Charts of the report: places that are right by hand, nothing outside the plane, and both sides of a diagnosis."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.diligence.cost.result import Group, Latency
from analysis.policy import Policy
from analysis.preprocessing.doctor.sides import sides_of
from analysis.report import contents_of, render
from analysis.report.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    POINTS,
    RIGHT,
    TILES,
    TOP,
    WIDTH,
    before_and_after,
    latency_charts,
    nice_ticks,
    treemap,
)
from analysis.types import Dataset, Kind, Modality, Task
from analysis.verdict import judge
from tests.unit.report.report_evidence import cost, diagnosis, fed
from tests.unit.report.test_report import contents, gathered, section_of

COST = cost("encoder")


def test_latency_stands_at_the_right_places() -> None:
    batches, lengths = latency_charts(COST)
    assert [tick.text for tick in batches.x_ticks] == ["1", "8", "32"]
    assert [line.name for line in batches.lines] == ["median", "95 % of the calls"]
    # 10, 5 and 10 ms an example; the axis ends at 20 ms, of the 95 % lines.
    high, middle, again = (y for _, y in batches.lines[0].points)
    zero, top = HEIGHT - BOTTOM, TOP
    assert high == again == pytest.approx(zero - (zero - top) * 10 / 20)
    assert middle == pytest.approx(zero - (zero - top) * 5 / 20)
    assert "5 ms each" in batches.title
    (first, last) = lengths.lines[0].points
    across = WIDTH - LEFT - RIGHT
    assert first[0] == pytest.approx(LEFT + across * 16 / 512)
    assert last[0] == pytest.approx(WIDTH - RIGHT)
    assert len(latency_charts(replace(COST, latency=COST.latency[:3]))) == 1


@given(st.lists(st.tuples(st.floats(1e-7, 1e3), st.floats(1, 50)), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_nothing_leaves_the_plane(times: list[tuple[float, float]]) -> None:
    calls = tuple(Latency(2**i, 0, p50, p50 * more, 5) for i, (p50, more) in enumerate(times))
    (chart,) = latency_charts(replace(COST, latency=calls))
    for line in chart.lines:
        for x, y in line.points:
            assert LEFT <= x <= WIDTH - RIGHT
            assert TOP - 0.01 <= y <= HEIGHT - BOTTOM + 0.01
    places = [tick.at for tick in chart.x_ticks]
    assert all(b - a >= 34 for a, b in pairwise(places))


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
@settings(max_examples=100, deadline=None)
def test_ticks_hold_all_values(low: float, high: float) -> None:
    ticks = nice_ticks(high, low)
    assert list(ticks) == sorted(ticks)
    assert 2 <= len(ticks) <= 9
    if high > low:
        slack = 1e-9 * max(1.0, abs(high), abs(low))
        assert ticks[0] <= low + slack
        assert ticks[-1] >= high - slack
    assert all(math.isfinite(t) for t in nice_ticks(float("nan")))


def test_the_treemap_holds_every_parameter() -> None:
    found = treemap(COST)
    assert found is not None
    assert sum(tile.parameters for tile in found.tiles) == COST.parameters
    for tile in found.tiles:
        assert not tile.inner or sum(part.parameters for part in tile.inner) == tile.parameters
    small = next(tile for tile in found.tiles if tile.name == "layers")
    assert len(small.inner) == TILES + 1
    assert small.inner[-1].name == f"{60 - TILES} more"
    assert not small.inner[-1].named
    encoder = next(tile for tile in found.tiles if tile.name == "encoder")
    assert [part.parameters for part in encoder.inner] == [700, 300]
    assert encoder.inner[0].named
    assert treemap(replace(COST, groups=())) is None
    single = treemap(replace(COST, groups=(Group(("head",), 5),)))
    assert single is not None
    assert single.tiles[0].inner == ()


def test_both_matrices_stand_in_the_report() -> None:
    made = contents()
    text = section_of(render(made), "feeding")
    assert text.count('<table class="matrix">') == 2
    before, after = (re.findall(r'<td class="(right|wrong)[^>]*>(\d+)</td>', t) for t in text.split("</table>")[1:3])
    predictions = made.gathered.predictions
    assert predictions is not None
    right = int((predictions.predicted == predictions.truth).sum())
    assert sum(int(n) for kind, n in before if kind == "right") == right
    assert sum(int(n) for kind, n in before if kind == "wrong") == 40 - right
    assert sum(int(n) for kind, n in after if kind == "right") == 40
    assert f"Of 40 examples {40 - right} become right, 0 become wrong." in text
    assert "is the careful number" in text, "the score before the table is another one than the picture's"


def test_many_classes_are_summed_up_as_neither_right_nor_wrong() -> None:
    text = section_of(render(contents(tuple(f"class {i}" for i in range(40)))), "feeding")
    assert "(other)" in text
    rows = text.split("</table>")[1]
    assert rows.count("<tr>") == 14
    assert 'class="mixed' in text


def test_a_finding_that_changes_nothing_has_one_side_only() -> None:
    found = gathered(("a", "b"))
    assert found.session is not None
    assert found.predictions is not None
    scores = found.predictions.scores
    healthy = diagnosis(fed(Modality.IMAGE, ("a", "b")), scores, scores, "It is fed well.", changed=False)
    evidence = replace(found.evidence, diagnosis=healthy)
    made = contents_of(
        replace(found, evidence=evidence), judge(evidence, Policy()), model="m", data="d", title="t", notes=""
    )
    assert made.sides is None
    assert '<table class="matrix">' not in section_of(render(made), "feeding")


def regression_sides(n: int = 1000) -> Any:
    rng = np.random.default_rng(0)
    truth = rng.normal(100, 20, n)
    table = pd.DataFrame({"id": [str(i) for i in range(n)], "split": "all", "label": truth})
    dataset = Dataset("d", "d", Modality.TABULAR, Kind.REGRESSION, table, lambda rows: table.iloc[rows], (), "d")
    after = (truth + rng.normal(size=n)).astype(np.float32)[:, None]
    before = (after * 0.1).astype(np.float32)
    pipeline = fed(Modality.TABULAR, ("y",))
    candidate: Any = SimpleNamespace(task=Task(Kind.REGRESSION, Modality.TABULAR, ("y",)), fingerprint="c")
    return sides_of(candidate, dataset, pipeline, diagnosis(pipeline, before, after, "unit"))


def test_a_regression_shows_predicted_against_true_on_the_same_axes() -> None:
    before, after = before_and_after(regression_sides())
    assert (before.x_ticks, before.y_ticks) == (after.x_ticks, after.y_ticks)
    assert len(before.points) == len(after.points) == POINTS
    (low, high) = after.lines[0].points
    assert low == pytest.approx((LEFT, HEIGHT - BOTTOM))
    assert high == pytest.approx((WIDTH - RIGHT, TOP))
    slope = (high[1] - low[1]) / (high[0] - low[0])
    off = [abs(y - (low[1] + slope * (x - low[0]))) for x, y in after.points]
    assert np.mean(off) < 4, "on the diagonal"
    assert np.mean([y - (low[1] + slope * (x - low[0])) for x, y in before.points]) > 40, "far below it"
    assert "mean absolute error 0.8" in after.text


def test_a_regressions_report_draws_both_sides() -> None:
    made = replace(contents(), sides=regression_sides(50))
    text = section_of(render(made), "feeding")
    assert text.count("<svg") == 2
    assert text.count('class="dot"') == 100
    assert "50 come much nearer to the truth, 0 get further away" in text
