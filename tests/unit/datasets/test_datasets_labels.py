"""Matching the data's labels to the model's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.datasets.labels import encode_truth, fold, list_matches, match_labels, without_labels
from analysis.errors import UnusableInput
from analysis.types import Dataset, Kind, Modality, Severity


def data(labels: list[str] | list[float], kind: Kind = Kind.CLASSIFICATION) -> Dataset:
    count = len(labels)
    table = pd.DataFrame({"id": [str(i) for i in range(count)], "split": "all", "label": labels})
    return Dataset("d", "d", Modality.TEXT, kind, table, lambda rows: ["x"] * len(rows), (), "0")


@pytest.mark.parametrize(
    ("found", "labels", "expected"),
    [
        (["cat", "dog"], ["dog", "cat"], ["cat", "dog"]),
        (
            ["CAT", "Brown_Bear", "polar-bear "],
            ["cat", "brown bear", "Polar Bear"],
            ["cat", "brown bear", "Polar Bear"],
        ),
        (["LABEL_1", "label_0"], ["LABEL_0", "LABEL_1"], ["LABEL_1", "LABEL_0"]),
        (["LABEL_1", "LABEL_0"], ["no", "yes"], ["yes", "no"]),
        (["0", "2"], ["a", "b", "c"], ["a", "c"]),
        (["0.0", "2.0"], ["a", "b", "c"], ["a", "c"]),
        (["1.0", "2"], ["2", "1"], ["1", "2"]),
        (["true", "False"], ["no", "yes"], ["yes", "no"]),
        (["pos", "neg"], ["NEGATIVE", "POSITIVE"], ["POSITIVE", "NEGATIVE"]),
        (["1", "0"], ["positive", "negative"], ["positive", "negative"]),
        (["1", "-1"], ["negative", "positive"], ["positive", "negative"]),
        (["pos", "neutral"], ["negative", "positive"], ["positive", ""]),
        (["1", "2", "5"], ["negative", "positive"], ["positive", "", ""]),
        (["pos", "neg"], ["bad", "good", "mixed"], ["", ""]),
        (
            ["tench", "tabby cat"],
            ["tench, Tinca tinca", "tabby, tabby cat"],
            ["tench, Tinca tinca", "tabby, tabby cat"],
        ),
        (["crane"], ["crane, bird", "crane, machine"], [""]),
        (["a b"], ["A_B", "a-b"], [""]),
        (["A_B"], ["A_B", "a-b"], ["A_B"]),
        (["cat", "3"], ["cat", "dog", "owl", "pig"], ["cat", ""]),
        (["café"], ["cafe\u0301"], ["cafe\u0301"]),
        (["-1", "7"], ["a", "b"], ["", ""]),
    ],
)
def test_matching(found: list[str], labels: list[str], expected: list[str]) -> None:
    matched = match_labels(data(found), labels)
    assert [matched.label_map[label] for label in found] == expected
    truth, names = encode_truth(matched, labels)
    assert truth.dtype == np.int64
    assert [labels[t] if t >= 0 else "" for t in truth] == expected
    assert list(names) == [target or label for label, target in zip(found, expected, strict=True)]


def ids(dataset: Dataset) -> dict[str, Severity]:
    return {finding.id: finding.severity for finding in dataset.findings}


def test_unknown_and_absent_labels_are_counted() -> None:
    matched = match_labels(data(["cat"] * 5 + ["yak"] * 2 + ["gnu"]), ["cat", "dog"])
    unknown = next(f for f in matched.findings if f.id == "labels.unknown")
    assert unknown.severity is Severity.CAUTION
    assert unknown.evidence["unknown"] == {"yak": 2, "gnu": 1}
    assert (unknown.evidence["examples"], unknown.evidence["of"]) == (3, 8)
    absent = next(f for f in matched.findings if f.id == "labels.absent")
    assert absent.evidence["absent"] == ["dog"]


def test_nothing_that_matches_is_a_blocker() -> None:
    matched = match_labels(data(["yak", "gnu"]), ["cat", "dog"])
    assert ids(matched) == {"labels.unknown": Severity.BLOCKER}
    assert encode_truth(matched, ["cat", "dog"])[0].tolist() == [-1, -1]


def test_counting_from_one_is_mentioned_and_not_guessed() -> None:
    matched = match_labels(data(["1", "2", "3"]), ["a", "b", "c"])
    assert matched.label_map == {"1": "b", "2": "c", "3": ""}
    assert ids(matched)["labels.one_based"] is Severity.CAUTION
    assert "labels.one_based" not in ids(match_labels(data(["1", "2"]), ["a", "b", "c"]))


def test_overrides_win_can_unmatch_and_replace_earlier_findings() -> None:
    first = match_labels(data(["cat", "puma", "dog"]), ["cat", "dog", "lion"])
    again = match_labels(first, ["cat", "dog", "lion"], overrides={"puma": "lion", "dog": "", "absent": "cat"})
    assert again.label_map == {"cat": "cat", "puma": "lion", "dog": ""}
    assert [f.id for f in again.findings].count("labels.unknown") == 1
    assert encode_truth(again, ["lion", "dog", "cat"])[0].tolist() == [2, 0, -1]
    assert encode_truth(again, ["lion", "dog", "cat"])[1] == ("cat", "lion", "dog")
    nothing = match_labels(first, ["cat", "dog"], overrides=dict.fromkeys(["cat", "puma", "dog"]))
    assert encode_truth(nothing, ["cat", "dog"])[0].tolist() == [-1, -1, -1]
    with pytest.raises(UnusableInput, match="no label “tiger”"):
        match_labels(first, ["cat", "dog"], overrides={"puma": "tiger"})


def test_how_each_label_was_matched() -> None:
    matches = list_matches(data(["Cat", "Cat", "dog", "yak"]), ["cat", "dog"])
    assert [(m.label, m.target, m.how, m.count) for m in matches] == [
        ("Cat", "cat", "spelling", 2),
        ("dog", "dog", "same", 1),
        ("yak", "", "", 1),
    ]


def test_labels_that_the_model_has_twice_are_named() -> None:
    matched = match_labels(data(["crane", "owl"]), ["crane", "owl", "crane"])
    assert ids(matched)["labels.ambiguous"] is Severity.CAUTION
    assert encode_truth(matched, ["crane", "owl", "crane"])[0].tolist() == [0, 1]


def test_one_label_only_is_a_caution() -> None:
    assert ids(match_labels(data(["cat", "cat"]), ["cat", "dog"]))["labels.one_class"] is Severity.CAUTION


def test_a_regression_is_left_alone() -> None:
    dataset = data([1.5, float("nan")], Kind.REGRESSION)
    assert match_labels(dataset, ["rating"]) is dataset
    truth, names = encode_truth(dataset, ["rating"])
    assert truth.dtype == np.float64
    assert names == ()


def test_without_labels_nothing_matches_also_where_a_class_is_called_so() -> None:
    nothing = match_labels(data(["unlabelled", "unlabelled"]), ["Unlabelled", "dog"])
    assert not nothing.has_labels
    assert encode_truth(nothing, ["Unlabelled", "dog"])[0].tolist() == [-1, -1]
    assert [finding.id for finding in nothing.findings] == ["labels.none"]
    assert data(["unlabelled", "dog"]).has_labels


@pytest.mark.parametrize(("labels", "kind"), [(["cat", "dog"], Kind.CLASSIFICATION), ([1.0, 2.0], Kind.REGRESSION)])
def test_labels_can_be_left_out(labels: list[str] | list[float], kind: Kind) -> None:
    whole = data(labels, kind)
    found = match_labels(without_labels(whole), ["cat", "dog"])
    assert whole.has_labels
    assert not found.has_labels
    assert found.fingerprint != whole.fingerprint
    assert {finding.id for finding in found.findings} == {"data.labels_left_out", "labels.none"}
    assert without_labels(found).fingerprint == found.fingerprint


def test_truth_without_matching_first() -> None:
    assert encode_truth(data(["Dog", "cat"]), ["cat", "dog"])[0].tolist() == [1, 0]


@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=8), st.lists(st.text(max_size=6), max_size=8))
def test_any_labels_give_positions_that_exist(found: list[str], labels: list[str]) -> None:
    labels = labels or ["x"]
    matched = match_labels(data(found), labels)
    truth, names = encode_truth(matched, labels)
    assert set(matched.label_map) == set(found)
    assert all(-1 <= t < len(labels) for t in truth)
    assert len(names) == len(found)
    assert all(matched.label_map[label] == label for label in found if label in labels and label)


@given(st.text(max_size=12))
def test_folding_is_idempotent_for_names(label: str) -> None:
    assert fold(fold(label)) == fold(label)
