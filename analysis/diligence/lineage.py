"""What a model descends from: base models and training data, and the licence of each where one is said.

Nothing is fetched: a card of a base model or of a data set is read where the hub's cache on this computer has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.diligence.card import CARD_CAP, Card, parse_card
from analysis.diligence.licences.data_sets import known_licence
from analysis.diligence.licences.prose import named_in
from analysis.diligence.licences.recognise import Recognised, recognise
from analysis.diligence.licences.terms import HUB
from analysis.failures.wording import shorten
from analysis.types import Json

#: Generations that are followed, and ancestors of each kind that one card names.
GENERATIONS, MOST = 3, 20
#: Families of models whose descendants inherit a licence of the publisher's own: beginning of the id → key of `HUB`.
FAMILIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^meta-llama/(meta-)?llama-?3\.1", re.IGNORECASE), "llama3.1"),
    (re.compile(r"^meta-llama/(meta-)?llama-?3\.2", re.IGNORECASE), "llama3.2"),
    (re.compile(r"^meta-llama/(meta-)?llama-?3\.3", re.IGNORECASE), "llama3.3"),
    (re.compile(r"^meta-llama/(meta-)?llama-?4", re.IGNORECASE), "llama4"),
    (re.compile(r"^meta-llama/(meta-)?llama-?3", re.IGNORECASE), "llama3"),
    (re.compile(r"^meta-llama/(meta-)?llama-?2", re.IGNORECASE), "llama2"),
    (re.compile(r"^google/(code|recurrent|pali)?gemma", re.IGNORECASE), "gemma"),
    (re.compile(r"^bigscience/bloom", re.IGNORECASE), "bigscience-bloom-rail-1.0"),
)
#: Stands for training data that a card speaks of without naming it.
UNNAMED = "its training data"
_ABOUT_DATA = re.compile(
    r"\b(?:training|fine-?tuning)\s+(?:data|set|corpus)|\bdata\s?sets?\b|\bcorpus\b", re.IGNORECASE
)
#: A clause about the model or its code says nothing of the data, even where it names both.
_ABOUT_MODEL = re.compile(r"\b(?:models?|weights|checkpoints?|code|software|repository)\b", re.IGNORECASE)
_CLAUSES = re.compile(r"(?<=[.;!?])\s+|;|,\s+(?:and|but|while|whereas)\s+")


@dataclass(frozen=True)
class Said:
    """One place that says under which licence an ancestor is.

    Attributes
    ----------
    licence : Recognised
    quote : mapping
        ``{"file", "line", "text"}``.
    """

    licence: Recognised
    quote: dict[str, Json]


@dataclass(frozen=True)
class Ancestor:
    """A base model, or data that the model or a base of it was trained on.

    Attributes
    ----------
    key : str
        "base_model" or "datasets".
    name : str
        As the card names it.
    named : mapping
        Where: ``{"file", "line", "text"}``.
    via : str
        The base model whose card names it; empty where the model's own card does.
    said : tuple of Said
        Empty where its licence is not known here.
    """

    key: str
    name: str
    named: dict[str, Json]
    via: str
    said: tuple[Said, ...]

    @property
    def described(self) -> str:
        """The name, with the base model whose card has it where the model's own does not."""
        if self.name == UNNAMED:
            return f"the training data of {self.via}" if self.via else UNNAMED
        return f"{self.name} (by the card of {self.via})" if self.via else self.name


def source_of(quote: dict[str, Json]) -> str:
    """Return where something is said in words: "README.md, line 9: “Data: CC BY-NC 4.0”"."""
    if not quote["line"]:
        return str(quote["file"])
    return f"{quote['file']}, line {quote['line']}: “{shorten(str(quote['text']), 80)}”"


def ancestors(card: Card) -> tuple[Ancestor, ...]:
    """Return what a card and the cards of its base models name, each once, the nearest first."""
    found: dict[tuple[str, str], Ancestor] = {}
    cards = [("", card)]
    for _ in range(GENERATIONS):
        further = []
        for via, one in cards:
            for ancestor, its_card in _named_by(one, via):
                place = (ancestor.key, ancestor.name.lower())
                if place in found:
                    continue
                found[place] = ancestor
                if ancestor.key == "base_model" and its_card is not None:
                    further.append((ancestor.name, its_card))
        cards = further
    return tuple(found.values())


def _named_by(card: Card, via: str) -> Iterator[tuple[Ancestor, Card | None]]:
    for base in card.names("base_model")[:MOST]:
        cached = cached_card(base, "model")
        quote = card.quote("base_model")
        yield Ancestor("base_model", base, quote, via, (*_by_family(base, quote), *_by_header(cached))), cached
    names = card.names("datasets")[:MOST]
    for name in names:
        cached = cached_card(name, "dataset")
        said = (*_in_words(card, name, alone=len(names) == 1), *_by_header(cached), *_by_table(name))
        yield Ancestor("datasets", name, card.quote("datasets"), via, said), cached
    if not names:
        said = tuple(_in_words(card, "", alone=True))
        if said:
            yield Ancestor("datasets", UNNAMED, said[0].quote, via, said), None


def cached_card(name: str, kind: str) -> Card | None:
    """Return the card of a model or data set from the hub's cache on this computer, or None."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, "README.md", repo_type=kind)
        if not isinstance(found, str):
            return None
        with Path(found).open("rb") as file:
            text = file.read(CARD_CAP).decode("utf-8-sig", errors="replace")
    except (HFValidationError, OSError, ValueError):
        return None
    return parse_card(f"{name}, README.md", text)


def _by_header(card: Card | None) -> tuple[Said, ...]:
    """Return what the header of a cached card declares."""
    if card is None or "license" not in card.header:
        return ()
    declared = card.header["license"]
    key = "license_name" if declared == "other" and isinstance(card.header.get("license_name"), str) else "license"
    return (Said(recognise(card.header[key]), card.quote(key)),)


def _by_family(name: str, quote: dict[str, Json]) -> tuple[Said, ...]:
    key = next((key for pattern, key in FAMILIES if pattern.match(name)), None)
    return () if key is None else (Said(Recognised(*HUB[key]), quote),)


def _by_table(name: str) -> tuple[Said, ...]:
    known = known_licence(name)
    if known is None:
        return ()
    return (Said(known.licence, {"file": known.source, "line": 0, "text": known.licence.name}),)


def _in_words(card: Card, name: str, *, alone: bool) -> Iterator[Said]:
    """Yield what a card's text says of the licence of some data, by the data's name or as the only ones."""
    last = re.sub(r"[\W_]+", r"[\\W_]?", name.rsplit("/", 1)[-1].strip())
    about = re.compile(rf"(?<!\w){last}(?!\w)", re.IGNORECASE) if last else None
    for number, line in enumerate(card.lines[card.body_begins :], card.body_begins + 1):
        if len(line) > 2_000:
            continue
        for clause in _CLAUSES.split(line):
            by_name = about is not None and about.search(clause) is not None
            alike = alone and _ABOUT_DATA.search(clause) is not None
            if (by_name or alike) and not _ABOUT_MODEL.search(clause):
                quote = {"file": card.file, "line": number, "text": line.strip()[:300]}
                yield from (Said(licence, quote) for licence in named_in(clause))
