"""Explain both groups, compare them, and say in a sentence what stands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.engines import LOCAL, Engine
from analysis.explainers.base import Explainer
from analysis.failures.wording import counted, number, quoted
from analysis.patterns import pictures
from analysis.patterns.compare import Differences, compare
from analysis.patterns.explained import Explained, Kept, explain_all
from analysis.patterns.groups import Groups
from analysis.patterns.result import Maps, Patterns, Ranking
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, IntArray, Modality, Pipeline, Predictions

Floats = npt.NDArray[np.float64]

#: A word must occur in so many of the explained texts: a rarer one could never pass the test.
OCCURS = 3
#: Words that are compared; of more, those in most texts.
MOST_WORDS = 1_000


def find_patterns(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    predictions: Predictions,
    groups: Groups,
    explainer: Explainer,
    *,
    seed: int = 0,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Patterns:
    """Return what the failures share that the others do not. Parameters and errors are those of `explain_all`."""
    found = explain_all(
        candidate, dataset, pipeline, predictions, groups, explainer, seed=seed, engine=engine, progress=progress
    )
    rankings = _RANK[candidate.task.modality](found, groups, seed)
    return Patterns(
        _sentence(rankings, found, groups),
        explainer.name,
        groups.push,
        groups.against,
        len(found.failures),
        len(found.others),
        rankings,
        _maps(found) if candidate.task.modality is Modality.IMAGE else None,
        found.refused,
        _notes(groups),
    )


def _strata(found: Explained, groups: Groups) -> tuple[IntArray, IntArray]:
    """Return the strata of those that could be explained."""
    known = [
        dict(zip(places.tolist(), strata.tolist(), strict=True))
        for places, strata in ((groups.failures, groups.strata), (groups.others, groups.other_strata))
    ]
    left, right = (
        np.array([strata[place] for place, _ in part], dtype=np.int64)
        for strata, part in zip(known, (found.failures, found.others), strict=True)
    )
    return left, right


def _compared(
    found: Explained, groups: Groups, failures: Sequence[Floats], others: Sequence[Floats], width: int, seed: int
) -> Differences:
    a, b = (np.array(part, dtype=np.float64).reshape(len(part), width) for part in (failures, others))
    return compare(a, b, *_strata(found, groups), seed=seed)


def _signed(part: Sequence[tuple[int, Kept]], groups: Groups) -> list[Floats]:
    return [kept.scores.astype(np.float64) * groups.signs[place] for place, kept in part]


def _rank_table(found: Explained, groups: Groups, seed: int) -> tuple[Ranking, ...]:
    everyone = (*found.failures, *found.others)
    units = everyone[0][1].units if everyone else ()
    failures, others = _signed(found.failures, groups), _signed(found.others, groups)
    sizes = [[np.abs(scores) for scores in part] for part in (failures, others)]
    push = _compared(found, groups, failures, others, len(units), seed)
    size = _compared(found, groups, sizes[0], sizes[1], len(units), seed)
    return (
        Ranking("push", f"Which features pushed {groups.push}", f"mean score, {groups.push}", units, push),
        Ranking("size", "Which features mattered at all", "mean size of the score", units, size),
    )


def _rank_text(found: Explained, groups: Groups, seed: int) -> tuple[Ranking, ...]:
    texts = [
        [_by_word(kept, float(groups.signs[place])) for place, kept in part] for part in (found.failures, found.others)
    ]
    occurs = Counter(word for part in texts for text in part for word in text)
    # Which group a word occurs in plays no part in the choice: that would spoil the test.
    frequent = sorted(((n, word) for word, n in occurs.items() if n >= OCCURS), key=lambda pair: (-pair[0], pair[1]))
    words = tuple(word for _, word in frequent[:MOST_WORDS])
    failures, others = ([np.array([text.get(w, 0.0) for w in words]) for text in part] for part in texts)
    counts = np.array([[sum(w in text for text in part) for part in texts] for w in words], dtype=np.int64)
    differences = _compared(found, groups, failures, others, len(words), seed)
    title = f"Which words pushed {groups.push}"
    unit = f"mean score a text, {groups.push}"
    return (Ranking("words", title, unit, words, differences, counts.reshape(len(words), 2)),)


def _by_word(kept: Kept, sign: float) -> dict[str, float]:
    """Return what each word of a text is worth, wherever it stands; words without a letter or digit are left out."""
    found: dict[str, float] = {}
    for unit, score in zip(kept.units, kept.scores.tolist(), strict=True):
        word = unit.casefold()
        if any(c.isalnum() for c in word):
            found[word] = found.get(word, 0.0) + sign * score
    return found


def _rank_image(found: Explained, groups: Groups, seed: int) -> tuple[Ranking, ...]:
    parts = (found.failures, found.others)
    looks = [[pictures.colours(kept) for _, kept in part] for part in parts]
    where = [[pictures.places(kept) for _, kept in part] for part in parts]
    return (
        Ranking(
            "colours",
            "Colours in the attributed region and outside of it",
            "mean, in units of CIE L*a*b*",
            pictures.COLOURS,
            _compared(found, groups, looks[0], looks[1], len(pictures.COLOURS), seed),
        ),
        Ranking(
            "places",
            "Where the scores lie",
            "mean score in shares of each map's own size",
            pictures.PLACE_NAMES,
            _compared(found, groups, where[0], where[1], len(pictures.PLACE_NAMES), seed),
        ),
    )


_RANK = {Modality.IMAGE: _rank_image, Modality.TEXT: _rank_text, Modality.TABULAR: _rank_table}


def _maps(found: Explained) -> Maps | None:
    failures, others = ([kept for _, kept in part] for part in (found.failures, found.others))
    if not failures:
        return None
    compared = others or failures
    return Maps(
        pictures.mean_map(failures),
        pictures.mean_map(compared) if others else np.zeros_like(failures[0].scores),
        pictures.mean_picture(failures),
        pictures.mean_picture(compared),
    )


def _sentence(rankings: Sequence[Ranking], found: Explained, groups: Groups) -> str:
    n, m = len(found.failures), len(found.others)
    if not n:
        return "There is no failure to explain in this selection"
    failures = counted(n, "failure")
    if not m:
        return f"Too few to tell: there is nothing right to compare {failures} with"
    if not any(ranking.differences.tells for ranking in rankings):
        return f"Too few to tell what {failures} share: {counted(m, 'example')} to compare with"
    for ranking in rankings:
        said = [_said(ranking, int(unit)) for unit in ranking.differences.standing_out[:3]]
        if said:
            return f"{_OPENING[ranking.id].format(push=groups.push)} {_listed(said)}"
    looked = sum(len(ranking.units) for ranking in rankings)
    return f"Nothing stands out in {failures} against {m}: of {looked} differences none is clearer than chance"


_OPENING = {
    "words": "In the failures, words pushed more or less {push}:",
    "push": "In the failures, features pushed more or less {push}:",
    "size": "In the failures, features mattered more or less:",
    "colours": "The failures’ pictures are",
    "places": "In the failures the scores lie elsewhere:",
}


def _said(ranking: Ranking, unit: int) -> str:
    difference, name = float(ranking.differences.difference[unit]), ranking.units[unit]
    if ranking.id == "colours":
        return pictures.words_for(name, difference)
    more = "more" if difference > 0 else "less"
    shown = name if ranking.id == "places" else quoted(name)
    return f"{shown} {more} ({'+' if difference > 0 else '−'}{number(abs(difference))})"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _notes(groups: Groups) -> tuple[str, ...]:
    notes = []
    if groups.left_out:
        notes.append(
            f"{counted(groups.left_out, 'failure')} with a label that the model doesn’t know "
            f"{'is' if groups.left_out == 1 else 'are'} left out: there is no right answer to compare with."
        )
    if groups.found > len(groups.others):
        notes.append(f"Of {counted(groups.found, 'example')} to compare with, {len(groups.others)} were drawn.")
    return tuple(notes)
