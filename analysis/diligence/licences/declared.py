"""Where a model's folder declares a licence: card, licence files, and the models it descends from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.diligence.base import Subject
from analysis.diligence.licences.recognise import Recognised, recognise
from analysis.diligence.licences.texts import TEXT_CAP, recognise_text
from analysis.types import Json

FILES = re.compile(r"^(licen[cs]e|copying|unlicense|terms)([._-].*)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Declaration:
    """One place that says something about the licence.

    Attributes
    ----------
    source : str
        "card", "file" or "base_model".
    found : Recognised
    quote : mapping
        ``{"file", "line", "text"}``.
    """

    source: str
    found: Recognised
    quote: dict[str, Json]


def declarations(subject: Subject) -> Iterator[Declaration]:
    """Yield every declaration in the folder."""
    card = subject.card
    if "license" in card.header:
        declared = card.header["license"]
        other = isinstance(declared, str) and declared.strip().lower() == "other"
        if other and isinstance(card.header.get("license_name"), str):
            yield Declaration("card", recognise(card.header["license_name"]), card.quote("license_name"))
        else:
            yield Declaration("card", recognise(declared), card.quote("license"))
    yield from _files(subject)
    for ancestor in subject.ancestors:
        if ancestor.key == "base_model":
            yield from (Declaration("base_model", said.licence, said.quote) for said in ancestor.said)


def _files(subject: Subject) -> Iterator[Declaration]:
    artefact = subject.artefact
    if not artefact.path.is_dir():
        return
    for name in artefact.files:
        if "/" in name or not FILES.match(name) or not artefact.has(name):
            continue
        try:
            with (artefact.folder / name).open("rb") as file:
                text = file.read(TEXT_CAP).decode("utf-8-sig", errors="replace")
        except OSError:
            yield Declaration("file", recognise(None), {"file": name, "line": 0, "text": ""})
            continue
        found, line = recognise_text(text)
        quoted = text.splitlines()[line - 1].strip()[:300] if line else ""
        yield Declaration("file", found, {"file": name, "line": line, "text": quoted})
