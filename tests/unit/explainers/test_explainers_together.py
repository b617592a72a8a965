"""Eight sessions at once on one model: other methods together, predictions between, and some that are stopped."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from analysis.errors import Cancelled, UnusableInput
from analysis.explainers.registry import EXPLAINERS, fitting
from analysis.progress import Progress
from tests.unit.explainers.tiny_models import (
    IMAGE_PIPELINE,
    BrightSpots,
    bert_candidate,
    image_candidate,
    noisy,
    spotted,
    state_of,
    vit_candidate,
)

torch.set_num_threads(1)
OPENED = {
    "cnn": (lambda: image_candidate(BrightSpots()), [noisy()]),
    "vit": (vit_candidate, [noisy()]),
    "bert": (bert_candidate, ["very good film bad good"]),
}


def stopped_at(step):
    """Return a progress that asks to stop after so many steps."""
    cancel, seen = threading.Event(), []

    def report(_state):
        seen.append(1)
        if len(seen) >= step:
            cancel.set()

    return Progress(report, cancel)


@pytest.mark.parametrize("name", OPENED)
def test_eight_sessions_at_once_get_right_answers_and_leave_nothing_behind(name):
    opened, raw = OPENED[name]
    alone, shared = opened(), opened()
    methods = fitting(alone)
    assert len(methods) >= 5
    expected = {m.name: _scores(m, alone, raw) for m in methods}
    scores = alone.predict(raw, alone.pipeline)
    before, failures, done = state_of(shared.module), [], []
    gate = threading.Barrier(8)

    def session(number):
        gate.wait()
        for place in range(len(methods)):
            method = methods[(place + number) % len(methods)]
            try:
                if number % 4 == 3:  # Two of the eight stop whatever they begin.
                    method.explain(shared, raw, shared.pipeline, 1, progress=stopped_at(1 + place), seed=3)
                    continue
                found = _scores(method, shared, raw)
                if (found is None) is not (expected[method.name] is None) or (
                    found is not None and not np.allclose(found, expected[method.name], rtol=1e-3, atol=1e-4)
                ):
                    failures.append(method.name)
                if not np.allclose(shared.predict(raw, shared.pipeline), scores, atol=1e-4):
                    failures.append("predict")
                done.append(method.name)
            except Cancelled:
                done.append("cancelled")
            except UnusableInput:
                continue
            except Exception as error:
                failures.append(f"{method.name}: {error!r}")

    threads = [threading.Thread(target=session, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len([d for d in done if d != "cancelled"]) == 6 * len(methods)
    assert "cancelled" in done
    assert state_of(shared.module) == before


def _scores(method, candidate, raw):
    try:
        return method.explain(candidate, raw, candidate.pipeline, 1, seed=3).scores
    except UnusableInput:
        return None


def test_waiting_for_others_is_not_counted_and_can_be_cancelled():
    candidate = image_candidate(BrightSpots())
    held, release = threading.Event(), threading.Event()

    def hold():
        with candidate.lock:
            held.set()
            release.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(5)
    progress = Progress()
    timer = threading.Timer(0.3, progress.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        EXPLAINERS["saliency"].explain(candidate, [spotted(0, 0)], IMAGE_PIPELINE, 0, progress=progress)
    threading.Timer(0.7, release.set).start()
    found = EXPLAINERS["saliency"].explain(candidate, [spotted(0, 0)], IMAGE_PIPELINE, 0)
    holder.join()
    assert found.seconds < 0.5
    assert candidate.lock.acquire(timeout=1)
    candidate.lock.release()
