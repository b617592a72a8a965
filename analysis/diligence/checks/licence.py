"""The licence: what is declared where, and what that says about three uses. Unreadable is unknown, never fine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.diligence.base import Area, Check, Subject, caution, unknown
from analysis.diligence.licences.declared import Declaration, declarations
from analysis.diligence.licences.recognise import combine
from analysis.diligence.licences.terms import UNKNOWN, USES, Answer, Terms, Use
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
