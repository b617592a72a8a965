"""Damaged and hostile files: each silent or obscure failure has a finding that names the file and what to do."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from analysis.candidates import open_candidate, preflight
from analysis.errors import UnusableInput
from analysis.types import Severity
from tests.unit.candidates import zoo
from tests.unit.candidates.damage import INDEX, WEIGHTS, Bomb, blockers, cautions, refused, shard

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
