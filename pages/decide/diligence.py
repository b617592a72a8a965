"""May we use it, and is it safe to load: licence, provenance and the files, each finding with its evidence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.diligence import Area, area_of
from analysis.diligence.licences.terms import USES
from pages.shared import evidence, looked, widgets
from pages.shared.wording import plain

SECTIONS = {
    Area.SAFETY: "Is it safe to load?",
    Area.LICENCE: "What is declared about its licence?",
    Area.PROVENANCE: "Where does it come from?",
    Area.FIT: "Is it made for this?",
}

findings = looked.require()
st.title(plain(looked.heading(findings)), anchor=False)
for column, (use, title) in zip(st.columns(3), USES.items(), strict=True):
    found = looked.answer_of(findings, use)
    word, severity = looked.ANSWERS[str(found.evidence.get("answer", "unknown"))]
    with column, st.container(border=True, height="stretch", gap="xsmall"):
        st.caption(title.capitalize())
        st.markdown(f"### {word}")
        st.markdown(f"{evidence.badge(severity)} {plain(found.summary)}")
        with st.popover("Lines it rests on", type="tertiary", icon=":material/format_quote:"):
            evidence.evidence(found)
st.caption("Terms as declared, not legal advice. What can’t be read counts as unknown, never as fine.")

uses = {f"licence.{use.value}" for use in USES}
for area, title in SECTIONS.items():
    about = [f for f in findings if area_of(f) is area and f.id not in uses]
    if about:
        st.subheader(title, anchor=False)
        evidence.listed(about, key=f"findings-{area.value}")

files = next((f.evidence["files"] for f in findings if f.id == "provenance.fingerprints"), [])
widgets.download(
    pd.DataFrame(files, columns=["file", "bytes", "sha256"]),
    "fingerprints.csv",
    label="Download the fingerprints of all files",
    key="fingerprints",
)
