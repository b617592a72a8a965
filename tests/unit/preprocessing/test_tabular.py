"""Steps on tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.tabular import apply_table, default_table_pipeline
from analysis.types import Json, Kind, Modality, Pipeline, Step

FRAME = pd.DataFrame(
    {
        "age": [30, 40, -999],
        "grams": [1000.0, np.nan, 2500.0],
        "smokes": ["yes", "no", "?"],
        "text numbers": ["1", " -999 ", ""],
    }
)


def made(**steps: dict[str, Json]) -> Pipeline:
    return check_pipeline(Pipeline(Modality.TABULAR, tuple(Step(name, params) for name, params in steps.items())))


def column(name: str, **steps: dict[str, Json]) -> list[Json]:
    found = apply_table(FRAME, made(**steps))[name]
    return [None if pd.isna(value) else value for value in found]


def test_no_step_changes_nothing() -> None:
    pd.testing.assert_frame_equal(apply_table(FRAME, made()), FRAME)


@pytest.mark.parametrize(
    ("name", "steps", "expected"),
    [
        ("age", {"missing": {"sentinels": [-999]}}, [30, 40, None]),
        ("text numbers", {"missing": {"sentinels": [-999]}}, ["1", None, ""]),
        ("text numbers", {"missing": {"sentinels": [-999, ""], "fill": 0}}, ["1", 0, 0]),
        ("smokes", {"missing": {"sentinels": ["?"], "fill": "no"}}, ["yes", "no", "no"]),
        ("grams", {"missing": {"fill": {"grams": 7}}}, [1000, 7, 2500]),
        ("age", {"missing": {"fill": 3}}, [30, 40, -999]),
        ("grams", {"units": {"factors": {"grams": 0.001}}}, [1, None, 2.5]),
        ("age", {"units": {"factors": {"age": 1.8}, "offsets": {"age": 32}}}, [86, 104, -1766.2]),
        ("age", {"units": {"logs": {"age": "log10"}, "factors": {"age": 1 / 3}}}, [1, np.log10(40 / 3), None]),
        ("text numbers", {"units": {"factors": {"text numbers": 2}}}, [2, -1998, None]),
        ("smokes", {"encoding": {"categories": {"smokes": {"yes": 1, "no": 0}}}}, [1, 0, "?"]),
        ("smokes", {"encoding": {"categories": {"smokes": {"yes": 1, "no": 0}}, "unknown": "missing"}}, [1, 0, None]),
        ("age", {"encoding": {"categories": {"age": {"30": 1, "40.0": 2, "-999": "x"}}}}, [1, 2, "x"]),
        ("grams", {"encoding": {"categories": {"grams": {"1000": 1, "2500.0": 2}}}}, [1, None, 2]),
        ("age", {"scaling": {"mode": "standard", "mean": {"age": 30}, "std": {"age": 10}}}, [0, 1, -102.9]),
        (
            "age",
            {"scaling": {"mode": "standard", "mean": {"age": 30}, "std": {"age": 10}, "times": 2}},
            [-3, -2.9, -13.29],
        ),
        (
            "age",
            {"scaling": {"mode": "standard", "mean": {"age": 30}, "std": {"age": 10}, "times": -1}},
            [330, 430, -9960],
        ),
        ("age", {"scaling": {"mode": "standard", "mean": {"age": 30}, "std": {"age": 10}, "times": 0}}, [30, 40, -999]),
        ("age", {"scaling": {"mode": "minmax", "min": {"age": 20}, "max": {"age": 40}}}, [0.5, 1, -50.95]),
        ("age", {"scaling": {"mode": "minmax", "min": {"age": 20}, "max": {"age": 20}}}, [10, 20, -1019]),
    ],
)
def test_known_answers(name: str, steps: dict[str, dict[str, Json]], expected: list[Json]) -> None:
    before = FRAME.copy()
    found = column(name, **steps)
    for value, wanted in zip(found, expected, strict=True):
        assert value == (wanted if wanted is None or isinstance(wanted, str) else pytest.approx(wanted))
    pd.testing.assert_frame_equal(FRAME, before)


def test_columns_are_selected_ordered_and_renamed_last() -> None:
    pipeline = made(
        column_order={"columns": ["grams", "age", "grams"], "names": ["weight", "age", "height"]},
        missing={"fill": {"grams": 0}},
        units={"factors": {"grams": 0.001}},
    )
    found = apply_table(FRAME, pipeline)
    assert list(found.columns) == ["weight", "age", "height"]
    assert found["weight"].tolist() == found["height"].tolist() == [1, 0, 2.5]


def test_columns_fed_in_the_wrong_order_get_the_names_that_the_model_believes() -> None:
    found = apply_table(FRAME, made(column_order={"columns": ["grams", "age"], "names": ["age", "grams"]}))
    assert found["age"].tolist()[0] == 1000


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ({"column_order": {"columns": ["age", "height"]}}, "“height”"),
        ({"units": {"factors": {"height": 2}}}, "“height”"),
        ({"missing": {"fill": {"height": 2}}}, "“height”"),
        ({"encoding": {"categories": {"height": {}}}}, "“height”"),
        ({"scaling": {"mode": "minmax", "min": {"height": 0}, "max": {"height": 1}}}, "“height”"),
        ({"units": {"factors": {"smokes": 2}}}, "“smokes”.*“yes”"),
        ({"column_order": {"columns": ["age"]}, "units": {"factors": {"grams": 2}}}, "“grams”"),
    ],
)
def test_a_missing_or_unfit_column_is_named(steps: dict[str, dict[str, Json]], words: str) -> None:
    with pytest.raises(UnusableInput, match=words):
        apply_table(FRAME, made(**steps))


numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5)


@settings(deadline=None)
@given(numbers, st.floats(-1e3, 1e3), st.floats(1e-2, 1e3), st.integers(1, 3), st.sampled_from(["standard", "minmax"]))
def test_a_scaling_is_undone_by_its_negative(
    values: list[float], shift: float, spread: float, times: int, mode: str
) -> None:
    stats = {
        "standard": {"mean": {"x": shift}, "std": {"x": spread}},
        "minmax": {"min": {"x": shift}, "max": {"x": shift + spread}},
    }[mode]
    frame = pd.DataFrame({"x": values})
    there = apply_table(frame, made(scaling={"mode": mode, **stats, "times": times}))
    back = apply_table(there, made(scaling={"mode": mode, **stats, "times": -times}))
    np.testing.assert_allclose(back["x"], frame["x"], rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize("pair", [("log", "exp"), ("log10", "exp10"), ("log1p", "expm1")])
def test_a_logarithm_is_undone_by_its_inverse(pair: tuple[str, str]) -> None:
    frame = pd.DataFrame({"x": [0.5, 1.0, 20.0]})
    for first, second in (pair, pair[::-1]):
        there = apply_table(frame, made(units={"logs": {"x": first}}))
        back = apply_table(there, made(units={"logs": {"x": second}}))
        np.testing.assert_allclose(back["x"], frame["x"])


def test_an_empty_table_goes_through_all_steps() -> None:
    pipeline = made(
        column_order={"columns": ["age"], "names": ["years"]},
        missing={"sentinels": [-999, "?"], "fill": 1},
        units={"factors": {"age": 2}},
        encoding={"categories": {"age": {"1": 2}}},
        scaling={"mode": "standard", "mean": {"age": 1}, "std": {"age": 1}},
    )
    assert apply_table(FRAME.iloc[:0], pipeline).shape == (0, 1)


def test_the_default_feeds_the_models_own_columns() -> None:
    pipeline = check_pipeline(default_table_pipeline(["grams", "age"], ("risk",), Kind.REGRESSION))
    assert list(apply_table(FRAME, pipeline).columns) == ["grams", "age"]
    assert pipeline.get("target_scale") is not None
    without_names = check_pipeline(default_table_pipeline([], ("a", "b"), Kind.CLASSIFICATION))
    assert list(apply_table(FRAME, without_names).columns) == list(FRAME.columns)
    assert without_names.get("target_scale") is None
