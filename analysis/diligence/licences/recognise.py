"""From what somebody wrote in a ``license:`` line to a licence with known terms, or to *unknown*."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from analysis.diligence.licences.terms import HUB, NOTHING, UNKNOWN, Answer, Terms, terms_of_spdx
from analysis.types import Json

LENGTH_CAP = 400
#: Forms that people write, after lower case and single spaces or hyphens; to an SPDX expression or a key of `HUB`.
WRITTEN: Mapping[str, str] = {
    "apache": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "apache2": "Apache-2.0",
    "apache2.0": "Apache-2.0",
    "apache-v2": "Apache-2.0",
    "apache-v2.0": "Apache-2.0",
    "apache-license": "Apache-2.0",
    "apache-license-2.0": "Apache-2.0",
    "apache-license-version-2.0": "Apache-2.0",
    "apche-2.0": "Apache-2.0",
    "apcahe-2.0": "Apache-2.0",
    "mit-license": "MIT",
    "the-mit-license": "MIT",
    "expat": "MIT",
    "bsd-2": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    "bsd3": "BSD-3-Clause",
    "3-clause-bsd": "BSD-3-Clause",
    "new-bsd": "BSD-3-Clause",
    "bsd-3-clause-license": "BSD-3-Clause",
    "bsd-license": "bsd",
    "gplv2": "GPL-2.0-only",
    "gpl-v2": "GPL-2.0-only",
    "gpl-2": "GPL-2.0-only",
    "gplv3": "GPL-3.0-only",
    "gpl-v3": "GPL-3.0-only",
    "gpl3": "GPL-3.0-only",
    "gpl-3": "GPL-3.0-only",
    "gnu-gpl-v3": "GPL-3.0-only",
    "agplv3": "AGPL-3.0-only",
    "agpl-v3": "AGPL-3.0-only",
    "lgplv3": "LGPL-3.0-only",
    "lgpl-v3": "LGPL-3.0-only",
    "mozilla-public-license-2.0": "MPL-2.0",
    "cc0": "CC0-1.0",
    "public-domain": "CC-PDDC",
    "cc-by-4": "CC-BY-4.0",
    "creative-commons-attribution-4.0": "CC-BY-4.0",
    "cc-by-nc-4": "CC-BY-NC-4.0",
    "cc-by-nc-sa-4": "CC-BY-NC-SA-4.0",
    "cc-by-sa-4": "CC-BY-SA-4.0",
    "ccby4.0": "CC-BY-4.0",
    "cc-by4.0": "CC-BY-4.0",
    "llama-2": "llama2",
    "llama-3": "llama3",
    "llama-3.1": "llama3.1",
    "llama-3.2": "llama3.2",
    "llama-3.3": "llama3.3",
    "llama2-community-license": "llama2",
    "llama3-community-license": "llama3",
    "gemma-terms-of-use": "gemma",
    "openrail-m": "openrail",
    "odc-by": "ODC-By-1.0",
    "eupl": "EUPL-1.2",
    "the-unlicense": "Unlicense",
}


@dataclass(frozen=True)
class Recognised:
    """A declaration that was understood, or not.

    Attributes
    ----------
    name : str
        The licence's name: an SPDX expression, or the hub's; empty where it is unknown.
    terms : Terms
        `UNKNOWN` where it is unknown.
    note : str
        What a person should know of how it was read.
    """

    name: str
    terms: Terms
    note: str = ""

    @property
    def known(self) -> bool:
        """Whether the licence was recognised and its terms are in the table."""
        return self.terms is not UNKNOWN


def recognise(declared: Json) -> Recognised:
    """Return the licence that a ``license`` value declares; unknown for everything that can't be read.

    Parameters
    ----------
    declared : any JSON value
        A string, a list (several licences, of which nobody says whether all or any hold), or nonsense.
    """
    if isinstance(declared, bool):
        return Recognised("", UNKNOWN, "YAML reads this word as true or false: it names no licence")
    if isinstance(declared, list):
        return _several([recognise(one) for one in declared if not isinstance(one, list)])
    if not isinstance(declared, str):
        return Recognised("", UNKNOWN, "nothing is declared" if declared is None else "this is no licence's name")
    text = " ".join(declared.split())
    if not text or text.lower() in NOTHING:
        return Recognised("", UNKNOWN, "this names no licence" if text else "nothing is declared")
    if len(text) > LENGTH_CAP:
        return Recognised("", UNKNOWN, "this is too long for a licence's name")
    return _named(text) or _expression(text) or Recognised("", UNKNOWN, "this licence is not known here")


def _key(text: str) -> str:
    plain = text.lower().strip(" .'\"()").removeprefix("license:").removeprefix("license-").strip()
    return re.sub(r"[\s_,]+", "-", plain).replace("--", "-")


def _named(text: str) -> Recognised | None:
    key = _key(text)
    key = WRITTEN.get(key, key)
    if key.lower() in HUB:
        name, terms = HUB[key.lower()]
        return Recognised(name, terms)
    terms = terms_of_spdx(key)
    spelled = _spdx(key)
    if spelled is not None and terms is not UNKNOWN:
        return Recognised(spelled, terms)
    return None


@lru_cache(maxsize=1)
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


@lru_cache(maxsize=512)
def _spdx(key: str) -> str | None:
    """Return an identifier as SPDX spells it, or None where SPDX has none."""
    from license_expression import ExpressionError, LicenseSymbol

    try:
        parsed = _licensing().parse(key, validate=True)
    except (ExpressionError, ValueError, RecursionError):
        return None
    return str(parsed.key) if isinstance(parsed, LicenseSymbol) else None


def _expression(text: str) -> Recognised | None:
    """Read an SPDX expression: AND takes the strictest terms, OR the mildest."""
    from license_expression import ExpressionError

    try:
        parsed = _licensing().parse(text, validate=True)
        if parsed is None:
            return None
        terms = _of_tree(parsed)
        return Recognised(
            parsed.render("{symbol.key}"), terms, "" if terms is not UNKNOWN else "its terms are not known here"
        )
    except (ExpressionError, ValueError, RecursionError, AttributeError, TypeError):
        return None


def _of_tree(node: Any) -> Terms:
    if hasattr(node, "args") and getattr(node, "operator", "").strip() in ("AND", "OR", "and", "or"):
        parts = [_of_tree(child) for child in node.args]
        return combine(parts, max if node.operator.strip().upper() == "AND" else min)
    symbol = getattr(node, "license_symbol", node)
    return terms_of_spdx(str(symbol.key))


def combine(parts: list[Terms], choose: Callable[..., Answer]) -> Terms:
    """Return the strictest (``max``) or mildest (``min``) answers of several terms, with all their conditions."""
    conditions = "; ".join(dict.fromkeys(p.conditions for p in parts if p.conditions))
    answers = [choose(getattr(p, use) for p in parts) for use in ("evaluation", "commercial", "redistribution")]
    if all(a is Answer.UNKNOWN for a in answers):
        return UNKNOWN
    return Terms(answers[0], answers[1], answers[2], conditions)


def _several(found: list[Recognised]) -> Recognised:
    if not found:
        return Recognised("", UNKNOWN, "nothing is declared")
    if len(found) == 1:
        return found[0]
    names = ", ".join(f.name or "unknown" for f in found)
    terms = combine([f.terms for f in found], max)
    return Recognised(
        names, terms, "several are declared, and not whether all or any of them hold: the strictest counts"
    )
