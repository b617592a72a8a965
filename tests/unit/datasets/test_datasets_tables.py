"""Tables of texts and of features: roles, labels, splits, missing and bad cells."""

from __future__ import annotations

import gzip
import json
import pickle
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets

from analysis.datasets import Columns, open_dataset
from analysis.datasets.labels import without_labels
from analysis.errors import UnusableInput
from analysis.types import Kind, Modality

BUNDLED = Path(sklearn.datasets.__file__).parent / "data"
SAMPLES = Path(__file__).resolve().parents[3] / "sample_data" / "data"


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8", newline="")
    return file


REVIEWS = "id,text,label,rating\n" + "".join(
    f"r{i},review number {i} says a good deal about it,{'pos' if i % 2 else 'neg'},{i / 7:.2f}\n" for i in range(40)
)


def test_text_with_two_labels_takes_the_one_that_fits_the_kind(tmp_path: Path) -> None:
    file = write(tmp_path, "reviews.csv", REVIEWS)
    classes = open_dataset(file)
    assert (classes.modality, classes.kind, classes.columns["label"]) == (Modality.TEXT, Kind.CLASSIFICATION, "label")
    values = open_dataset(file, kind=Kind.REGRESSION)
    assert values.columns["label"] == "rating"
    assert values.table["label"].dtype == np.float64
    assert values.table["label (column)"].tolist()[:2] == ["neg", "pos"]
    assert values.table["id (column)"].iat[3] == "r3"
    assert classes.inputs(np.array([2, 0])) == [
        "review number 2 says a good deal about it",
        "review number 0 says a good deal about it",
    ]
    assert values.fingerprint != classes.fingerprint


def test_ids_come_from_a_column_only_when_asked_for(tmp_path: Path) -> None:
    file = write(
        tmp_path, "reviews.csv", REVIEWS + "r3,the same id once more in the table,pos,1\n,no id at all here,pos,1\n"
    )
    assert open_dataset(file).table["id"].iat[3] == "3"
    dataset = open_dataset(file, columns=Columns(id="id"))
    assert dataset.position("r3") == 3
    assert [r.reason.split(":")[0] for r in dataset.rejected] == ["duplicate id", "missing id"]


def test_pairs_of_texts(tmp_path: Path) -> None:
    file = write(tmp_path, "nli.tsv", "premise\thypothesis\tlabel\nA man eats.\tHe eats.\t0\nIt rains.\t\t1\n")
    dataset = open_dataset(file, modality=Modality.TEXT)
    assert dataset.inputs(np.array([0])) == [("A man eats.", "He eats.")]
    assert dataset.rejected[0].reason == "empty text: “hypothesis”"


def test_splits_come_from_a_column_or_from_file_names(tmp_path: Path) -> None:
    column = write(tmp_path, "data.csv", "text,label,split\na b c,x,train\nd e f,y,test\ng h i,y,\n")
    assert open_dataset(column).splits == ("train", "test", "unspecified")
    assert open_dataset(column, columns=Columns(split="")).splits == ("all",)
    folder = tmp_path / "parts"
    folder.mkdir()
    for name in ("train.csv", "reviews-test.csv", "validation-00000-of-00001.csv"):
        write(folder, name, "text,label\nsome words here,x\nother words,\nmore words here,y\n")
    write(folder, "README.md", "about")
    write(folder, "notes.bin", "x")
    dataset = open_dataset(folder)
    assert set(dataset.splits) == {"train", "test", "validation"}
    assert set(dataset.table["id"]) >= {"train.csv:0", "train.csv:2", "reviews-test.csv:0"}
    assert {r.item for r in dataset.rejected} >= {"notes.bin", "train.csv row 1"}
    assert open_dataset(folder / "train.csv").splits == ("train",)


def test_a_table_with_other_columns_is_rejected_whole(tmp_path: Path) -> None:
    write(tmp_path, "test.csv", "text,label\nsome words here,x\n")
    write(tmp_path, "train.csv", "label,text\ny,other words here\n")
    write(tmp_path, "val.csv", "title,label\nsome words here,x\n")
    write(tmp_path, "zzz.csv", "")
    dataset = open_dataset(tmp_path)
    assert dataset.inputs(np.array([0, 1])) == ["some words here", "other words here"]
    assert [r.item for r in dataset.rejected] == ["val.csv", "zzz.csv"]
    assert "“text”, “title”" in dataset.rejected[0].reason


def features(rows: int = 30) -> list[str]:
    return ["patient_id,age,bmi,ward,note,site,diagnosis"] + [
        f"{1000 - i * i},{20 + i},{20 + i / 3:.2f},{'ABC'[i % 3]},,north,{'ill' if i % 4 else 'well'}"
        for i in range(rows)
    ]


