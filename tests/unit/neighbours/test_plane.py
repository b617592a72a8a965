"""The map: laid out alike every time, parts of it found again from their text, wrong answers that lie together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.neighbours.gathering import gathering
from analysis.neighbours.plane import CORNERS, GRID, Plane, Region, plane_of, region_around, region_of

SQUARE = Region((0, 1), ((250, 250), (750, 250), (750, 750), (250, 750)))


def cloud(n: int = 300, width: int = 6, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, width)) * np.arange(width, 0, -1)).astype(np.float32)


def test_directions_are_the_principal_ones_and_the_same_every_time() -> None:
    vectors = cloud()
    found = plane_of(vectors, "a space")
    centred = vectors - vectors.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False) ** 2
    assert found.variance == pytest.approx(values[:4] / values.sum(), rel=1e-3)
    assert np.array_equal(found.positions, plane_of(vectors.copy(), "a space").positions)
    assert found.positions.dtype == np.float32


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (5, 1), (2, 8), (4, 0)])
def test_there_are_always_two_directions(shape: tuple[int, int]) -> None:
    found = plane_of(np.ones(shape, np.float32), "a space")
    assert found.positions.shape[0] == shape[0]
    assert found.positions.shape[1] >= 2
    assert len(found.variance) == found.positions.shape[1]
    assert np.isfinite(found.positions).all()
    assert np.isfinite(found.on_grid((0, 1))).all()
    assert len(SQUARE.rows(found)) <= shape[0]


def test_a_box_and_a_line_drawn_by_hand_hold_what_they_enclose() -> None:
    points = np.array([[0, 0], [1, 1], [2, 2], [3, 3], [0, 3]], np.float32)
    plane = Plane(points, (0.6, 0.4), "a space")
    box = region_around(plane, (0, 1), [0.5, 2.5], [0.5, 2.5])
    assert box is not None
    assert box.rows(plane).tolist() == [1, 2]
    # A U: what lies in its mouth is outside.
    line = [(-0.2, 3.2), (-0.2, -0.2), (3.2, -0.2), (3.2, 3.2), (2.8, 3.2), (2.8, 0.5), (0.5, 0.5), (0.5, 3.2)]
    u = region_around(plane, (0, 1), *zip(*line, strict=True))
    assert u is not None
    assert u.rows(plane).tolist() == [0, 3, 4]
    assert region_around(plane, (0, 1), [1, 1], [1, 1]) is None
    assert region_around(plane, (0, 1), [0, np.nan, 2], [0, 1, 0]) is None
    assert plane.off_grid(plane.on_grid((0, 1)), (0, 1)) == pytest.approx(points, abs=1e-5)


def test_a_long_line_is_thinned() -> None:
    plane = plane_of(cloud(), "a space")
    angle = np.linspace(0, 2 * np.pi, 400)
    found = region_around(plane, (0, 1), 6 * np.cos(angle), 5 * np.sin(angle))
    assert found is not None
    assert len(found.corners) <= CORNERS
    x, y = plane.positions[:, 0], plane.positions[:, 1]
    truly = (x / 6) ** 2 + (y / 5) ** 2 < 1
    kept = np.zeros(len(x), bool)
    kept[found.rows(plane)] = True
    assert (kept == truly).mean() > 0.98


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.lists(st.tuples(st.integers(0, GRID), st.integers(0, GRID)), min_size=3, max_size=CORNERS),
)
def test_a_region_is_read_as_it_was_written(axes: tuple[int, int], corners: list[tuple[int, int]]) -> None:
    region = Region(axes, tuple(corners))
    assert region_of(str(region)) == region
    assert len(str(region)) < 400


@pytest.mark.parametrize(
    "text",
    ["", "map", "map 1 2:", "map 1 2: 1,2 3,4", "map 0 1: 1,2 3,4 5,6", "map 1 2: 1,2 3,4 5,x", "map 1 2: 1,2 3,4 -5,6",
     "words under 12", "map 1 2: " + "1,2 " * 41, "map 1 2: 1,2 3,4 5,6 <b>", "map 1 2: 12345,2 3,4 5,6"],
)  # fmt: skip
def test_what_is_no_region_is_none(text: str) -> None:
    assert region_of(text) is None


def test_directions_that_are_not_there_hold_nothing() -> None:
    plane = Plane(cloud(20, 2), (0.6, 0.4), "a space")
    assert not len(Region((2, 3), SQUARE.corners).rows(plane))


def test_wrong_answers_that_lie_together_are_told_from_chance() -> None:
    vectors = cloud(400)
    found = gathering(vectors, vectors[:, 0] > 8)
    assert found is not None
    assert found.gathers
    assert found.share.low > 3 * found.chance
    rng, by_chance = np.random.default_rng(0), 0
    for seed in range(60):
        none = gathering(vectors, rng.random(400) < 0.2, draws=99, seed=seed)
        assert none is not None
        by_chance += none.gathers
    assert by_chance <= 7  # 3 are to be expected; more than 7 come 2 times of 100.


def test_few_wrong_answers_say_nothing_and_alike_examples_do_no_harm() -> None:
    wrong = np.zeros(50, bool)
    assert gathering(cloud(50), wrong) is None
    wrong[:4] = True
    assert gathering(cloud(50), wrong) is None
    wrong[:25] = True
    found = gathering(np.ones((50, 3), np.float32), wrong)
    assert found is not None
    assert np.isfinite(found.share.value)
