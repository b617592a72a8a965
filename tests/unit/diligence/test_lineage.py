"""Lineage: licences of base models and training data from cards on this computer, in words, or known; and conflicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.diligence import look_into
from analysis.diligence.card import parse_card
from analysis.diligence.licences.data_sets import KNOWN, known_licence
from analysis.diligence.licences.prose import named_in
from analysis.diligence.lineage import GENERATIONS, UNNAMED, ancestors, source_of
from analysis.policy import Policy
from analysis.samples import bundled_root
from analysis.types import Finding, Kind, Severity
from analysis.verdict import Evidence, judge


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    return folder


def keep(cache: Path, name: str, text: str, kind: str = "models") -> None:
    """Lay a card into the hub's cache as a download leaves it."""
    place = cache / f"{kind}--{name.replace('/', '--')}"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("abc")
    (place / "snapshots" / "abc").mkdir(parents=True)
    (place / "snapshots" / "abc" / "README.md").write_text(text, encoding="utf-8")


def look(folder: Path, header: str, body: str = "") -> dict[str, Finding]:
    model = folder / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"model_type": "vit"}))
    (model / "README.md").write_text(f"---\n{header}\n---\n# A model\n{body}\n", encoding="utf-8")
    return {f.id: f for f in look_into(model)}


def test_a_data_set_that_forbids_what_the_model_allows_is_a_conflict_with_both_lines(tmp_path: Path) -> None:
    body = "\nTrained on pets-30k. The data set pets-30k is under CC BY-NC 4.0."
    found = look(tmp_path, "license: apache-2.0\ndatasets:\n- someone/pets-30k", body)
    conflict = found["licence.training_data"]
    assert conflict.severity is Severity.CAUTION
    assert conflict.evidence["uses"] == ["commercial"]
    assert conflict.evidence["data"] == ["someone/pets-30k"]
    assert [(q["line"], q["text"][:30]) for q in conflict.evidence["quotes"]] == [
        (2, "license: apache-2.0"),
        (3, "datasets: - someone/pets-30k"),
        (8, "Trained on pets-30k. The data "),
    ]
    assert "README.md, line 2 says Apache-2.0" in conflict.summary
    assert "CC-BY-NC-4.0 (README.md, line 8" in conflict.summary
    assert found["licence.commercial"].evidence["answer"] == "allowed", "it changes no answer"
    assert found["provenance.data_licence"].severity is Severity.OK


@pytest.mark.parametrize(
    ("model", "data", "uses"),
    [
        ("mit", "cc-by-nc-4.0", ["commercial"]),
        ("mit", "cc-by-nc-nd-4.0", ["commercial", "redistribution"]),
        ("mit", "cc-by-nd-4.0", ["redistribution"]),
        ("mit", "cc-by-sa-4.0", []),
        ("cc-by-nc-4.0", "cc-by-nc-4.0", []),
        ("cc-by-nc-4.0", "cc-by-nd-4.0", ["redistribution"]),
        ("mit", "other", []),
        ("mit", "my-own", []),
    ],
)
def test_conflicts_between_model_and_data(model: str, data: str, uses: list[str], cache: Path, tmp_path: Path) -> None:
    keep(cache, "owner/data", f"---\ntags: [x]\nlicense: {data}\n---\n", "datasets")
    found = look(tmp_path, f"license: {model}\ndatasets: owner/data")
    conflict = found.get("licence.training_data")
    assert (list(conflict.evidence["uses"]) if conflict else []) == uses
    licences = found["provenance.data_licence"]
    known = data not in ("other", "my-own")
    assert licences.severity is (Severity.OK if known else Severity.UNKNOWN)
    if known:
        assert "owner/data, README.md, line 3: “license: " in licences.summary
    else:
        assert licences.summary == "The licence of owner/data is not known here."
        assert licences.action


def test_without_a_licence_of_its_own_there_is_no_conflict(cache: Path, tmp_path: Path) -> None:
    keep(cache, "owner/data", "---\nlicense: cc-by-nc-4.0\n---\n", "datasets")
    found = look(tmp_path, "datasets: owner/data")
    assert "licence.training_data" not in found
    assert found["licence.commercial"].severity is Severity.UNKNOWN


