"""Synonyms: what stands in the table, what is exchanged and what never is, and texts that hold nothing to change."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.figures import robustness_curve
from analysis.robustness import Setting
from analysis.robustness.measure import measure
from analysis.robustness.synonyms import TABLE, like, swapped, table
from analysis.robustness.words import findings_of, heading, mild_losses, sentence, severity, short
from analysis.types import Severity
from tests.unit.robustness.simple_models import with_a_word


def whole(text: str) -> str:
    return swapped(text, 1.0, Setting())


def test_the_table_holds_plain_words_and_its_licence_lies_beside_it() -> None:
    pairs = table()
    assert len(pairs) > 700
    assert TABLE.stat().st_size < 20_000
    for word, other in pairs.items():
        assert word != other
        assert re.fullmatch(r"[a-z]{3,}", word), word
        assert re.fullmatch(r"[a-z]{3,}", other), other
        vowels = [w[0] in "aeio" for w in (word, other)]
        assert vowels[0] == vowels[1], f"a or an before {word} would be wrong before {other}"
    assert "Princeton" in (TABLE.parent / "LICENSE.WordNet.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a big film", "a large movie"),
        ("A Film, terrible: hate it!", "A Movie, dreadful: detest it!"),
        ("FILM", "MOVIE"),
        ("“film”", "“movie”"),
    ],
)
def test_words_that_are_exchanged(text: str, expected: str) -> None:
    assert whole(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "films",
        "film-maker",
        "the film's end",
        "#film",
        "@film",
        "film.com",
        "www.film",
        "film_id",
        "film2",
        "",
        " ",
        "un",
    ],
)
def test_other_forms_and_names_stay(text: str) -> None:
    assert whole(text) == text


def test_a_higher_level_exchanges_the_same_words_and_more() -> None:
    text = "a big film with a huge story, a terrible joke, a tiny phone and a wonderful melody " * 4
    before = text.split()
    moved = [
        {i for i, (a, b) in enumerate(zip(before, swapped(text, level, Setting()).split(), strict=True)) if a != b}
        for level in (0.0, 0.25, 0.5, 1.0)
    ]
    assert not moved[0]
    assert moved[1] < moved[2] < moved[3]
    assert len(moved[3]) == 4 * 10
    assert 0.1 < len(moved[1]) / len(moved[3]) < 0.4


@given(st.text(max_size=80), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_all_but_the_words_of_the_table_stays(text: str, level: float) -> None:
    made = swapped(text, level, Setting())
    known = set(table()) | set(table().values())
    assert len(made.split()) == len(text.split())
    if made != text:
        assert {w.lower() for w in re.findall("[A-Za-z]{3,}", text)} & known


def test_capitals_are_kept() -> None:
    assert [like("movie", word) for word in ("film", "Film", "FILM")] == ["movie", "Movie", "MOVIE"]


def test_texts_that_hold_nothing_to_change_are_counted() -> None:
    session = with_a_word(40)
    texts = [f"Un {'Good' if i % 2 else 'bon'} livre, le {i} mai" for i in range(40)]
    dataset = replace(session.dataset, inputs=lambda rows: [texts[r] for r in rows])
    found = measure(replace(session, dataset=dataset), ["typos", "synonyms"])
    typos, synonyms = found.curves
    assert synonyms.untouched == found.n, "its texts have no word of the table"
    assert typos.untouched < found.n
    assert severity(found, synonyms) is Severity.UNKNOWN
    assert sentence(found, synonyms) == "Synonyms: can't be told, none of the 40 texts holds anything to change."
    assert "nothing to change" in short(found, synonyms)
    assert findings_of(found)[1].evidence["untouched"] == 40
    assert [x.title for x in mild_losses(found)] == ["Typos (5 %)"]
    assert "synonyms" not in heading(found)
    some = replace(found, curves=(replace(typos, untouched=7),))
    assert sentence(some, some.curves[0]).endswith(" 7 of 40 hold nothing to change.")
    assert robustness_curve(found, synonyms).title == short(found, synonyms)


def test_the_docs_say_how_many_words_the_table_has() -> None:
    root = Path(__file__).resolve().parents[3]
    for page in ("docs/robustness.md", "sample_data/README.md"):
        assert f"{len(table())} " in (root / page).read_text(encoding="utf-8")
