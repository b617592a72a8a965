"""How far an explanation can be believed, on the page Explain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from analysis.errors import UnusableInput
from analysis.faithfulness import Examination
from analysis.progress import Progress
from pages.shared import cache
from pages.shared.jobs import Status
from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
EXPLAIN = "pages/why/explain.py"


@pytest.mark.parametrize("sample", ["breast-cancer", "diabetes", "tweets"])
def test_every_map_has_its_verdict_and_reason(visit: Visit, sample: str) -> None:
    app = visit(EXPLAIN, model=f"sample:{sample}")
    assert not app.exception
    said = words(app)
    verdicts = ("Trustworthy on this example", "No better than random", "Can’t tell")
    assert sum(said.count(verdict) for verdict in verdicts) == 1
    assert "random orders in deletion" in said


def test_the_curves_are_one_click_away_and_methods_are_compared(visit: Visit) -> None:
    app = visit(EXPLAIN, model="sample:breast-cancer", methods="shap_linear,shap_permutation")
    assert not app.exception
    assert "Do the methods agree?" in [s.value for s in app.subheader]
    before = len(app.get("plotly_chart"))
    app.session_state["curves-shap_linear"] = True
    app.run()
    settle(app)
    assert not app.exception
    assert len(app.get("plotly_chart")) == before + 2
    assert "30 columns; “removed” means the values of 25 rows of the data" in words(app)


def test_what_can_not_be_measured_is_said(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise UnusableInput("There are no <b>other</b> rows.")

    monkeypatch.setattr("analysis.faithfulness.examine", refuse)
    # An example that no other test asks for: what was measured once is kept.
    app = visit(EXPLAIN, model="sample:diabetes", methods="shap_linear,shap_permutation", example="test.csv:7")
    assert not app.exception
    assert "Do the methods agree?" not in [s.value for s in app.subheader]
    assert words(app).count("can’t be measured: There are no <b>other</b> rows.") == 2


def test_the_network_is_randomised_on_a_click(visit: Visit) -> None:
    app = visit(EXPLAIN, model="sample:tweets", methods="input_x_gradient")
    app.button(key="randomise").click().run()
    settle(app)
    assert not app.exception
    said = words(app)
    assert "layers random, 95 % interval" in said
    assert not [b for b in app.button if b.key == "randomise"]


def test_a_table_has_no_layers_to_randomise(visit: Visit) -> None:
    app = visit(EXPLAIN, model="sample:breast-cancer")
    assert not [b for b in app.button if b.key == "randomise"]
    assert "Do these maps follow what the network learned?" not in [s.value for s in app.subheader]


def test_what_is_measured_of_an_example_that_was_left_is_stopped_and_begun_anew(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = visit(EXPLAIN, model="sample:breast-cancer", methods="shap_linear")

    def slow(_: Examination, __: object, progress: Progress) -> None:
        progress.start("Measuring", 0)
        while True:
            time.sleep(0.02)
            progress.advance()

    def running() -> int:
        jobs = [job for (kind, _), job in cache.jobs()._jobs.items() if kind == "faithfulness"]
        return sum(job.status is Status.RUNNING for job in jobs)

    with monkeypatch.context() as patch:
        patch.setattr(Examination, "judge", slow)
        app.button(key="next").click().run()
        deadline = time.monotonic() + 60
        while not running() and time.monotonic() < deadline:
            app.run()
        assert running() == 1
        app.button(key="previous").click().run()
        while running() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not running()
    app.button(key="next").click().run()
    settle(app)
    assert "random orders in deletion" in words(app)
    assert "it was stopped" not in words(app)


def test_controls_stand_beside_and_beat_nothing(visit: Visit) -> None:
    app = visit(EXPLAIN, model="sample:tweets", example="3")
    app.pills(key="why_controls").set_value(["random_map", "word_frequency"]).run()
    settle(app)
    assert not app.exception
    said = words(app)
    assert "Random map (control)" in said
    assert said.count("A control: it knows nothing of the model.") == 2
    assert "Do the methods agree?" in [s.value for s in app.subheader]
    app.pills(key="why_controls").set_value([]).run()
    assert "Random map (control)" not in words(settle(app))


def test_what_absent_means_can_be_chosen(visit: Visit) -> None:
    app = visit(EXPLAIN, model="sample:tweets", example="3")
    assert "every token replaced by [MASK]" in words(app)
    app.selectbox(key="why_baseline").set_value("pad").run()
    settle(app)
    assert not app.exception
    assert "every token replaced by [PAD]" in words(app)
    assert app.query_params["baseline"] in ("pad", ["pad"])


def test_tokens_are_one_click_away(visit: Visit) -> None:
    app = visit(EXPLAIN, model="sample:tweets", example="3")
    app.segmented_control(key="why_units").set_value("tokens").run()
    settle(app)
    assert not app.exception
    assert app.query_params["units"] in ("tokens", ["tokens"])


def test_an_unknown_baseline_is_each_methods_own(visit: Visit) -> None:
    app = visit(EXPLAIN, model="sample:tweets", example="3", baseline="blur", methods="nothing,word_frequency")
    assert not app.exception
    assert app.pills(key="why_controls").value == ["word_frequency"]


def test_a_missed_sum_is_said_with_a_warning(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.explainers import base

    def missed(_delta: float, difference: float, remedy: str) -> tuple[str, ...]:
        return base.convergence_notes(difference, difference, remedy)

    monkeypatch.setattr("analysis.explainers.layer_integrated_gradients.convergence_notes", missed)
    app = visit(EXPLAIN, model="sample:tweets", example="11")
    assert not app.exception
    assert any(":orange[" in m.value and "add up to" in m.value for m in app.markdown)


def test_what_was_left_behind_is_stopped_and_begun_anew(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next example is served at once, though the one before would have taken for ever."""
    import analysis.explain

    real, slow = analysis.explain.explain_example, threading.Event()
    stopped: list[str] = []

    def patient(candidate: object, dataset: object, example: str, *args: object, **options: object) -> object:
        progress = options["progress"]
        assert isinstance(progress, Progress)
        if example == "21" and not slow.is_set():
            with candidate.lock:  # type: ignore[attr-defined]
                try:
                    while True:
                        progress.start("For ever", 0)
                        time.sleep(0.02)
                finally:
                    stopped.append(example)
        return real(candidate, dataset, example, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("analysis.explain.explain_example", patient)
    app = visit(EXPLAIN, model="sample:tweets", example="20")
    app.query_params["example"] = "21"
    app.run()
    assert app.get("progress")
    app.query_params["example"] = "22"
    app.run()
    settle(app)
    assert stopped == ["21"]
    assert not app.exception
    slow.set()
    app.query_params["example"] = "21"
    app.run()
    settle(app)
    assert "Stopped before it was finished" not in words(app)
    assert stopped == ["21"]
