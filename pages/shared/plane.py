"""What the page Map says, colours and selects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from analysis import sampling
from analysis.sampling import Drawn
from analysis.strings import Strings
from analysis.types import IntArray, Kind
from pages.shared import cache, examples, flow, keeping, selecting, state, widgets
from pages.shared.flow import Run
from pages.shared.jobs import Status
from pages.shared.picker import picker
from pages.shared.results import noun
from pages.shared.wording import count, interval_of, middle, number, percent, plain

if TYPE_CHECKING:
    from analysis.failures.causes import Causes
    from analysis.figures.plane import Colouring
    from analysis.neighbours.gathering import Gathering
    from analysis.neighbours.plane import Plane, Region

#: Groups that have a colour of their own; the rest are "other".
_GROUPS = 6
_FIRST = "answer"
#: Points that are drawn; of more examples, as many at random.
DRAWN = 20_000
#: The share of a regression's errors, the largest, that count as wrong here.
_WORST = 0.25


def wrong(run: Run) -> np.ndarray:
    """Return which examples are answered wrongly; of a regression the quarter with the largest errors."""
    predictions = run.predictions
    if predictions.task.kind is Kind.CLASSIFICATION:
        return np.asarray(predictions.predicted != predictions.truth)
    errors = np.abs(predictions.values - np.asarray(predictions.truth))
    return np.asarray(errors > np.quantile(errors, 1 - _WORST)) if len(errors) else np.zeros(0, np.bool_)


def together(run: Run, vectors: np.ndarray) -> Gathering | None:
    """Return whether wrong answers lie together."""
    from analysis.neighbours.gathering import gathering

    return flow.measured("gathering", run, lambda: gathering(vectors, wrong(run)))


#: What the map is for, where nothing can be said of wrong answers.
#: What the pointer does; plotly draws around points or clicks on them, not both at once.
AROUND = "around"
POINTERS = {AROUND: "draws around", "opens": "opens one"}
DRAW_AROUND = "The map shows where each example lies to the model. Draw around some to look at them on every page."


def answers_headline(run: Run) -> str:
    """Return what the map of data without labels shows, in one sentence."""
    return f"{noun(run, len(run.predictions))} as they lie to the model"


def headline(run: Run, found: Gathering | None) -> str:
    """Return the finding in one sentence."""
    one = "Wrong answers" if run.predictions.task.kind is Kind.CLASSIFICATION else "Large errors"
    if found is None:
        return f"Too few {one.lower()} to say whether they lie together"
    if found.gathers:
        return f"{one} lie together"
    return f"{one} lie scattered among the others"


def doubt(run: Run, found: Gathering | None) -> str:
    """Return what that rests on."""
    if found is None:
        return DRAW_AROUND
    what = "wrong" if run.predictions.task.kind is Kind.CLASSIFICATION else "among the worst quarter"
    rate = f"{percent(found.share.value)} ({interval_of(found.share, rate=True)})"
    return (
        f"Of the ten examples nearest to one that is {what}, {rate} are so too; by chance {percent(found.chance)} "
        f"would be (p = {found.p_value:.2g}). Draw around some examples to look at them on every page."
    )


def _most(names: Strings, title: str) -> Colouring:
    """Colour by the most frequent names."""
    from analysis.figures.plane import Colouring

    codes, found = names.factorised
    order = np.array(sorted(range(len(found)), key=found.__getitem__), dtype=np.int64)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    codes, found = rank[codes], tuple(found[i] for i in order)
    counts = np.bincount(codes, minlength=len(found))
    kept = np.argsort(-counts, kind="stable")[:_GROUPS]
    rest = len(found) > len(kept)
    place = np.zeros(len(found), dtype=np.int64)
    place[kept] = np.arange(len(kept)) + rest
    groups = (["other"] if rest else []) + [str(found[i]) for i in kept]
    return Colouring(title, tuple(groups), place[codes], ("neutral",) if rest else ())


def _by_answer(run: Run) -> Colouring:
    from analysis.figures.plane import Colouring

    if run.predictions.task.kind is Kind.CLASSIFICATION:
        return Colouring("answer", ("right", "wrong"), wrong(run).astype(np.int64), ("right", "wrong"))
    errors = np.abs(run.predictions.values - np.asarray(run.predictions.truth)).astype(np.float32)
    return Colouring("absolute error", (), np.zeros(len(errors), np.int64), values=errors)


def _by_label(run: Run) -> Colouring:
    from analysis.figures.plane import Colouring

    if run.predictions.task.kind is Kind.CLASSIFICATION:
        return _most(run.predictions.truth_labels, "label")
    values = np.asarray(run.predictions.truth, dtype=np.float32)
    return Colouring("true value", (), np.zeros(len(values), np.int64), values=values)


def _by_called(run: Run) -> Colouring:
    from analysis.figures.plane import Colouring

    if run.predictions.task.kind is Kind.CLASSIFICATION:
        labels = run.predictions.task.labels
        return _most(Strings.coded(run.predictions.predicted, labels), "called")
    values = run.predictions.values.astype(np.float32)
    return Colouring("predicted value", (), np.zeros(len(values), np.int64), values=values)


def _by_confidence(run: Run) -> Colouring:
    from analysis.figures.plane import Colouring

    values = run.predictions.confidence
    return Colouring("confidence", (), np.zeros(len(values), np.int64), values=values)


def _by_cause(run: Run) -> Colouring:
    from analysis.failures.causes import CAUSES
    from analysis.figures.plane import Colouring

    causes = _causes()
    assert causes is not None
    shown = ["", *(share.cause for share in causes.shares if share.n)]
    places = {cause: code for code, cause in enumerate(shown)}
    codes = np.zeros(len(run.predictions), dtype=np.int64)
    where = causes.examples.take(causes.reasons).positions_in(run.predictions.ids)
    first = np.array([places[reasons[0].cause] for reasons in causes.reasons.values()], dtype=np.int64)
    codes[where[where >= 0]] = first[where >= 0]
    names = ("no failure", *(CAUSES[key].title.lower() for key in shown[1:]))
    return Colouring("cause", names, codes, ("neutral",))


def _causes() -> Causes | None:
    """Return the causes of the whole run's failures, or None: the overview is where they are looked for."""
    job = cache.jobs().find("causes", flow.causes_key(flow.require_whole_run()))
    return job.result if job is not None and job.status is Status.DONE else None


