"""Uploads: what is taken, what is refused, and that nothing leaves its folder."""

from __future__ import annotations

import io
import struct
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest
from dataset_pictures import picture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.datasets import open_dataset, unpack_upload, upload
from analysis.errors import UnusableInput


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


def zipped(members: dict[str, bytes], **more: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = more.get(name, 0)
            archive.writestr(info, data)
    return buffer.getvalue()


def take(data: bytes, name: str) -> Path:
    return unpack_upload(io.BytesIO(data), name)


PHOTOS = {"cat/1.jpg": picture(1), "dog/2.jpg": picture(2)}


def test_a_zip_of_class_folders_opens(tmp_path: Path) -> None:
    data = zipped(PHOTOS)
    folder = take(data, "my photos.zip")
    assert folder.name == "my photos"
    assert folder.is_relative_to(tmp_path / "home" / "uploads")
    assert sorted(open_dataset(folder).table["label"]) == ["cat", "dog"]
    written = (folder / "cat/1.jpg").stat().st_mtime_ns
    assert take(data, "my photos.zip") == folder
    assert (folder / "cat/1.jpg").stat().st_mtime_ns == written
    assert [p.name for p in folder.parent.iterdir()] == ["my photos"]
    assert [p.name for p in (tmp_path / "home" / "uploads").iterdir()] == [folder.parent.name]


@pytest.mark.parametrize(
    ("members", "inside"),
    [
        ({f"photos/{name}": data for name, data in PHOTOS.items()}, "photos"),
        (
            {f"photos/{name}": data for name, data in PHOTOS.items()} | {"__MACOSX/._x": b"x", ".DS_Store": b"x"},
            "photos",
        ),
        ({"cat/1.jpg": picture(1), "cat/2.jpg": picture(2)}, "up"),
        ({"data/a.jpg": picture(1), "data/metadata.csv": b"file_name,label\na.jpg,cat\n"}, "data"),
    ],
)
def test_the_one_top_folder_is_entered_unless_it_is_a_class(members: dict[str, bytes], inside: str) -> None:
    folder = take(zipped(members), "up.zip")
    assert folder.name == inside
    assert len(open_dataset(folder)) >= 1


def test_a_table_and_an_image() -> None:
    table = take(b"text,label\nnice words here,pos\nbad words here,neg\n", "../../My Data?.csv")
    assert table.name == "My Data_.csv"
    assert len(open_dataset(table)) == 2
    folder = take(picture(3), "cat.jpg")
    dataset = open_dataset(folder)
    assert dataset.table["label"].tolist() == ["unlabelled"]
    assert dataset.name == "cat"


def hostile() -> dict[str, tuple[str, bytes, str]]:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w"):
        pass
    encrypted = bytearray(zipped({"a.csv": b"x"}))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    twice = zipped({"a.csv": b"x", "A.CSV": b"y"})
    broken = bytearray(zipped({"a.csv": b"hello world " * 50}))
    broken[45] ^= 0xFF
    return {
        "traversal": ("x.zip", zipped({"../../evil.csv": b"x"}), "leads outside"),
        "backslashes": ("x.zip", zipped({"..\\evil.csv": b"x"}), "leads outside"),
        "absolute": ("x.zip", zipped({"/etc/evil.csv": b"x"}), "leads outside"),
        "drive": ("x.zip", zipped({"C:/evil.csv": b"x"}), "leads outside"),
        "link": ("x.zip", zipped({"a.csv": b"/etc/passwd"}, **{"a.csv": 0o120777 << 16}), "a link"),
        "deep": ("x.zip", zipped({"/".join("abcdefghijklmnop"): b"x"}), "deeper"),
        "ratio": ("x.zip", zipped({"a.csv": b"0" * 30_000_000}), "decompression bomb"),
        "encrypted": ("x.zip", bytes(encrypted), "encrypted"),
        "twice": ("x.zip", twice, "twice"),
        "broken": ("x.zip", bytes(broken), "can't be unpacked"),
        "cut": ("x.zip", zipped(PHOTOS)[:-30], "no zip archive"),
        "empty zip": ("x.zip", zipped({}), "holds no files"),
        "office": ("x.zip", zipped({"[Content_Types].xml": b"x"}), "office document"),
        "picture": ("x.zip", picture(), "a JPEG picture"),
        "tar": ("x.tar", tar.getvalue(), "Upload a .zip instead"),
        "7z": ("x.7z", b"7z", "Upload a .zip instead"),
        "rar": ("x.rar", b"Rar!", "Upload a .zip instead"),
        "gz": ("x.csv.gz", b"\x1f\x8b", "Upload a .zip instead"),
        "spreadsheet": ("x.xlsx", b"PK", "Save it as CSV"),
        "pickle": ("x.pkl", b"x", "no kind of file"),
        "nothing": ("x.csv", b"", "is empty"),
    }


@pytest.mark.parametrize("case", hostile())
def test_hostile_uploads_are_refused_and_leave_nothing(case: str, tmp_path: Path) -> None:
    name, data, words = hostile()[case]
    with pytest.raises(UnusableInput, match=words):
        take(data, name)
    left = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert left == []


def test_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_UPLOAD_BYTES", 100)
    with pytest.raises(UnusableInput, match="larger than"):
        take(b"a,b\n" * 100, "x.csv")
    monkeypatch.undo()
    monkeypatch.setattr(upload, "MAX_ENTRIES", 1)
    with pytest.raises(UnusableInput, match="entries"):
        take(zipped(PHOTOS), "x.zip")
    monkeypatch.undo()
    monkeypatch.setattr(upload, "MAX_UNPACKED_BYTES", 10)
    with pytest.raises(UnusableInput, match="would unpack to"):
        take(zipped(PHOTOS), "x.zip")


def test_an_archive_that_lies_about_sizes_is_stopped() -> None:
    data = bytearray(zipped({"a.csv": b"0" * 5_000_000}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    data[22:26] = struct.pack("<I", 10)
    with pytest.raises(UnusableInput, match=r"can't be unpacked|more than it says"):
        take(bytes(data), "x.zip")


def test_names_are_made_safe() -> None:
    folder = take(zipped({'ab:b"c|d/' + "x" * 300 + ".jpg": picture(1), "e\x01f/2.jpg": picture(2)}), "a<b>.zip")
    names = {p.name for p in folder.rglob("*")}
    assert folder.name == "a_b_"
    assert {"ab_b_c_d", "e_f"} <= names
    assert max(len(name.encode()) for name in names) <= 200
    assert len(open_dataset(folder)) == 2


def test_the_same_upload_twice_at_once() -> None:
    data = zipped(PHOTOS)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(take(data, "x.zip"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(open_dataset(found[0])) == 2


@given(st.binary(max_size=30), st.integers(0, 10_000))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_zips_never_raise_anything_but_unusable_input(junk: bytes, position: int) -> None:
    data = bytearray(zipped({"a/1.csv": b"text,label\nx,y\n", "b/2.csv": b"x" * 100}))
    at = position % len(data)
    data[at : at + len(junk)] = junk
    try:
        take(bytes(data), "x.zip")
    except UnusableInput:
        return