def test_the_cached_card_of_a_base_counts(cache: Path, tmp_path: Path) -> None:
    keep(cache, "owner/base", "---\nlicense: cc-by-nc-4.0\n---\n")
    found = look(tmp_path, "license: mit\nbase_model: owner/base")
    assert found["licence.commercial"].evidence["answer"] == "forbidden"
    assert found["licence.conflict"].evidence["licences"] == ["CC-BY-NC-4.0", "MIT"]
    assert "owner/base, README.md, line 2 (the model it descends from)" in found["licence.conflict"].summary
    assert found["provenance.base_licence"].evidence["licences"][0]["said"][0]["licence"] == "CC-BY-NC-4.0"


def test_a_base_that_is_not_on_this_computer_is_unknown(tmp_path: Path) -> None:
    found = look(tmp_path, "license: mit\nbase_model:\n- owner/base\n- meta-llama/Llama-3.1-8B")
    licence = found["provenance.base_licence"]
    assert licence.severity is Severity.UNKNOWN
    assert "Llama 3.1 Community License" in licence.summary
    assert "the licence of owner/base is not known here" in licence.summary


def test_data_of_a_base_are_data_of_the_model(cache: Path, tmp_path: Path) -> None:
    keep(cache, "owner/base", "---\nlicense: mit\nbase_model: owner/first\n---\n")
    keep(cache, "owner/first", "---\nlicense: mit\ndatasets: owner/data\n---\n")
    keep(cache, "owner/data", "---\nlicense: cc-by-nc-4.0\n---\n", "datasets")
    found = look(tmp_path, "license: mit\nbase_model: owner/base")
    assert "owner/data (by the card of owner/first)" in found["licence.training_data"].summary
    names = [one["name"] for one in found["provenance.base_licence"].evidence["licences"]]
    assert names == ["owner/base", "owner/first"]
    assert "licence.conflict" not in found


def test_a_circle_of_bases_ends(cache: Path) -> None:
    for i in range(9):
        keep(
            cache, f"owner/m{i}", f"---\nlicense: mit\nbase_model: [owner/m{(i + 1) % 9}, owner/m0, owner/m{i}]\n---\n"
        )
    found = ancestors(parse_card("README.md", "---\nbase_model: owner/m0\n---\n"))
    assert [one.name for one in found] == [f"owner/m{i}" for i in range(GENERATIONS)]


@pytest.mark.parametrize(
    "card", ["", "---", "---\nlicense: [\n---", "---\n- x\n---", "\x00\xff", "---\nlicense: 5\n---\n"]
)
def test_a_damaged_cached_card_is_unknown(card: str, cache: Path, tmp_path: Path) -> None:
    keep(cache, "owner/data", card, "datasets")
    found = look(tmp_path, "license: mit\ndatasets: owner/data")
    assert found["provenance.data_licence"].severity is Severity.UNKNOWN


