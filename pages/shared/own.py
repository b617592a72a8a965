"""Open your own: name or upload a model and data, see what they are, correct it, then load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import pandas as pd
import streamlit as st

from analysis.datasets.columns import LABEL_NAMES, ColumnGuess, Columns, Role, normalise
from analysis.errors import LabelsMissing, UnusableInput
from analysis.progress import Progress
from analysis.types import Finding, Severity
from pages.shared import cache, flow, notices, opening, state, without_labels
from pages.shared.opening import Opening
from pages.shared.wording import name, plain

_DATA_TYPES = ["zip", "csv", "tsv", "jsonl", "ndjson", "parquet"]
_SINGLE = (Role.TEXT, Role.TEXT_PAIR, Role.FILE, Role.LABEL, Role.SPLIT, Role.ID)


@dataclass(frozen=True)
class Checked:
    """What can be said of a model and data before anything is loaded.

    Attributes
    ----------
    findings : tuple of Finding
        Of the preflight.
    types : tuple of str
        Types in a skops file that need trust.
    guess : ColumnGuess or None
    data_error : UnusableInput or None
        Why the data can't be read.
    no_labels : LabelsMissing or None
        Why the data can be read without labels only; `guess` is how.
    """

    findings: tuple[Finding, ...]
    types: tuple[str, ...]
    guess: ColumnGuess | None
    data_error: UnusableInput | None
    no_labels: LabelsMissing | None = None


def draw() -> None:
    """Draw the form and, once it was sent, what was found."""
    st.title("Look first, load after", anchor=False)
    st.write("Files are looked at before anything of them is loaded, and you see what was found.")
    model_side, data_side = st.columns(2, gap="large")
    with model_side:
        st.subheader("The model", anchor=False)
        st.text_input(
            "Folder, .skops file, or hub id", key="own_model", persist_state="session", placeholder="/models/pets"
        )
        model_file = st.file_uploader("Or upload a .skops file", type=["skops"], key="own_model_file")
        st.text_input(
            "Revision, for a hub id", key="own_revision", persist_state="session", placeholder="main, a tag or a commit"
        )
    with data_side:
        st.subheader("The data, with labels or without", anchor=False)
        st.text_input("Folder or table", key="own_data", persist_state="session", placeholder="/data/pets")
        data_file = st.file_uploader("Or upload a zip or a table", type=_DATA_TYPES, key="own_data_file")
        pipeline_file = st.file_uploader(
            "Another pipeline (JSON), if it is not fed as its configuration says",
            type=["json"],
            key="own_pipeline_file",
        )
    if st.button("Look at them", type="primary", icon=":material/search:"):
        try:
            asked = _draft(model_file, data_file, pipeline_file)
            cache.jobs().drop("check", asked.key)  # The files may have changed since.
            state.set_note("draft", asked)
        except UnusableInput as error:
            state.set_note("draft", None)
            notices.problem(error)
    draft: Opening | None = state.note("draft")
    if draft is not None:
        _look(draft)


def _draft(model_file: object, data_file: object, pipeline_file: object) -> Opening:
    from analysis.datasets.upload import unpack_upload

    model = st.session_state.own_model.strip()
    data = st.session_state.own_data.strip()
    if model_file is not None:
        model = str(opening.keep_model(model_file, model_file.name))  # type: ignore[attr-defined]
    if data_file is not None:
        data = str(unpack_upload(data_file, data_file.name))  # type: ignore[attr-defined,arg-type]
    if not model:
        raise UnusableInput("No model is named.", "Give a folder, a .skops file or a hub id, or upload a .skops file.")
    if not data:
        raise UnusableInput("No data are named.", "Give a folder or a table, or upload a zip or a table.")
    if model.startswith(opening.SAMPLE):
        raise UnusableInput("A sample is opened from its card.", "Choose “Try a sample”.")
    kept = opening.keep_pipeline_file(pipeline_file.getvalue()) if pipeline_file is not None else ""  # type: ignore[attr-defined]
    revision = st.session_state.own_revision.strip() if opening.is_hub_id(model) else ""
    return Opening(model, data, revision, kept)


def check(draft: Opening, progress: Progress) -> Checked:
    """Look at a model's files and the data's columns; loads neither. Runs on a thread of its own.

    Raises
    ------
    UnusableInput, Cancelled
    """
    progress.start("Looking at the files", 0)
    from analysis.candidates import locate, preflight

    path = locate(draft.model_path, revision=draft.revision or None, progress=progress)
    findings = preflight(path)
    types: tuple[str, ...] = ()
    if path.suffix == ".skops" or any(path.glob("*.skops")):
        from analysis.candidates.sklearn import types_to_trust

        types = types_to_trust(path)
    from analysis.datasets import guess_columns

    try:
        return Checked(findings, types, guess_columns(draft.data_path), None)
    except LabelsMissing as error:
        return Checked(findings, types, *_without(draft), error)
    except UnusableInput as error:
        return Checked(findings, types, None, error)


def _without(draft: Opening) -> tuple[ColumnGuess | None, UnusableInput | None]:
    """Return how data without labels would be read, or why they can't be even so."""
    from analysis.datasets import guess_columns

    try:
        return guess_columns(draft.data_path, unlabelled=True), None
    except UnusableInput as error:
        return None, error


