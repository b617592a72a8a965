"""What a page shows instead of results: nothing open, a question, progress, an error. Always in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from analysis.errors import UnusableInput
from analysis.types import Finding, Severity
from pages.shared import state
from pages.shared.jobs import Job, Status
from pages.shared.opening import SAMPLE, Opening, is_hub_id
from pages.shared.wording import count, listing, middle, plain, seconds

OPEN_PAGE = "pages/start/open.py"
#: Pages by the names that findings call them.
PAGES = {
    "open": OPEN_PAGE,
    "overview": "pages/results/overview.py",
    "metrics": "pages/results/metrics.py",
    "confusions": "pages/results/confusions.py",
    "slices": "pages/results/slices.py",
    "map": "pages/results/map.py",
    "labels": "pages/results/labels.py",
    "validation": "pages/results/validation.py",
    "compare": "pages/results/compare.py",
    "ranking": "pages/results/ranking.py",
    "explain": "pages/why/explain.py",
    "patterns": "pages/why/patterns.py",
    "features": "pages/why/features.py",
    "what_if": "pages/why/what_if.py",
    "doctor": "pages/feeding/doctor.py",
    "eyes": "pages/feeding/eyes.py",
}
LOOK = {
    Severity.OK: (":material/check_circle:", "green", "fine"),
    Severity.CAUTION: (":material/warning:", "orange", "caution"),
    Severity.BLOCKER: (":material/block:", "red", "blocker"),
    Severity.UNKNOWN: (":material/help:", "gray", "unknown"),
}
_ORDER = (Severity.BLOCKER, Severity.CAUTION, Severity.UNKNOWN, Severity.OK)


def nothing_open() -> None:
    """Say what would be here, and lead to where it comes from."""
    st.title("Nothing is open yet", anchor=False)
    st.write("Open a model and labelled data, and this page shows what the model gets right, what wrong, and why.")
    st.page_link(OPEN_PAGE, label="Open a model, or try a sample", icon=":material/folder_open:")


def ask_before_opening(opening: Opening) -> None:
    """Show what a link asks to open, and open it only on a click."""
    st.title("This link asks to open something new", anchor=False)
    st.write("Nothing was read or downloaded yet. Open it only if you trust whoever sent you the link.")
    with st.container(border=True):
        st.caption("Model")
        st.code(opening.model, language=None, wrap_lines=True)
        if not opening.model.startswith(SAMPLE) and is_hub_id(opening.model):
            st.caption("There is no such path on this machine: it would be downloaded from the model hub.")
        if opening.revision:
            st.caption("Revision")
            st.code(opening.revision, language=None)
        st.caption("Data")
        st.code(opening.data or "(the sample's own)", language=None, wrap_lines=True)
    with st.container(horizontal=True):
        st.button("Open it", type="primary", on_click=state.approve, args=(opening,))
        st.page_link(OPEN_PAGE, label="Open something else", query_params={})


def unknown_split(split: str, splits: Sequence[str]) -> None:
    """Say that the data has no such split, and offer those that it has."""
    st.title("This split is not in the data", anchor=False)
    st.write(f"There is no split “{plain(split)}”. The data has: {listing(splits, 8)}.")
    with st.container(horizontal=True):
        st.button("Judge on all of the data", type="primary", on_click=state.choose_split, args=(None,))
        for number, known in enumerate(splits[:6]):
            st.button(plain(known), key=f"split-{number}", on_click=state.choose_split, args=(known,))


def unknown_example(example: str) -> None:
    """Say that the example of the link isn't there, above the one that is shown instead."""
    text = f"There is no example “{plain(middle(example, 60))}” in these data. Here is the first one instead."
    st.warning(text, icon=":material/search_off:")


def unknown_sample(opening: Opening) -> None:
    """Say that a link names a sample that there isn't."""
    text = f"There is no sample “{plain(middle(opening.model.removeprefix(SAMPLE), 60))}”. These are there:"
    st.warning(text, icon=":material/search_off:")


