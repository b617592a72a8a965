"""The page Map, and what a part drawn around on it does to the other pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/results/map.py"
LEFT = "map 1 2: 0,0 500,0 500,1000 0,1000"


def chart(app: AppTest) -> dict[str, object]:
    return json.loads(app.get("plotly_chart")[0].proto.spec)


def test_the_map_says_whether_wrong_answers_lie_together(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert app.title[0].value in (
        "Wrong answers lie together",
        "Too few wrong answers to say whether they lie together",
    )
    names = [trace["name"] for trace in chart(app)["data"]]
    assert names == ["right", "wrong"]
    assert "of the variance" in words(app)


@pytest.mark.parametrize("colour", ["label", "called", "confidence"])
def test_the_map_is_coloured_by_what_is_asked_for(visit: Visit, colour: str) -> None:
    app = visit(PAGE, model="sample:breast-cancer", colour=colour, axes="3 and 4")
    assert not app.exception
    assert app.segmented_control(key="colour").value == colour
    drawn = chart(app)
    assert "Direction 3" in drawn["layout"]["xaxis"]["title"]["text"]
    assert len(drawn["data"]) == (1 if colour == "confidence" else 2)


def test_what_is_selected_elsewhere_stands_out_on_the_map(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer", part="confidence 0.5 0.9")
    assert not app.exception
    packed = [trace["selectedpoints"] for trace in chart(app)["data"]]
    picked = [len(np.frombuffer(base64.b64decode(one["bdata"]), one["dtype"])) for one in packed]
    assert 0 < sum(picked) < 171
    assert f"{sum(picked)} examples are selected" in words(app)
    assert all("selectedpoints" not in trace for trace in chart(visit(PAGE, model="sample:breast-cancer"))["data"])


def test_the_pointer_draws_around_points_or_opens_one(visit: Visit) -> None:
    assert chart(visit(PAGE, model="sample:breast-cancer"))["layout"]["dragmode"] == "lasso"
    app = visit(PAGE, model="sample:breast-cancer", pointer="opens")
    assert chart(app)["layout"]["dragmode"] == "pan"
    assert app.segmented_control(key="pointer").value == "opens"


def test_causes_colour_the_map_once_they_were_looked_for(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert "cause" not in app.segmented_control(key="colour").options
    app.switch_page("pages/results/overview.py").run()
    settle(app)
    app.switch_page(PAGE).run()
    settle(app)
    app.segmented_control(key="colour").set_value("cause").run()
    assert not app.exception
    assert [trace["name"] for trace in chart(app)["data"]] == ["no failure", "not known yet"]


def test_a_link_shows_its_part_and_a_name_is_kept(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer", slice=LEFT)
    assert not app.exception
    before = next(s.value for s in app.subheader if s.value.startswith("In the part"))
    app.text_input[0].set_value("the **left** half")
    app.button(key="keep-selection").click().run()
    assert not app.exception
    assert "Kept as" in words(app)
    assert app.query_params["slice"] in (f"the **left** half := {LEFT}", [f"the **left** half := {LEFT}"])
    # The name is in the link: somebody else sees it too, and another page counts the same examples.
    other = visit(PAGE, model="sample:breast-cancer", slice=f"the **left** half := {LEFT}")
    assert next(s.value for s in other.subheader if s.value.startswith("In the part")) == before
    slices = visit("pages/results/slices.py", model="sample:breast-cancer")
    assert len(slices.get("button_group")) == 1


def test_a_regression_has_its_own_words(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert "Large errors" in app.title[0].value or "large errors" in app.title[0].value
    assert app.segmented_control(key="colour").options == ["Error", "True value", "Predicted value"]


def test_a_model_without_hidden_layers_is_said(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.neighbours.misfit", lambda _: "The model doesn't hand out its hidden layers.")
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert app.title[0].value == "There is no map of this model"


def test_a_part_that_holds_nothing_is_said(visit: Visit) -> None:
    app = visit("pages/results/overview.py", model="sample:breast-cancer", slice="map 1 2: 0,0 1,0 1,1")
    assert not app.exception
    assert app.title[0].value == "This slice is not in the data"