def test_features_leave_out_ids_empty_and_constant_columns(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path, "ward.csv", "\n".join(features())))
    assert (dataset.modality, dataset.kind) == (Modality.TABULAR, Kind.CLASSIFICATION)
    assert dataset.columns["features"] == ("age", "bmi", "ward")
    frame = dataset.inputs(np.array([1, 0]))
    assert isinstance(frame, pd.DataFrame)
    assert frame["bmi"].dtype == np.float64
    assert frame["ward"].dtype == object
    assert frame["ward"].tolist() == ["B", "A"]
    assert list(frame.index) == [0, 1]
    chosen = open_dataset(tmp_path / "ward.csv", columns=Columns(features=("age", "patient_id")))
    assert list(chosen.inputs(np.array([0])).columns) == ["age", "patient_id"]


def test_bad_numbers_reject_the_row_and_missing_ones_are_counted(tmp_path: Path) -> None:
    rows = features(60)
    rows[5] = "1,abc,21.0,A,,north,ill"
    rows[9] = "1,30,inf,A,,north,ill"
    rows[12] = "1,NA,,,,north,ill"
    dataset = open_dataset(
        write(tmp_path, "ward.csv", "\n".join(rows)), columns=Columns(features=("age", "bmi", "ward"))
    )
    assert [(r.item, r.reason) for r in dataset.rejected] == [
        ("ward.csv row 4", "“age” is no finite number: “abc”"),
        ("ward.csv row 8", "“bmi” is no finite number: “inf”"),
    ]
    frame = dataset.inputs(np.array([dataset.position("11")]))
    assert frame.isna().to_numpy().all()
    missing = next(f for f in dataset.findings if f.id == "data.missing_values")
    assert missing.evidence["columns"] == {"age": 1, "bmi": 1, "ward": 1}


def test_decimal_commas_are_read_and_said(tmp_path: Path) -> None:
    text = "weight;height;class\n" + "".join(f"{i},5;1,{i % 10}{i % 7};{'ab'[i % 2]}\n" for i in range(30))
    dataset = open_dataset(write(tmp_path, "german.csv", text))
    assert dataset.inputs(np.array([3])).to_numpy().tolist() == [[3.5, 1.33]]
    finding = next(f for f in dataset.findings if f.id == "data.decimal_comma")
    assert finding.evidence["columns"] == ["weight", "height"]


def test_thousands_are_not_mistaken_for_decimals(tmp_path: Path) -> None:
    text = "price;class\n" + "".join(f"{i + 1},{i:03d};{'ab'[i % 2]}\n" for i in range(30))
    dataset = open_dataset(write(tmp_path, "x.csv", text), columns=Columns(features=("price",)))
    assert dataset.inputs(np.array([3]))["price"].tolist() == ["4,003"]


def test_a_regression_rejects_labels_that_are_no_numbers(tmp_path: Path) -> None:
    lines = "".join(f"{i},{i * 1.5}\n" for i in range(30))
    file = write(tmp_path, "x.csv", f"dose,response\n{lines}3,high\n4,\n5,inf\n")
    dataset = open_dataset(file, modality=Modality.TABULAR, kind=Kind.REGRESSION, columns=Columns(label="response"))
    assert [r.reason.split(":")[0] for r in dataset.rejected] == [
        "the label is no finite number",
        "missing label",
        "the label is no finite number",
    ]
    with pytest.raises(UnusableInput, match="of numbers looks like the label"):
        open_dataset(write(tmp_path, "y.csv", "a,b\nx,y\nz,w\n"), kind=Kind.REGRESSION)


@pytest.mark.parametrize("kind", [Kind.CLASSIFICATION, Kind.REGRESSION])
def test_rows_without_a_label_are_kept_where_labels_are_left_out(tmp_path: Path, kind: Kind) -> None:
    cells = ["1", "", "2", "n/a", "many", "2"]
    rows = [f"{0.5 * n},{n % 3},{cell}" for n, cell in enumerate(cells)]
    path = write(tmp_path, "t.csv", "\n".join(["a,b,target", *rows]) + "\n")
    asked = {"modality": Modality.TABULAR, "kind": kind, "columns": Columns(label="target"), "unlabelled": True}
    some, every = open_dataset(path, **asked), open_dataset(path, **asked, keep_unlabelled=True)
    assert len(some) < len(every) == len(cells)
    assert some.rejected
    assert not every.rejected
    assert some.fingerprint != every.fingerprint
    left_out = without_labels(every)
    assert not left_out.has_labels
    assert list(left_out.ids) == [str(n) for n in range(len(cells))]
    assert list(left_out.inputs(np.arange(1)).columns) == ["a", "b"]