def _by_split(run: Run) -> Colouring:
    return _most(run.predictions.splits, "split")


#: What can colour the map: its name → how.
COLOURINGS: dict[str, tuple[str, Callable[[Run], Colouring]]] = {
    "answer": ("Right or wrong", _by_answer),
    "label": ("Label", _by_label),
    "called": ("Answer", _by_called),
    "confidence": ("Confidence", _by_confidence),
    "split": ("Split", _by_split),
    "cause": ("Cause", _by_cause),
}


#: Those that need labels.
_JUDGED = {"answer", "label", "cause"}
#: The same of a regression.
_OF_NUMBERS = {"answer": "Error", "label": "True value", "called": "Predicted value"}


def _name(run: Run, colour: str) -> str:
    numbers = _OF_NUMBERS if run.predictions.task.kind is Kind.REGRESSION else {}
    return numbers.get(colour, COLOURINGS[colour][0])


def _offered(run: Run) -> list[str]:
    regression = run.predictions.task.kind is Kind.REGRESSION
    hidden = {"confidence"} if regression else set()
    if len(run.predictions.splits.distinct) < 2:
        hidden.add("split")
    if not run.has_labels:
        hidden |= _JUDGED
    elif _causes() is None:
        hidden.add("cause")
    return [name for name in COLOURINGS if name not in hidden]


