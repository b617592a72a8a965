"""Labels from data inside a figure: plotly reads a little HTML in every text, so they are made harmless here."""

from __future__ import annotations

import html
import textwrap
import unicodedata

from analysis.failures.wording import number as number
from analysis.failures.wording import percent as percent
from analysis.failures.wording import shorten

#: Control and formatting characters, surrogates, private and unassigned code points.
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")
_RIGHT_TO_LEFT = ("R", "AL", "AN", "RLE", "RLO", "RLI")
#: Longest text that a hover box holds.
HOVER = 240


def safe(text: str, length: int = 18) -> str:
    """Return a label shortened in its middle, in which nothing is markup any more.

    Angle brackets and ampersands are escaped, dollar signs too (MathJax would read a formula); invisible
    characters go, and a right-to-left label is isolated so that it doesn't turn the text around it.
    """
    return _harmless(shorten(text, length))


def _harmless(line: str) -> str:
    # Most labels are plain ASCII, and looking each character up costs more than all else here.
    turned = False
    if not (line.isascii() and line.isprintable()):
        line = "".join(c for c in line if unicodedata.category(c) not in _INVISIBLE)
        turned = any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in line)
    out = html.escape(line, quote=False).replace("$", "&#36;")
    return f"\u2068{out}\u2069" if turned else out


def full(text: str) -> str:
    """Return a label for a hover box: in full as far as a box can hold it, broken into lines."""
    return "<br>".join(safe(part, 60) for part in textwrap.wrap(shorten(text, HOVER), 56) or [""])


def wrapped(sentence: str, width: int = 38) -> str:
    """Return a plain sentence escaped and broken into lines of about equal length, for a title."""
    # Values stay with their names: "n = 46" is not torn apart.
    sentence = " ".join(sentence.split()).replace(" = ", "\u00a0=\u00a0").replace(" %", "\u00a0%")
    lines = -(-len(sentence) // width)
    parts = textwrap.wrap(sentence, width)
    for narrower in range(len(sentence) // max(1, lines), width):
        balanced = textwrap.wrap(sentence, max(8, narrower))
        if len(balanced) <= len(parts):
            parts = balanced
            break
    return "<br>".join(_harmless(part) for part in parts)
