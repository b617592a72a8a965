"""The licence: what is declared where, and what that says about three uses. Unreadable is unknown, never fine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.diligence.base import Area, Check, Subject, caution, unknown
from analysis.diligence.licences.declared import Declaration, declarations
from analysis.diligence.licences.recognise import combine
from analysis.diligence.licences.terms import UNKNOWN, USES, Answer, Terms, Use
from analysis.diligence.lineage import UNNAMED, Ancestor, source_of
from analysis.types import Finding, Severity

NOTE = "Terms as declared, not legal advice."
ASK = "Ask the publisher for the licence in writing before you rely on it."


def run(subject: Subject) -> Iterator[Finding]:
    """Yield what is declared, conflicts, and one finding a use."""
    found = tuple(declarations(subject))
    card = subject.card
    if card.problem:
        yield unknown("licence.card", f"{card.file} {card.problem}: what it declares is unknown.", ASK, file=card.file)
    if not found:
        where = f"{card.file} names none, and there is no licence file" if card.file else "there is no model card"
        yield unknown("licence.declared", f"No licence is declared: {where}.", ASK, declared=[])
    else:
        yield _declared(found)
        yield from _conflict(found)
    yield from _training_data(found, subject.ancestors)
    for use in Use:
        yield answer(use, found)


def _declared(found: Sequence[Declaration]) -> Finding:
    parts = [f"{_place(d)} says {d.found.name or 'nothing that is understood'}" for d in found]
    evidence = {
        "declared": [{**d.quote, "source": d.source, "licence": d.found.name, "note": d.found.note} for d in found]
    }
    notes = "; ".join(dict.fromkeys(d.found.note for d in found if d.found.note))
    severity = Severity.OK if all(d.found.known for d in found) else Severity.UNKNOWN
    summary = "; ".join(parts) + "." + (f" Note: {notes}." if notes else "")
    return Finding("licence.declared", severity, summary, evidence, "" if severity is Severity.OK else ASK)


def _place(declaration: Declaration) -> str:
    quote = declaration.quote
    line = f", line {quote['line']}" if quote["line"] else ""
    return f"{quote['file']}{line}" + (" (the model it descends from)" if declaration.source == "base_model" else "")


def _conflict(found: Sequence[Declaration]) -> Iterator[Finding]:
    named = {d.found.name for d in found if d.found.known}
    if len(named) < 2:
        return
    where = "; ".join(f"{_place(d)}: {d.found.name}" for d in found if d.found.known)
    yield caution(
        "licence.conflict",
        f"Different licences are declared ({where}). The strictest answer of them counts below.",
        ASK,
        licences=sorted(named),
        quotes=[d.quote for d in found],
    )


def _training_data(found: Sequence[Declaration], named: Sequence[Ancestor]) -> Iterator[Finding]:
    """Yield where training data forbid what the model's licence allows.

    Whether a data set's licence binds what was trained on it is disputed, so that it changes no answer below.
    """
    own = combined(found)
    against = [
        (ancestor, said, use)
        for ancestor in named
        if ancestor.key == "datasets"
        for said in ancestor.said
        for use in Use
        if said.licence.terms.of(use) is Answer.FORBIDDEN and own.of(use) in (Answer.ALLOWED, Answer.CONDITIONS)
    ]
    if not against:
        return
    (ancestor, said, _), mine = against[0], next(d for d in found if d.found.known)
    uses = [use for use in Use if any(one[2] is use for one in against)]
    names = list(dict.fromkeys(one[0].name for one in against))
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    data = ancestor.described if ancestor.name == UNNAMED else f"the training data {ancestor.described}"
    summary = (
        f"{_place(mine)} says {mine.found.name}, but {data}{more} is under "
        f"{said.licence.name} ({source_of(said.quote)}): by that, {' and '.join(USES[use] for use in uses)} "
        f"{'is' if len(uses) == 1 else 'are'} not allowed."
    )
    lines = (mine.quote, *(quote for one in against for quote in (one[0].named, one[1].quote)))
    quotes = list({(quote["file"], quote["line"]): quote for quote in lines}.values())
    yield caution(
        "licence.training_data",
        summary,
        "Have somebody judge whether the data's terms bind a model that was trained on them.",
        uses=[use.value for use in uses],
        data=names,
        quotes=quotes,
    )


def combined(found: Sequence[Declaration]) -> Terms:
    """Return the strictest terms of all declarations; unknown where there is none."""
    return combine([d.found.terms for d in found], max) if found else UNKNOWN


def answer(use: Use, found: Sequence[Declaration]) -> Finding:
    """Return what the declarations together say about one use, with the lines that say it."""
    terms = combined(found)
    said = terms.of(use)
    names = ", ".join(dict.fromkeys(d.found.name for d in found if d.found.name))
    quoted = next((d.quote for d in found if d.found.terms.of(use) is said), None)
    source = f" ({quoted['file']}, line {quoted['line']}: “{quoted['text'][:80]}”)" if quoted and quoted["line"] else ""
    what = USES[use].capitalize()
    conditions = terms.conditions or "see its text"
    summary, action = {
        Answer.ALLOWED: (f"{what} is allowed by {names}{source}.", ""),
        Answer.CONDITIONS: (f"{what} is allowed by {names} under conditions{source}: {conditions}.", "Keep to them."),
        Answer.FORBIDDEN: (f"{what} is not allowed by {names}{source}.", "Ask the publisher for another licence."),
        Answer.UNKNOWN: (f"Whether {USES[use]} is allowed can't be told{source}.", ASK),
    }[said]
    severity = {Answer.ALLOWED: Severity.OK, Answer.CONDITIONS: Severity.CAUTION, Answer.UNKNOWN: Severity.UNKNOWN}
    # Whether other uses are needed is the reader's to say: the verdict's policy does.
    forbidden = Severity.BLOCKER if use is Use.EVALUATION else Severity.CAUTION
    evidence = {
        "use": use.value,
        "answer": said.word,
        "licence": names,
        "conditions": terms.conditions if said is Answer.CONDITIONS else "",
        "quotes": [d.quote for d in found],
        "note": NOTE,
    }
    return Finding(f"licence.{use.value}", severity.get(said, forbidden), summary, evidence, action)


CHECK = Check(Area.LICENCE, "Model card, licence files and the models it descends from; three uses", run)
