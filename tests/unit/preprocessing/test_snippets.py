"""The lines of Python that are handed over run by themselves, and do what the pipeline does."""

from __future__ import annotations

import ast
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.describe import python_lines
from analysis.preprocessing.image import apply_image
from analysis.preprocessing.tabular import apply_table
from analysis.preprocessing.text import apply_text
from analysis.types import Json, Modality, Pipeline, Step
from tests.unit.preprocessing.pictures import FILES, encoded, image_pipeline, transparent
from tests.unit.preprocessing.test_describe import BASES, OTHERWISE, _varied


def executed(pipeline: Pipeline) -> dict[str, Any]:
    code = python_lines(pipeline)
    ast.parse(code)
    assert "analysis" not in code
    assert max(len(line) for line in code.splitlines() if "LABELS" not in line) < 200
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    return namespace


def varied(modality: Modality) -> st.SearchStrategy[Pipeline]:
    choices = {name: st.sampled_from([None, *several]) for name, several in OTHERWISE[modality].items()}
    return st.fixed_dictionaries(choices).map(lambda steps: _varied(BASES[modality], steps))


@settings(deadline=None, max_examples=60)
@given(varied(Modality.IMAGE), st.sampled_from(["landscape", "portrait", "tiny", "transparent", "palette", "grey"]))
def test_images(pipeline: Pipeline, name: str) -> None:
    found = executed(pipeline)["preprocess"](io.BytesIO(FILES[name]))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, apply_image(FILES[name], pipeline), rtol=1e-5, atol=1e-5)
    assert executed(pipeline)["LABELS"] == list(pipeline.labels)


def test_sixteen_bits() -> None:
    from PIL import Image

    levels = Image.fromarray((np.arange(256, dtype=np.uint16) * 257).reshape(16, 16))
    data, pipeline = encoded(levels), check_pipeline(image_pipeline())
    np.testing.assert_array_equal(executed(pipeline)["preprocess"](io.BytesIO(data)), apply_image(data, pipeline))


def test_a_step_that_is_left_out_is_left_out() -> None:
    code = python_lines(image_pipeline(rescale={"factor": 0.5}))
    assert "resize" not in code
    data = encoded(transparent(8, 9))
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    np.testing.assert_array_equal(
        namespace["preprocess"](io.BytesIO(data)), apply_image(data, image_pipeline(rescale={"factor": 0.5}))
    )


class EchoingTokenizer:
    """Returns what it was asked."""

    truncation_side = "right"

    def __call__(self, text: str, text_pair: str | None = None, **options: Json) -> dict[str, Json]:
        return {"text": text, "text_pair": text_pair, "side": self.truncation_side, **options}


TEXTS = ["Plain", "<b>Caf\u00c3\u00a9</b> &amp; http://a.b/c, \t WWW.x.org.", "caf\u00e9 \u2019 \u65e5\u672c", ""]


@settings(deadline=None)
@given(varied(Modality.TEXT), st.sampled_from(TEXTS), st.sampled_from([None, *TEXTS]))
def test_texts(pipeline: Pipeline, text: str, pair: str | None) -> None:
    found = executed(pipeline)["preprocess"](EchoingTokenizer(), text, pair)
    expected = apply_text(text if pair is None else (text, pair), pipeline)
    assert (found["text"] if pair is None else (found["text"], found["text_pair"])) == expected
    assert found["max_length"] == pipeline.param("truncation", "max_length")
    assert found["side"] == pipeline.param("truncation", "side")
    assert found["add_special_tokens"] == pipeline.param("special_tokens", "add")


@pytest.mark.parametrize("mojibake", ["latin1", "cp1252", "repair"])
@pytest.mark.parametrize("text", TEXTS)
def test_encodings(mojibake: str, text: str) -> None:
    pipeline = check_pipeline(Pipeline(Modality.TEXT, (Step("encoding", {"mojibake": mojibake}),)))
    assert executed(pipeline)["preprocess"](EchoingTokenizer(), text)["text"] == apply_text(text, pipeline)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(varied(Modality.TABULAR))
def test_tables(pipeline: Pipeline) -> None:
    frame = pd.DataFrame({"age": [1.0, 30.0, -999.0], "grams": [1000.0, np.nan, 2500.0]})
    namespace = executed(pipeline)
    before = frame.copy()
    found = namespace["preprocess"](frame).astype(float)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(found, apply_table(frame, pipeline).astype(float), check_dtype=False)
    if pipeline.param("target_scale", "scale") != 1:
        assert namespace["postprocess"](np.array([3.0])).tolist() == [7.0]


def test_hostile_names_stay_inside_their_literals() -> None:
    hostile = "a'\"\\`\n```\n__import__('os')"
    pipeline = check_pipeline(
        Pipeline(
            Modality.TABULAR,
            (
                Step("column_order", {"columns": [hostile], "names": [hostile + "2"]}),
                Step("units", {"factors": {hostile: 2}}),
                Step("label_order", {"labels": [hostile]}),
            ),
        )
    )
    code = python_lines(pipeline)
    assert "`" not in code
    namespace = executed(pipeline)
    found = namespace["preprocess"](pd.DataFrame({hostile: [1.0]}))
    assert found.to_dict("list") == {hostile + "2": [2.0]}
    assert namespace["LABELS"] == [hostile]
