"""Every row of the table of silent and obscure failures has a finding that names the file and says what to do."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from analysis.candidates import Refused, open_candidate, preflight
from analysis.candidates.checks import CHECKS
from analysis.errors import UnusableInput
from analysis.types import Finding, Severity
from tests.unit.candidates import zoo

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


class Bomb:
    """A pickle of this leaves a file behind when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.marker),)


def blockers(folder: Path) -> dict[str, Finding]:
    return {f.id.removeprefix("preflight."): f for f in preflight(folder) if f.severity is Severity.BLOCKER}


def cautions(folder: Path) -> dict[str, Finding]:
    return {f.id.removeprefix("preflight."): f for f in preflight(folder) if f.severity is Severity.CAUTION}


def refused(folder: Path, id: str) -> Finding:
    """Assert that a model is refused for one reason, and return it."""
    found = blockers(folder)
    assert id in found, sorted(found)
    with pytest.raises(UnusableInput) as caught:
        open_candidate(folder)
    assert isinstance(caught.value, Refused)
    assert found[id] in caught.value.findings
    assert found[id].action
    return found[id]


def shard(folder: Path) -> dict[str, str]:
    """Divide a model's weights into two files with an index; return the index's map."""
    tensors = load_file(folder / WEIGHTS)
    names = sorted(tensors)
    parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, members in parts.items():
        save_file({name: tensors[name] for name in members}, folder / file)
    weight_map = {name: file for file, members in parts.items() for name in members}
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    (folder / WEIGHTS).unlink()
    return weight_map


# --- Pickles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "model.pt", "weights.pth", "m.ckpt", "model.pkl", "model.joblib"]
)
def test_a_hostile_pickle_is_refused_and_never_run(name: str, copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder, marker = copied("vit"), tmp_path / "was-run"
    (folder / WEIGHTS).unlink()
    (folder / name).write_bytes(pickle.dumps(Bomb(marker)))
    finding = refused(folder, "pickles.only")
    assert name in finding.summary
    assert "convert" in finding.action
    assert not marker.exists()


def test_a_benign_bin_is_refused_too(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    torch.save({k: torch.from_numpy(v) for k, v in load_file(folder / WEIGHTS).items()}, folder / "pytorch_model.bin")
    (folder / WEIGHTS).unlink()
    refused(folder, "pickles.only")


def test_a_pickle_beside_safetensors_is_ignored_and_said(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder, marker = copied("vit"), tmp_path / "was-run"
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(marker)))
    assert "pytorch_model.bin" in cautions(folder)["pickles.ignored"].summary
    assert open_candidate(folder).task.labels == ("cat", "dog", "owl")
    assert not marker.exists()


def test_an_index_that_names_a_bin_is_refused(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder, marker = copied("vit"), tmp_path / "was-run"
    weight_map = shard(folder)
    (folder / "evil.bin").write_bytes(pickle.dumps(Bomb(marker)))
    weight_map[min(weight_map)] = "evil.bin"
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))
    assert "evil.bin" in refused(folder, "pickles.index").summary
    assert not marker.exists()


def test_a_pickle_called_safetensors_is_refused(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder, marker = copied("vit"), tmp_path / "was-run"
    (folder / WEIGHTS).write_bytes(pickle.dumps(Bomb(marker)))
    refused(folder, "weights.pickle")
    assert not marker.exists()


# --- Paths ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["../outside.safetensors", "/etc/outside.safetensors", "..\\outside.safetensors"])
def test_an_index_may_not_name_files_outside(target: str, copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    weight_map = shard(folder)
    shutil.copy(folder / min(weight_map.values()), folder.parent / "outside.safetensors")
    weight_map = dict.fromkeys(weight_map, target)
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))
    assert "outside the model's folder" in refused(folder, "paths.outside").summary


