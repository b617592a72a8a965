"""The part of a run that a bar or a point of a figure stands for: what it is called, and which examples it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.progress import Progress
from analysis.types import IntArray, Modality
from pages.shared import cache, flow
from pages.shared.flow import Run

if TYPE_CHECKING:
    from analysis.failures.parts import Part

#: Texts that are read in one go.
READ = 20_000


def title(part: str) -> str:
    """Return what a person reads of a part, plain text."""
    from analysis.failures.parts import part_of

    found = part_of(part)
    return found.title if found is not None else part


def rows(run: Run, part: str) -> IntArray | None:
    """Return the rows of a part of a run, or None where this run knows no such part."""
    from analysis.failures.parts import CHANGED, WORD, part_of

    found = part_of(part)
    if found is None:
        return None
    if found.of == WORD:
        return _texts(run, found.name)
    if found.of == CHANGED:
        return _changed(run, found)
    return cache.keep("part rows", (*run.key, part), lambda: found.rows(run.predictions))


def _texts(run: Run, word: str) -> IntArray | None:
    """Return the texts with a word: all are read for that, so it is a job."""
    if run.dataset.modality is not Modality.TEXT:
        return None

    def work(progress: Progress) -> IntArray:
        from analysis.failures.parts import texts_with

        progress.start("Reading the texts", len(run.rows))
        found = []
        for start in range(0, len(run.rows), READ):
            here = run.dataset.inputs(run.rows[start : start + READ])
            assert isinstance(here, Sequence)
            found.append(start + texts_with(word, here))
            progress.advance(min(READ, len(run.rows) - start))
        return np.concatenate(found)

    return flow.require("word", (*run.key, word), "Looking for a word", work)


def _changed(run: Run, found: Part) -> IntArray | None:
    """Return what a corruption changes, read each time: it may be measured any moment."""
    from analysis.robustness import kept_robustness

    measured = kept_robustness(run.session)
    altered = measured.altered(found.name, found.low) if measured is not None else None
    return np.flatnonzero(run.predictions.ids.among(frozenset(altered))).astype(np.int64) if altered else None
