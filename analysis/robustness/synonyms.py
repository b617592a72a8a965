"""English words in place of others that mean the same: a table of pairs from WordNet.

`sample_data/make/synonyms.py` made the table, and says which pairs are in it: both words are used in one and the same
sense most of the time. Only exact forms are exchanged (*film*, not *films*), so that no inflection can go wrong.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from analysis.robustness.base import Setting, rng_for

TABLE = Path(__file__).parent / "data" / "synonyms.tsv"
#: A word by itself: not part of a hyphenated or apostrophised one, of an address, a mention, a tag or an identifier.
_ALONE = re.compile(r"(?<![\w'’@#/.-])[A-Za-z]{3,}(?![\w'’@/-]|\.\w)")


@lru_cache(maxsize=1)
def table() -> dict[str, str]:
    """Return each word in lower case with its synonym."""
    lines = TABLE.read_text(encoding="ascii").splitlines()
    return dict(line.split("\t") for line in lines)


def like(other: str, word: str) -> str:
    """Return a word with the capitals of another: "Film" → "Movie", "FILM" → "MOVIE"."""
    if word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def swapped(text: str, level: float, setting: Setting) -> str:
    """Exchange a share of the words that have a synonym: at a higher level the same ones, and more."""
    rng, synonyms = rng_for(text.encode(errors="surrogatepass"), setting.seed), table()

    def change(match: re.Match[str]) -> str:
        word = match.group()
        other = synonyms.get(word.lower())
        if other is None or rng.random() >= level:
            return word
        return like(other, word)

    return _ALONE.sub(change, text)