def controls(run: Run, plane: Plane) -> tuple[str, tuple[int, int]]:
    """Draw what colours the map and along which directions it is laid out; return both."""
    offered, view = _offered(run), state.view()
    st.session_state["colour"] = view["colour"] if view.get("colour") in offered else offered[0]
    pairs = [(i, i + 1) for i in range(0, plane.positions.shape[1] - 1, 2)]
    names = [f"{a + 1} and {b + 1}" for a, b in pairs]
    st.session_state["axes"] = view["axes"] if view.get("axes") in names else names[0]
    st.session_state["pointer"] = view["pointer"] if view.get("pointer") in POINTERS else AROUND
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Colour", offered, key="colour", format_func=lambda name: _name(run, name), required=True,
            on_change=lambda: state.set_view(colour=st.session_state["colour"]),
        )  # fmt: skip
        if len(names) > 1:
            st.segmented_control(
                "Directions", names, key="axes", required=True,
                on_change=lambda: state.set_view(axes=st.session_state["axes"]),
                help="Directions of the model’s own embeddings, those with the largest variance first.",
            )  # fmt: skip
        st.segmented_control(
            "The pointer", list(POINTERS), key="pointer", format_func=POINTERS.get, required=True,
            on_change=lambda: state.set_view(pointer=st.session_state["pointer"]),
        )  # fmt: skip
    return st.session_state["colour"], pairs[names.index(st.session_state["axes"])]


def _title(run: Run, colour: str) -> str:
    if colour == _FIRST and run.predictions.task.kind is Kind.CLASSIFICATION:
        bad = wrong(run)
        return f"{count(int(bad.sum()), 'of', 'of')} {count(len(bad), 'wrong', 'wrong')}"
    return f"Coloured by {_name(run, colour).lower()}"


def draw(run: Run, plane: Plane, colour: str, axes: tuple[int, int], chosen: IntArray | None) -> None:
    """Draw the map; what is drawn around on it becomes the selection, or a click opens an example.

    Parameters
    ----------
    run, plane, colour, axes
    chosen : ndarray of int64 or None
        Rows that are selected elsewhere.
    """
    from analysis.figures.plane import POINTS, embedding_map

    def drawn() -> None:
        from analysis.neighbours.plane import region_around

        made = st.session_state["map"].selection
        shapes = [*made.lasso, *made.box]
        if not shapes:
            if made.points:
                state.open_example(run.predictions.ids[int(made.points[0]["customdata"])])
            return
        found = region_around(plane, axes, shapes[0]["x"], shapes[0]["y"])
        if found is None or not len(found.rows(plane)):
            st.toast("No example lies inside. Draw around some points.")
            return
        state.select(slice=str(found), example=None)

    def make() -> Colouring:
        return COLOURINGS[colour][1](run)

    words = cache.keep("map words", run.key, lambda: _words(run)) if len(run.predictions) <= POINTS else ()
    key = (*run.key, *flow.causes_key(flow.require_whole_run())) if colour == "cause" else run.key
    figure = embedding_map(
        plane, axes, cache.keep(f"colouring {colour}", key, make), run.predictions.ids, title=_title(run, colour),
        words=words, region=selected(), shown=shown(run).rows, chosen=chosen,
        around=st.session_state["pointer"] == AROUND, theme=widgets.theme(),
    )  # fmt: skip
    widgets.figure(figure, key="map", on_select=drawn, areas=True)
    selecting.way("pages/results/confusions.py", "See what is selected")


def elsewhere(run: Run) -> IntArray | None:
    """Return the rows that are selected by a slice, a cause or a part of a figure; None where nothing of it is."""
    chosen = state.here().selection
    if chosen.cause is None and chosen.part is None and (chosen.slice is None or selected() is not None):
        return None
    within = flow.require_failures()
    key = (*within.key, str(chosen.cause), str(chosen.part))
    return cache.keep("on the map", key, lambda: np.flatnonzero(np.isin(run.rows, within.rows)).astype(np.int64))


def shown(run: Run) -> Drawn:
    """Return the examples that are drawn: all, or some of very many."""
    return cache.keep("map shown", (*run.key, str(DRAWN)), lambda: sampling.draw(len(run.predictions), DRAWN))


def _words(run: Run) -> tuple[str, ...]:
    return tuple(
        f"{examples.long_id(run, row)}: {_label(run, row)}answer {examples.answer_of(run, row)}"
        for row in range(len(run.predictions))
    )


