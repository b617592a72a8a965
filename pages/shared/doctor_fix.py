"""Taking the fix along: to every other page, or as files."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import streamlit as st

from analysis.types import Pipeline
from pages.shared import doctor_fed, state
from pages.shared.wording import plain

if TYPE_CHECKING:
    from analysis.session import Session

OVERVIEW = "pages/results/overview.py"


def draw(session: Session, diagnosed: Pipeline, pipeline: Pipeline, *, proved: bool) -> None:
    """Draw the way to use a pipeline from here on, and its files to download."""
    in_use = session.pipeline.fingerprint == pipeline.fingerprint
    with st.container(horizontal=True, vertical_alignment="center"):
        if in_use:
            st.markdown(":green[:material/check_circle:] All pages feed the model this way.")
            st.page_link(
                OVERVIEW, label="See the overview", icon=":material/arrow_forward:", query_params=state.here().link()
            )
        else:
            st.button(
                "Use this pipeline from here on",
                type="primary" if proved else "secondary",
                icon=":material/done_all:",
                on_click=use,
                args=(diagnosed, pipeline),
                help="All pages show the model fed this way, until you undo it in the sidebar.",
            )
        st.download_button(
            "Download the fix",
            lambda: archive(session, pipeline),
            file_name="fix.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="fix-zip",
        )


def use(diagnosed: Pipeline, pipeline: Pipeline) -> None:
    """Feed the model through a pipeline on every page; the page of the doctor stays with what it diagnosed."""
    before = doctor_fed.keep(diagnosed)
    state.use_pipeline(doctor_fed.keep(pipeline))
    doctor_fed.choose(before, diagnosed=True)


def files_of(session: Session, pipeline: Pipeline) -> dict[str, str]:
    """Return the fix as text files by name."""
    from analysis.preprocessing.describe import python_lines
    from analysis.preprocessing.doctor.fix import NOTES, corrected_files

    fix = corrected_files(session.candidate, pipeline)
    files = {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in fix.files.items()}
    return {**files, "preprocess.py": python_lines(pipeline), NOTES: fix.notes}


def archive(session: Session, pipeline: Pipeline) -> bytes:
    """Return the fix as one zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files_of(session, pipeline).items():
            bundle.writestr(name, content)
    return target.getvalue()


def files(session: Session, pipeline: Pipeline) -> None:
    """Draw each file of the fix with its own download."""
    found = files_of(session, pipeline)
    st.subheader("The fix, file by file", anchor=False)
    with st.container(horizontal=True, gap="small"):
        for name, content in found.items():
            st.download_button(
                plain(name), content, file_name=name, mime="text/plain", icon=":material/draft:", type="tertiary",
                on_click="ignore", key=f"fix-{name}",
            )  # fmt: skip
    with st.expander("The same in Python, without Caveat"):
        st.code(found["preprocess.py"], language="python")
