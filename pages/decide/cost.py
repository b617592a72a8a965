"""Can we afford it: size, operations, latency, memory, and what smaller variants gain and lose."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from analysis import figures
from pages.shared import costs, flow, notices, state, widgets
from pages.shared.wording import plain

session = flow.require_session()
split = state.here().split
if split is not None and split not in session.dataset.splits:
    notices.unknown_split(split, session.dataset.splits)
    st.stop()
session = replace(session, split=split)
if costs.done(session) is None and state.view().get("measured") != "yes":
    st.title("What does it cost to run?", anchor=False)
    st.write(
        "Measured on this machine: size, operations, latency, the memory of a fresh process; then int8, bfloat16 and "
        "pruned variants, with what each does to the answers. It takes about a minute."
    )
    st.button("Measure", type="primary", icon=":material/speed:", on_click=state.set_view, kwargs={"measured": "yes"})
    st.stop()

cost = costs.require(session)
from analysis.diligence.cost import words  # noqa: E402

st.title(plain(words.heading(cost)), anchor=False)
facts = {
    "Parameters": words.quantity(cost.parameters) if cost.groups else "–",
    "Operations for one": words.quantity(cost.flops) if cost.flops is not None else "–",
    "Latency of one, median": f"{words.duration(cost.single.p50)}",
    "Peak memory, fresh process": words.size(cost.peak.peak) if cost.peak is not None else "not measured",
}
for column, (title, value) in zip(st.columns(4), facts.items(), strict=True):
    with column, st.container(border=True, height="stretch"):
        st.metric(title, value)
st.caption(
    "  \n".join(
        plain(f.summary) for f in words.findings_of(cost) if not f.id.startswith(("cost.variant.", "cost.fits"))
    )
)

left, right = st.columns(2, gap="large")
with left:
    widgets.figure(figures.latency_lines(cost, theme=widgets.theme()), key="latency")
    if any(one.length for one in cost.latency):
        widgets.figure(figures.length_lines(cost, theme=widgets.theme()), key="by-length")
with right:
    if cost.groups:
        widgets.figure(figures.parameter_treemap(cost, theme=widgets.theme()), key="parameters")
if cost.variants:
    st.subheader("What would a smaller variant gain, and lose?", anchor=False)
    st.dataframe(
        costs.variants(cost), hide_index=True, alt="Smaller variants: size, speed, accuracy, answers that differ"
    )
    st.caption(
        f"Each against the original on the same {cost.variants[0].n} examples, in the same engine. Pruning sets "
        "weights to zero; files and times stay as they are. The weights that it leaves out are stored all the same."
    )
    if costs.classes(cost).size:
        widgets.download(costs.classes(cost), "variants-by-class.csv", label="Every class", key="variant-classes")
if cost.fits:
    st.subheader("Where does it fit?", anchor=False)
    st.dataframe(costs.fits(cost), hide_index=True, alt="Devices and precisions that fit")
    st.caption("Weights and working memory in half of a device’s memory; the other half is for everything else.")