def _label(run: Run, row: int) -> str:
    return f"label {examples.truth_of(run, row)}, " if run.has_labels else ""


def selected() -> Region | None:
    """Return the part of the map that is selected."""
    from analysis.failures.slices.names import definition_of
    from analysis.neighbours.plane import region_of

    chosen = state.here().selection.slice
    return region_of(definition_of(chosen)) if chosen is not None else None


def inside(run: Run, plane: Plane, region: Region) -> None:
    """Say what lies in the selected part, and show some of it."""
    rows = cache.keep("region", (*run.key, str(region)), lambda: region.rows(plane))
    first = (_judged if run.has_labels else _answered)(run, rows)[:12]
    keeping.offer(run)
    cards = [examples.card(run, int(row)) for row in first]
    picker(cards, to_example, key="inside", label="Examples", least="8.5rem" if cards[0].pictures else "13rem")
    st.page_link(
        "pages/results/confusions.py", label=f"See all {noun(run, len(rows))}", icon=":material/arrow_forward:",
        query_params=state.here().link(),
    )  # fmt: skip


def _judged(run: Run, rows: IntArray) -> IntArray:
    """Say how many of some examples are wrong; return them in the order in which they want looking at."""
    from analysis.metrics.intervals import wilson

    bad = wrong(run)
    within, rest = wilson(int(bad[rows].sum()), len(rows)), np.delete(bad, rows)
    what = "wrong" if run.predictions.task.kind is Kind.CLASSIFICATION else "among the worst quarter"
    there = f"{percent(within.value)} {what} ({interval_of(within, rate=True)})"
    elsewhere = f", against {percent(float(rest.mean()))} elsewhere" if len(rest) else ""
    st.subheader(f"In the part drawn around: {there}{elsewhere}", anchor=False)
    st.caption("A part that was drawn because it looked bad looks worse than it is: judge it on data not seen yet.")
    if run.predictions.task.kind is Kind.CLASSIFICATION:
        st.markdown(f"Labels: {_counted(run.predictions.truth_labels.take(rows), 'other label')}")
    return rows[np.argsort(~bad[rows], kind="stable")]


def _answered(run: Run, rows: IntArray) -> IntArray:
    """Say what the model answers to some examples; return them in the order in which they want looking at."""
    from analysis.answers import least_sure_first

    within = run.predictions.take(rows)
    st.subheader(f"In the part drawn around: {noun(run, len(rows))} of {len(run.predictions):,}", anchor=False)
    if run.predictions.task.kind is Kind.CLASSIFICATION:
        called = Strings.coded(within.predicted, run.predictions.task.labels)
        st.markdown(f"Answers: {_counted(called, 'other answer')}")
    else:
        low, middle_, high = (number(float(q)) for q in np.quantile(within.values, [0.25, 0.5, 0.75]))
        st.markdown(f"Half of them are answered between {low} and {high}, the median is {middle_}.")
    return rows[least_sure_first(within)]


def _counted(names: Strings, other: str) -> str:
    """Return the most frequent names, each with its number, safe in markdown."""
    found, counts = np.unique(list(names), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:5]
    listed = ", ".join(f"{plain(middle(str(found[i]), 24))} {counts[i]}" for i in order)
    return listed + (f" and {count(len(found) - 5, other)}" if len(found) > 5 else "")


def small_print(run: Run, plane: Plane, held: float) -> str:
    """Return what the map can't show."""
    drawn = shown(run)
    some = f"{len(drawn.rows):,} of {drawn.of:,} examples are drawn, at random; a part drawn around holds all inside. "
    some = "" if drawn.all else some
    return (
        f"{some}Each point is an example, laid out by its principal components in {plane.space}. These two hold "
        f"{percent(held)} of the variance: what looks near here may be far apart along the others."
    )


def to_example(example: str) -> None:
    """Go to one example within the selection."""
    state.go_to("pages/results/confusions.py", state.at(state.Selection(example=example)))
