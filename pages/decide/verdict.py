"""Adopt it or not: the scorecard, its evidence, the thresholds, and what would change the verdict."""

from __future__ import annotations

import streamlit as st

from pages.shared import evidence, flow, state, verdicts
from pages.shared.wording import plain

flow.require_labels("A verdict rests on how often the answers are right.")
run = flow.require_run()
found = verdicts.verdict(run)
st.title(plain(found.sentence), anchor=False)
st.markdown(
    f"{evidence.badge(verdicts.TONE[found.decision])} {found.decision.value}, on {len(run.predictions):,} examples"
)

card, rest = st.columns([3, 2], gap="large")
with card:
    st.subheader("Scorecard", anchor=False)
    for number, line in enumerate(found.lines):
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{evidence.badge(line.severity)} **{plain(line.title)}**", width="stretch")
                if line.findings:
                    with st.popover("Evidence", type="tertiary"):
                        evidence.listed(line.findings, key=f"line-{number}", fold=False)
                page = verdicts.PAGES[line.id.split(".")[0]]
                st.page_link(page, label="More", icon=":material/arrow_forward:", query_params=state.here().link())
            st.markdown(plain(line.summary))
with rest:
    st.subheader("What would change the verdict", anchor=False)
    if not found.changes:
        st.write("Nothing stands in the way by these thresholds.")
    for line in found.changes:
        change = plain(line.change or line.summary)
        st.markdown(f"{evidence.badge(line.severity)} **{plain(line.title)}**  \n{change}")
    more = verdicts.not_looked_at(found)
    if more:
        st.subheader("More evidence, not required", anchor=False)
        for page, label in more.items():
            st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=state.here().link())
    st.subheader("Thresholds", anchor=False)
    st.caption("An interval must lie wholly on the right side. What isn’t known never passes.")
    with st.expander("Change them", icon=":material/tune:"):
        verdicts.edit_policy()
    st.download_button(
        "Download as policy.toml", found.policy.to_toml(), "policy.toml", "application/toml", type="tertiary",
        icon=":material/download:", on_click="ignore", key="policy-download",
    )  # fmt: skip