def _look(draft: Opening) -> None:
    checked: Checked = flow.require("check", draft.key, "Looking at the files", lambda p: check(draft, p), inline=True)
    model_side, data_side = st.columns(2, gap="large")
    with model_side:
        st.subheader("What its files say", anchor=False)
        notices.list_findings(checked.findings)
        trusted = notices.trust_boxes(checked.types)
    with data_side:
        st.subheader("How the data would be read", anchor=False)
        if checked.data_error is not None:
            notices.problem(checked.data_error)
        if checked.guess is not None and checked.no_labels is not None:
            _say_none(checked.guess)
        columns = _columns(checked.guess, checked.no_labels is None) if checked.guess is not None else ()
    refused = any(f.severity is Severity.BLOCKER for f in checked.findings)
    if refused:
        st.markdown(":red[:material/block: **Not loaded**] The blockers have to be gone first.")
    missing = len(trusted) < len(checked.types)
    ready = not refused and not missing and checked.data_error is None and columns is not None
    if missing and not refused:
        st.caption("It can be opened once every type is trusted.")
    chosen = replace(draft, columns=columns or (), trusted=trusted)
    labelled = checked.no_labels is None or bool(dict(chosen.columns).get("label"))
    _buttons(chosen, ready=ready, labelled=labelled)


def _say_none(guess: ColumnGuess) -> None:
    """Say calmly that nothing tells the labels, what works without, and how labels would be given."""
    if _is_given(guess):
        st.markdown("**No column looks like the label.** If one is, take it for the label below.")
    else:
        st.markdown("**Nothing tells the labels**: no picture lies in a folder named after its class.")
    st.caption(without_labels.WORKS)


def _buttons(chosen: Opening, *, ready: bool, labelled: bool) -> None:
    """Draw the ways to open: with labels where there are some, and without."""
    with st.container(horizontal=True):
        if labelled:
            st.button("Open them", type="primary", icon=":material/play_arrow:", disabled=not ready, on_click=_open,
                      args=(chosen,))  # fmt: skip
        st.button(
            without_labels.OPEN,
            type="tertiary" if labelled else "primary",
            icon=":material/label_off:",
            disabled=not ready,
            on_click=_open,
            args=(replace(chosen, unlabelled=True),),
            help=without_labels.WORKS if labelled else None,
        )


def _open(chosen: Opening) -> None:
    state.approve(chosen)
    state.open_place(chosen)
    state.set_view(view="review")


def _label_of(guess: ColumnGuess) -> str:
    """Return which column is taken for the label and why, safe in markdown; nothing where none is."""
    found = next((c for c in guess.columns if c.role is Role.LABEL), None)
    if found is None or not _is_given(guess):
        return ""
    doubt = "" if normalise(found.name) in LABEL_NAMES else " If it is none, open them without labels."
    return f" Label: “{name(found.name, 40)}”, since {plain(found.why)}.{doubt}"


def _is_given(guess: ColumnGuess) -> bool:
    """Whether columns can be given other roles: pictures in folders have none."""
    return any(getattr(guess.chosen, field.name) is not None for field in fields(Columns))


def _columns(guess: ColumnGuess, labelled: bool) -> tuple[tuple[str, str], ...] | None:
    """Show the guess, let it be corrected, and return the corrections; None where they contradict each other."""
    kind = guess.kind.value if labelled else "no labels"
    st.caption(f"Taken for {guess.modality.value} data, {kind}.{_label_of(guess)}")
    table = pd.DataFrame(
        {
            "Column": [c.name for c in guess.columns],
            "Taken for": [c.role.value for c in guess.columns],
            "Examples": [" · ".join(c.samples) for c in guess.columns],
            "Why": [c.why for c in guess.columns],
        }
    )
    if not _is_given(guess):
        st.dataframe(table, hide_index=True, alt="Where the labels come from")
        return ()
    edited = st.data_editor(
        table,
        key="columns",
        hide_index=True,
        disabled=["Column", "Examples", "Why"],
        column_config={
            "Taken for": st.column_config.SelectboxColumn(options=[role.value for role in Role], required=True)
        },
        alt="Columns of the data and what each is taken for",
    )
    try:
        return corrections(guess, list(edited["Taken for"]))
    except UnusableInput as error:
        notices.problem(error)
        return None


def corrections(guess: ColumnGuess, roles: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return role → column for every role that was given to another column than guessed.

    Raises
    ------
    UnusableInput
        If two columns have a role that only one can have.
    """
    names = [column.name for column in guess.columns]
    changed: list[tuple[str, str]] = []
    for role in _SINGLE:
        holders = [n for n, r in zip(names, roles, strict=True) if r == role.value]
        if len(holders) > 1:
            shown = " and ".join(f"“{holder}”" for holder in holders)
            raise UnusableInput(f"Only one column can be the {role.value}; {shown} both are.", "Change one of them.")
        before = getattr(guess.chosen, role.value) or ""
        after = holders[0] if holders else ""
        if after != before:
            changed.append((role.value, after))
    features = [n for n, r in zip(names, roles, strict=True) if r == Role.FEATURE.value]
    if features and tuple(features) != (guess.chosen.features or ()):
        changed.append(("features", "\n".join(features)))
    return tuple(changed)
