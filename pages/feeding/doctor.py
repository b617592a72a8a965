"""Is the model fed the right way? If not: what is wrong, how sure that is, and the fix."""

from __future__ import annotations

import streamlit as st

from pages.shared import (
    doctor_captured,
    doctor_fed,
    doctor_fix,
    doctor_form,
    doctor_result,
    doctor_run,
    doctor_sides,
    doctor_unlabelled,
    doctor_words,
    flow,
    notices,
    state,
)

session = flow.require_session()
split = state.here().split
if split is not None and split not in session.dataset.splits:
    notices.unknown_split(split, session.dataset.splits)
    st.stop()
code = doctor_fed.code()
fed = None if code in doctor_fed.WAYS else doctor_fed.named(session, code)
asked = state.view().get("diagnosed")

if not session.dataset.has_labels:
    doctor_unlabelled.page(session, fed, split)
elif fed is not None and asked == doctor_unlabelled.WANTED:
    doctor_unlabelled.draw(session, fed, split)
elif fed is not None and (asked == "yes" or doctor_run.find(session, fed.pipeline, split) is not None):
    found = doctor_run.require(session, fed.pipeline, split)
    diagnosis = found.diagnosis
    st.title(doctor_words.heading(diagnosis, session), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Diagnosed: {fed.phrase}, on {doctor_words.noun(session, diagnosis.best.n)}")
        with st.popover("Diagnose something else", type="tertiary", icon=":material/tune:"):
            doctor_fed.draw(session, key="fed-else")
        if not diagnosis.complete:
            st.button("Search to the end", on_click=doctor_run.again, args=(session, fed, split))
    doctor_result.numbers(session, found)
    doctor_result.changes(session, found)
    if diagnosis.edits:
        doctor_fix.draw(session, fed.pipeline, diagnosis.pipeline, proved=diagnosis.p_value < 0.05)
    doctor_result.alike(found)
    doctor_sides.draw(session, found)
    doctor_result.seen(session, found)
    doctor_result.repaired(session, found)
    doctor_result.hypotheses(session, found)
    if diagnosis.edits:
        doctor_fix.files(session, diagnosis.pipeline)
else:
    st.title("Is the fault the model’s, or that of how it is fed?", anchor=False)
    st.write(
        "The doctor tries other ways of feeding the model, such as another channel order, scale, label order, unit or "
        "truncation, and tells by the labelled data which of them is right, how sure that is, and what to change."
    )
    chosen = doctor_fed.draw(session, key="fed")
    if chosen == doctor_fed.FILE:
        doctor_fed.from_file(session)
    elif chosen == doctor_fed.FORM:
        doctor_form.draw(session)
    elif chosen == doctor_fed.CAPTURED:
        doctor_captured.draw(session, split)
    else:
        with st.container(horizontal=True):
            st.button(
                "Diagnose", type="primary", icon=":material/stethoscope:", on_click=doctor_fed.choose, args=(chosen,),
                kwargs={"diagnosed": True},
            )  # fmt: skip
            doctor_unlabelled.button(chosen)
