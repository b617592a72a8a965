"""Parts that several pages draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import streamlit as st

from analysis.types import Estimate, Kind
from pages.shared import flow, keeping, parts, state
from pages.shared.opening import Opening
from pages.shared.wording import count, interval_of, middle, name, plain, value_of

if TYPE_CHECKING:
    from analysis.figures import Figure


def theme() -> Literal["light", "dark"]:
    """Return the theme that the reader has chosen."""
    return "dark" if st.context.theme.type == "dark" else "light"


def csv_of(table: pd.DataFrame) -> bytes:
    """Return a table as CSV; cells that a spreadsheet would run as a formula begin with an apostrophe."""

    def harmless(cell: object) -> object:
        return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell

    return table.map(harmless).to_csv(index=False).encode()


def figure(
    drawn: Figure,
    *,
    key: str,
    on_select: Callable[[], None] | Literal["ignore"] = "ignore",
    areas: bool = False,
    **options: Any,
) -> None:
    """Draw a figure with its title, its picture to download, its data to download, and its meaning in words.

    Parameters
    ----------
    drawn : Figure
    key : str
    on_select : callable or "ignore"
        Called when points are selected.
    areas : bool
        Whether a box or a line drawn by hand selects too.
    **options
        For ``st.plotly_chart``.
    """
    config = {
        "displaylogo": False,
        "modeBarButtonsToRemove": ["autoScale2d"] if areas else ["select2d", "lasso2d", "autoScale2d"],
        "toImageButtonOptions": {"format": "png", "filename": key, "scale": 2},
    }
    modes = ("points", "box", "lasso") if areas else "points"
    extra = {"selection_mode": modes} if on_select != "ignore" else {}
    st.plotly_chart(
        drawn.plot, key=key, theme=None, config=config, alt=drawn.text, on_select=on_select, **extra, **options
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        with st.popover("In words", icon=":material/notes:", type="tertiary"):
            st.text(drawn.text)
        download(drawn.data, f"{key}.csv", label="Data", key=f"{key}-data")


def download(table: pd.DataFrame | Callable[[], pd.DataFrame], file_name: str, *, label: str, key: str) -> None:
    """Draw a link that saves a table as CSV; one that is given as a function is made when it is asked for."""
    st.download_button(
        label,
        lambda: csv_of(table() if callable(table) else table),
        file_name=file_name,
        mime="text/csv",
        key=key,
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def estimate(metric: str, value: Estimate) -> None:
    """Draw one number with its interval and n."""
    from analysis.metrics import METRICS

    about = METRICS[metric]
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(about.title, value_of(value, rate=about.is_rate), help=about.sentence)
        st.caption(f"95 % interval {interval_of(value, rate=about.is_rate)}")


#: A chosen option in the accent colour is hard to read on a dark ground (3.6:1), and a link's words are cut where the
#: screen is narrow; Streamlit has no setting for either.
_READABLE = """
<style>
button[data-variant][data-selected="true"] { color: inherit !important; }
[data-testid="stPageLink-NavLink"] > span:last-child, [data-testid="stPageLink-NavLink"] > span:last-child * {
  white-space: normal; overflow: visible;
}
</style>
"""


def sidebar(menu: Mapping[str, list[Any]]) -> None:
    """Draw what is open, what is selected, and the menu."""
    st.html(_READABLE)
    with st.sidebar:
        place = state.here()
        if place.opening is not None and not place.opening.is_unknown_sample:
            _open_card(place)
            _chips(place)
        for section, pages in menu.items():
            st.caption(section)
            for page in pages:
                st.page_link(page, query_params=place.link())


def _open_card(place: state.Place) -> None:
    assert place.opening is not None
    with st.container(border=True, gap="xxsmall"):
        _what_is_open(place, place.opening)
        if state.former_feeding() is not None:
            st.button(
                "Feed it as before", key="undo-feeding", type="tertiary", icon=":material/undo:",
                on_click=state.undo_feeding,
            )  # fmt: skip


def _what_is_open(place: state.Place, opened: Opening) -> None:
    session = flow.opened(opened)
    st.markdown(f"**{name(opened.title, 44)}**")
    data = Path(opened.data or (opened.sample.data if opened.sample else "")).name
    split = f", split {name(place.split)}" if place.split else ""
    if data:
        st.caption(f"on {name(data, 32)}{split}")
    if session is None:
        return
    task = session.candidate.task
    kind = count(len(task.labels), "class", "classes") if task.kind is Kind.CLASSIFICATION else "regression"
    own = session.pipeline.fingerprint == session.candidate.pipeline.fingerprint
    fed = "fed as its own configuration says" if own else "fed through another pipeline"
    labels = "" if session.dataset.has_labels else ", no labels"
    st.caption(f"{count(len(session.dataset), 'example')}{labels}, {kind}, {fed}")


def _chips(place: state.Place) -> None:
    chosen = place.selection
    chips = {
        "true": ("label", chosen.true),
        "predicted": ("called", chosen.predicted),
        "example": ("example", chosen.example),
        "slice": ("only", keeping.title(chosen.slice) if chosen.slice is not None else None),
        "cause": ("cause", _cause(chosen.cause)),
        "part": ("with", parts.title(chosen.part) if chosen.part is not None else None),
    }
    shown = {side: (word, value) for side, (word, value) in chips.items() if value is not None}
    if not shown and not state.can_undo():
        return
    with st.container(horizontal=True, gap="xsmall", key="chips"):
        for side, (word, value) in shown.items():
            st.button(
                f"{word} **{name(value, 24 if side == 'part' else 18)}**",
                key=f"chip-{side}",
                icon=":material/close:",
                icon_position="right",
                help=f"Stop selecting: {plain(middle(value, 200))}",
                on_click=state.select,
                kwargs={side: None},
            )
        if shown:
            st.button("Clear", key="clear", type="tertiary", shortcut="Esc", on_click=clear)
        if state.can_undo():
            st.button("Undo", key="undo", type="tertiary", icon=":material/undo:", on_click=state.undo)


def _cause(key: str | None) -> str | None:
    if key is None:
        return None
    from analysis.failures.causes.registry import CAUSES

    return CAUSES[key].title if key in CAUSES else key


def clear() -> None:
    """Select nothing."""
    state.select(**dict.fromkeys(state.SIDES))
