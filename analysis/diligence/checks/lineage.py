"""Where the model comes from: the models and data that its card names, its authors, its year, its paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.candidates.checks.base import some
from analysis.diligence.base import Area, Check, Subject, ok, unknown
from analysis.diligence.lineage import source_of
from analysis.types import Finding, Json, Severity

ASK = "Ask the publisher what it was trained on: rights in the data are not covered by the model's licence."
READ = "Look at their own pages: no card of theirs is on this computer, or it says nothing that is understood."
#: Licences of ancestors that the sentence names.
SHOWN = 3
_ARXIV = re.compile(r"(?:arxiv(?:\.org/(?:abs|pdf)/|[:\s]))(\d{4}\.\d{4,5})", re.IGNORECASE)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>)\]}]+")
_YEAR = re.compile(r"^\s*year\s*=\s*[{\"]?\s*((?:19|20)\d{2})", re.IGNORECASE | re.MULTILINE)
_AUTHOR = re.compile(r"^\s*author\s*=\s*[{\"](.{3,300}?)[}\"],?\s*$", re.IGNORECASE | re.MULTILINE)


def run(subject: Subject) -> Iterator[Finding]:
    """Yield what the card says of the model's descent and its publication."""
    card = subject.card
    if not card.file:
        yield unknown("provenance.card", "There is no model card: origin and purpose are not stated.", ASK)
        return
    yield from _named(subject)
    yield from _licences(subject, "base_model", "provenance.base_licence")
    yield from _licences(subject, "datasets", "provenance.data_licence")
    yield _publication(subject)


def _named(subject: Subject) -> Iterator[Finding]:
    card = subject.card
    bases, datasets = card.names("base_model"), card.names("datasets")
    if bases:
        yield ok(
            "provenance.base_model",
            f"It descends from {some(bases)}; the terms of that model hold as well.",
            "Look at the licence of that model too.",
            names=list(bases),
            quote=card.quote("base_model"),
        )
    else:
        yield unknown("provenance.base_model", f"{card.file} names no model that it descends from.", "")
    if datasets:
        yield ok(
            "provenance.datasets",
            f"By its card it was trained on {some(datasets)}.",
            "Look at the terms of these data sets too.",
            names=list(datasets),
            quote=card.quote("datasets"),
        )
    else:
        yield unknown("provenance.datasets", f"{card.file} doesn't declare what the model was trained on.", ASK)


def _licences(subject: Subject, key: str, id: str) -> Iterator[Finding]:
    """Yield what is known here of the licences of all base models, or of all training data."""
    named = [one for one in subject.ancestors if one.key == key]
    if not named:
        return
    known = [(one, said) for one in named for said in one.said if said.licence.known]
    open_ones = [one.described for one in named if not any(said.licence.known for said in one.said)]
    parts = [f"{one.described} is under {said.licence.name} ({source_of(said.quote)})" for one, said in known[:SHOWN]]
    parts += [f"{len(known) - SHOWN} more are known"] if len(known) > SHOWN else []
    evidence = {
        "licences": [
            {
                "name": one.name,
                "via": one.via,
                "named": one.named,
                "said": [{"licence": said.licence.name, **said.quote} for said in one.said],
            }
            for one in named
        ]
    }
    if open_ones:
        parts.append(f"the licence of {some(open_ones)} is not known here")
    words = "; ".join(parts)
    # A name from the card keeps its spelling also at the beginning.
    summary = f"{words}." if known else f"{words[:1].upper()}{words[1:]}."
    severity = Severity.UNKNOWN if open_ones else Severity.OK
    yield Finding(id, severity, summary, evidence, READ if open_ones else "")


def _publication(subject: Subject) -> Finding:
    card, body = subject.card, subject.card.body
    papers = sorted({f"arXiv:{n}" for n in _ARXIV.findall(body)} | {d.rstrip(".,;") for d in _DOI.findall(body)})
    years, authors = _YEAR.findall(body), _AUTHOR.findall(body)
    facts: dict[str, Json] = {
        "papers": papers[:20],
        "years": years[:5],
        "authors": [" ".join(a.split()) for a in authors[:5]],
    }
    said = [f"paper {some(papers)}"] if papers else []
    said += [f"year {years[0]}"] if years else []
    said += [f"authors {facts['authors'][0]}"] if authors else []
    if not said:
        return unknown("provenance.publication", f"{card.file} names no paper, year or authors.", "", **facts)
    return ok("provenance.publication", f"{card.file} names {'; '.join(said)}.", "", **facts)


CHECK = Check(Area.PROVENANCE, "Descent, training data, authors and paper as the card declares them", run)
