"""Open a model and the data to judge it on."""

from __future__ import annotations

import streamlit as st

from pages.shared import notices, own, review, state
from pages.shared.opening import SAMPLE, Opening, recent
from pages.shared.picker import picker
from pages.shared.sample_cards import sample_cards
from pages.shared.wording import name

OVERVIEW = "pages/results/overview.py"
VIEWS = {"samples": "Try a sample", "own": "Open your own", "review": "What is open"}


def open_sample(sample_id: str) -> None:
    """Open a bundled sample and go to what it shows."""
    opening = Opening(SAMPLE + sample_id)
    state.go_to(OVERVIEW, state.Place(opening, opening.default_split))


def open_again(opening: Opening) -> None:
    """Open what was open before."""
    state.go_to(OVERVIEW, state.Place(opening, opening.default_split))


place = state.here()
is_open = place.opening is not None and not place.opening.is_unknown_sample
offered = [view for view in VIEWS if view != "review" or is_open]
asked = state.view().get("view")
st.session_state["open_view"] = asked if asked in offered else "samples"
view = st.segmented_control(
    "What to open",
    offered,
    format_func=VIEWS.get,
    key="open_view",
    label_visibility="collapsed",
    required=True,
    on_change=lambda: state.set_view(view=st.session_state["open_view"]),
)

if view == "own":
    own.draw()
elif view == "review":
    review.draw()
else:
    st.title("Where does it fail, why, and is it the model’s fault?", anchor=False)
    st.write("Each sample is a real model with labelled data. One click opens both; nothing is downloaded.")
    if place.opening is not None and place.opening.is_unknown_sample:
        notices.unknown_sample(place.opening)
    picker(sample_cards(), open_sample, key="samples", label="Samples", least="17rem")
    earlier = [opening for opening in recent() if opening.sample is None or opening.data][:5]
    if earlier:
        st.subheader("Opened here before", anchor=False)
        for opening in earlier:
            st.button(
                f"{name(opening.title, 40)} on {name(opening.data or 'its own data', 60)}"
                + (", without labels" if opening.unlabelled else ""),
                key=f"recent-{opening.key}",
                icon=":material/history:",
                on_click=open_again,
                args=(opening,),
            )