def test_a_link_out_of_the_folder_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    shutil.move(folder / WEIGHTS, folder.parent / "elsewhere.safetensors")
    (folder / WEIGHTS).symlink_to(folder.parent / "elsewhere.safetensors")
    assert WEIGHTS in refused(folder, "paths.outside").summary
    assert "paths.outside" not in {
        f.id for f in preflight(folder, root=folder.parent) if f.severity is Severity.BLOCKER
    }


def test_links_inside_the_folder_and_links_in_circles(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    shutil.move(folder / WEIGHTS, folder / "blob")
    (folder / WEIGHTS).symlink_to("blob")
    assert not blockers(folder)
    (folder / "loop").symlink_to("loop")
    assert set(blockers(folder)) <= {"paths.outside"}


def test_a_pipe_among_the_files_does_not_hang(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    (folder / WEIGHTS).unlink()
    os.mkfifo(folder / WEIGHTS)
    refused(folder, "paths.special")


def test_transformers_weights_may_not_point_outside(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(transformers_weights="../x.safetensors"))
    refused(folder, "paths.outside")


def test_transformers_weights_is_not_followed(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    tensors = {k: np.zeros_like(v) for k, v in load_file(folder / WEIGHTS).items()}
    save_file(tensors, folder / "other.safetensors")
    scores = open_candidate(folder).predict([zoo.photo()], open_candidate(folder).pipeline)
    zoo.edit_json(folder / "config.json", lambda c: c.update(transformers_weights="other.safetensors"))
    candidate = open_candidate(folder)
    np.testing.assert_array_equal(candidate.predict([zoo.photo()], candidate.pipeline), scores)


# --- Code ----------------------------------------------------------------------------------------------------


def test_auto_map_with_an_unknown_type_is_refused(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder, marker = copied("vit"), tmp_path / "was-run"
    (folder / "evil.py").write_text(f"import os; os.mkdir({str(marker)!r})")
    auto_map = {"AutoConfig": "evil.C", "AutoModelForImageClassification": "evil.M"}
    zoo.edit_json(folder / "config.json", lambda c: c.update(model_type="evil", auto_map=auto_map))
    assert "evil" in refused(folder, "remote_code.auto_map").summary
    assert not marker.exists()


def test_auto_map_beside_a_native_type_is_ignored_and_said(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder, marker = copied("vit"), tmp_path / "was-run"
    (folder / "evil.py").write_text(f"import os; os.mkdir({str(marker)!r})")
    auto_map = {"AutoConfig": "evil.C", "AutoModelForImageClassification": "evil.M"}
    zoo.edit_json(folder / "config.json", lambda c: c.update(auto_map=auto_map))
    assert set(cautions(folder)) >= {"remote_code.auto_map", "remote_code.files"}
    assert type(open_candidate(folder).module).__module__.startswith("transformers.")  # type: ignore[attr-defined]
    assert not marker.exists()


def test_code_for_the_tokenizer_is_not_run(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder, marker = copied("bert"), tmp_path / "was-run"
    (folder / "evil.py").write_text(f"import os; os.mkdir({str(marker)!r})")
    change = {"auto_map": {"AutoTokenizer": ["evil.T", "evil.T"]}, "tokenizer_class": "EvilTokenizer"}
    zoo.edit_json(folder / "tokenizer_config.json", lambda c: c.update(change))
    assert "remote_code.auto_map" in cautions(folder)
    with contextlib.suppress(UnusableInput):
        open_candidate(folder)
    assert not marker.exists()


def test_kernels_are_never_fetched(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(attn_implementation="someone/kernel"))
    refused(folder, "remote_code.kernel")


# --- Weights -------------------------------------------------------------------------------------------------


def damage(folder: Path, how: str) -> None:
    file = folder / WEIGHTS
    data = file.read_bytes()
    replacements = {
        "truncated": data[: len(data) // 2],
        "header cut": data[:100],
        "three bytes": data[:3],
        "empty": b"",
        "lfs_pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 346\n",
        "web_page": b"\n<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
        "huge header": (2**60).to_bytes(8, "little") + data[8:],
        "not JSON": data[:8] + b"x" * 64 + data[72:],
        "trailing bytes": data + b"extra",
    }
    file.write_bytes(replacements[how])


@pytest.mark.parametrize(
    ("how", "id"),
    [
        ("truncated", "truncated"),
        ("header cut", "truncated"),
        ("three bytes", "truncated"),
        ("empty", "empty"),
        ("lfs_pointer", "lfs_pointer"),
        ("web_page", "web_page"),
        ("huge header", "header"),
        ("not JSON", "header"),
        ("trailing bytes", "offsets"),
    ],
)
def test_damaged_weights_are_refused_in_words(how: str, id: str, copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    damage(folder, how)
    assert refused(folder, f"weights.{id}").summary.startswith(WEIGHTS)


def rewrite_header(folder: Path, change: Callable[[dict[str, dict[str, object]]], None]) -> None:
    data = (folder / WEIGHTS).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    change(header)
    raw = json.dumps(header).encode()
    (folder / WEIGHTS).write_bytes(len(raw).to_bytes(8, "little") + raw + data[8 + length :])


@pytest.mark.parametrize(
    ("entry", "id"),
    [
        ({"dtype": "F32", "shape": [3], "data_offsets": [4, 16]}, "offsets"),
        ({"dtype": "F32", "shape": [2**40], "data_offsets": [0, 12]}, "offsets"),
        ({"dtype": "EVIL", "shape": [3], "data_offsets": [0, 12]}, "dtype"),
        ({"dtype": "F32", "shape": [-3], "data_offsets": [0, 12]}, "header"),
        ({"dtype": "F32", "shape": "3", "data_offsets": [0, 12]}, "header"),
        ({"dtype": "F32", "shape": [3]}, "header"),
        ("nothing", "header"),
    ],
)
def test_contradictory_headers_are_refused(entry: object, id: str, copied: Callable[[str], Path]) -> None:
    folder = copied("vit")

    def change(header: dict[str, object]) -> None:
        header["classifier.bias"] = entry

    rewrite_header(folder, change)  # type: ignore[arg-type]
    refused(folder, f"weights.{id}")


def test_a_missing_shard_is_named(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    weight_map = shard(folder)
    assert not blockers(folder)
    candidate = open_candidate(folder)
    assert len(candidate.task.labels) == 3
    (folder / max(weight_map.values())).unlink()
    assert max(weight_map.values()) in refused(folder, "weights.missing_shard").summary


def test_an_index_that_promises_too_much_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    weight_map = shard(folder)
    weight_map["classifier.extra"] = min(weight_map.values())
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))
    assert "classifier.extra" in refused(folder, "weights.index").summary


def test_no_weights_and_weights_under_another_name(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    (folder / WEIGHTS).rename(folder / "vit.safetensors")
    assert "vit.safetensors" in refused(folder, "weights.name").summary
    (folder / "vit.safetensors").rename(folder / "model.onnx")
    assert "model.onnx" in refused(folder, "weights.missing").summary


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite_are_found(dtype: str, value: float, copied: Callable[[str], Path]) -> None:
    from safetensors.torch import load_file as load_torch
    from safetensors.torch import save_file as save_torch

    folder = copied("vit")
    tensors = {k: v.to(getattr(torch, dtype)) for k, v in load_torch(folder / WEIGHTS).items()}
    save_torch(tensors, folder / WEIGHTS)
    assert not blockers(folder)
    tensors["classifier.weight"][1, 2] = value
    save_torch(tensors, folder / WEIGHTS)
    finding = refused(folder, "finite")
    assert "classifier.weight" in finding.summary
    assert finding.evidence["tensors"] == {"classifier.weight": 1}


def test_an_adapter_is_no_model(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "someone/else"}')
    refused(folder, "weights.adapter")


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