def test_named_columns_that_are_not_there_are_refused_with_a_hint(tmp_path: Path) -> None:
    file = write(tmp_path, "reviews.csv", REVIEWS)
    with pytest.raises(UnusableInput, match="Did you mean “rating”"):
        open_dataset(file, columns=Columns(label="ratings"))


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        json.dumps({"text": "a good film", "label": True, "score": 1.5, "tags": ["x"]}),
        "{broken",
        json.dumps([1, 2]),
        json.dumps({"text": None, "label": False}),
        json.dumps({"text": "half \ud800", "label": False}),
        "[" * 100_000,
        "",
        json.dumps({"text": "a dull film", "label": False, "score": float("nan")}),
        json.dumps({"text": "no label"}),
    ]
    dataset = open_dataset(write(tmp_path, "x.jsonl", "\n".join(lines)), columns=Columns(label="label", text="text"))
    assert dataset.table["label"].tolist() == ["true", "false"]
    assert dataset.table["id"].tolist() == ["0", "6"]
    assert dataset.table["score"].isna().tolist() == [False, True]
    assert dataset.table["tags"].iat[0] == '["x"]'
    assert [r.reason.split(":")[0] for r in dataset.rejected] == [
        "no JSON",
        "not an object",
        "empty text",
        "a cell holds half a surrogate pair",
        "nested too deeply",
        "missing label",
    ]


def test_a_json_array_of_objects(tmp_path: Path) -> None:
    items = [{"text": "some words", "label": 1}, 3, {"text": "more words", "label": 0}]
    dataset = open_dataset(write(tmp_path, "x.json", json.dumps(items)))
    assert dataset.table["label"].tolist() == ["1", "0"]
    assert dataset.rejected[0].reason == "not an object"


def test_parquet_keeps_types(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "amount": [1, 2, 3, 4] * 10,
            "ratio": [0.5, None, 1.5, 2.5] * 10,
            "colour": pd.Categorical(["red", "blue", "red", "blue"] * 10),
            "seen": pd.date_range("2024-01-01", periods=40),
            "target": [0.0, 1.0, None, 1.0] * 10,
        }
    )
    frame.to_parquet(tmp_path / "x.parquet")
    dataset = open_dataset(tmp_path / "x.parquet")
    assert dataset.columns["features"] == ("amount", "ratio", "colour")
    assert sorted(set(dataset.table["label"])) == ["0", "1"]
    assert len(dataset.rejected) == 10
    assert dataset.table["seen"].iat[0].startswith("2024-01-01")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "x.parquet").read_bytes()[:-100])
    with pytest.raises(UnusableInput, match="not a readable Parquet"):
        open_dataset(tmp_path / "cut.parquet")


def test_datasets_survive_pickling_and_threads(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path, "reviews.csv", REVIEWS))
    again = pickle.loads(pickle.dumps(dataset))
    assert again.inputs(np.array([5])) == dataset.inputs(np.array([5]))
    seen: list[bool] = []

    def work() -> None:
        seen.append(all(dataset.inputs(np.array([i])) == again.inputs(np.array([i])) for i in range(40)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 8


def test_the_fingerprint_follows_content_and_reading(tmp_path: Path) -> None:
    first = open_dataset(write(tmp_path, "reviews.csv", REVIEWS)).fingerprint
    assert open_dataset(tmp_path / "reviews.csv").fingerprint == first
    assert open_dataset(tmp_path / "reviews.csv", columns=Columns(label="rating")).fingerprint != first
    assert open_dataset(write(tmp_path, "reviews.csv", REVIEWS.replace("0.14", "0.15"))).fingerprint != first


def test_scikit_learns_own_tables(tmp_path: Path) -> None:
    iris = open_dataset(BUNDLED / "iris.csv")
    assert (len(iris), iris.modality, iris.kind, len(iris.columns["features"])) == (
        150,
        Modality.TABULAR,
        Kind.CLASSIFICATION,
        4,
    )
    with pytest.raises(UnusableInput, match="wrong width: 31 cells where the header has 4"):
        open_dataset(BUNDLED / "breast_cancer.csv")
    with pytest.raises(UnusableInput, match="what separates the cells"):
        open_dataset(BUNDLED / "linnerud_exercise.csv")
    (tmp_path / "digits.csv").write_bytes(gzip.decompress((BUNDLED / "digits.csv.gz").read_bytes()))
    digits = open_dataset(tmp_path / "digits.csv")
    assert (len(digits), digits.columns["label"], len(digits.columns["features"])) == (1797, "64", 64)
    assert sorted(set(digits.table["label"].astype(float))) == list(range(10))


@pytest.mark.parametrize(
    ("name", "label", "kind", "features"),
    [
        ("breast-cancer", "diagnosis", Kind.CLASSIFICATION, 30),
        ("diabetes", "progression", Kind.REGRESSION, 10),
    ],
)
def test_sample_tables_open_as_they_are_meant(name: str, label: str, kind: Kind, features: int) -> None:
    dataset = open_dataset(SAMPLES / name)
    assert (dataset.columns["label"], dataset.kind, len(dataset.columns["features"])) == (label, kind, features)
    assert set(dataset.splits) == {"train", "test"}
    assert not dataset.rejected
