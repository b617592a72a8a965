"""The report to hand over: its title, notes and contents; one HTML file, a model card, and the findings."""

from __future__ import annotations

import json

import streamlit as st

from analysis.report import SECTIONS, findings_json, model_card, render
from analysis.verdict import judge
from pages.shared import evidence, flow, reports, state, verdicts
from pages.shared.wording import middle, plain

flow.require_labels("The report hands over a verdict, which rests on how often the answers are right.")
run = flow.require_run()
gathered = reports.gathered(run)
verdict = judge(gathered.evidence, verdicts.policy())
st.title(plain(verdict.sentence), anchor=False)
st.write("Hand this over as one file: it needs no network, reads on a phone and prints.")

form, looks = st.columns([2, 3], gap="large")
with form:
    title = st.text_input("Title", key="report-title", placeholder="The model and the data, where you give none")
    notes = st.text_area("Notes, shown below the verdict", key="report-notes", height=120)
    chosen = st.pills(
        "Contents",
        list(SECTIONS),
        selection_mode="multi",
        default=list(SECTIONS),
        format_func=SECTIONS.__getitem__,
        key="report-sections",
        wrap=True,
    )
    for line in verdict.changes:
        if line.id in ("feeding", "cost", "robustness", "baseline"):
            page = verdicts.PAGES[line.id]
            st.page_link(
                page,
                label=plain(f"{line.title}: {middle(line.summary, 80)}"),
                icon=":material/arrow_forward:",
                query_params=state.here().link(),
            )
    why = reports.explained(run) if "failures" in chosen else ()
contents = reports.contents(run, gathered, verdict, title=title, notes=notes, sections=chosen, explained=why)
text = render(contents)
with looks:
    st.markdown(f"{evidence.badge(verdicts.TONE[verdict.decision])} {verdict.decision.value}")
    st.caption(f"{len(text.encode()) / 1e3:,.0f} kB, {len(contents.failures)} failures shown")
    with st.container(horizontal=True):
        st.download_button(
            "Download the report", text, "report.html", "text/html", type="primary", icon=":material/download:",
            on_click="ignore", key="report-html",
        )  # fmt: skip
        st.download_button("Model card", model_card(contents), "model-card.md", on_click="ignore", key="report-card")
        found = json.dumps(findings_json(contents), ensure_ascii=False, indent=1)
        st.download_button("Findings", found, "findings.json", on_click="ignore", key="report-findings")
    reports.preview(text)
