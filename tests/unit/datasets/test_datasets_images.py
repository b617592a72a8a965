"""Folders of images: by class, with splits, with a table; and everything that is no usable image."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from dataset_pictures import picture, png_bomb, put
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.datasets import Columns, Role, guess_columns, image_files, open_dataset
from analysis.datasets.image_files import inspect
from analysis.errors import Cancelled, LabelsMissing, UnusableInput
from analysis.progress import Progress, ProgressState
from analysis.types import Dataset, Kind, Modality, Severity

SAMPLES = Path(__file__).resolve().parents[3] / "sample_data" / "data"


def reasons(dataset: Dataset) -> dict[str, str]:
    return {rejection.item: rejection.reason for rejection in dataset.rejected}


def test_a_folder_a_class(tmp_path: Path) -> None:
    for name in ("cat/1.jpg", "cat/deep/2.jpg", "dog/3.png", "Größe & \n'x'/ümläut 4.JPEG"):
        put(tmp_path, name, picture(1, "PNG") if name.endswith("png") else None)
    dataset = open_dataset(tmp_path)
    assert (dataset.modality, dataset.kind, dataset.splits) == (Modality.IMAGE, Kind.CLASSIFICATION, ("all",))
    assert dict(zip(dataset.table["id"], dataset.table["label"], strict=True)) == {
        "Größe & \n'x'/ümläut 4.JPEG": "Größe & \n'x'",
        "cat/1.jpg": "cat",
        "cat/deep/2.jpg": "cat",
        "dog/3.png": "dog",
    }
    assert dataset.table["width"].tolist() == [24] * 4
    row = dataset.position("dog/3.png")
    assert dataset.inputs(np.array([row, row])) == [picture(1, "PNG")] * 2
    assert not dataset.rejected


@pytest.mark.parametrize("names", [("train", "test"), ("Train", "val"), ("training", "validation")])
def test_split_folders_above_the_classes(tmp_path: Path, names: tuple[str, str]) -> None:
    for split in names:
        put(tmp_path, f"{split}/cat/1.jpg")
        put(tmp_path, f"{split}/dog/2.jpg")
    dataset = open_dataset(tmp_path)
    assert set(dataset.splits) == set(names)
    assert sorted(set(dataset.table["label"])) == ["cat", "dog"]
    assert f"{names[0]}/cat/1.jpg" in set(dataset.table["id"])


def test_a_class_that_is_called_test_is_a_class(tmp_path: Path) -> None:
    put(tmp_path, "test/1.jpg")
    put(tmp_path, "cat/1.jpg")
    assert sorted(open_dataset(tmp_path).table["label"]) == ["cat", "test"]


def test_every_bad_file_is_named_with_its_reason(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    data = tmp_path / "data"
    jpeg = picture(0, size=(300, 200))
    put(data, "cat/good.jpg")
    put(data, "cat/mislabelled.png")
    put(data, "loose.jpg")
    put(data, "cat/empty.jpg", b"")
    put(data, "cat/truncated.jpg", jpeg[: len(jpeg) // 2])
    put(data, "cat/damaged.png", picture(0, "PNG")[:60] + b"rubbish" * 30)
    put(data, "cat/pointer.jpg", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    put(data, "cat/page.jpg", b"<!DOCTYPE html><html><body>404</body></html>")
    put(data, "cat/bomb.png", png_bomb())
    put(data, "cat/large.png", png_bomb(12_000, 9_000))
    put(data, "cat/noise.jpg", os.urandom(64))
    put(data, "cat/paper.pdf", b"%PDF-1.7")
    put(data, "cat/phone.heic", b"\0\0\0\x18ftypheic" + b"\0" * 50)
    put(data, "cat/drawing.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n")
    put(outside, "secret.jpg")
    (data / "cat/link.jpg").symlink_to(outside / "secret.jpg")
    (data / "cat/inside.jpg").symlink_to(data / "cat/good.jpg")
    (data / "cat/broken-link.jpg").symlink_to(data / "nowhere")
    (data / "linked").symlink_to(outside)
    os.mkfifo(data / "cat/pipe.jpg")
    for name in (".hidden.jpg", "cat/Thumbs.db", "cat/.DS_Store", "README.md", "cat/notes.txt", "LICENSE"):
        put(data, name, b"x")
    dataset = open_dataset(data)
    assert dataset.table["id"].tolist() == ["cat/good.jpg", "cat/inside.jpg", "cat/mislabelled.png"]
    said = {
        "loose.jpg": "no class folder",
        "cat/empty.jpg": "an empty file",
        "cat/truncated.jpg": "corrupt or truncated",
        "cat/damaged.png": "corrupt or truncated",
        "cat/pointer.jpg": "Git LFS pointer",
        "cat/page.jpg": "web page",
        "cat/bomb.png": "too many pixels",
        "cat/large.png": "too many pixels: 12,000 × 9,000",
        "cat/noise.jpg": "not an image",
        "cat/paper.pdf": "a PDF",
        "cat/phone.heic": "HEIC",
        "cat/drawing.eps": "not an image",
        "cat/link.jpg": "outside the folder",
        "cat/broken-link.jpg": "broken link",
        "linked": "a link to a folder",
        "cat/pipe.jpg": "not a regular file",
    }
    found = reasons(dataset)
    assert set(found) == set(said)
    assert {item: said[item] in found[item] for item in said} == dict.fromkeys(said, True)
    finding = next(f for f in dataset.findings if f.id == "data.rejected")
    assert (finding.evidence["rejected"], finding.evidence["of"]) == (16, 19)


def test_a_name_that_is_no_utf8_is_rejected(tmp_path: Path) -> None:
    put(tmp_path, "cat/1.jpg")
    (tmp_path / "cat" / os.fsdecode(b"caf\xe9.jpg")).write_bytes(picture())
    dataset = open_dataset(tmp_path)
    assert reasons(dataset) == {"cat/caf\ufffd.jpg": "its name is not valid UTF-8"}


def test_large_sets_are_checked_by_header_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jpeg = picture(0, size=(300, 200))
    put(tmp_path, "cat/1.jpg")
    put(tmp_path, "cat/truncated.jpg", jpeg[: len(jpeg) // 2])
    put(tmp_path, "cat/bomb.png", png_bomb())
    small = open_dataset(tmp_path)
    monkeypatch.setattr(image_files, "MAX_DECODED", 2)
    monkeypatch.setattr("analysis.datasets.images.MAX_DECODED", 2)
    large = open_dataset(tmp_path)
    assert (len(small), len(large)) == (1, 2)
    finding = next(f for f in large.findings if f.id == "data.images_not_decoded")
    assert finding.severity is Severity.UNKNOWN


def test_the_fingerprint_follows_content_and_names(tmp_path: Path) -> None:
    put(tmp_path, "cat/1.jpg", picture(1))
    put(tmp_path, "dog/1.jpg", picture(2))
    first = open_dataset(tmp_path).fingerprint
    assert open_dataset(tmp_path).fingerprint == first
    (tmp_path / "dog/1.jpg").rename(tmp_path / "dog/2.jpg")
    renamed = open_dataset(tmp_path).fingerprint
    put(tmp_path, "dog/2.jpg", picture(3))
    assert len({first, renamed, open_dataset(tmp_path).fingerprint}) == 3


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    put(tmp_path, "cat/1.jpg")
    dataset = open_dataset(tmp_path)
    (tmp_path / "cat/1.jpg").unlink()
    with pytest.raises(UnusableInput, match="can't be read any more"):
        dataset.inputs(np.array([0]))


def test_progress_is_reported_and_cancel_works(tmp_path: Path) -> None:
    for i in range(30):
        put(tmp_path, f"cat/{i}.jpg")
    seen: list[ProgressState] = []
    open_dataset(tmp_path, progress=Progress(seen.append))
    assert (seen[-1].done, seen[-1].total) == (30, 30)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        open_dataset(tmp_path, progress=Progress(cancel=cancel))


def test_what_a_folder_of_images_cannot_be(tmp_path: Path) -> None:
    put(tmp_path, "cat/1.jpg")
    with pytest.raises(UnusableInput, match="folder of images, where text data is needed"):
        open_dataset(tmp_path, modality=Modality.TEXT)
    with pytest.raises(UnusableInput, match="a number for each image"):
        open_dataset(tmp_path, kind=Kind.REGRESSION)
    with pytest.raises(UnusableInput, match="no table with a column"):
        open_dataset(tmp_path, columns=Columns(label="x"))
    with pytest.raises(UnusableInput, match="none in a class folder"):
        open_dataset(tmp_path / "cat")
    with pytest.raises(UnusableInput, match="one image"):
        open_dataset(tmp_path / "cat/1.jpg")
    with pytest.raises(UnusableInput, match="There is no file or folder"):
        open_dataset(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnusableInput, match="neither images nor tables"):
        open_dataset(tmp_path / "empty")


def test_guess_shows_where_label_and_split_come_from(tmp_path: Path) -> None:
    put(tmp_path, "train/cat/1.jpg")
    guess = guess_columns(tmp_path)
    assert [(column.role, column.samples) for column in guess.columns] == [
        (Role.FILE, ("train/cat/1.jpg",)),
        (Role.LABEL, ("cat",)),
        (Role.SPLIT, ("train",)),
    ]


METADATA = "file_name,label,age\na.jpg,cat,3\nsub/b.jpg,dog,4\n"


def test_hugging_face_metadata(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    put(tmp_path, "sub/b.jpg")
    put(tmp_path, "unlisted.jpg")
    rows = (
        "../x.jpg,cat,1\n/etc/passwd,cat,1\nhttp://x/y.jpg,cat,1\nnone.jpg,cat,1\na.jpg,dog,1\n,cat,1\nsub/b.jpg,,1\n"
    )
    put(tmp_path, "metadata.csv", (METADATA + rows).encode())
    dataset = open_dataset(tmp_path)
    assert dict(zip(dataset.table["id"], dataset.table["label"], strict=True)) == {"a.jpg": "cat", "sub/b.jpg": "dog"}
    assert dataset.table["age"].tolist() == [3.0, 4.0]
    assert dataset.columns["file"] == "file_name"
    assert [reason.split(":")[0] for reason in reasons(dataset).values()] == [
        "a path that leads outside the folder",
        "a path that leads outside the folder",
        "a web address, not a file",
        "duplicate file",
        "missing file name",
        "missing label",
        "no such file, or a broken link",
    ]
    unlisted = next(f for f in dataset.findings if f.id == "data.unlisted_files")
    assert unlisted.evidence["first"] == ["unlisted.jpg"]
    assert open_dataset(tmp_path / "metadata.csv").fingerprint == dataset.fingerprint


def test_metadata_in_each_split_folder(tmp_path: Path) -> None:
    for split in ("train", "test"):
        put(tmp_path, f"{split}/a.jpg")
        put(tmp_path, f"{split}/sub/b.jpg")
        put(tmp_path, f"{split}/metadata.csv", METADATA.encode())
    dataset = open_dataset(tmp_path)
    assert set(dataset.table["id"]) == {"train/a.jpg", "train/sub/b.jpg", "test/a.jpg", "test/sub/b.jpg"}
    assert set(dataset.splits) == {"train", "test"}


def test_any_table_with_a_file_column_and_a_split(tmp_path: Path) -> None:
    lines = []
    for i in range(12):
        put(tmp_path, f"img/{i}.jpg")
        lines.append(f'{{"where": "img\\\\{i}.jpg", "target": {i / 3:.3f}, "split": "{"test" if i % 3 else "train"}"}}')
    put(tmp_path, "ages.jsonl", "\n".join(lines).replace("\\\\", "/").encode())
    dataset = open_dataset(tmp_path)
    assert (dataset.kind, dataset.columns["label"], set(dataset.splits)) == (
        Kind.REGRESSION,
        "target",
        {"train", "test"},
    )
    assert dataset.table["label"].dtype == np.float64
    classes = open_dataset(tmp_path, kind=Kind.CLASSIFICATION, columns=Columns(label="split", split=""))
    assert set(classes.table["label"]) == {"train", "test"}


def test_a_table_without_labels_beside_class_folders(tmp_path: Path) -> None:
    put(tmp_path, "cat/1.jpg")
    put(tmp_path, "dog/2.jpg")
    put(tmp_path, "metadata.csv", b"file_name,camera\ncat/1.jpg,a\ndog/2.jpg,b\n")
    dataset = open_dataset(tmp_path)
    assert dataset.table["label"].tolist() == ["cat", "dog"]
    assert dataset.table["camera"].tolist() == ["a", "b"]


def test_pictures_that_nothing_labels_open_where_labels_are_not_asked_for(tmp_path: Path) -> None:
    put(tmp_path, "1.jpg")
    put(tmp_path, "cat/2.jpg")
    dataset = open_dataset(tmp_path, unlabelled=True)
    assert dataset.table["label"].tolist() == ["unlabelled", "cat"]
    assert not dataset.rejected
    ratings = open_dataset(tmp_path, unlabelled=True, kind=Kind.REGRESSION)
    assert ratings.table["label"].isna().all()
    put(tmp_path, "metadata.csv", b"file_name,camera\n1.jpg,a\ncat/2.jpg,b\n")
    listed = open_dataset(tmp_path, unlabelled=True)
    assert listed.table["label"].tolist() == ["unlabelled", "cat"]
    assert listed.table["camera"].tolist() == ["a", "b"]


def test_pictures_that_nothing_labels_are_guessed_without(tmp_path: Path) -> None:
    put(tmp_path, "1.jpg")
    with pytest.raises(LabelsMissing, match="none in a class folder"):
        guess_columns(tmp_path)
    assert [column.role for column in guess_columns(tmp_path, unlabelled=True).columns] == ["file"]
    with pytest.raises(LabelsMissing, match="a regression needs a number"):
        open_dataset(tmp_path, kind=Kind.REGRESSION)


def test_a_table_of_texts_beside_images_is_still_text(tmp_path: Path) -> None:
    put(tmp_path, "photos/cat/1.jpg")
    put(tmp_path, "tweets.csv", b"text,label\nnice day today,pos\nbad day today,neg\n")
    assert open_dataset(tmp_path / "tweets.csv").modality is Modality.TEXT
    with pytest.raises(UnusableInput, match="No column names image files"):
        open_dataset(tmp_path / "tweets.csv", modality=Modality.IMAGE)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_formats_and_their_truncation(form: str) -> None:
    data = picture(0, form, (64, 48))
    facts = inspect(data, decode=True)
    assert (facts.reason, facts.width, facts.height, facts.format) == ("", 64, 48, form)
    assert inspect(data[: len(data) * 2 // 3], decode=True).reason.startswith("corrupt or truncated")


@given(st.binary(max_size=200), st.sampled_from(["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"]), st.integers(0, 900))
@settings(max_examples=300, deadline=None)
def test_damaged_pictures_never_raise(junk: bytes, form: str, position: int) -> None:
    data = picture(0, form)
    at = position % len(data)
    facts = inspect(data[:at] + junk + data[at + len(junk) :], decode=True)
    assert facts.reason or facts.width > 0


def test_a_bomb_costs_no_time() -> None:
    began = time.monotonic()
    assert "too many pixels" in inspect(png_bomb(), decode=True).reason
    assert time.monotonic() - began < 1


def test_the_sample_photos_open() -> None:
    dataset = open_dataset(SAMPLES / "photos")
    assert len(dataset) >= 40
    assert "cat" in set(dataset.table["label"])
    assert not dataset.rejected
