"""Make the table of English synonyms that texts are changed with, from WordNet 3.0.

Run ``python sample_data/make/synonyms.py [FOLDER]``. FOLDER holds WordNet's database; Debian's package ``wordnet-base``
puts it at ``/usr/share/wordnet``, the default. It writes ``analysis/robustness/data/synonyms.tsv``.

A swap may keep the label only where both words mean the same in nearly every sentence. So a pair is kept only where

- one sense makes up most uses of each of the two words, counted over all parts of speech in the texts that WordNet's
  makers tagged by hand (SemCor), and it is the same sense (synset);
- the words stand in their dictionary form, and what else the same letters can be (*felt*, a fabric, is also a form of
  *feel*) counts as another use;
- both are plain single words beginning alike, so that *a* and *an* stay right; neither is a function word (whose uses
  WordNet doesn't count) or can be a name.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

TARGET = Path(__file__).resolve().parents[2] / "analysis" / "robustness" / "data" / "synonyms.tsv"
FOLDER = Path("/usr/share/wordnet")
PARTS = {"1": "noun", "2": "verb", "3": "adj", "4": "adv", "5": "adj"}
#: Share of a word's counted uses that its sense must have, and uses that must have been counted at least.
SHARE, SHARE_OF_OTHER, COUNTED = 0.55, 0.5, 2
#: Endings that WordNet's own morphology takes off, by part of speech.
ENDINGS = {
    "noun": (("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
             ("ies", "y")),
    "verb": (("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    "adj": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adv": (),
}  # fmt: skip
#: Left out after reading the whole table: not the same in every text, another form of the same word, or an insult.
_LEFT_OUT = """
actuate aerial ancestor antecedent babe baby badly bait beget buff canvas canvass cardinal castle cavalryman clod
coalesce conduction conductivity conquer contend cowboy damn darned dear delicious diam director disabled discount
dismiss dispatch disperse disruptive district doctrine dub ethereal foliage food freak frog fuse fuss ginmill goddam
goddamn goddamned government haired hairy hallmark handicapped highlight hitter hurler impute initiation jaunty
jimdandy jimhickey kind leaf manager marketing memoranda merchandising minister monstrosity nationalism newsman ordain
parson patriotism patronize pecs pectoral percent percentage perpetuation philosophy phonemics phonology pitcher
plague populate pretty print profits publish puncher queer rattler reddish regime religious remarkable resign runner
satire secure shibboleth simply singular sire slugger socialist socialistic sort spiritual sponsor sprinkle summon
summons supersede tactic tactics toad trademark tube tubing turbulent uncertainly unsteadily vacate vivify war welter
whir whirring wizard
"""
LEFT_OUT = frozenset(_LEFT_OUT.split())
_PLAIN = re.compile(r"[a-z]{3,}")

#: A synset: part of speech and its offset in the database.
Synset = tuple[str, int]


@dataclass(frozen=True)
class WordNet:
    """What is read of the database: senses of each lemma in order, uses counted, words of each synset, odd forms."""

    senses: dict[tuple[str, str], list[int]]
    uses: dict[tuple[str, str], dict[int, int]]
    words: dict[Synset, list[str]]
    exceptions: dict[str, set[tuple[str, str]]]


def read(folder: Path) -> WordNet:
    """Read the database (`wndb(5)` describes its files)."""
    senses: dict[tuple[str, str], list[int]] = {}
    words: dict[Synset, list[str]] = {}
    exceptions: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for part in ENDINGS:
        for line in _lines(folder / f"index.{part}"):
            cells = line.split()
            senses[part, cells[0]] = [int(offset) for offset in cells[6 + int(cells[3]) :]]
        for line in _lines(folder / f"data.{part}"):
            cells = line.split()
            found = cells[4 : 4 + 2 * int(cells[3], 16) : 2]
            words[part, int(cells[0])] = [re.sub(r"\(.*\)", "", word) for word in found]
        for line in _lines(folder / f"{part}.exc"):
            form, *bases = line.split()
            exceptions[form] |= {(part, base) for base in bases}
    uses: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for line in _lines(folder / "cntlist.rev"):
        key, number, count = line.split()
        lemma, _, rest = key.partition("%")
        sense = (PARTS[rest[0]], lemma)
        if sense in senses and int(number) <= len(senses[sense]):
            uses[sense][int(number)] = int(count)
    return WordNet(senses, uses, words, exceptions)


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="latin-1") as source:
        yield from (line for line in source if not line.startswith("  "))


def readings(wordnet: WordNet, form: str) -> dict[Synset, int]:
    """Return every sense that some letters can stand for, also as a form of another word, with the uses counted."""
    lemmas = {(part, form) for part in ENDINGS} | wordnet.exceptions.get(form, set())
    lemmas |= {
        (part, form.removesuffix(ending) + base)
        for part, endings in ENDINGS.items()
        for ending, base in endings
        if form.endswith(ending)
    }
    if form.endswith(("ed", "ing")):  # "stopped", "running": the last letter is written twice.
        stem = re.sub(r"(ed|ing)$", "", form)
        lemmas |= {("verb", stem[:-1])} if stem[-1:] == stem[-2:-1] else set()
    found: dict[Synset, int] = {}
    for part, lemma in sorted(lemmas):
        for number, offset in enumerate(wordnet.senses.get((part, lemma), ()), start=1):
            found[part, offset] = found.get((part, offset), 0) + wordnet.uses.get((part, lemma), {}).get(number, 0)
    return found


def dominant(wordnet: WordNet, form: str, share: float) -> Synset | None:
    """Return the one sense that a word has in most of its uses, or None."""
    found = readings(wordnet, form)
    total = sum(found.values())
    if total < COUNTED:
        return None
    best = max(found, key=lambda synset: found[synset])
    own = best[1] in wordnet.senses.get((best[0], form), ())
    return best if own and found[best] >= share * total else None


def is_name(wordnet: WordNet, form: str) -> bool:
    """Return whether a word is also a name: written with a capital in one of its senses."""
    return any(w != form and w.lower() == form for synset in readings(wordnet, form) for w in wordnet.words[synset])


def beginning(word: str) -> str:
    """Return how a word begins, as far as the article before it goes."""
    if word.startswith(("hour", "honest", "hono", "heir")):
        return "silent h"
    if word.startswith(("u", "eu", "ew", "one", "once")):
        return word[0]  # "an upset", "a use": told by no single letter, so only exchanged among themselves.
    return "vowel" if word[0] in "aeio" else "consonant"


def pairs(wordnet: WordNet) -> Iterator[tuple[str, str]]:
    """Yield each word with the synonym that is used most in the same sense."""
    plain = {lemma for _, lemma in wordnet.senses if _PLAIN.fullmatch(lemma)} - ENGLISH_STOP_WORDS - LEFT_OUT
    forms = sorted(form for form in plain if not is_name(wordnet, form))
    senses = {form: dominant(wordnet, form, SHARE) for form in forms}
    for form, synset in senses.items():
        if synset is None:
            continue
        others = [
            word
            for word in wordnet.words[synset]
            if word != form
            and word in senses
            and beginning(word) == beginning(form)
            and dominant(wordnet, word, SHARE_OF_OTHER) == synset
        ]
        if others:
            yield form, max(others, key=lambda word: (readings(wordnet, word)[synset], word))


def main() -> None:
    """Write the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    found = list(pairs(read(folder)))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text("".join(f"{word}\t{other}\n" for word, other in found), encoding="ascii")
    print(f"{len(found):,} words, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
