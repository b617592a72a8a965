"""Words that can be left out or exchanged, and which of that changes the answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from analysis.predict import rows_of
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Pipeline
from analysis.what_if.answers import answer_to, margin_for, scores_of

#: Words that a suggestion may leave out.
MOST = 8
#: Words of the data that are tried in a place.
TRIED = 150
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def words_of(text: str) -> tuple[tuple[int, int], ...]:
    """Return the range of characters of each word."""
    return tuple(match.span() for match in _WORD.finditer(text))


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return a text without some words; the gap that each leaves is closed."""
    for start, end in sorted(spans, reverse=True):
        left, right = text[:start], text[end:]
        if right[:1].isspace() and (not left or left[-1].isspace()):
            right = right[1:]
        text = left + right
    return text


@dataclass(frozen=True)
class Deletions:
    """Words without which the answer is another.

    Attributes
    ----------
    words : tuple of str
        Empty where none were found.
    text : str
        What is left.
    tried : int
        Texts that were predicted.
    """

    words: tuple[str, ...]
    text: str
    tried: int


def smallest_deletions(
    candidate: Candidate,
    text: str,
    pipeline: Pipeline,
    *,
    goal: float | None = None,
    most: int = MOST,
    progress: Progress | None = None,
) -> Deletions:
    """Search the smallest set of words without which the answer changes.

    Each word is left out by itself; where none changes the answer, the one that comes nearest stays out and the
    search goes on. In the end words that need not have gone come back. One word is the smallest set there is; of
    several another set may be as small.

    Parameters
    ----------
    candidate : Candidate
    text : str
    pipeline : Pipeline
    goal : float, optional
        A regression: the value to be reached.
    most : int
    progress : Progress, optional

    Raises
    ------
    UnusableInput, Cancelled
    """
    progress = progress or Progress()
    margin = margin_for(answer_to(candidate, [text], pipeline), goal)
    spans, tried = words_of(text), 0

    def beyond(sets: Sequence[frozenset[int]]) -> list[float]:
        nonlocal tried
        tried += len(sets)
        texts = [without(text, [spans[i] for i in left_out]) for left_out in sets]
        return [float(m) for m in margin(scores_of(candidate, texts, pipeline, progress=progress))]

    gone: frozenset[int] = frozenset()
    progress.start("Leaving out words", 0)
    # An empty text says nothing about the words in it: one always stays.
    for _ in range(min(most, len(spans) - 1)):
        sets = [gone | {i} for i in range(len(spans)) if i not in gone]
        found = beyond(sets)
        best = int(np.argmax(found))
        gone = sets[best]
        if found[best] > 0:
            for i in sorted(gone):
                if len(gone) > 1 and beyond([gone - {i}])[0] > 0:
                    gone = gone - {i}
            kept = sorted(gone)
            return Deletions(
                tuple(text[slice(*spans[i])] for i in kept), without(text, [spans[i] for i in kept]), tried
            )
    return Deletions((), text, tried)


@dataclass(frozen=True)
class Alternative:
    """Another word in a place.

    Attributes
    ----------
    word, text : str
        The word, and the text with it.
    score : float
        What the label answered before then scores, or the value.
    label : str
        What is then answered.
    """

    word: str
    text: str
    score: float
    label: str


def alternatives(
    candidate: Candidate,
    dataset: Dataset,
    text: str,
    place: int,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
    seed: int = 0,
) -> tuple[Alternative, ...]:
    """Try other words of the data in the place of one, and return them ordered by the score, lowest first.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
        Its most frequent words are tried.
    text : str
    place : int
        Position among `words_of` the text.
    pipeline : Pipeline
    progress : Progress, optional
    seed : int
        Draws the texts whose words are counted, where there are many.

    Raises
    ------
    UnusableInput, Cancelled
    """
    progress = progress or Progress()
    start, end = words_of(text)[place]
    tried = [w for w in common_words(dataset, seed) if w != text[start:end].casefold()][:TRIED]
    progress.start("Trying other words", len(tried))
    texts = [text[:start] + word + text[end:] for word in tried]
    if not texts:
        return ()
    before = answer_to(candidate, [text], pipeline)
    scores = scores_of(candidate, texts, pipeline, progress=progress)
    kept = scores[:, before.best].astype(np.float64)
    labels = [before.labels[0 if before.regression else int(best)] for best in scores.argmax(axis=1)]
    order = np.argsort(kept, kind="stable").tolist()
    return tuple(Alternative(tried[i], texts[i], float(kept[i]), labels[i]) for i in order)


def common_words(dataset: Dataset, seed: int = 0, texts: int = 2_000) -> tuple[str, ...]:
    """Return the words that occur in most texts of the data, case folded."""
    rows = rows_of(dataset, None)
    if len(rows) > texts:
        rows = np.sort(np.random.default_rng(seed).choice(rows, texts, replace=False))
    counts: Counter[str] = Counter()
    for raw in cast("Sequence[str | tuple[str, str]]", dataset.inputs(rows)):
        joined = raw if isinstance(raw, str) else "\n".join(raw)
        counts.update({joined[a:b].casefold() for a, b in words_of(joined)})
    return tuple(word for word, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
