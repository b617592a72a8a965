"""Names and numbers inside a finding's sentence."""

from __future__ import annotations


def shorten(text: str, length: int = 24) -> str:
    """Shorten a long name in its middle, so that both ends stay readable; line breaks become spaces."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    head = length // 2
    return f"{line[:head].rstrip()}…{line[len(line) - (length - 1 - head) :].lstrip()}"


def quoted(label: str) -> str:
    """Return a label from data in quotation marks, shortened to 40 characters."""
    return f"“{shorten(label, 40)}”"


def percent(share: float) -> str:
    """Return a share as a percentage, with a decimal only near its ends."""
    shown = 100 * share
    return f"{shown:.1f} %" if 0 < shown < 1 or 99 < shown < 100 else f"{shown:.0f} %"


def number(value: float) -> str:
    """Return a number with three significant digits, all its digits before the point, and a real minus."""
    text = f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 1000 else f"{value:.3g}"
    return text.replace("-", "−")


def counted(n: int, one: str, many: str = "") -> str:
    """Return a count with its noun: "1 row", "12 rows"."""
    return f"{n:,}".replace(",", " ") + f" {one if n == 1 else many or one + 's'}"
