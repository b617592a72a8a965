"""What happens to texts: typing, capitals, punctuation, spaces, words that go missing, and words said otherwise."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import numpy as np

from analysis.preprocessing.edits.planting.spoil import each_text
from analysis.robustness.base import Corruption, Setting, percent_of, rng_for
from analysis.robustness.synonyms import swapped
from analysis.types import Modality

_WORD = re.compile(r"\S+")
#: Keys beside each other on a QWERTY keyboard.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = {key: "".join(row[max(0, i - 1) : i] + row[i + 1 : i + 2]) for row in _ROWS for i, key in enumerate(row)}
#: Letters a word must have to be mistyped: in shorter ones a slip makes another word.
LETTERS = 4

#: Changes one word with random numbers of its own.
Slip = Callable[[str, np.random.Generator], str]


def _some_words(text: str, share: float, setting: Setting, slip: Slip) -> str:
    """Change a share of the words: at a higher level the same ones, and more."""
    rng = rng_for(text.encode(errors="surrogatepass"), setting.seed)

    def change(match: re.Match[str]) -> str:
        chance, own = rng.random(), int(rng.integers(2**31))
        word = match.group()
        return slip(word, np.random.default_rng(own)) if chance < share else word

    return _WORD.sub(change, text)


def mistyped(word: str, rng: np.random.Generator) -> str:
    """Return a word with one slip inside: two letters exchanged, one left out, one twice, or the key beside it."""
    inner = [i for i in range(1, len(word) - 1) if word[i].isalpha()]
    if sum(c.isalpha() for c in word) < LETTERS or not inner:
        return word
    at, kind = inner[int(rng.integers(len(inner)))], int(rng.integers(4))
    if kind == 0 and word[at + 1].isalpha() and word[at + 1] != word[at]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    beside = NEIGHBOURS.get(word[at].lower(), "")
    if kind == 2 and beside:
        key = beside[int(rng.integers(len(beside)))]
        return word[:at] + (key.upper() if word[at].isupper() else key) + word[at + 1 :]
    return word[:at] + word[at] + word[at:]


def _typos(text: str, level: float, setting: Setting) -> str:
    return _some_words(text, level, setting, mistyped)


def _capitals(text: str, level: float, setting: Setting) -> str:
    return _some_words(text, level, setting, lambda word, _rng: word.upper())


def _lower(text: str, level: float, setting: Setting) -> str:
    return _some_words(text, level, setting, lambda word, _rng: word.lower())


def _punctuation(text: str, level: float, setting: Setting) -> str:
    rng = rng_for(text.encode(errors="surrogatepass"), setting.seed)
    return "".join(c for c in text if c not in string.punctuation or rng.random() >= level)


def _joined(text: str, level: float, setting: Setting) -> str:
    rng = rng_for(text.encode(errors="surrogatepass"), setting.seed)
    return "".join(c for c in text if not c.isspace() or rng.random() >= level)


def _lost(text: str, level: float, setting: Setting) -> str:
    kept = _some_words(text, level, setting, lambda _word, _rng: "")
    return kept if kept.strip() else text  # One that loses every word says nothing about the model.


def _corruption(
    name: str,
    title: str,
    sentence: str,
    unit: str,
    levels: tuple[float, ...],
    change: Callable[[str, float, Setting], str],
) -> Corruption:
    return Corruption(
        name, title, sentence, unit, Modality.TEXT, levels, percent_of,
        lambda level, setting: each_text(lambda text: change(text, level, setting)),
    )  # fmt: skip


CORRUPTIONS: tuple[Corruption, ...] = (
    _corruption(
        "typos", "Typos", "One slip inside a word: letters exchanged, left out, doubled, or the key beside it.",
        "words with a slip", (0.05, 0.1, 0.2, 0.4), _typos,
    ),
    _corruption(
        "capitals", "CAPITALS", "Words in capitals, as people shout.",
        "words in capitals", (0.1, 0.3, 0.6, 1.0), _capitals,
    ),
    _corruption(
        "lower_case", "Lower case", "No capitals, as people type on a phone.",
        "words in lower case", (0.3, 0.6, 1.0), _lower,
    ),
    _corruption(
        "punctuation", "No punctuation", "Commas, points, apostrophes and hyphens are left out.",
        "marks that are missing", (0.25, 0.5, 1.0), _punctuation,
    ),
    _corruption(
        "spaces", "Missing spaces", "Words that run into each other, as from forms and scanned pages.",
        "spaces that are missing", (0.03, 0.1, 0.2, 0.4), _joined,
    ),
    _corruption(
        "lost_words", "Lost words", "Words that dictation or a cut-off message loses.",
        "words that are missing", (0.05, 0.1, 0.25, 0.5), _lost,
    ),
    _corruption(
        "synonyms", "Synonyms", "English words in place of others that mean the same: film, movie.",
        "words with a synonym that are exchanged", (0.25, 0.5, 1.0), swapped,
    ),
)  # fmt: skip
