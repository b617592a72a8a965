"""Numbers and names as people read them; names from data are made harmless here."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

from analysis.types import Estimate

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
#: Control characters, bidirectional overrides, surrogates and unassigned code points.
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")


def plain(text: str) -> str:
    """Return a name from data for a markdown label: nothing in it is markup any more, and its direction stays inside.

    Every ASCII punctuation mark is escaped (CommonMark allows that for all of them); control characters go; a
    right-to-left name is isolated, so that it doesn't turn the sentence around it.
    """
    one_line = " ".join(text.split())
    kept = "".join(c for c in one_line if unicodedata.category(c) not in _INVISIBLE)
    escaped = _PUNCTUATION.sub(r"\\\1", kept)
    turned = any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in kept)
    return f"\u2068{escaped}\u2069" if turned else escaped


def middle(text: str, length: int = 24) -> str:
    """Shorten a long name in its middle, so that both ends stay readable."""
    if len(text) <= length:
        return text
    head = (length - 1 + 1) // 2
    return f"{text[:head].rstrip()}…{text[len(text) - (length - 1 - head) :].lstrip()}"


def name(text: str, length: int = 24) -> str:
    """Return a name from data shortened and made harmless, for headings, labels and captions."""
    return plain(middle(text, length))


def number(value: float) -> str:
    """Return a number with three significant digits, thin enough for a sentence."""
    if not math.isfinite(value):
        return "–"
    if value and (abs(value) >= 1e6 or abs(value) < 1e-3):
        return f"{value:.2e}".replace("-", "−")
    digits = 0 if abs(value) >= 100 else (1 if abs(value) >= 10 else 2)
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace("-", "−")


def percent(value: float) -> str:
    """Return a share in whole percent, with one digit more where it is near 0 or 1 but not there."""
    if not math.isfinite(value):
        return "–"
    shown = 100 * value
    fine = 0 < shown < 1 or 99 < shown < 100
    return f"{shown:.1f}\u00a0%" if fine else f"{shown:.0f}\u00a0%"


def value_of(estimate: Estimate, *, rate: bool) -> str:
    """Return an estimate's value alone."""
    return percent(estimate.value) if rate else number(estimate.value)


def interval_of(estimate: Estimate, *, rate: bool) -> str:
    """Return an estimate's interval and n: "80–97 %, n = 46"."""
    n = f"n\u00a0=\u00a0{estimate.n:,}".replace(",", "\u202f")
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return n
    if rate:
        low = percent(estimate.low).removesuffix("\u00a0%")
        return f"{low}–{percent(estimate.high)}, {n}"
    low, high = number(estimate.low), number(estimate.high)
    return f"{low} to {high}, {n}"


def seconds(value: float) -> str:
    """Return a duration in words: "about 5 s", "about 3 min"."""
    if value < 1:
        return "under a second"
    return f"about {value:.0f}\u00a0s" if value < 90 else f"about {value / 60:.0f}\u00a0min"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: "1 photo", "3 photos"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}".replace(",", "\u202f")


def listing(names: Sequence[str], most: int = 3) -> str:
    """Return names from data as a readable list: "a, b and 5 more"."""
    shown = [name(n) for n in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
