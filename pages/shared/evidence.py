"""Findings with their evidence one click away."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analysis.types import Finding, Severity
from pages.shared.notices import LOOK, pages_of
from pages.shared.wording import count, plain

_ORDER = (Severity.BLOCKER, Severity.CAUTION, Severity.UNKNOWN, Severity.OK)


def badge(severity: Severity) -> str:
    """Return a severity as a coloured icon and word, for markdown."""
    icon, colour, word = LOOK[severity]
    return f":{colour}[{icon} **{word}**]"


def listed(findings: Sequence[Finding], *, key: str, fold: bool = True) -> None:
    """Draw findings, the gravest first, each with its evidence behind a button.

    Parameters
    ----------
    findings : sequence of Finding
    key : str
        Unique on the page.
    fold : bool
        Fold away those that are fine, where others are not.
    """
    ordered = sorted(findings, key=lambda f: _ORDER.index(f.severity))
    fine = [f for f in ordered if f.severity is Severity.OK]
    open_ones = [f for f in ordered if f.severity is not Severity.OK]
    for number, finding in enumerate(open_ones if fold else ordered):
        one(finding, key=f"{key}-{number}")
    if fold and fine:
        with st.expander(f"{count(len(fine), 'check')} found nothing wrong"):
            for number, finding in enumerate(fine):
                one(finding, key=f"{key}-fine-{number}")


def one(finding: Finding, *, key: str) -> None:
    """Draw one finding: icon and word, sentence, what to do, evidence."""
    with st.container(horizontal=True, vertical_alignment="top", key=key):
        action = f"  \n:small[{plain(finding.action)}]" if finding.action else ""
        st.markdown(f"{badge(finding.severity)} {plain(finding.summary)}{action}", width="stretch")
        page = pages_of(finding)
        if page is not None:
            st.page_link(page, label="Look", icon=":material/arrow_forward:")
        elif any(finding.evidence.values()):
            with st.popover("Evidence", type="tertiary"):
                evidence(finding)


def evidence(finding: Finding) -> None:
    """Draw the lines that a finding quotes, and everything else that it rests on."""
    quotes = finding.evidence.get("quotes") or ([finding.evidence["quote"]] if "quote" in finding.evidence else [])
    for quote in quotes:
        st.caption(f"{plain(str(quote['file']))}, line {quote['line']}" if quote["line"] else plain(str(quote["file"])))
        st.code(str(quote["text"]) or "(empty)", language=None, wrap_lines=True)
    rest = {k: v for k, v in finding.evidence.items() if k not in ("quotes", "quote")}
    if rest:
        st.json(rest, expanded=1)
    st.caption(plain(finding.id))
