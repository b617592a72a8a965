"""The scorecard in small: the verdict in one line, and every line of it with its evidence one click away."""

from __future__ import annotations

import streamlit as st

from analysis.progress import Progress
from analysis.types import Finding, Severity
from analysis.verdict import Verdict
from pages.shared import evidence, looked, notices, state, verdicts, waiting
from pages.shared.flow import Run
from pages.shared.wording import plain

PAGE = "pages/decide/verdict.py"


def ready(run: Run) -> Verdict | None:
    """Return the verdict by what there is; while its parts are gathered, draw how far they are and return None."""
    findings = looked.part()
    if findings is None:
        return None

    def compare(_progress: Progress) -> tuple[Finding, ...]:
        from analysis.diligence.fit_data import fit_with

        return fit_with(run.session)

    fit = waiting.part("fit", run.key, "Comparing the data with the model", compare)
    return None if fit is None else verdicts.judged(run, (*findings, *fit))


def draw(found: Verdict) -> None:
    """Draw the verdict in one line, and below it each line of the scorecard as a button that opens its evidence."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{evidence.badge(verdicts.TONE[found.decision])} {plain(found.sentence)}", width="stretch")
            st.page_link(
                PAGE, label="Verdict", icon=":material/arrow_forward:", query_params=state.here().link()
            )  # fmt: skip
        with st.container(horizontal=True, gap="xxsmall"):
            for number, line in enumerate(found.lines):
                icon, colour, word = notices.LOOK[line.severity]
                with st.popover(
                    f":{colour}[{icon}] {plain(line.title)}", type="tertiary", help=f"{word}: {line.title}"
                ):
                    st.markdown(f"{evidence.badge(line.severity)} {plain(line.summary)}")
                    if line.change and line.severity is not Severity.OK:
                        st.markdown(f"**To change it:** {plain(line.change)}")
                    others = [f for f in line.findings if f.summary != line.summary]
                    evidence.listed(others, key=f"score-{number}", fold=False)
                    page = verdicts.PAGES[line.id.split(".")[0]]
                    st.page_link(page, label="More", icon=":material/arrow_forward:", query_params=state.here().link())
