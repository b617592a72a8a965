"""Captured tensors: which pipeline made what production fed the model?"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Kind
from pages.shared import cache, doctor_fed, doctor_fix, doctor_words, notices, state
from pages.shared.doctor_run import stopped
from pages.shared.jobs import Status
from pages.shared.wording import count, interval_of, listing, number, plain, value_of

if TYPE_CHECKING:
    from analysis.preprocessing.doctor.captured import Captured
    from analysis.preprocessing.doctor.match import Match
    from analysis.preprocessing.doctor.tensors import Judged
    from analysis.session import Session

    Found = tuple[Captured, Match, Judged]


def draw(session: Session, split: str | None) -> None:
    """Draw where the tensors come from and, once they are given, what made them."""
    st.caption(
        "A folder of .npy or .safetensors files, each named after its raw input: cat/tabby.npy for cat/tabby.jpg, "
        "17.npy for row 17. No labels are needed to find the pipeline that made them."
    )
    path = st.text_input("Folder", key="captured-path", persist_state="session", placeholder="/captures/monday")
    upload = st.file_uploader("Or upload a zip of it", type=["zip"], key="captured-file")
    if st.button("Find what made them", type="primary", icon=":material/stethoscope:", key="captured-go"):
        try:
            state.set_note("captured", str(_folder(path.strip(), upload)))
        except UnusableInput as error:
            state.set_note("captured", None)
            notices.problem(error)
    folder = state.note("captured")
    if folder:
        _found(session, split, Path(folder))


def _folder(path: str, upload: object) -> Path:
    if upload is not None:
        from analysis.datasets.upload import unpack_upload

        return unpack_upload(upload, upload.name)  # type: ignore[attr-defined,arg-type]
    if not path:
        raise UnusableInput("No folder is named.", "Give the folder with the captured tensors, or upload a zip of it.")
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise UnusableInput(f"There is no folder {path}.", "Give the folder with the captured tensors.")
    return folder


def _stamp(folder: Path) -> str:
    """Return what changes when the files of a folder do."""
    parts = sorted(
        (str(file.relative_to(folder)), file.stat().st_size, file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.suffix in (".npy", ".safetensors") and file.is_file()
    )
    return hashlib.sha256(repr((str(folder), parts)).encode()).hexdigest()[:16]


def _found(session: Session, split: str | None, folder: Path) -> None:
    def work(progress: Progress) -> Found:
        progress.start("Reading the tensors", 0)
        from analysis.preprocessing.doctor.captured import read_captured
        from analysis.preprocessing.doctor.match import match_captured
        from analysis.preprocessing.doctor.tensors import judge_match

        captured = read_captured(folder, session.dataset)
        match = match_captured(session.candidate, session.dataset, captured, progress=progress)
        judged = judge_match(session.candidate, session.dataset, match, split=split, progress=progress)
        return captured, match, judged

    key = (session.candidate.fingerprint, session.dataset.fingerprint, _stamp(folder), split or state.ALL_SPLITS)
    job = cache.jobs().ask("match", key, "Looking for what made the tensors", work, session=state.session_id())
    job.wait(0.25)
    if job.status is Status.RUNNING:
        notices.progress(job, inline=True)
    elif job.status is not Status.DONE:
        stopped(job, lambda: cache.jobs().drop("match", key))
    else:
        _draw(session, *job.result)


def _draw(session: Session, captured: Captured, match: Match, judged: Judged) -> None:
    from analysis.preprocessing.doctor import Conclusion

    tensors = count(match.n, "tensor")
    said = {
        Conclusion.MISMATCH: f"The {tensors} were made otherwise than documented",
        Conclusion.NONE: f"The {tensors} are what the model’s own configuration makes",
        Conclusion.UNDETERMINED: f"No way that was tried makes the {tensors}; this one comes nearest",
    }[judged.conclusion]
    st.subheader(said, anchor=False)
    for edit in match.edits:
        title, _, rest = edit.sentence.partition(": ")
        st.markdown(f"**{plain(title)}**, to put it right: {plain(rest)}")
    _costs(session, judged)
    st.caption(
        f"What it makes differs from the tensors by {number(match.error)} on average, what the documented pipeline "
        f"makes by {number(match.documented_error)}; {count(match.tried, 'pipeline')} were tried."
    )
    if captured.channels_last:
        st.caption("The tensors have their channels last.")
    if captured.unmatched:
        st.caption(f"Not named after an example: {listing(captured.unmatched)}.")
    if judged.conclusion is not Conclusion.NONE:
        doctor_fed.diagnose_button(match.pipeline, key="diagnose-captured")
        doctor_fix.draw(session, match.pipeline, session.candidate.pipeline, proved=False)


def _costs(session: Session, judged: Judged) -> None:
    if not judged.best.n:
        st.caption("Without labels, what the difference costs isn’t known.")
        return
    kind = session.candidate.task.kind
    rate = kind is Kind.CLASSIFICATION
    cells = (("Fed as the tensors were", judged.baseline), ("Fed as documented", judged.best))
    for column, (title, card) in zip(st.columns(2), cells, strict=True):
        with column, st.container(border=True, height="stretch", gap="xxsmall"):
            st.metric(f"{title}, {'right' if rate else 'R²'}", value_of(card.accuracy, rate=rate))
            st.caption(f"95 % interval {interval_of(card.accuracy, rate=rate)}")
    st.caption(f"On {doctor_words.noun(session, judged.best.n)} with labels.")
