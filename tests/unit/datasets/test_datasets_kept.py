"""A large table is parsed once; what is kept of it opens as the same data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.datasets import kept, open_dataset
from analysis.datasets.columns import Columns
from analysis.datasets.delimited import DelimitedFormat
from analysis.storage import home
from analysis.types import Dataset, Modality

ROWS = 400


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(kept, "LEAST_BYTES", 100)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were really parsed."""
    names: list[str] = []
    read = DelimitedFormat.read

    def counted(self: DelimitedFormat, path: Path) -> object:
        names.append(path.name)
        return read(self, path)

    monkeypatch.setattr(DelimitedFormat, "read", counted)
    return names


def table(path: Path, seed: int = 0, label: str = "sick") -> Path:
    """Write rows with numbers, categories, gaps, a rejected row and a metadata column."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, ROWS).astype(str),
            "weight": np.round(rng.normal(70, 9, ROWS), 1).astype(str),
            "smoker": rng.choice(["yes", "no", ""], ROWS),
            "label": rng.choice([label, "well"], ROWS),
            "split": rng.choice(["train", "test"], ROWS),
        }
    )
    frame.loc[3, "weight"] = ""
    frame.loc[5, "label"] = ""
    frame.to_csv(path, index=False)
    return path


def same(a: Dataset, b: Dataset) -> None:
    """Hold that two data sets say the same of themselves, and hand out the same inputs."""
    for name in ("name", "source", "modality", "kind", "rejected", "fingerprint", "columns", "label_map", "findings"):
        assert getattr(a, name) == getattr(b, name), name
    pd.testing.assert_frame_equal(a.table, b.table)
    rows = np.arange(len(a))[::-3].astype(np.int64)
    first, second = a.inputs(rows), b.inputs(rows)
    if isinstance(first, pd.DataFrame):
        pd.testing.assert_frame_equal(first, second)
    else:
        assert first == second


def test_a_table_is_parsed_once_and_opens_the_same(tmp_path: Path, parsed: list[str]) -> None:
    path = table(tmp_path / "people.csv")
    first = open_dataset(path)
    again = open_dataset(path)
    assert parsed == ["people.csv"]
    same(first, again)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "LEAST_BYTES", 10**12)
        same(open_dataset(path), again)
    assert len(parsed) == 2
    assert len(again.rejected) == 1


def test_texts_and_pairs_open_the_same(tmp_path: Path, parsed: list[str]) -> None:
    words = [f"a sentence with several words, number {i}" for i in range(ROWS)]
    frame = pd.DataFrame({"text": words, "second": words[::-1], "label": ["good", "bad"] * (ROWS // 2)})
    frame.to_json(tmp_path / "pairs.jsonl", orient="records", lines=True)
    asked = {"modality": Modality.TEXT, "columns": Columns(text="text", text_pair="second", label="label")}
    first = open_dataset(tmp_path / "pairs.jsonl", **asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "LEAST_BYTES", 10**12)
        same(open_dataset(tmp_path / "pairs.jsonl", **asked), first)
    assert parsed == []


def test_a_folder_of_tables_opens_the_same(tmp_path: Path, parsed: list[str]) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    table(folder / "train.csv")
    table(folder / "test.csv", seed=1)
    first, again = (open_dataset(folder, modality=Modality.TABULAR) for _ in range(2))
    assert sorted(parsed) == ["test.csv", "train.csv"]
    same(first, again)


def test_other_content_or_another_wish_is_read_anew(tmp_path: Path, parsed: list[str]) -> None:
    path = table(tmp_path / "people.csv")
    before = open_dataset(path)
    table(path, label="ill")
    after = open_dataset(path)
    assert before.fingerprint != after.fingerprint
    assert "ill" in set(after.table["label"])
    otherwise = open_dataset(path, columns=Columns(label="smoker"))
    assert set(otherwise.table["label"]) == {"yes", "no"}
    assert parsed == ["people.csv"] * 3


def test_a_moved_file_is_known_by_its_content(tmp_path: Path, parsed: list[str]) -> None:
    path = table(tmp_path / "people.csv")
    open_dataset(path)
    (tmp_path / "elsewhere").mkdir()
    moved = path.rename(tmp_path / "elsewhere" / "people.csv")
    assert open_dataset(moved).source == str(moved)
    assert parsed == ["people.csv"]


def test_what_is_kept_and_damaged_is_read_anew(tmp_path: Path, parsed: list[str]) -> None:
    path = table(tmp_path / "people.csv")
    first = open_dataset(path)
    for file in (home() / "tables").rglob("data.arrow"):
        content = file.read_bytes()
        file.unlink()  # The data set above still reads from it.
        file.write_bytes(content[:200])
    same(first, open_dataset(path))
    for file in (home() / "tables").rglob("about.json"):
        file.write_text("{}")
    same(first, open_dataset(path))
    assert len(parsed) == 3


def test_without_room_the_table_is_still_read(
    tmp_path: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "_keep", full)
    path = table(tmp_path / "people.csv")
    same(open_dataset(path), open_dataset(path))
    assert parsed == ["people.csv"] * 2


def test_only_the_latest_tables_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    for number in range(4):
        open_dataset(table(tmp_path / f"people{number}.csv", seed=number))
    assert len(list((home() / "tables").iterdir())) == 2


def test_a_quoted_header_takes_the_fast_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both paths read it alike; the tolerant one isn't needed for it."""
    from analysis.datasets import delimited

    plain = table(tmp_path / "people.csv")
    head, body = plain.read_text().split("\n", 1)
    quoted = tmp_path / "quoted.csv"
    quoted.write_text(",".join(f'"{name}"' for name in head.split(",")) + "\n" + body)

    def never(*_: object) -> None:
        raise AssertionError("the tolerant path was taken")

    monkeypatch.setattr(delimited, "read_tolerant", never)
    pd.testing.assert_frame_equal(open_dataset(plain).table, open_dataset(quoted).table)
    for header in ('"a,b",c\n', '"a""b",c\n', '"a\nb",c\n', 'a"b,c\n', '"a" ,c\n'):
        quoted.write_text(header + "1,x\n2,y\n" * 30)
        with pytest.raises(AssertionError, match="tolerant"):
            delimited.DelimitedFormat().read(quoted)