def unknown_slice(name: str) -> None:
    """Say that the data hold no such slice, and offer to look at all examples."""
    st.title("This slice is not in the data", anchor=False)
    st.write("Its properties or their ranges are others here: the data or the split may have changed.")
    st.text(name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Look at all examples", type="primary", on_click=state.select, kwargs={"slice": None})
        st.page_link(PAGES["slices"], label="See the slices that there are", query_params=state.here().link())


def unknown_cause(key: str) -> None:
    """Say that no failure has the selected cause, and offer to look at all of them."""
    from analysis.failures.causes import CAUSES

    known = CAUSES.get(key)
    st.title("No failure here has this cause", anchor=False)
    if known is None:
        st.write("There is no such cause. The link may be of another version.")
        st.text(key)
    else:
        st.write(f"{known.title}: {known.meaning} No failure among the selected examples is put down to it.")
    st.button("Look at all failures", type="primary", on_click=state.select, kwargs={"cause": None})


def unknown_part(title: str) -> None:
    """Say that no example is in the part that a figure stood for, and offer to look at all."""
    st.title("No example here is in the selected part", anchor=False)
    st.write("Where it was selected, the model, the data, the split or the slice may have been another.")
    st.text(title)
    st.button("Look at all examples", type="primary", on_click=state.select, kwargs={"part": None})


@st.fragment(run_every=0.2)
def _watch(job: Job) -> None:
    if job.status is not Status.RUNNING:
        st.rerun()
    progress_bar(job)


def progress(job: Job, *, inline: bool = False) -> None:
    """Show what a job does, how far it is, the time left, and a way to stop it; reruns the page at its end.

    Parameters
    ----------
    job : Job
    inline : bool
        Within a page that has a title of its own.
    """
    (st.subheader if inline else st.title)(plain(job.title), anchor=False)
    with st.container(border=True, width=640):
        _watch(job)


def progress_bar(job: Job) -> None:
    """Draw where a job stands now. Inside a fragment that runs again and again."""
    now = job.state
    if job.stopping:
        st.progress(now.fraction if now else 0.0, text="Stopping after the present step")
        return
    if now is None or not now.total:
        st.progress(0.0, text=plain(now.what) if now and now.what else "Getting ready")
    else:
        left = f", {seconds(now.seconds_left)} left" if now.seconds_left else ""
        st.progress(now.fraction, text=f"{plain(now.what)}: {now.done:,} of {now.total:,}{left}")
    st.button(
        "Cancel", key=f"cancel-{id(job)}", on_click=job.leave, args=(state.session_id(),), icon=":material/close:"
    )


def failed(
    error: UnusableInput | None, retry: Callable[[], None], *, inline: bool = False, resumes: bool = False
) -> None:
    """Show an error in words with what to do, and a way to try again.

    Parameters
    ----------
    error : UnusableInput or None
        None where the person stopped the work.
    retry : callable
    inline : bool
        Within a page that has a title of its own.
    resumes : bool
        Whether work of this kind goes on from what was finished.
    """
    heading = "This was stopped" if error is None else "This can’t be opened"
    (st.subheader if inline else st.title)(heading, anchor=False)
    if error is not None:
        problem(error)
        findings: Sequence[Finding] = getattr(error, "findings", ())
        if findings:
            st.subheader("What was looked at before loading", anchor=False)
            list_findings(findings, quiet=True)
    elif resumes:
        st.write("What was finished is kept: it goes on from there.")
    with st.container(horizontal=True, vertical_alignment="center"):
        again = ("Go on" if resumes else "Start again") if error is None else "Try again"
        st.button(again, on_click=retry, icon=":material/refresh:", key=f"retry-{inline}")
        if not inline:
            st.page_link(OPEN_PAGE, label="Open something else", query_params={})


def trust_boxes(types: Sequence[str]) -> tuple[str, ...]:
    """Show the types that a skops file wants to load, and return those that the person trusts."""
    if not types:
        return ()
    st.markdown(
        f"**{count(len(types), 'type')} to trust.** Loading the file runs the code of these types. Trust them only "
        "if you know them and where the file comes from; nobody can promise that they do no harm."
    )
    return tuple(t for n, t in enumerate(types) if st.checkbox(plain(t), key=f"trust-{n}-{t}"))


def ask_trust(opening: Opening, types: Sequence[str]) -> None:
    """Ask which types of a skops file are trusted, and open it with them."""
    st.title("This model needs your trust first", anchor=False)
    trusted = trust_boxes(types)
    st.button(
        "Trust them and open",
        type="primary",
        disabled=len(trusted) < len(types),
        on_click=state.trust,
        args=((*opening.trusted, *trusted),),
    )


def problem(error: UnusableInput) -> None:
    """Show what is wrong and what to do; both may quote data, so neither is markup."""
    with st.container(border=True):
        st.markdown(f":red[:material/error:] {plain(error.what)}")
        if error.action:
            st.markdown(plain(error.action))


def pages_of(finding: Finding) -> str | None:
    """Return the page that a finding leads to, or None where it leads nowhere that is there."""
    return PAGES.get(str(finding.evidence.get("page", "")))


def list_findings(findings: Sequence[Finding], *, quiet: bool = False) -> None:
    """Show findings one by one, the gravest first: icon and word, sentence, what to do.

    Parameters
    ----------
    findings : sequence of Finding
    quiet : bool
        Fold away those that are fine.
    """
    ordered = sorted(findings, key=lambda f: _ORDER.index(f.severity))
    fine = [f for f in ordered if f.severity is Severity.OK]
    for finding in ordered if not quiet else [f for f in ordered if f not in fine]:
        _one(finding)
    if quiet and fine:
        with st.expander(f"{count(len(fine), 'check')} found nothing wrong"):
            for finding in fine:
                _one(finding)


def _one(finding: Finding) -> None:
    icon, colour, word = LOOK[finding.severity]
    action = f"  \n{plain(finding.action)}" if finding.action and finding.severity is not Severity.OK else ""
    st.markdown(f":{colour}[{icon} **{word}**] {plain(finding.summary)}{action}")