@pytest.mark.parametrize("name", ["../../etc", "a/b/c", "x" * 300, "a b", "<b>", "owner/..", "1.5", "é"])
def test_odd_names_are_never_looked_up(name: str, tmp_path: Path) -> None:
    found = look(tmp_path, f"license: mit\nbase_model: {json.dumps(name)}\ndatasets: {json.dumps(name)}")
    assert found["provenance.base_licence"].severity is Severity.UNKNOWN
    assert found["provenance.data_licence"].severity is Severity.UNKNOWN


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("The data is CC BY-NC 4.0.", ["CC-BY-NC-4.0"]),
        ("licensed under [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)", ["CC-BY-SA-4.0"]),
        ("see https://creativecommons.org/licenses/by-nc-nd/3.0", ["CC-BY-NC-ND-3.0"]),
        ("https://creativecommons.org/publicdomain/zero/1.0/", ["CC0-1.0"]),
        ("CC0", ["CC0-1.0"]),
        ("| pets | cc-by-4.0 |", ["CC-BY-4.0"]),
        ("Apache License, Version 2.0", ["Apache-2.0"]),
        ("Apache 2.0", ["Apache-2.0"]),
        ("under the MIT License", ["MIT"]),
        ("License: MIT", ["MIT"]),
        ("collected at MIT by students", []),
        ("GPL v3", ["GPL-3.0-only"]),
        ("LGPL-3.0", ["LGPL-3.0-only"]),
        ("ODbL", ["ODbL-1.0"]),
        ("for non-commercial research", ["research or non-commercial use only, in words"]),
        ("may only be used for academic work", ["research or non-commercial use only, in words"]),
        ("It is not under CC BY 4.0", []),
        ("The licence is unclear", []),
        ("Each image has a licence of its own, such as CC BY 2.0", []),
        ("nothing at all", []),
    ],
)
def test_licences_in_words(line: str, names: list[str]) -> None:
    assert [one.name for one in named_in(line)] == names


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("The training data is licensed under CC BY-NC 4.0.", ["CC-BY-NC-4.0"]),
        ("The model is licensed under CC BY-NC 4.0 and was trained on a data set.", []),
        ("Licence of the dataset: ODbL; the code is MIT licensed.", ["ODbL-1.0"]),
        ("The weights are MIT licensed, while the training data is CC BY-SA 3.0", ["CC-BY-SA-3.0"]),
        ("This text mentions CC BY 4.0 without saying of what.", []),
    ],
)
def test_data_that_a_card_does_not_name(body: str, names: list[str]) -> None:
    found = ancestors(parse_card("README.md", f"---\nlicense: mit\n---\n{body}\n"))
    assert [said.licence.name for one in found for said in one.said] == names
    if names:
        assert [(one.name, one.named["line"]) for one in found] == [(UNNAMED, 4)]


def test_among_several_data_sets_only_a_line_with_the_name_counts() -> None:
    body = "All data sets are licensed under CC BY 4.0.\nBirds 2: CC BY-NC 4.0.\n"
    card = parse_card("README.md", f"---\ndatasets: [a/cats, b/birds_2]\n---\n{body}")
    cats, birds = ancestors(card)
    assert cats.said == ()
    assert [(s.licence.name, s.quote["line"]) for s in birds.said] == [("CC-BY-NC-4.0", 5)]
    assert source_of(birds.said[0].quote) == "README.md, line 5: “Birds 2: CC BY-NC 4.0.”"


@pytest.mark.parametrize(
    ("name", "licence"),
    [
        ("imagenet-1k", "ImageNet"),
        ("ILSVRC/imagenet-1k", "ImageNet"),
        ("timm/imagenet-22k-wds", "ImageNet"),
        ("squad", "CC-BY-SA-4.0"),
        ("microsoft/ms_marco", "MS MARCO"),
        ("mozilla-foundation/common_voice_11_0", "CC0-1.0"),
        ("imagenette", ""),
        ("imagenet-sketch", ""),
        ("my-squad", ""),
        ("glue", ""),
    ],
)
def test_data_that_is_known(name: str, licence: str) -> None:
    found = known_licence(name)
    assert (found.licence.name if found else "")[: len(licence) or None] == licence
    assert all(one.licence.known and "." in one.source for one in KNOWN)


def test_the_sample_says_what_imagenet_allows_and_the_verdict_makes_it_a_condition() -> None:
    found = look_into(bundled_root() / "models" / "photos")
    conflict = next(f for f in found if f.id == "licence.training_data")
    assert conflict.evidence["uses"] == ["commercial"]
    assert {q["file"] for q in conflict.evidence["quotes"]} == {"README.md", "image-net.org/download"}
    lines = {line.id: line for line in judge(Evidence(Kind.CLASSIFICATION, found), Policy()).lines}
    assert lines["licence.training_data"].severity is Severity.CAUTION
    assert lines["licence.training_data"].change
    tried = judge(Evidence(Kind.CLASSIFICATION, found), Policy(uses=("evaluation",)))
    assert "licence.training_data" not in {line.id for line in tried.lines}


@given(st.text(max_size=200), st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_no_card_breaks_it(body: str, name: str) -> None:
    found = ancestors(parse_card("README.md", f"---\ndatasets: {json.dumps(name)}\n---\n{body}"))
    assert all(said.licence.known or said.licence.name == "" for one in found for said in one.said)
