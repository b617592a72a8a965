"""CSV and TSV: what is kept, what is rejected and why, whatever the bytes are."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.datasets import open_dataset
from analysis.datasets.csv_fast import read_fast
from analysis.datasets.csv_tolerant import read_tolerant
from analysis.datasets.delimited import DelimitedFormat, sniff_delimiter
from analysis.datasets.encoding import damage, decode, detect
from analysis.datasets.rawtable import RawTable
from analysis.errors import UnusableInput

DIRTY = (
    b"\xef\xbb\xbftext,label\r\n"
    b'"a, ""b""\r\nsecond line",pos\r\n'  # 0: quotes and a line break inside a cell
    b"extra,neg,cell\r\n"  # 1
    b'"never closed,neg\r\n'  # 2
    b"fine,neg\r\n"  # 3
    b"\r\n"  # blank: no row
    b"bytes \xff\xfe,neg\r\n"  # 4
    b",\r\n"  # 5
    b"zero\x00byte,pos\r\n"  # 6
    b"short\r\n"  # 7
    b"NA,null\r\n"  # 8: text and label like any other
    b"last,pos"  # 9: no line break at the end
)


def read(folder: Path, data: bytes, name: str = "data.csv") -> RawTable:
    file = folder / name
    file.write_bytes(data)
    return DelimitedFormat().read(file)


def test_every_bad_row_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    raw = read(tmp_path, DIRTY)
    assert raw.table.to_pydict() == {
        "text": ['a, "b"\r\nsecond line', "fine", "NA", "last"],
        "label": ["pos", "neg", "null", "pos"],
    }
    assert raw.rows.tolist() == [0, 3, 8, 9]
    assert {row: reason.split(":")[0].split(" (")[0] for row, reason in raw.rejected.items()} == {
        1: "wrong width",
        2: "quotes are out of place",
        4: "undecodable text",
        5: "every cell is empty",
        6: "a cell holds a NUL byte",
        7: "wrong width",
    }
    assert "(line 4 of the file)" in raw.rejected[1]


def test_a_missing_label_is_rejected_and_na_is_a_label(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("text,label\na fine film,NA\na dull film,\n   ,NA\nlong and dull,None\n")
    dataset = open_dataset(tmp_path / "reviews.csv")
    assert dataset.table["label"].tolist() == ["NA", "None"]
    assert dataset.table["id"].tolist() == ["0", "3"]
    assert [(r.item, r.reason) for r in dataset.rejected] == [
        ("reviews.csv row 1", "missing label"),
        ("reviews.csv row 2", "empty text"),
    ]


def test_a_clean_file_takes_the_fast_path_and_odd_widths_stay_there(tmp_path: Path) -> None:
    data = b"a,b\n1,2\n3,4,5\n6\n7,8\n"
    cells = read_fast("x", data, detect(data), ",")
    assert cells is not None
    assert cells.rows.tolist() == [0, 3]
    assert cells.rejected[1] == "wrong width: 3 cells where the header has 2 (line 3 of the file)"
    assert read(tmp_path, data).rejected == cells.rejected


def test_a_damaged_row_of_another_width_is_counted(tmp_path: Path) -> None:
    raw = read(tmp_path, b"a,b\n1,2\n3,\xff,5\n6,7\n")
    assert raw.rows.tolist() == [0, 2]
    assert list(raw.rejected) == [1]


def test_an_open_quote_does_not_swallow_the_rest(tmp_path: Path) -> None:
    body = "".join(f'row {i},"x"\n' for i in range(200))
    raw = read(tmp_path, f'a,b\nfirst,y\n"open,z\n{body}'.encode())
    assert list(raw.rejected) == [1]
    assert raw.table.num_rows == 201


def test_an_open_quote_that_a_later_one_closes_gives_up_one_row(tmp_path: Path) -> None:
    raw = read(tmp_path, b'a,b\n1,x\n"2,y\n3,z\n4,w\n5,"v"\n6,u\n')
    assert list(raw.rejected) == [1]
    assert raw.table.column("a").to_pylist() == ["1", "3", "4", "5", "6"]


def test_many_open_quotes_take_linear_time(tmp_path: Path) -> None:
    raw = read(tmp_path, b"a,b\nok,1\n" + b'"x,1\n' * 20_000)
    assert raw.table.num_rows >= 1
    assert len(raw.rejected) > 10_000


def test_oversized_cells_are_rejected(tmp_path: Path) -> None:
    raw = read(tmp_path, b"a,b\n1,2\n" + b"x" * 200_000 + b",2\n3,4\n")
    assert raw.table.column("a").to_pylist() == ["1", "3"]
    assert "longer than 100,000 characters" in raw.rejected[1]


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("utf-16", b""),
        ("utf-16-le", b""),
        ("utf-16-be", b"\xfe\xff"),
        ("cp1252", b""),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, bom: bytes) -> None:
    words = ["café crème", "naïve", "Zürich – “quoted”", "plain"]
    data = bom + ("text,label\n" + "".join(f"{w},é\n" for w in words)).encode(encoding)
    raw = read(tmp_path, data)
    assert raw.table.column("text").to_pylist() == words
    assert raw.table.column_names == ["text", "label"]
    assert not raw.rejected


def test_one_damaged_row_does_not_make_a_file_windows_1252(tmp_path: Path) -> None:
    raw = read(tmp_path, b"text,label\n" + b"caf\xe9,a\n" + "naïve,b\n".encode())
    assert raw.table.column("text").to_pylist() == ["naïve"]
    assert "undecodable" in raw.rejected[0]


def test_delimiters(tmp_path: Path) -> None:
    assert read(tmp_path, b"a;b;c\n1,5;2,5;3,5\n").table.num_columns == 3
    assert read(tmp_path, b"a\tb\n1\t2\n", "x.tsv").table.column_names == ["a", "b"]
    assert read(tmp_path, b"a|b\n1|2\n").table.column_names == ["a", "b"]
    assert sniff_delimiter("text,label\nhe said; she said; they said,x\nno; yes,y\n") == ","
    assert sniff_delimiter("text\nno delimiter; none\n") == ","


def test_headers(tmp_path: Path) -> None:
    numbered = read(tmp_path, b"0.5,1,7\n0.25,2,8\n")
    assert numbered.table.column_names == ["0", "1", "2"]
    assert numbered.table.num_rows == 2
    assert [f.id for f in numbered.findings] == ["data.header"]
    assert read(tmp_path, b"0,1,2\n0.25,2,8\n").table.num_rows == 1
    repeated = read(tmp_path, b"x,x,,x.1\n1,2,3,4\n")
    assert repeated.table.column_names == ["x", "x.2", "Unnamed: 2", "x.1"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"a,b\n", "has no rows"),
        (b"a,b\n1,2,3\n4,5,6\n", "wrong width: 3 cells where the header has 2"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"PK\x03\x04rest", "zip"),
        (b'"' + b"x" * 300_000, "header"),
        (b",".join([b"c"] * 10_001) + b"\n", "10,001 columns"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(UnusableInput, match=words):
        read(tmp_path, data)


CELL = st.text(st.characters(codec="utf-8", exclude_characters='",;\t|\r\n\x00'), max_size=8)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=2, max_size=12), st.sampled_from(["\n", "\r\n"]))
@example([["a", "b"], ["1"], ["", ""], ["x", "y", "z"], ["1", "2"]], "\n")
@settings(max_examples=200, deadline=None)
def test_both_paths_read_the_same(rows: list[list[str]], end: str) -> None:
    data = end.join(",".join(row) for row in rows).encode()
    fast = read_fast("x", data, detect(data), ",")
    if fast is None:
        return
    encoding = detect(data)
    slow = read_tolerant("x", decode(data, encoding), damage(encoding), ",")
    assert fast.names == slow.names
    assert fast.table.to_pydict() == slow.table.to_pydict()
    assert fast.rows.tolist() == slow.rows.tolist()
    assert {r: why.split(" (")[0] for r, why in fast.rejected.items()} == {
        r: why.split(" (")[0] for r, why in slow.rejected.items()
    }


@given(st.lists(st.tuples(st.text(max_size=20), st.sampled_from(["yes", "no", "NA"])), min_size=1, max_size=20))
@example([("\x00", "yes")])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_csv_module_writes_comes_back(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([("text", "label"), *rows])
    good = [i for i, (text, _) in enumerate(rows) if "\x00" not in text]
    if not good:
        with pytest.raises(UnusableInput, match="NUL byte"):
            read(tmp_path, buffer.getvalue().encode())
        return
    raw = read(tmp_path, buffer.getvalue().encode())
    assert raw.rows.tolist() == good
    assert raw.table.column("text").to_pylist() == [rows[i][0] for i in good]
    assert set(raw.rejected) == set(range(len(rows))) - set(good)


MUTATIONS = st.lists(st.tuples(st.integers(0, len(DIRTY)), st.integers(0, 3), st.binary(max_size=6)), max_size=12)


@given(MUTATIONS, st.sampled_from(["data.csv", "data.tsv", "data.jsonl", "data.json", "data.parquet"]))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_damage_never_raises_anything_but_unusable_input(
    tmp_path: Path, mutations: list[tuple[int, int, bytes]], name: str
) -> None:
    data = bytearray(DIRTY)
    for position, removed, added in mutations:
        data[position : position + removed] = added
    file = tmp_path / name
    file.write_bytes(bytes(data))
    try:
        dataset = open_dataset(file)
    except UnusableInput:
        return
    assert len(dataset) > 0
    assert not dataset.table["id"].duplicated().any()


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_never_raise_anything_but_unusable_input(tmp_path: Path, data: bytes) -> None:
    for name in ("data.csv", "data.jsonl", "data.parquet"):
        file = tmp_path / name
        file.write_bytes(data)
        try:
            open_dataset(file)
        except UnusableInput:
            continue
