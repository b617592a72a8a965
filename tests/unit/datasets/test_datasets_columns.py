"""Guessing what a column is for, on headers and cells as they occur."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.datasets import Columns, Role, guess_columns
from analysis.errors import LabelsMissing, UnusableInput
from analysis.types import Kind, Modality

SENTENCE = "the quick brown fox jumps over dog number"


def table(folder: Path, header: str, row: str, rows: int = 60) -> Path:
    """Write a table whose cells are made by formatting `row` with i."""
    file = folder / "data.csv"
    lines = [row.format(i=i, m2=i % 2, m3=i % 3, m5=i % 5, f=i * 0.37, s=f"{SENTENCE} {i}") for i in range(rows)]
    file.write_text("\n".join([header, *lines]))
    return file


def test_a_table_without_labels_is_guessed_where_it_may_have_none(tmp_path: Path) -> None:
    file = table(tmp_path, "text", "{s}")
    with pytest.raises(LabelsMissing, match="Open without labels"):
        guess_columns(file)
    found = guess_columns(file, unlabelled=True)
    assert (found.chosen.text, found.chosen.label) == ("text", None)


@pytest.mark.parametrize(
    ("header", "row", "modality", "kind", "label"),
    [
        ("text,label", "{s},{m2}", Modality.TEXT, Kind.CLASSIFICATION, "label"),
        ("Label,Tweet", "{m2},{s}", Modality.TEXT, Kind.CLASSIFICATION, "Label"),
        ("y,x1,x2", "{m2},{f},{m5}", Modality.TABULAR, Kind.CLASSIFICATION, "y"),
        ("x1,x2,Target ", "{f},{m5},{f}", Modality.TABULAR, Kind.REGRESSION, "Target "),
        ("a,b,colour", "{f},{f},c{m3}", Modality.TABULAR, Kind.CLASSIFICATION, "colour"),
        ("a,b,c", "{f},{m3},{f}", Modality.TABULAR, Kind.CLASSIFICATION, "b"),
        ("sentence,trueLabel,source", "{s},l{m2},web", Modality.TEXT, Kind.CLASSIFICATION, "trueLabel"),
        ("body,score", "{s},{f}", Modality.TEXT, Kind.REGRESSION, "score"),
        ("mpg,weight,label", "{f},{f},{i}", Modality.TABULAR, Kind.REGRESSION, "label"),
        ("class,a,b", "{m3},{f},{f}", Modality.TABULAR, Kind.CLASSIFICATION, "class"),
    ],
)
def test_label_modality_and_kind(
    tmp_path: Path, header: str, row: str, modality: Modality, kind: Kind, label: str
) -> None:
    guess = guess_columns(table(tmp_path, header, row))
    assert (guess.modality, guess.kind, guess.chosen.label) == (modality, kind, label)


def test_what_was_said_wins(tmp_path: Path) -> None:
    file = table(tmp_path, "text,score,label", "{s},{f},{m2}")
    guess = guess_columns(file, modality=Modality.TABULAR, kind=Kind.REGRESSION)
    assert (guess.modality, guess.kind, guess.chosen.label) == (Modality.TABULAR, Kind.REGRESSION, "score")
    guess = guess_columns(file, columns=Columns(label="score", text="label"))
    assert (guess.kind, guess.chosen.text) == (Kind.REGRESSION, "label")


def test_every_column_is_shown_with_samples_and_a_reason(tmp_path: Path) -> None:
    guess = guess_columns(table(tmp_path, "id,review,stars,source,split", "{i},{s},{m5},web,train"))
    by_name = {column.name: column for column in guess.columns}
    assert {name: column.role for name, column in by_name.items()} == {
        "id": Role.METADATA,
        "review": Role.TEXT,
        "stars": Role.LABEL,
        "source": Role.METADATA,
        "split": Role.SPLIT,
    }
    assert by_name["stars"].samples == ("0", "1", "2")
    assert by_name["stars"].dtype == "number"
    assert all(column.why for column in guess.columns)


def test_ids_are_no_features_and_constant_numbers_are(tmp_path: Path) -> None:
    file = table(tmp_path, "row,CaseID,age,flag,site,y", "{i},x{i},{f},1,north,{m2}")
    guess = guess_columns(file)
    assert guess.chosen.features == ("age", "flag")
    why = {column.name: column.why for column in guess.columns}
    assert why["row"] == why["CaseID"] == "it tells rows apart"
    assert why["site"] == "it is the same in every row"


def test_long_free_text_beside_many_numbers_stays_tabular(tmp_path: Path) -> None:
    header = "name,a,b,c,d,e,survived"
    guess = guess_columns(table(tmp_path, header, "Mr {i} van der Berg of Oslo,{f},{f},{f},{f},{f},{m2}"))
    assert guess.modality is Modality.TABULAR
    assert "name" not in (guess.chosen.features or ())


def test_no_label_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="No column looks like the label"):
        guess_columns(table(tmp_path, "title,body", "{s},{s} more"))


def test_a_guess_can_be_handed_back(tmp_path: Path) -> None:
    file = table(tmp_path, "text,a,label", "{s},{f},{m2}")
    guess = guess_columns(file)
    again = guess_columns(file, columns=guess.chosen)
    assert again.chosen == guess.chosen
