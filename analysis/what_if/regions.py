"""A small region of a picture whose blurring, or covering, changes the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from analysis.progress import Progress
from analysis.types import Candidate, Pipeline
from analysis.what_if.answers import answer_to, margin_for, scores_of
from analysis.what_if.changes import SIDES, Change, changed_image, encoded, upright

#: Cells along each side of the grid on which regions lie.
GRID = 32
#: Sides of the windows that are tried first, in cells, and how far apart they stand.
WINDOWS = ((8, 4), (16, 8), (24, 8), (32, 32))
#: Windows that change the answer and are made smaller; the clearest.
SHRUNK = 3

#: Left, top, right, bottom, in cells.
Box: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True)
class Region:
    """A region whose change changes the answer.

    Attributes
    ----------
    change : Change or None
        None where not even the whole picture, so changed, changes the answer.
    share : float
        Of the picture's area.
    tried : int
        Pictures that were predicted.
    """

    change: Change | None
    share: float
    tried: int


def smallest_region(
    candidate: Candidate,
    data: bytes,
    pipeline: Pipeline,
    like: Change,
    *,
    goal: float | None = None,
    progress: Progress | None = None,
) -> Region:
    """Search a small rectangle whose change changes the answer.

    Windows of a quarter of the sides are laid over the picture, then of a half, three quarters, and all of it, until
    one changes the answer. The clearest are then cut smaller, from the side where that costs least, as long as the
    answer stays changed. A smaller region may exist elsewhere.

    Parameters
    ----------
    candidate : Candidate
    data : bytes
        Encoded file.
    pipeline : Pipeline
    like : Change
        "blur" or "cover" with its radius or colour; its region is what is searched.
    goal : float, optional
        A regression: the value to be reached.
    progress : Progress, optional

    Raises
    ------
    UnusableInput, Cancelled
    """
    progress = progress or Progress()
    progress.start("Trying regions", 0)
    margin = margin_for(answer_to(candidate, [data], pipeline), goal)
    image, tried = upright(data, pipeline), 0

    def beyond(boxes: Sequence[Box]) -> list[float]:
        nonlocal tried
        tried += len(boxes)
        files = [encoded(changed_image(image, _of(like, box))) for box in boxes]
        return [float(m) for m in margin(scores_of(candidate, files, pipeline, progress=progress))]

    for side, step in WINDOWS:
        boxes = _windows(side, step)
        found = beyond(boxes)
        flips = [i for i in np.argsort(found)[::-1].tolist() if found[i] > 0]
        if flips:
            smaller = [_cut(boxes[i], beyond) for i in flips[:SHRUNK]]
            best = min(smaller, key=_area)
            return Region(_of(like, best), _area(best) / GRID**2, tried)
    return Region(None, float("nan"), tried)


def _windows(side: int, step: int) -> list[Box]:
    places = range(0, GRID - side + 1, step)
    return [(left, top, left + side, top + side) for top in places for left in places]


def _of(like: Change, box: Box) -> Change:
    ends = {name: end / GRID for name, end in zip(SIDES, box, strict=True)}
    kept = {key: value for key, value in like.params.items() if key in ("radius", "colour")}
    return Change(like.kind, {**kept, **ends})


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _cut(box: Box, beyond: Callable[[Sequence[Box]], list[float]]) -> Box:
    """Cut a box smaller from its four sides, in large steps first, while the answer stays changed."""
    step = max(1, (box[2] - box[0]) // 4)
    while True:
        trials = [trial for trial in _cuts(box, step) if trial[2] > trial[0] and trial[3] > trial[1]]
        found = beyond(trials) if trials else []
        best = int(np.argmax(found)) if found else -1
        if best >= 0 and found[best] > 0:
            box = trials[best]
        elif step > 1:
            step //= 2
        else:
            return box


def _cuts(box: Box, step: int) -> list[Box]:
    left, top, right, bottom = box
    return [
        (left + step, top, right, bottom),
        (left, top + step, right, bottom),
        (left, top, right - step, bottom),
        (left, top, right, bottom - step),
    ]
