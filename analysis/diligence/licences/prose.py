"""Licences that are named within a sentence, as cards do for the data that a model was trained on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.diligence.licences.recognise import Recognised, recognise
from analysis.diligence.licences.terms import RESEARCH

_NAMED = re.compile(
    r"""\bCC0(?:[-\s]1\.0)?\b
    | \bCC[-\s]BY(?:[-\s](?:NC|SA|ND))*(?:[-\s]\d\.\d)?(?![\w-])
    | \bApache(?:[-\s]License)?,?[-\s](?:version[-\s]|v)?2(?:\.0)?\b
    | \bMIT(?=[-\s]Licen[cs]e|[-\s]licen[cs]ed|[.,;)|\s]*$)
    | \bBSD[-\s][23][-\s]Clause\b
    | \b[AL]?GPL[-\s]?v?[23](?:\.0)?\b
    | \bODbL(?:[-\s]1\.0)?\b | \bODC-By(?:[-\s]1\.0)?\b | \bPDDL(?:[-\s]1\.0)?\b
    | \bCDLA-(?:Permissive|Sharing)-\d\.\d\b""",
    re.IGNORECASE | re.VERBOSE,
)
_DEED = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-sa|-nd)?)/(\d\.\d)|publicdomain/(zero)/1\.0)", re.I
)
_RESEARCH = re.compile(
    r"\bnon-?commercial\s+(?:research|use|purposes?|and)|\b(?:research|academic|educational)\s+(?:purposes?|use)\s+only"
    r"|\bonly\s+(?:be\s+used\s+)?for\s+(?:research|academic|non-?commercial)",
    re.IGNORECASE,
)
#: What turns a sentence into its opposite, or leaves it open: nothing is read from such a line.
_DOUBT = re.compile(r"\b(?:not|n't|unless|except|unknown|unclear|various|different|respective|each)\b", re.IGNORECASE)


def named_in(line: str) -> tuple[Recognised, ...]:
    """Return the licences that a line names, each once; none where it denies or leaves open what holds.

    Words that allow research only, without a licence's name, count as a licence of their own.
    """
    plain = line.replace("**", "").replace("`", "")
    if _DOUBT.search(plain):
        return ()
    found = {one.name: one for one in _named(plain)}
    if not found and _RESEARCH.search(plain):
        return (Recognised("research or non-commercial use only, in words", RESEARCH),)
    return tuple(found.values())


def _named(line: str) -> Iterator[Recognised]:
    for kind, version, zero in _DEED.findall(line):
        yield recognise("CC0-1.0" if zero else f"CC-{kind.upper()}-{version}")
    # An address in brackets after its name would be counted twice.
    for match in _NAMED.findall(re.sub(r"https?://\S+", " ", line)):
        found = recognise(" ".join(match.replace(",", " ").split()))
        if found.known:
            yield found
