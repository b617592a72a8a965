"""Every metric with its interval: over all examples, and class by class."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis import figures
from analysis.types import Kind
from pages.shared import deciding, flow, keys, results, selecting, state, tables, widgets
from pages.shared.wording import plain

flow.require_labels("Metrics count how often the answer is the label.")
run = flow.require_run()
st.title(results.metrics_headline(run), anchor=False)
splits = run.dataset.splits
if len(splits) > 1:
    options = [None, *splits]
    st.session_state["split_choice"] = run.session.split
    st.segmented_control(
        "Split",
        options,
        key="split_choice",
        format_func=lambda split: "All" if split is None else plain(split),
        on_change=lambda: state.choose_split(st.session_state["split_choice"]),
    )
found = results.summary(run)
if run.predictions.task.kind is Kind.REGRESSION:
    numbers, picture = st.columns(2, gap="large")
    with numbers:
        st.dataframe(tables.metrics(found, list(found)), hide_index=True, alt="Metrics with their intervals")
        tables.definitions(found)
        widgets.download(tables.exact(found), "metrics.csv", label="Download all metrics", key="metrics-data")
        chosen = state.here().selection.part
        drawn = figures.error_histogram(run.predictions, selected=chosen, theme=widgets.theme())
        widgets.figure(drawn, key="histogram", on_select=selecting.part("histogram"))
        selecting.way_to_part("error")
    with picture:
        for key, draw in (("predicted", figures.predicted_against_true), ("residuals", figures.residuals)):
            widgets.figure(draw(run.predictions, theme=widgets.theme()), key=key, on_select=selecting.example(key))
        selecting.way("pages/results/confusions.py", "See the example that is selected")
    deciding.margins(run)
else:
    overall, averages = st.columns([4, 5], gap="large")
    with overall:
        single = [m for m in found if not m.endswith(("_macro", "_micro", "_weighted"))]
        st.dataframe(tables.metrics(found, single), hide_index=True, alt="Metrics over all examples")
        deciding.top_k(run)
    with averages:
        st.dataframe(tables.averages(found), hide_index=True, alt="Precision, recall and F1, averaged in three ways")
        tables.definitions(found)
        widgets.download(tables.exact(found), "metrics.csv", label="Download all metrics", key="metrics-data")
    st.subheader("Class by class", anchor=False)
    classes = results.per_class(run)
    wanted = st.text_input("Find a class", key="class_filter", type="search", live=True, placeholder="Part of its name")
    keys.slash_focuses("class_filter", walks=False)
    shown = [c for c in classes if wanted.casefold() in c.label.casefold()] if wanted else list(classes)
    table: pd.DataFrame = tables.per_class(shown)
    event = st.dataframe(
        table,
        key="classes",
        hide_index=True,
        column_config=tables.per_class_columns(),
        on_select="rerun",
        selection_mode="single-row",
        alt="Precision, recall and F1 of each class",
    )
    widgets.download(tables.per_class_exact(classes), "classes.csv", label="Download", key="classes-data")
    bars = figures.per_class_bars(classes, theme=widgets.theme())
    widgets.figure(bars, key="classes-figure", on_select=selecting.label("classes-figure"))
    selecting.way("pages/results/confusions.py", "See the examples that are selected")
    if event.selection.rows:
        label = shown[event.selection.rows[0]].label
        st.page_link(
            "pages/results/confusions.py",
            label=f"See the examples with label {plain(label)}",
            icon=":material/arrow_forward:",
            query_params=state.at(state.Selection(true=label)).link(),
        )
    deciding.calibration(run)
    deciding.ranking(run)
