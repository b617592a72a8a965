"""What every reader and every format must hold to."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dataset_pictures import put

from analysis.datasets import guess_columns, open_dataset
from analysis.datasets.columns import Known
from analysis.datasets.rawtable import TableFormat
from analysis.datasets.registry import FORMATS, READERS, Reader
from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Kind, Modality, Severity

ROOT = Path(__file__).resolve().parents[3]
FRAME = pd.DataFrame({"text": [f"some words number {i}" for i in range(8)], "label": ["a", "b"] * 4})


def example(reader: str, folder: Path) -> Path:
    """Lay out data as one reader takes it."""
    if reader == "image_folder":
        put(folder, "cat/1.jpg")
        put(folder, "cat/bad.jpg", b"")
        put(folder, "dog/2.jpg")
    elif reader == "image_table":
        put(folder, "1.jpg")
        put(folder, "metadata.csv", b"file_name,label\n1.jpg,cat\n1.jpg,dog\n")
    elif reader == "tables":
        put(folder, "train.csv", b"text,label\nsome words here,x\nmore words,\n")
        put(folder, "test.csv", b"text,label\nsome words here,x\n")
    elif reader == "table":
        return put(folder, "x.csv", b"text,label\nsome words here,x\nmore words,\n")
    else:
        pytest.fail(f"Give this test an example for the reader “{reader}”.")
    return folder


def test_names_are_unique_and_documented() -> None:
    page = (ROOT / "docs" / "readers.md").read_text(encoding="utf-8")
    names = [entry.name for entry in (*READERS, *FORMATS)]
    assert len(set(names)) == len(names)
    assert [name for name in names if f"`{name}`" not in page] == []
    suffixes = [suffix for form in FORMATS for suffix in form.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert [suffix for suffix in suffixes if f"`{suffix}`" not in page] == []


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_yields_what_a_dataset_promises(reader: Reader, tmp_path: Path) -> None:
    path = example(reader.name, tmp_path)
    assert next(r.name for r in READERS if r.can_read(path)) == reader.name
    dataset = open_dataset(path)
    table = dataset.table
    assert list(table.columns[:3]) == ["id", "split", "label"]
    assert table["id"].is_unique
    assert list(table.index) == list(range(len(table)))
    assert dataset.modality in reader.modalities
    assert len(dataset.inputs(np.arange(len(dataset)))) == len(dataset)
    assert dataset.rejected
    assert all(r.item and r.reason and not r.reason.endswith(".") for r in dataset.rejected)
    assert len(dataset.fingerprint) == 16
    assert {"label"} <= set(dataset.columns)
    json.dumps([dict(f.evidence) for f in dataset.findings], default=str)
    assert all(f.severity in Severity and f.summary.endswith(".") for f in dataset.findings)
    assert "data.rejected" in {f.id for f in dataset.findings}
    guess = guess_columns(path)
    assert guess.reader == reader.name
    assert (guess.modality, guess.kind) == (dataset.modality, dataset.kind)
    again = open_dataset(path, columns=guess.chosen)
    assert again.table["label"].tolist() == table["label"].tolist()


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_declines_what_is_not_its_own(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.bin").write_bytes(b"\x00")
    for path in (tmp_path / "empty", tmp_path / "x.bin", tmp_path / "nowhere"):
        assert not reader.can_read(path)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_refuses_what_it_cannot_yield(reader: Reader, tmp_path: Path) -> None:
    path = example(reader.name, tmp_path)
    wrong = next(m for m in (Modality.IMAGE, Modality.TEXT) if m not in reader.modalities)
    if reader.name == "image_table":  # Its table is a table of something else as well.
        return
    with pytest.raises(UnusableInput):
        reader.read(path, Known(modality=wrong, kind=Kind.CLASSIFICATION), Progress())


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_format_reads_the_same_rows(form: TableFormat, tmp_path: Path) -> None:
    for suffix in form.suffixes:
        file = tmp_path / f"x{suffix}"
        if form.name == "csv":
            FRAME.to_csv(file, index=False, sep="," if suffix == ".csv" else "\t")
        elif form.name == "jsonl":
            FRAME.to_json(file, orient="records", lines=True)
        elif form.name == "parquet":
            FRAME.to_parquet(file)
        else:
            pytest.fail(f"Give this test an example for the format “{form.name}”.")
        raw = form.read(file)
        assert raw.table.to_pydict() == FRAME.to_dict(orient="list")
        assert raw.rows.tolist() == list(range(len(FRAME)))
        dataset = open_dataset(file)
        assert dataset.inputs(np.array([7])) == ["some words number 7"]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_format_refuses_rubbish_in_words(form: TableFormat, tmp_path: Path) -> None:
    for data in (b"", b"\x00\x01\x02", b"PAR1PAR1", b"{", b"<html>"):
        file = tmp_path / f"x{form.suffixes[0]}"
        file.write_bytes(data)
        with pytest.raises(UnusableInput) as caught:
            form.read(file)
        assert file.name in caught.value.what
        assert caught.value.action
    with pytest.raises(UnusableInput):
        form.read(tmp_path)


def test_reading_data_imports_no_torch() -> None:
    code = (
        "import sys, analysis.datasets; sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'sklearn')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
