"""What is open: what was found in it, how labels were matched, which rows were rejected; all of it correctable."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analysis.types import Kind, Rejection
from pages.shared import cache, flow, notices, opening, state, widgets, without_labels
from pages.shared.wording import count, listing, name, plain

if TYPE_CHECKING:
    from analysis.session import Session

_UNKNOWN = "(not known to the model)"


def draw() -> None:
    """Draw everything that is known about what is open."""
    session = flow.require_session()
    place = state.here()
    rejected = len(_all_rejected(session))
    usable = f"{count(len(session.dataset), 'example')} can be used"
    st.title(f"{usable}, {rejected} can’t" if rejected else f"{usable}, none was rejected", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        results = "See the results" if session.dataset.has_labels else "See the answers"
        st.button(results, type="primary", icon=":material/arrow_forward:", on_click=_results)
        st.button("Read it again", icon=":material/refresh:", type="tertiary", on_click=_again, args=(place.opening,))
    model_side, data_side = st.columns(2, gap="large")
    with model_side:
        _model(session)
    with data_side:
        _data(session)
    if not session.dataset.has_labels:
        _none()
    elif session.candidate.task.kind is Kind.CLASSIFICATION:
        _labels(session)
    if rejected:
        _rejected(session)


def _results() -> None:
    state.go_to("pages/results/overview.py", state.here())


def _again(wanted: opening.Opening) -> None:
    cache.jobs().drop("open", wanted.key)


def _model(session: Session) -> None:
    candidate = session.candidate
    st.markdown(f"**Model: {name(candidate.name, 60)}**")
    if candidate.task.kind is Kind.CLASSIFICATION:
        labels = candidate.task.labels
        st.caption(f"{count(len(labels), 'class', 'classes')}: {listing(labels, 12)}")
    else:
        st.caption(f"Predicts a number: {listing(candidate.task.labels)}")
    notices.list_findings(candidate.findings, quiet=True)


def _data(session: Session) -> None:
    dataset = session.dataset
    st.markdown(f"**Data: {name(dataset.name, 60)}**")
    sizes = dataset.table["split"].astype(str).value_counts(sort=False)
    if len(sizes) > 1:
        st.caption(", ".join(f"{plain(str(split))}: {n}" for split, n in sizes.items()))
    for role, column in dataset.columns.items():
        shown = listing([str(c) for c in column], 6) if isinstance(column, list | tuple) else name(str(column), 60)
        if column:
            st.caption(f"{plain(role)}: {shown}")
    # That there are no labels has a section of its own.
    notices.list_findings([f for f in dataset.findings if f.id != "labels.none"], quiet=True)


def _none() -> None:
    st.subheader("The data are open without labels", anchor=False)
    st.write(without_labels.WORKS)
    st.button("Add labels", icon=":material/sell:", on_click=without_labels.choose_labels, help=without_labels.ADD)


def _labels(session: Session) -> None:
    from analysis.datasets.labels import list_matches

    labels = session.pipeline.labels or session.candidate.task.labels
    place = state.here()
    assert place.opening is not None
    matches = list_matches(session.dataset, labels, overrides=dict(place.opening.labels))
    unknown = sum(match.count for match in matches if not match.target)
    st.subheader(
        f"The model doesn’t know the label of {count(unknown, 'example')}"
        if unknown
        else "The model knows every label in the data",
        anchor=False,
    )
    table = pd.DataFrame(
        {
            "Label in the data": [m.label for m in matches],
            "Examples": [m.count for m in matches],
            "Label of the model": [m.target or _UNKNOWN for m in matches],
            "Matched by": [m.how for m in matches],
        }
    )
    edited = st.data_editor(
        table,
        key="label_map",
        hide_index=True,
        height=min(420, 38 + 35 * len(table)),
        disabled=["Label in the data", "Examples", "Matched by"],
        column_config={
            "Label of the model": st.column_config.SelectboxColumn(options=[*labels, _UNKNOWN], required=True)
        },
        alt="Labels of the data and the labels of the model that they were matched to",
    )
    changed = _changes(table, edited)
    if changed:
        overrides = {**dict(place.opening.labels), **changed}
        better = replace(place.opening, labels=tuple(overrides.items()))
        st.button("Use these labels", type="primary", on_click=_relabel, args=(better,))


def _changes(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, str]:
    column = "Label of the model"
    pairs = zip(before["Label in the data"], before[column], after[column], strict=True)
    return {label: "" if new == _UNKNOWN else new for label, old, new in pairs if old != new}


def _relabel(better: opening.Opening) -> None:
    state.approve(better)
    state.open_place(better, split=state.here().split)


def _all_rejected(session: Session) -> tuple[Rejection, ...]:
    """Return what was rejected while reading, and while predicting where that has been done."""
    place = state.here()
    found = cache.jobs().find("predict", flow.run_key(session, place))
    predictions = found.result if found is not None else None
    return (*session.dataset.rejected, *(predictions.rejected if predictions is not None else ()))


def _rejected(session: Session) -> None:
    rejected = _all_rejected(session)
    st.subheader(f"{count(len(rejected), 'item')} rejected, with the reason", anchor=False)
    table = pd.DataFrame({"Item": [r.item for r in rejected], "Reason": [r.reason for r in rejected]})
    wanted = st.text_input(
        "Filter", key="rejected_filter", type="search", live=True, placeholder="Part of an item or a reason"
    )
    if wanted:
        hit = table.apply(lambda column: column.str.contains(wanted, case=False, regex=False)).any(axis=1)
        table = table[hit]
    st.dataframe(table, hide_index=True, alt="Rejected items and the reason for each")
    widgets.download(table, "rejected.csv", label="Download this list", key="rejected-data")
