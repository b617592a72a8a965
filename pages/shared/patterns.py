"""What all failures of the selection share: asked for, computed in one job, drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import streamlit as st

from analysis.progress import Progress
from analysis.types import FloatArray, Modality
from pages.shared import cache, examples, flow, selecting, state, widgets
from pages.shared.flow import Run
from pages.shared.results import noun
from pages.shared.wording import count, listing, plain

if TYPE_CHECKING:
    from analysis.explainers.base import Explainer
    from analysis.figures import Figure
    from analysis.patterns import Groups, Patterns


def groups(run: Run) -> Groups:
    """Return the failures of the selection and those that they are compared with."""
    from analysis.patterns import groups_of

    rows, chosen = examples.sequence(run), state.here().selection
    return flow.measured("groups", run, lambda: groups_of(run.predictions, rows), repr((chosen.true, chosen.predicted)))


def _selected(run: Run) -> tuple[str, ...]:
    chosen = state.here().selection
    return (*run.key, repr((chosen.true, chosen.predicted)))


def key(run: Run, method: str) -> tuple[str, ...]:
    """Return what a result depends on."""
    return (*_selected(run), method)


def choose(methods: Mapping[str, Explainer]) -> str:
    """Draw the choice of the method; the address bar carries it."""
    asked = state.view().get("method", "")
    st.session_state["patterns_method"] = asked if asked in methods else next(iter(methods))

    def changed() -> None:
        state.set_view(method=st.session_state["patterns_method"])

    st.selectbox(
        "Explained by",
        list(methods),
        key="patterns_method",
        format_func=lambda name: methods[name].title,
        on_change=changed,
        width=260,
    )
    return str(st.session_state["patterns_method"])


def _missing(run: Run, found: Groups, method: str) -> int:
    from analysis.explainers.registry import EXPLAINERS
    from analysis.patterns import count_missing

    session = run.session
    return count_missing(
        session.candidate, session.dataset, session.pipeline, run.predictions, found, EXPLAINERS[method]
    )


def _asked(run: Run, method: str) -> str:
    return f"patterns {key(run, method)}"


def wanted(run: Run, found: Groups, method: str) -> bool:
    """Whether the work was asked for, or is done already and only has to be read."""
    if state.note(_asked(run, method)) or cache.jobs().find("patterns", key(run, method)) is not None:
        return True
    return _missing(run, found, method) == 0


def ask(run: Run, found: Groups, method: str) -> None:
    """Say what would be done, and draw the button that begins it."""
    total, missing = len(found.failures) + len(found.others), _missing(run, found, method)
    kept = f" {total - missing} of them are kept from before." if missing < total else ""
    st.write(
        f"Each of these failures is explained, and {noun(run, len(found.others))} to compare with; then words, "
        f"features or colours are compared.{kept} You can stop at any time: what is finished is kept."
    )
    st.button(
        f"Explain {count(missing, 'example')}",
        type="primary",
        key="patterns-start",
        on_click=state.set_note,
        args=(_asked(run, method), True),
    )


def find(run: Run, found: Groups, method: str, progress: Progress) -> Patterns:
    """Explain and compare. Runs on a thread of its own."""
    from analysis.explainers.registry import EXPLAINERS
    from analysis.patterns import find_patterns

    session = run.session
    return find_patterns(
        session.candidate,
        session.dataset,
        session.pipeline,
        run.predictions,
        found,
        EXPLAINERS[method],
        progress=progress,
    )


def draw(run: Run, compared: Groups, found: Patterns) -> None:
    """Draw maps and rankings, and what the reader must know."""
    if found.maps is not None:
        _maps(found)
    from analysis import figures

    with st.grid(min(2, len(found.rankings)), min_column_width=380):
        for ranking in found.rankings:
            with st.container(gap="xsmall"):
                key, drawn = f"shared-{ranking.id}", figures.group_differences(ranking, theme=widgets.theme())
                widgets.figure(drawn, key=key, on_select=_clicked(run, key))
    _way(run)
    st.caption(_explained(run))
    for note in found.notes:
        st.caption(plain(note))
    if found.refused:
        ids = listing([example for example, _ in found.refused], 3)
        st.caption(
            f"{count(len(found.refused), 'example')} could not be explained ({ids}): {plain(found.refused[0][1])}"
        )
    shown = [int(p) for p in compared.failures[:12]]
    with st.expander(f"The failures, {len(shown)} of {len(compared.failures)}"):
        from pages.shared.picker import picker

        cards = [examples.card(run, place) for place in shown]
        least = "8.5rem" if cards[0].pictures else "13rem"
        picker(cards, state.open_example, key="pattern-examples", label="Failures", least=least)


def _clicked(run: Run, key: str) -> Callable[[], None] | Literal["ignore"]:
    """Return what a click on a word or a feature does; colours and places are no examples of the data."""
    if run.dataset.modality is Modality.IMAGE:
        return "ignore"
    return selecting.clicked(key, lambda unit: state.set_note("unit", (run.key, str(unit))))


def _way(run: Run) -> None:
    """Draw the way to what was clicked: the texts with that word, or what that feature does over all of the data."""
    of, unit = state.note("unit", (None, ""))
    if of != run.key:
        return
    if run.dataset.modality is Modality.TEXT:
        from analysis.failures.parts import WORD, Part

        words = Part(WORD, -math.inf, math.inf, unit)
        place, page = state.at(state.Selection(part=str(words))), selecting.CONFUSIONS
        label, more = f"See all examples with {plain(words.title)}", {}
    else:
        place, page = state.here(), "pages/why/features.py"
        label, more = f"See what “{plain(unit)}” does over all of the data", {"feature": unit}
    st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=place.link() | more)


def _explained(run: Run) -> str:
    counts = (
        " Beside each word: in how many failures : others it occurs." if run.dataset.modality is Modality.TEXT else ""
    )
    pushed = ""
    if run.dataset.modality is not Modality.IMAGE:
        pushed = (
            " Failures are pushed the wrong way by what they are; what is tested is by which parts, more than in the "
            "others."
        )
    return (
        "Bars are 95 % intervals of the difference, each by itself; the colour tells which differences pass a "
        f"permutation test within labels that corrects for all of them (max-T, 1,999 shuffles).{pushed}{counts}"
    )


def _maps(found: Patterns) -> None:
    from analysis import figures

    maps = found.maps
    assert maps is not None
    scale = figures.shared_scale([maps.failures, maps.others])
    with st.grid(4 if found.others else 2, min_column_width=220):
        _average("Average failure", maps.picture)
        _map(f"Average map of {count(found.n, 'failure')}", maps.picture, maps.failures, scale, "failures", found)
        if found.others:
            _average("Average of the others", maps.other_picture)
            _map(
                f"Average map of {count(found.others, 'other')}",
                maps.other_picture,
                maps.others,
                scale,
                "others",
                found,
            )


def _average(title: str, picture: npt.NDArray[np.uint8]) -> None:
    with st.container(gap="xsmall"):
        st.markdown(f"**{title}**")
        st.image(_enlarged(picture), width="stretch", alt=f"{title}: the mean of the pictures")


def _enlarged(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((448, 448), Image.Resampling.BICUBIC))


def _map(
    title: str, picture: npt.NDArray[np.uint8], scores: FloatArray, scale: float, name: str, found: Patterns
) -> None:
    with st.container(gap="xsmall"):
        st.markdown(f"**{title}**")
        drawn = _quiet(picture, scores, scale, found)
        widgets.figure(drawn, key=f"average-{name}")


def _quiet(picture: npt.NDArray[np.uint8], scores: FloatArray, scale: float, found: Patterns) -> Figure:
    from analysis import figures

    drawn = figures.image_attribution(
        _enlarged(picture), scores, target=found.push.removeprefix("towards "), scale=scale, theme=widgets.theme()
    )
    # The heading above is the title of the map; without one it stands level with the picture beside it.
    drawn.plot.update_layout(title=None, margin={"t": 0, "l": 0, "r": 0}, height=290)
    return drawn
