"""Languages and scripts of the texts, against the languages that the card names."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from analysis.candidates.artefact import Artefact, root_of
from analysis.diligence.base import caution, ok, unknown
from analysis.diligence.card import read_card
from analysis.metrics.intervals import wilson
from analysis.types import Candidate, Finding, Json

#: Letters that a text must have, and how sure it must be, for its language to count.
LETTERS, SURE = 30, 0.8
#: A language or script counts where at least this share has it; a foreign one is a caution from this share on.
SHARE = 0.05
#: What cards write beside codes of ISO 639-1, which py3langid answers with.
NAMES = {
    "english": "en", "eng": "en", "german": "de", "deu": "de", "ger": "de", "french": "fr", "fra": "fr", "fre": "fr",
    "spanish": "es", "spa": "es", "italian": "it", "ita": "it", "portuguese": "pt", "por": "pt", "dutch": "nl",
    "nld": "nl", "russian": "ru", "rus": "ru", "chinese": "zh", "zho": "zh", "japanese": "ja", "jpn": "ja",
    "arabic": "ar", "ara": "ar", "hindi": "hi", "hin": "hi", "korean": "ko", "kor": "ko", "turkish": "tr", "tur": "tr",
    "polish": "pl", "pol": "pl", "ukrainian": "uk", "ukr": "uk", "swedish": "sv", "swe": "sv",
}  # fmt: skip
#: Declared so, a model is made for any language.
ANY = ("multilingual", "multi", "mul", "any")


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def script_of(text: str) -> str:
    """Return the script that most letters of a text have ("Latin", "Cyrillic"); empty where it has no letters."""
    found = Counter(name.split(" ", 1)[0] for c in text if c.isalpha() and (name := unicodedata.name(c, "")))
    return found.most_common(1)[0][0].title() if found else ""


def languages_of(texts: Sequence[str]) -> list[str]:
    """Return the language of each text as py3langid names it (ISO 639), empty where it is too short or not sure."""
    found = []
    for text in texts:
        language, sure = "", 0.0
        if sum(c.isalpha() for c in text) >= LETTERS:
            language, sure = _identifier().classify(text)
        found.append(str(language) if sure >= SURE else "")
    return found


def declared(candidate: Candidate) -> tuple[str, ...]:
    """Return the languages that the model's card names, as codes of ISO 639; its own words where they are unknown."""
    names = read_card(Artefact(candidate.folder, root_of(candidate.folder))).names("language")
    plain = [name.lower().replace("_", "-").split("-")[0] for name in names if name]
    return tuple(dict.fromkeys(NAMES.get(name, name) for name in plain))


def languages(candidate: Candidate, texts: Sequence[str]) -> Iterator[Finding]:
    """Yield what languages and scripts the texts have, and whether the card names them.

    Parameters
    ----------
    candidate : Candidate
    texts : sequence of str
        At least one.
    """
    yield from _scripts(texts)
    found = [language for language in languages_of(texts) if language]
    if not found:
        reason = f"No text is long enough ({LETTERS} letters) and clear enough to tell its language."
        yield unknown("fit.text_language", reason, "")
        return
    counts = Counter(found)
    named, n = declared(candidate), len(found)
    shares = {language: wilson(k, n) for language, k in counts.most_common(20)}
    words = _listed(counts, n)
    evidence: dict[str, Json] = {
        "languages": dict(counts.most_common(20)),
        "told": n,
        "texts": len(texts),
        "declared": list(named),
        "method": "py3langid",
    }
    foreign = [x for x, share in shares.items() if x not in named and share.low >= SHARE]
    if not named or any(name in ANY for name in named):
        says = "names none" if not named else "says it is made for many"
        yield ok("fit.text_language", f"The texts are in {words}; the card {says}.", **evidence)
    elif foreign:
        summary = f"The texts are in {words}; by its card it is made for {', '.join(named[:5])}."
        yield caution(
            "fit.text_language", summary, "Judge each language by itself, or keep to those named.", **evidence
        )
    else:
        yield ok("fit.text_language", f"The texts are in {words}, as the card says.", **evidence)


def _scripts(texts: Sequence[str]) -> Iterator[Finding]:
    found = [script for script in map(script_of, texts) if script]
    if not found:
        yield unknown("fit.text_script", "The texts have no letters.", "Look whether the right column was taken.")
        return
    counts = Counter(found)
    evidence: dict[str, Json] = {"scripts": dict(counts.most_common(20)), "n": len(found)}
    yield ok("fit.text_script", f"Scripts of the texts: {_listed(counts, len(found))}.", **evidence)


def _listed(counts: Counter[str], n: int) -> str:
    """Return "en (98 %), de (2 %)", the rare ones summed up."""
    shown = [(name, k) for name, k in counts.most_common(5) if k / n >= SHARE] or counts.most_common(1)
    parts = [f"{name} ({100 * k / n:.0f} %)" for name, k in shown]
    rest = n - sum(k for _, k in shown)
    return ", ".join([*parts, *([f"others ({100 * rest / n:.0f} %)"] if rest else [])])
