"""What holds for every explainer in the registry."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from analysis.errors import Cancelled, UnusableInput
from analysis.explainers.base import Asked
from analysis.explainers.registry import CONTROLS, fitting
from analysis.explainers.registry import EXPLAINERS as OFFERED
from analysis.progress import Progress
from analysis.types import Modality
from tests.unit.explainers.tiny_models import (
    BrightSpots,
    WordSum,
    bert_candidate,
    image_candidate,
    noisy,
    run_in_threads,
    state_of,
    table,
    table_candidate,
    text_candidate,
    vit_candidate,
)

torch.set_num_threads(1)
EXPLAINERS = {**OFFERED, **CONTROLS}
ROOT = Path(__file__).parents[3]
PAIRS = [(name, modality) for name, explainer in EXPLAINERS.items() for modality in explainer.modalities]
NETWORKS = [(name, modality) for name, modality in PAIRS if modality is not Modality.TABULAR]


def fit_for(name, modality):
    """Return a candidate that the method fits, and one raw input."""
    if name == "attention_rollout":
        return (vit_candidate(), [noisy()]) if modality is Modality.IMAGE else (bert_candidate(), ["very good film"])
    if modality is Modality.IMAGE:
        return image_candidate(BrightSpots()), [noisy()]
    if modality is Modality.TEXT:
        return text_candidate(WordSum()), ["very good film"]
    data = table()
    labels = np.where(data["a"] > 0, "yes", "no")
    model = RandomForestClassifier(5, random_state=0) if name == "shap_tree" else LogisticRegression()
    return table_candidate(model.fit(data, labels)), data.iloc[[0]]


def explained(name, modality, candidate=None, raw=None, **more):
    fit, one = fit_for(name, modality)
    candidate, raw = candidate or fit, one if raw is None else raw
    return EXPLAINERS[name].explain(candidate, raw, candidate.pipeline, 1, background=table(), **more)


@pytest.mark.parametrize(("name", "modality"), PAIRS)
def test_attributions_are_complete_and_repeatable(name, modality):
    found, again = explained(name, modality, seed=3), explained(name, modality, seed=3)
    assert found.method == name
    assert found.scores.dtype == np.float32
    assert np.isfinite(found.scores).all()
    assert found.scores.shape == ((32, 32) if modality is Modality.IMAGE else (len(found.units),))
    assert len(found.spans) == (len(found.units) if modality is Modality.TEXT else 0)
    assert found.seconds > 0
    assert found.params["seed"] == 3
    assert found.params["output"]
    json.dumps(dict(found.params))
    assert found.contrast is None
    np.testing.assert_array_equal(found.scores, again.scores)
    if not EXPLAINERS[name].signed:
        assert found.scores.min() >= 0


@pytest.mark.parametrize(("name", "modality"), PAIRS)
def test_it_says_what_it_is(name, modality):
    explainer = EXPLAINERS[name]
    assert explainer.name == name
    assert re.fullmatch(r"[a-z0-9_]+", name)
    assert explainer.when.endswith(".")
    assert explainer.title
    assert explainer.cost
    assert modality in explainer.modalities
    assert (explainer in fitting(fit_for(name, modality)[0])) is (name in OFFERED)
    assert explainer.is_compatible(fit_for(name, modality)[0]) is None


@pytest.mark.parametrize("name", EXPLAINERS)
def test_other_modalities_are_refused_with_a_reason(name):
    others = [m for m in Modality if m not in EXPLAINERS[name].modalities]
    for other in others:
        candidate, raw = fit_for("shap_tree" if other is Modality.TABULAR else name, other)
        assert EXPLAINERS[name].is_compatible(candidate).endswith(".")
        with pytest.raises(UnusableInput):
            EXPLAINERS[name].explain(candidate, raw, candidate.pipeline, 0)


@pytest.mark.parametrize(("name", "modality"), NETWORKS)
def test_the_network_is_left_as_it_was(name, modality):
    candidate, raw = fit_for(name, modality)
    candidate.module.train()
    next(candidate.module.parameters()).requires_grad_(False)
    handle = next(candidate.module.children()).register_forward_hook(lambda *_: None)
    before = state_of(candidate.module)
    explained(name, modality, candidate, raw)
    assert state_of(candidate.module) == before
    handle.remove()


@pytest.mark.parametrize(("name", "modality"), NETWORKS)
def test_the_network_is_left_as_it_was_after_an_error_and_the_lock_is_free(name, modality):
    candidate, raw = fit_for(name, modality)
    before = state_of(candidate.module)
    forward, calls = candidate.module.forward, []

    def failing(*arguments, **tensors):
        calls.append(1)
        forward(*arguments, **tensors)
        raise RuntimeError("out of memory")

    candidate.module.forward = failing
    if name in CONTROLS:
        explained(name, modality, candidate, raw)
    else:
        with pytest.raises((RuntimeError, UnusableInput), match=r"out of memory|does not get through"):
            explained(name, modality, candidate, raw)
    assert calls or name in CONTROLS
    assert state_of(candidate.module) == before
    assert run_in_threads(lambda: candidate.lock.acquire(timeout=1), 1) == [True]


@pytest.mark.parametrize(("name", "modality"), PAIRS)
def test_a_cancel_stops_it_and_leaves_the_network_as_it_was(name, modality):
    candidate, raw = fit_for(name, modality)
    before = state_of(candidate.module) if modality is not Modality.TABULAR else None
    cancel = threading.Event()

    def report(state):
        if state.done:
            cancel.set()

    with pytest.raises(Cancelled):
        explained(name, modality, candidate, raw, progress=Progress(report, cancel))
    if before is not None:
        assert state_of(candidate.module) == before


@pytest.mark.parametrize(("name", "modality"), PAIRS)
def test_progress_ends_where_it_said_it_would(name, modality):
    states = []
    explained(name, modality, progress=Progress(states.append))
    assert states[-1].what == EXPLAINERS[name].title
    assert states[-1].total > 0
    assert 0 < states[-1].done <= states[-1].total * 1.3 + 2


@pytest.mark.parametrize(("name", "modality"), NETWORKS)
def test_eight_sessions_at_once_get_the_right_answer(name, modality):
    candidate, raw = fit_for(name, modality)
    expected = explained(name, modality, candidate, raw).scores
    for found in run_in_threads(lambda: explained(name, modality, candidate, raw), 8):
        np.testing.assert_allclose(found.scores, expected, atol=1e-5)


@pytest.mark.parametrize("name", EXPLAINERS)
def test_parameters_can_be_changed_and_are_recorded(name):
    explainer = EXPLAINERS[name]
    for baseline in explainer.baselines:
        assert replace(explainer, baseline=baseline).params()["baseline"] == baseline
    assert hash(explainer) == hash(replace(explainer))


@pytest.mark.parametrize("name", EXPLAINERS)
def test_it_is_documented(name):
    text = (ROOT / "docs" / "explainers.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith(f"| `{name}` ")]
    assert len(rows) == 1, f"docs/explainers.md needs one row for {name}"
    assert all(cell.strip() for cell in rows[0].strip("|").split("|"))


def test_only_registered_explainers_are_documented():
    text = (ROOT / "docs" / "explainers.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z0-9_]+)` ", text, re.MULTILINE)) == set(EXPLAINERS)


def test_the_registry_imports_no_heavy_library():
    heavy = "('torch', 'captum', 'shap', 'sklearn', 'transformers')"
    code = f"import sys, analysis.explainers.registry; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(("name", "modality"), PAIRS)
def test_many_in_a_row_are_told_what_each_alone_is_told(name, modality):
    candidate, one = fit_for(name, modality)
    others = {
        Modality.IMAGE: [[noisy(seed)] for seed in range(1, 3)],
        Modality.TEXT: [["bad film bad"], ["good"]],
        Modality.TABULAR: [table(80).iloc[[i]] for i in range(1, 70 if name == "shap_tree" else 3)],
    }[modality]
    asked = [Asked(raw, at % 2, None, table()) for at, raw in enumerate([one, *others])]
    together = list(EXPLAINERS[name].explain_many(candidate, asked, candidate.pipeline, seed=3))
    for asking, found in list(zip(asked, together, strict=True))[-3:]:
        alone = EXPLAINERS[name].explain(
            candidate, asking.inputs, candidate.pipeline, asking.target, background=table(), seed=3
        )
        np.testing.assert_allclose(found.scores, alone.scores, atol=1e-6)
        assert (found.units, found.target, found.notes) == (alone.units, alone.target, alone.notes)


@pytest.mark.parametrize("name", [name for name, modality in PAIRS if modality is Modality.TABULAR])
def test_a_row_that_can_not_be_explained_spoils_no_other(name):
    candidate, _ = fit_for(name, Modality.TABULAR)
    rows = table().astype(object)
    rows.iloc[1, 0] = "no number"
    asked = [Asked(rows.iloc[[i]], 1, None, table()) for i in range(3)]
    found = list(EXPLAINERS[name].explain_many(candidate, asked, candidate.pipeline))
    assert [isinstance(part, UnusableInput) for part in found] == [False, True, False]
