"""The names that are read from configurations are those of the installed transformers version."""

from __future__ import annotations

import pytest
from transformers.models.auto import image_processing_auto, modeling_auto

from analysis.candidates.families import (
    IMAGE_TYPES,
    OUT_OF_REACH,
    PROCESSORS,
    TEXT_TYPES,
    modality_in,
    modality_of,
    other_task,
)
from analysis.types import Modality


def test_the_types_are_those_of_transformers() -> None:
    assert set(modeling_auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES) == IMAGE_TYPES
    assert set(modeling_auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES) == TEXT_TYPES
    assert set(OUT_OF_REACH) <= IMAGE_TYPES | TEXT_TYPES


def test_the_implied_processors_are_those_of_transformers() -> None:
    for kind in IMAGE_TYPES - {"timm_wrapper"}:
        names = image_processing_auto.IMAGE_PROCESSOR_MAPPING_NAMES.get(kind) or {}
        found = {name.removesuffix("Pil").removesuffix("ImageProcessor") for name in names.values()}
        assert found == ({PROCESSORS[kind]} if kind in PROCESSORS else set())


def _architectures(mapping: object) -> list[str]:
    names: list[str] = []
    for value in dict(mapping).values():  # type: ignore[call-overload]
        names += [value] if isinstance(value, str) else list(value)
    return names


def test_every_classifier_s_architecture_is_recognised() -> None:
    for name in _architectures(modeling_auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES):
        assert modality_of(name) is Modality.IMAGE
    for name in _architectures(modeling_auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES):
        assert modality_of(name) is Modality.TEXT


@pytest.mark.parametrize(
    "task",
    [
        "OBJECT_DETECTION",
        "SEMANTIC_SEGMENTATION",
        "TOKEN_CLASSIFICATION",
        "QUESTION_ANSWERING",
        "CAUSAL_LM",
        "MASKED_LM",
        "SEQ_TO_SEQ_CAUSAL_LM",
        "MULTIPLE_CHOICE",
        "AUDIO_CLASSIFICATION",
        "CTC",
        "DEPTH_ESTIMATION",
    ],
)
def test_architectures_of_other_tasks_are_declined(task: str) -> None:
    for name in _architectures(getattr(modeling_auto, f"MODEL_FOR_{task}_MAPPING_NAMES")):
        assert modality_of(name) is None, name
    known = [other_task(name) for name in _architectures(getattr(modeling_auto, f"MODEL_FOR_{task}_MAPPING_NAMES"))]
    assert sum(words is not None for words in known) / len(known) > 0.9


def test_the_type_stands_in_for_an_absent_architecture() -> None:
    assert modality_in({"model_type": "resnet"}) is Modality.IMAGE
    assert modality_in({"model_type": "bert", "architectures": []}) is Modality.TEXT
    assert modality_in({"model_type": "bert", "architectures": ["BertModel"]}) is None
    assert modality_in({"model_type": ["bert"], "architectures": {}}) is None
