"""Settings, labels, processors, tokenizers: each silent or obscure failure has a finding that says what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analysis.candidates import Refused, open_candidate, preflight
from analysis.candidates.checks import CHECKS
from analysis.types import Severity
from tests.unit.candidates import zoo
from tests.unit.candidates.damage import blockers, cautions, refused

# --- Configuration -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [("{", "not JSON"), ("[1]", "no JSON object"), ("[" * 100_000, "nested"), ("\xff", "UTF-8"), ("", "not JSON")],
)
def test_an_unreadable_configuration_is_refused(content: str, words: str, copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    (folder / "config.json").write_bytes(content.encode("latin1"))
    assert words in refused(folder, "config.json").summary


def test_a_folder_without_configuration_is_refused(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copied("vit")
    (folder / "config.json").unlink()
    refused(folder, "config.missing")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "config.missing")


@pytest.mark.parametrize(
    "change",
    [
        {"vocab_size": 10**9},
        {"num_hidden_layers": 5_000},
        {"hidden_size": 10**8},
        {"num_labels": 10**9, "id2label": None},
        {"intermediate_size": 10**12},
        {"num_hidden_layers": float("inf")},
    ],
)
def test_absurd_sizes_are_refused_before_anything_is_allocated(
    change: dict[str, object], copied: Callable[[str], Path]
) -> None:
    folder = copied("bert")
    zoo.edit_json(folder / "config.json", lambda c: c.update(change))
    assert next(iter(change)) in refused(folder, "config.size").summary


def test_a_configuration_of_another_model_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    zoo.edit_json(folder / "config.json", lambda c: c.update(vocab_size=30_522))
    assert "30,522" in refused(folder, "config.vocabulary").summary
    zoo.edit_json(folder / "config.json", lambda c: c.update(vocab_size=27, hidden_size=4096))
    assert "4,096" in refused(folder, "config.width").summary


@pytest.mark.parametrize(
    ("architecture", "words"),
    [
        ("DetrForObjectDetection", "object detection"),
        ("BertForTokenClassification", "token classification"),
        ("GPT2LMHeadModel", "text generation"),
        ("T5ForConditionalGeneration", "text generation"),
        ("BertForMaskedLM", "language modelling"),
        ("BertModel", "no classification head"),
        ("SegformerForSemanticSegmentation", "segmentation"),
        ("Wav2Vec2ForCTC", "speech"),
        ("SomethingElse", "doesn't know"),
    ],
)
def test_other_tasks_are_declined_in_words(architecture: str, words: str, copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(architectures=[architecture]))
    assert words in refused(folder, "task").summary


def test_several_labels_at_once_are_declined(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(problem_type="multi_label_classification"))
    assert "multi-label" in refused(folder, "task.head").summary


def test_a_configuration_without_architectures_opens_by_its_type(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: {**c, "architectures": None})
    assert open_candidate(folder).task.labels == ("cat", "dog", "owl")


def test_grey_images_and_quantised_weights_are_declined(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(num_channels=1))
    refused(folder, "config.channels")
    zoo.edit_json(
        folder / "config.json", lambda c: c.update(num_channels=3, quantization_config={"quant_method": "gptq"})
    )
    assert "gptq" in refused(folder, "config.quantised").summary


# --- Labels --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "id", "labels"),
    [
        ({"1": "cat", "2": "dog", "3": "owl"}, "labels.ids", ("cat", "dog", "owl")),
        ({"0": "cat", "1": "dog", "7": "owl"}, "labels.ids", ("cat", "dog", "owl")),
        ({"0": "crane", "1": "dog", "2": "crane"}, "labels.duplicates", ("crane (0)", "dog", "crane (2)")),
        ({"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}, "labels.unnamed", ("LABEL_0", "LABEL_1", "LABEL_2")),
        ({"2": "owl", "0": "cat", "1": "dog"}, None, ("cat", "dog", "owl")),
    ],
)
def test_odd_label_lists_open_and_are_said(
    names: dict[str, str], id: str | None, labels: tuple[str, ...], copied: Callable[[str], Path]
) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: {**c, "id2label": names, "label2id": None})
    found = cautions(folder)
    assert (id in found) if id else not [i for i in found if i.startswith("labels")]
    candidate = open_candidate(folder)
    assert candidate.task.labels == labels
    assert candidate.predict([zoo.photo()], candidate.pipeline).shape == (1, 3)


@pytest.mark.parametrize("names", [{"0": "a", "1": "b"}, {str(i): str(i) for i in range(5)}, {"zero": "a"}])
def test_label_lists_that_do_not_fit_are_refused(names: dict[str, str], copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(id2label=names))
    assert {i for i in blockers(folder) if i.startswith("labels")}
    with pytest.raises(Refused):
        open_candidate(folder)


def test_contradictory_label_tables_are_said(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(label2id={"cat": 1, "dog": 0, "owl": 2}))
    assert "2 names" in cautions(folder)["labels.contradiction"].summary


# --- Processor and tokenizer ---------------------------------------------------------------------------------


def test_no_processor_is_refused_unless_a_pipeline_is_there(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    pipeline = open_candidate(folder).pipeline
    (folder / "preprocessor_config.json").unlink()
    refused(folder, "processor.missing")
    (folder / "pipeline.json").write_text(json.dumps(pipeline.to_json()))
    assert "processor.missing" in cautions(folder)
    assert open_candidate(folder).pipeline == pipeline


def test_defaults_that_would_fill_in_silently_are_named(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    (folder / "preprocessor_config.json").write_text("{}")
    summary = cautions(folder)["processor.defaults"].summary
    assert all(word in summary for word in ("size", "mean", "deviation", "0.5", "224"))
    zoo.edit_json(folder / "preprocessor_config.json", lambda c: c.update(zoo.SQUARE))
    assert "processor.defaults" not in cautions(folder)


def test_absurd_image_sizes_are_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    huge = {"size": {"height": 100_000, "width": 100_000}}
    zoo.edit_json(folder / "preprocessor_config.json", lambda c: c.update(huge))
    assert "100000" in refused(folder, "processor.unknown").summary.replace(",", "")


def test_no_tokenizer_files_are_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    (folder / "tokenizer.json").unlink()
    assert "unknown" in refused(folder, "tokenizer.missing").summary


def test_no_tokenizer_configuration_is_said_and_texts_are_cut(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    (folder / "tokenizer_config.json").unlink()
    assert "24 positions" in cautions(folder)["tokenizer.length"].summary
    candidate = open_candidate(folder)
    assert np.isfinite(candidate.predict(["good " * 200], candidate.pipeline)).all()


def test_another_model_s_vocabulary_is_found(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    added = {"id": 9_999, "content": "[NEW]", "special": True, "single_word": False, "lstrip": False, "rstrip": False}
    zoo.edit_json(folder / "tokenizer.json", lambda c: c["added_tokens"].append({**added, "normalized": False}))
    assert "9,999" in refused(folder, "tokenizer.vocabulary").summary
    vocabulary = {"[UNK]": 0, "[PAD]": 1, "a": 2}
    zoo.edit_json(
        folder / "tokenizer.json", lambda c: {**c, "added_tokens": [], "model": {**c["model"], "vocab": vocabulary}}
    )
    assert "3 words" in cautions(folder)["tokenizer.vocabulary"].summary


# --- The registry --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vit", "bert"])
def test_each_check_of_a_healthy_model_says_what_it_looked_at(name: str, built: Callable[[str], Path]) -> None:
    folder = built(name)
    findings = preflight(folder)
    assert {f.severity for f in findings} == {Severity.OK}
    ids = [f.id for f in findings]
    assert len(set(ids)) == len(ids)
    expected = set(CHECKS) - {"skops"} - ({"tokenizer"} if name == "vit" else {"processor"})
    assert ids == [f"preflight.{name}" for name in CHECKS if name in expected]
    assert all(f.summary.endswith(".") for f in findings)


def test_every_check_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "candidates.md").read_text()
    assert not [name for name in CHECKS if f"| `{name}` |" not in page]


def test_preflight_imports_no_loader(built: Callable[[str], Path]) -> None:
    code = (
        "import sys; from pathlib import Path; from analysis.candidates import preflight; "
        f"assert preflight(Path({str(built('vit'))!r})); assert preflight(Path({str(built('bert'))!r})); "
        "print({'torch', 'transformers', 'skops', 'sklearn', 'pickle5'} & set(sys.modules))"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
