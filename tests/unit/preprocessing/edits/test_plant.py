"""Planted faults are faults: they change what the model receives or answers, and name their step."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.candidates.batches import Frame, ImageBatch, TokenBatch
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.edits import FAMILIES
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.plant import Fault, combine, plantable
from analysis.types import Kind, Modality, Prepared
from tests.unit.preprocessing.edits.conftest import CONTEXTS


def faults_of(context: Context) -> tuple[Fault, ...]:
    return plantable(context.candidate, context.dataset)


def content(prepared: Prepared) -> object:
    if isinstance(prepared, ImageBatch):
        return prepared.pixels.tobytes(), prepared.pixels.shape
    if isinstance(prepared, TokenBatch):
        return [list(tokens) for tokens in prepared.tokens]
    assert isinstance(prepared, Frame)
    return np.nan_to_num(prepared.data.to_numpy(dtype=np.float64)).tobytes()


@pytest.mark.parametrize("name", CONTEXTS)
def test_each_fault_changes_what_arrives_or_what_is_answered(name: str, contexts: dict[str, Context]) -> None:
    context = contexts[name]
    documented, candidate = context.documented, context.candidate
    before = content(candidate.prepare(context.dataset.inputs(context.rows), documented))
    faults = faults_of(context)
    assert len({fault.name for fault in faults}) == len(faults)
    for fault in faults:
        pipeline, data = check_pipeline(fault.deploy(documented)), fault.spoil(context.dataset)
        after = content(candidate.prepare(data.inputs(context.rows), pipeline))
        # The stub's tokens are words: spaces and special tokens change nothing for it.
        elsewhere = {"label_order", "positive_class", "target_scale", "special_tokens", "whitespace"}
        assert after != before or elsewhere & set(fault.steps), fault.name
        assert pipeline != documented or data.fingerprint != context.dataset.fingerprint, fault.name
        assert len(data) == len(context.dataset)


def test_every_family_has_a_fault(contexts: dict[str, Context]) -> None:
    planted = {(c.candidate.task.modality, step) for c in contexts.values() for f in faults_of(c) for step in f.steps}
    for modality in Modality:
        # Of the models at hand, only the one of tables is a regression, and only photos have many labels.
        wanted = {f.step for f in FAMILIES if modality in f.modalities} - {
            "target_scale",
            "label_order",
            "positive_class",
        }
        assert wanted <= {step for m, step in planted if m is modality}
    assert {"target_scale", "label_order", "positive_class"} <= {step for _, step in planted}


@pytest.mark.parametrize("name", CONTEXTS)
def test_the_documented_pipeline_undoes_every_fault_of_the_deployment(name: str, contexts: dict[str, Context]) -> None:
    context = contexts[name]
    for fault in faults_of(context):
        if not fault.edits or fault.spoilers:
            continue
        faulty = check_pipeline(fault.deploy(context.documented))
        family = next(f for f in FAMILIES if f.step == fault.step and faulty.modality in f.modalities)
        proposals = family.propose(faulty, context)
        assert check_pipeline(proposals[0].apply(faulty)) == context.documented, fault.name


def test_faults_combine(contexts: dict[str, Context]) -> None:
    context = contexts["photos"]
    by_name = {fault.name: fault for fault in faults_of(context)}
    both = combine([by_name["channels reversed"], by_name["squashed"], by_name["files upside down"]])
    assert both.steps == ("channel_order", "resize", "orientation")
    assert both.name == "channels reversed + squashed + files upside down"
    pipeline = both.deploy(context.documented)
    assert pipeline.param("channel_order", "order") == "BGR"
    assert pipeline.param("resize", "mode") == "squash"
    with pytest.raises(ValueError, match="same parameter"):
        combine([by_name["channels reversed"], by_name["channels rotated"]])


def test_labels_in_thousands(contexts: dict[str, Context]) -> None:
    context = contexts["regression"]
    fault = next(f for f in faults_of(context) if f.name == "labels in thousands")
    spoiled = fault.spoil(context.dataset)
    assert spoiled.kind is Kind.REGRESSION
    assert spoiled.table["label"].to_numpy() == pytest.approx(context.dataset.table["label"].to_numpy() / 1000)
