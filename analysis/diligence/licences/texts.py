"""Recognise the text of a licence file by the sentences that no other licence has."""

from __future__ import annotations

import re

from analysis.diligence.licences.recognise import Recognised, recognise
from analysis.diligence.licences.terms import UNKNOWN, Answer

TEXT_CAP = 400_000
#: Sentences, all of which must stand in the text, and what it then is. The first that fits counts.
SIGNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("llama 3.3 community license",), "llama3.3"),
    (("llama 3.2 community license",), "llama3.2"),
    (("llama 3.1 community license",), "llama3.1"),
    (("llama 4 community license",), "llama4"),
    (("llama 3 community license",), "llama3"),
    (("llama 2 community license",), "llama2"),
    (("gemma terms of use",), "gemma"),
    (("creativeml open rail++-m",), "openrail++"),
    (("creativeml open rail-m",), "creativeml-openrail-m"),
    (("bigscience", "rail"), "bigscience-openrail-m"),
    (("bigcode openrail-m",), "bigcode-openrail-m"),
    (("apple machine learning research model",), "apple-amlr"),
    (("fair noncommercial research license",), "fair-noncommercial-research-license"),
    (("mistral ai research license",), "mrl"),
    (("stability ai community license",), "stabilityai-ai-community"),
    (("open rail",), "openrail"),
    (("creative commons attribution-noncommercial-noderivatives 4.0",), "CC-BY-NC-ND-4.0"),
    (("creative commons attribution-noncommercial-sharealike 4.0",), "CC-BY-NC-SA-4.0"),
    (("creative commons attribution-noncommercial 4.0",), "CC-BY-NC-4.0"),
    (("creative commons attribution-noderivatives 4.0",), "CC-BY-ND-4.0"),
    (("creative commons attribution-sharealike 4.0",), "CC-BY-SA-4.0"),
    (("creative commons attribution 4.0",), "CC-BY-4.0"),
    (("cc0 1.0 universal",), "CC0-1.0"),
    (("apache license", "version 2.0", "conditions"), "Apache-2.0"),
    (("apache license, version 2.0",), "Apache-2.0"),
    (("gnu affero general public license", "version 3"), "AGPL-3.0-only"),
    (("gnu lesser general public license", "version 3"), "LGPL-3.0-only"),
    (("gnu lesser general public license", "version 2.1"), "LGPL-2.1-only"),
    (("gnu general public license", "version 3"), "GPL-3.0-only"),
    (("gnu general public license", "version 2"), "GPL-2.0-only"),
    (("mozilla public license", "2.0"), "MPL-2.0"),
    (("eclipse public license", "2.0"), "EPL-2.0"),
    (("redistribution and use in source and binary forms", "neither the name"), "BSD-3-Clause"),
    (("redistribution and use in source and binary forms",), "BSD-2-Clause"),
    (("permission is hereby granted, free of charge", 'the software is provided "as is"'), "MIT"),
    (("permission to use, copy, modify, and/or distribute this software",), "ISC"),
    (("this is free and unencumbered software released into the public domain",), "Unlicense"),
)
#: Words that no licence has which allows commercial use: somebody added them.
ADDED = re.compile(r"commons clause|non-?commercial|not for commercial|research (?:purposes )?only|may not be sold")


def recognise_text(text: str) -> tuple[Recognised, int]:
    """Return the licence that a text is, and the number of the line that shows it (0 where none does).

    A permissive text with words in it that forbid commercial use was changed by somebody: it is unknown.
    """
    squeezed = " ".join(text[:TEXT_CAP].lower().split())
    for signs, name in SIGNS:
        if all(sign in squeezed for sign in signs):
            found = recognise(name)
            added = ADDED.search(squeezed)
            if added and found.terms.commercial is not Answer.FORBIDDEN and found.terms.evaluation is Answer.ALLOWED:
                note = f"it reads like {found.name}, with “{added.group()}” added by somebody"
                return Recognised("", UNKNOWN, note), _line(text, added.group())
            return found, _line(text, signs[0])
    return Recognised("", UNKNOWN, "its text is none that is known here"), 1 if text.strip() else 0


def _line(text: str, sign: str) -> int:
    first = sign.split()[0] if len(sign.split()) > 3 else sign
    for number, line in enumerate(text.splitlines(), 1):
        if sign in " ".join(line.lower().split()) or (first != sign and line.lower().strip().startswith(sign[:20])):
            return number
    return next((n for n, line in enumerate(text.splitlines(), 1) if line.strip()), 0)
