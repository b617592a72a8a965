"""Pages over runs that are called large: worked out in the background, drawn in part, and saying so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import ROOT, settle, words

Visit = Callable[..., AppTest]
SAMPLE = "sample:breast-cancer"


@pytest.mark.parametrize("page", ["overview", "metrics", "confusions", "labels"])
def test_a_page_says_the_same_where_it_is_worked_out_in_the_background(
    visit: Visit, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pages.shared import cache, flow

    small = visit(f"pages/results/{page}.py", model=SAMPLE)
    monkeypatch.setattr(flow, "LARGE", 0)
    large = visit(f"pages/results/{page}.py", model=SAMPLE)
    assert not large.exception
    assert large.title[0].value == small.title[0].value
    assert set(words(small).splitlines()) <= set(words(large).splitlines())
    assert [f.value.shape for f in large.dataframe] == [f.value.shape for f in small.dataframe]
    measured = {key[0] for kind, key in cache.jobs()._jobs if kind == "measure"}
    assert measured, "nothing was worked out in the background"


def test_work_that_takes_long_is_shown_with_its_progress(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.metrics import calibration
    from pages.shared import flow

    waiting = threading.Event()
    found = calibration.calibration_error

    def slow(*arguments: object, **options: object) -> object:
        waiting.wait(60)
        return found(*arguments, **options)  # type: ignore[arg-type]

    visit("pages/results/confusions.py", model=SAMPLE)
    monkeypatch.setattr(flow, "LARGE", 0)
    monkeypatch.setattr(calibration, "calibration_error", slow)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["model"] = SAMPLE
    app.run()
    app.switch_page("pages/results/metrics.py")
    for _ in range(40):  # One piece of the page after the other, up to the slow one.
        app.query_params["model"] = SAMPLE
        app.run()
    assert not app.exception
    assert app.get("progress")
    assert "Working it out for all examples" in [s.value for s in app.subheader]
    assert "Cancel" in [b.label for b in app.button]
    assert "Calibration error" not in words(app)
    waiting.set()
    settle(app)
    assert "Calibration error" in words(app)


def test_a_map_of_many_draws_some_and_counts_all(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.shared import plane

    monkeypatch.setattr(plane, "DRAWN", 40)
    app = visit("pages/results/map.py", model=SAMPLE)
    assert not app.exception
    drawn = json.loads(app.get("plotly_chart")[0].proto.spec)
    points = sum(len(trace["customdata"]["bdata"]) if "bdata" in trace["customdata"] else len(trace["customdata"])
                 for trace in drawn["data"])  # fmt: skip
    assert points < 400
    said = words(app)
    assert "40 of 171 examples are drawn, at random" in said or "40 of 114 examples are drawn, at random" in said


def listed(app: AppTest) -> pd.DataFrame:
    return next(frame.value for frame in app.dataframe if "Suggested" in frame.value)


def test_a_long_list_of_suspects_is_cut_and_says_so(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.shared import labelling

    whole = visit("pages/results/labels.py", model=SAMPLE)
    rows = len(listed(whole))
    assert rows > 2
    monkeypatch.setattr(labelling, "LISTED", 2)
    monkeypatch.setattr(labelling.table, "__defaults__", (2,))
    app = visit("pages/results/labels.py", model=SAMPLE)
    assert not app.exception
    assert len(listed(app)) == 2
    assert f"The 2 most suspect of {rows} are listed." in words(app)
