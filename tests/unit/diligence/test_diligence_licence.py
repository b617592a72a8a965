"""Licences: sixty declared forms with the answer that a lawyer's reading of their text gives; cards and conflicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.diligence import look_into
from analysis.diligence.card import parse_card
from analysis.diligence.licences.recognise import recognise
from analysis.diligence.licences.terms import HUB, UNKNOWN, Use
from analysis.diligence.licences.texts import recognise_text
from analysis.types import Finding, Severity

#: Declared → name, and the three answers: a(llowed), c(onditions), f(orbidden), u(nknown).
FORMS: list[tuple[Any, str, str]] = [
    ("apache-2.0", "Apache-2.0", "aac"),
    ("Apache-2.0", "Apache-2.0", "aac"),
    ("Apache 2.0", "Apache-2.0", "aac"),
    ("Apache License, Version 2.0", "Apache-2.0", "aac"),
    ("apache2", "Apache-2.0", "aac"),
    ("license:apache-2.0", "Apache-2.0", "aac"),
    ("apche-2.0", "Apache-2.0", "aac"),
    ("mit", "MIT", "aac"),
    ("MIT License", "MIT", "aac"),
    ("The MIT License", "MIT", "aac"),
    ("bsd-3-clause", "BSD-3-Clause", "aac"),
    ("BSD 3-Clause License", "BSD-3-Clause", "aac"),
    ("bsd", "BSD, no version given", "aac"),
    ("bsd-2-clause", "BSD-2-Clause", "aac"),
    ("isc", "ISC", "aac"),
    ("unlicense", "Unlicense", "aaa"),
    ("cc0-1.0", "CC0-1.0", "aaa"),
    ("CC0", "CC0-1.0", "aaa"),
    ("wtfpl", "WTFPL", "aaa"),
    ("gpl-3.0", "GPL-3.0-only", "acc"),
    ("GPLv3", "GPL-3.0-only", "acc"),
    ("gpl", "GPL, no version given", "acc"),
    ("gpl-2.0", "GPL-2.0-only", "acc"),
    ("agpl-3.0", "AGPL-3.0-only", "acc"),
    ("lgpl-3.0", "LGPL-3.0-only", "acc"),
    ("mpl-2.0", "MPL-2.0", "acc"),
    ("epl-2.0", "EPL-2.0", "acc"),
    ("eupl-1.2", "EUPL-1.2", "acc"),
    ("cc-by-4.0", "CC-BY-4.0", "acc"),
    ("CC BY 4.0", "CC-BY-4.0", "acc"),
    ("cc-by-sa-4.0", "CC-BY-SA-4.0", "acc"),
    ("CC-BY-SA-3.0", "CC-BY-SA-3.0", "acc"),
    ("cc-by-nc-4.0", "CC-BY-NC-4.0", "cfc"),
    ("CC BY-NC 4.0", "CC-BY-NC-4.0", "cfc"),
    ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0", "cfc"),
    ("cc-by-nc-nd-4.0", "CC-BY-NC-ND-4.0", "cff"),
    ("cc-by-nd-4.0", "CC-BY-ND-4.0", "acf"),
    ("cc-by-nc", "CC-BY-NC, no version given", "cfc"),
    ("odbl", "ODbL-1.0", "acc"),
    ("pddl", "PDDL-1.0", "aaa"),
    ("llama2", "Llama 2 Community License", "ccc"),
    ("llama3.1", "Llama 3.1 Community License", "ccc"),
    ("Llama 3.1", "Llama 3.1 Community License", "ccc"),
    ("gemma", "Gemma Terms of Use", "ccc"),
    ("openrail", "OpenRAIL", "ccc"),
    ("openrail++", "CreativeML OpenRAIL++-M", "ccc"),
    ("creativeml-openrail-m", "CreativeML OpenRAIL-M", "ccc"),
    ("bigscience-bloom-rail-1.0", "BigScience BLOOM RAIL 1.0", "ccc"),
    ("deepfloyd-if-license", "DeepFloyd IF", "cfc"),
    ("apple-amlr", "Apple Machine Learning Research Model License", "cfc"),
    ("intel-research", "Intel Research Use License", "cfc"),
    ("Apache-2.0 OR MIT", "Apache-2.0 OR MIT", "aac"),
    ("MIT AND CC-BY-NC-4.0", "MIT AND CC-BY-NC-4.0", "cfc"),
    ("MIT OR CC-BY-NC-4.0", "MIT OR CC-BY-NC-4.0", "aac"),
    ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", "acc"),
    (["mit"], "MIT", "aac"),
    (["mit", "cc-by-nc-4.0"], "MIT, CC-BY-NC-4.0", "cfc"),
    (["apache-2.0", "my-own"], "Apache-2.0, unknown", "uuu"),
    (["cc-by-nc-4.0", "my-own"], "CC-BY-NC-4.0, unknown", "ufu"),
    ([], "", "uuu"),
    ("other", "", "uuu"),
    ("unknown", "", "uuu"),
    ("", "", "uuu"),
    (None, "", "uuu"),
    (False, "", "uuu"),
    (2.0, "", "uuu"),
    ({"name": "mit"}, "", "uuu"),
    ("cc", "", "uuu"),
    ("creative commons", "", "uuu"),
    ("free for everybody", "", "uuu"),
    ("mitt", "", "uuu"),
    ("apache-2.0-with-changes", "", "uuu"),
    ("see LICENSE", "", "uuu"),
    ("MIT AND", "", "uuu"),
    ("x" * 10_000, "", "uuu"),
]
LETTERS = {"a": "allowed", "c": "conditions", "f": "forbidden", "u": "unknown"}


@pytest.mark.parametrize(("declared", "name", "answers"), FORMS, ids=[repr(f[0])[:40] for f in FORMS])
def test_declared_forms(declared: Any, name: str, answers: str) -> None:
    found = recognise(declared)
    assert found.name == name
    assert [found.terms.of(use).word for use in Use] == [LETTERS[a] for a in answers]
    if answers == "uuu":
        assert found.note


def test_there_are_sixty() -> None:
    assert len(FORMS) >= 60


@given(st.one_of(st.text(max_size=60), st.lists(st.text(max_size=10), max_size=4), st.floats(), st.booleans()))
@settings(max_examples=200, deadline=None)
def test_nonsense_is_unknown_and_never_an_error(declared: Any) -> None:
    found = recognise(declared)
    assert found.known or found.terms is UNKNOWN or found.name


@pytest.mark.parametrize("key", sorted(HUB))
def test_every_hub_id_is_found_by_its_own_name(key: str) -> None:
    assert recognise(key).name == HUB[key][0]
    assert recognise(key.upper()).name == HUB[key][0]


MIT = (
    "MIT License\n\nCopyright (c) 2020 A\n\nPermission is hereby granted, free of charge, to any person obtaining "
    'a copy.\n\nTHE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY.\n'
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MIT, "MIT"),
        ("Apache License\nVersion 2.0, January 2004\n\nTERMS AND CONDITIONS", "Apache-2.0"),
        ("                 Apache License, Version 2.0\n", "Apache-2.0"),
        ("GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007", "GPL-3.0-only"),
        ("Creative Commons Attribution-NonCommercial 4.0 International", "CC-BY-NC-4.0"),
        ("LLAMA 3.1 COMMUNITY LICENSE AGREEMENT", "Llama 3.1 Community License"),
        (MIT + "\nThis model is for non-commercial purposes.", ""),
        ("All rights reserved.", ""),
        ("", ""),
    ],
)
def test_licence_texts(text: str, name: str) -> None:
    found, line = recognise_text(text)
    assert found.name == name
    assert line <= len(text.splitlines())


def card(folder: Path, header: str, **files: str) -> dict[str, Finding]:
    (folder / "config.json").write_text(json.dumps({"model_type": "vit"}))
    (folder / "README.md").write_text(f"---\n{header}\n---\n# A model\n", encoding="utf-8")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {f.id: f for f in look_into(folder)}


def test_each_answer_quotes_its_line(tmp_path: Path) -> None:
    found = card(tmp_path, "tags:\n- x\nlicense: cc-by-nc-4.0")
    use = found["licence.commercial"]
    assert use.evidence["answer"] == "forbidden"
    assert use.evidence["quotes"] == [{"file": "README.md", "line": 4, "text": "license: cc-by-nc-4.0"}]
    assert use.evidence["note"] == "Terms as declared, not legal advice."
    assert use.severity is Severity.CAUTION
    assert found["licence.evaluation"].evidence["answer"] == "conditions"


def test_card_and_file_in_conflict(tmp_path: Path) -> None:
    found = card(tmp_path, "license: mit", LICENSE="Creative Commons Attribution-NonCommercial 4.0 International")
    assert found["licence.conflict"].evidence["licences"] == ["CC-BY-NC-4.0", "MIT"]
    assert found["licence.commercial"].evidence["answer"] == "forbidden"


def test_a_descendant_of_llama_is_not_simply_apache(tmp_path: Path) -> None:
    found = card(tmp_path, "license: apache-2.0\nbase_model: meta-llama/Llama-3.1-8B")
    assert "Llama 3.1 Community License" in found["licence.conflict"].evidence["licences"]
    assert found["licence.commercial"].evidence["answer"] == "conditions"
    assert found["provenance.base_model"].evidence["names"] == ["meta-llama/Llama-3.1-8B"]


def test_other_with_a_name(tmp_path: Path) -> None:
    found = card(tmp_path, "license: other\nlicense_name: falcon-llm-license")
    assert found["licence.evaluation"].evidence["licence"] == "Falcon LLM License"
    assert found["licence.evaluation"].evidence["quotes"][0]["line"] == 3


@pytest.mark.parametrize("header", ["license: no", "license:", "license: [", "licence: mit", "&a [*a, *a]: {", "x: 1"])
def test_what_is_unreadable_is_unknown(header: str, tmp_path: Path) -> None:
    found = card(tmp_path, header)
    assert all(found[f"licence.{use}"].severity is Severity.UNKNOWN for use in Use)


def test_a_permissive_file_does_not_hide_an_unreadable_card(tmp_path: Path) -> None:
    found = card(tmp_path, "license: my-own", LICENSE=MIT)
    assert found["licence.commercial"].severity is Severity.UNKNOWN


def test_a_byte_order_mark_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"\xef\xbb\xbf---\nlicense: mit\n---\n")
    assert {f.id: f for f in look_into(tmp_path)}["licence.evaluation"].severity is Severity.OK


def test_aliases_that_grow_are_not_read() -> None:
    bomb = "a: &a [x,x]\n" + "\n".join(f"k{i}: &k{i} [*a, *a, *a, *a]" for i in range(9))
    assert parse_card("README.md", f"---\n{bomb}\n---\n").problem


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_card_breaks_the_reader(data: bytes) -> None:
    text = "---\nlicense: " + data.decode("utf-8", errors="replace") + "\n---\n"
    found = parse_card("README.md", text)
    recognise(found.header.get("license"))
