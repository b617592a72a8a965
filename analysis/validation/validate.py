"""All that is said about data that the model has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.failures.fragments import characters_per_token
from analysis.failures.properties import properties_of
from analysis.failures.suspects import LEARNED
from analysis.metrics import intervals, summarise
from analysis.neighbours import embeddings_of, misfit
from analysis.progress import Progress
from analysis.sampling import draw
from analysis.strings import Strings
from analysis.types import Candidate, Dataset, Estimate, IntArray, Kind, Modality, Pipeline, Predictions
from analysis.validation.drift import ClassShare, Drift, class_balance, drifts
from analysis.validation.duplicates import Duplicates, find_duplicates
from analysis.validation.scope import FEWEST, Scope, scope_of
from analysis.validation.two_sample import TwoSample, two_sample


@dataclass(frozen=True)
class SplitScore:
    """How the model fares on one split.

    Attributes
    ----------
    split : str
    score : Estimate
        Accuracy, or mean absolute error; not-a-number of no example where the data have no labels.
    clean : Estimate
        The same without the examples that have a duplicate in the reference split.
    leaking : int
        How many those are.
    gap : Estimate or None
        How much worse than on the reference split, without the leaking examples: above 0 is worse; None for the
        reference itself, and without labels.
    drift : tuple of Drift
        What is different from the reference split, the largest difference first.
    balance : tuple of ClassShare
        How frequent each class is in both, without labels each answer; empty for a regression and the reference
        itself.
    apart : TwoSample or None
        Whether a classifier tells the two apart; None where that can't be tried.
    """

    split: str
    score: Estimate
    clean: Estimate
    leaking: int
    gap: Estimate | None
    drift: tuple[Drift, ...]
    balance: tuple[ClassShare, ...] = ()
    apart: TwoSample | None = None


@dataclass(frozen=True)
class Validation:
    """What was found.

    Attributes
    ----------
    kind : Kind
    reference : str
        The split that the others are compared with: one called train, else the first.
    splits : tuple of SplitScore
        The reference first.
    duplicates : Duplicates
        Their rows are positions in the predictions.
    scope : Scope
        Which examples are unlike the others.
    drawn : str
        On how many examples `scope`, and of each split the drift and whether it can be told apart, rest, in words;
        empty for all. Scores, gaps, class balance and duplicates always rest on all.
    judged : bool
        Whether there are labels: without, nothing is said of scores, and the answers of a regression are one of the
        properties that may drift.
    """

    kind: Kind
    reference: str
    splits: tuple[SplitScore, ...]
    duplicates: Duplicates
    scope: Scope
    drawn: str = ""
    judged: bool = True


#: Examples that are compared with each other; of more, as many drawn at random.
LOOKED = 20_000
#: What a regression's answers are called among the properties.
ANSWER = "answer of the model"


def validate(
    predictions: Predictions,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
) -> Validation:
    """Look whether a run's numbers hold on unseen data.

    Parameters
    ----------
    predictions : Predictions
        Over all splits.
    dataset, candidate, pipeline
        What the run was made with.
    progress : Progress, optional

    Raises
    ------
    Cancelled
    """
    progress = progress or Progress()
    rows = dataset.rows_of(predictions)
    of, known_splits = predictions.splits.factorised
    names = list(known_splits)
    reference = next((n for n in names if n.casefold() in LEARNED), names[0] if names else "")
    duplicates = find_duplicates(dataset, rows, progress=progress)
    splits = predictions.splits
    leaking = duplicates.leaking(splits, reference)
    drawn = draw(len(rows), LOOKED)
    some = rows[drawn.rows]
    table = properties_of(dataset, some, candidate, pipeline, progress=progress).table
    table = table.drop(columns=[c for c in ("split",) if c in table.columns])
    regression = predictions.task.kind is Kind.REGRESSION
    if regression and not predictions.has_labels:
        table = table.assign(**{ANSWER: predictions.values[drawn.rows]})
    vectors = None
    if misfit(candidate) is None and len(rows):
        vectors = embeddings_of(candidate, dataset, pipeline, some, progress=progress).vectors
    code = {name: place for place, name in enumerate(names)}
    base = np.flatnonzero(of == code.get(reference, -1)).astype(np.int64)
    classes = _classes(predictions)
    split_of = of[drawn.rows]
    among = np.flatnonzero(split_of == code.get(reference, -1)).astype(np.int64)
    scores = []
    for name in [reference, *(n for n in names if n != reference)] if names else []:
        mine = np.flatnonzero(of == code[name]).astype(np.int64)
        clean = np.setdiff1d(mine, leaking)
        score = _score(predictions, mine)
        kept = score if len(clean) == len(mine) else _score(predictions, clean)
        one = SplitScore(name, score, kept, len(mine) - len(clean), None, ())
        if name != reference:
            here = np.flatnonzero(split_of == code[name]).astype(np.int64)
            one = replace(
                one,
                gap=_gap(predictions, base, clean),
                drift=drifts(table.iloc[among], table.iloc[here]),
                balance=class_balance(classes.take(base), classes.take(mine)) if len(classes) else (),
                apart=two_sample(vectors, among, here) if vectors is not None else None,
            )
        scores.append(one)
    compared = among if len(names) > 1 and len(among) >= FEWEST else np.arange(len(some))
    chances = None
    if not regression:
        chances = predictions.scores if drawn.all else np.asarray(predictions.scores[drawn.rows])
    text = candidate.task.modality is Modality.TEXT and len(rows)
    pieces = characters_per_token(dataset, some, candidate, pipeline) if text else None
    scope = scope_of(vectors, compared, chances, splits.take(drawn.rows), pieces)
    if not drawn.all:
        times = np.ones(len(rows))
        times[drawn.rows] = scope.times
        scope = replace(scope, strangers=drawn.rows[scope.strangers], times=times)
    judged = predictions.has_labels
    return Validation(predictions.task.kind, reference, tuple(scores), duplicates, scope, drawn.sentence, judged)


def _classes(predictions: Predictions) -> Strings:
    """Return what is counted of each example: its label, without labels its answer; nothing for a regression."""
    if predictions.has_labels or predictions.task.kind is Kind.REGRESSION:
        return predictions.truth_labels
    return Strings.coded(predictions.predicted, predictions.task.labels)


def _score(predictions: Predictions, rows: IntArray) -> Estimate:
    nothing = Estimate(float("nan"), float("nan"), float("nan"), 0, "no example")
    if not predictions.has_labels:
        return nothing
    if predictions.task.kind is Kind.REGRESSION:
        return summarise(predictions.take(rows)).get("mae", nothing) if len(rows) else nothing
    judged = rows[predictions.known[rows]]
    right = int(np.count_nonzero(predictions.predicted[judged] == np.asarray(predictions.truth)[judged]))
    return intervals.wilson(right, len(judged)) if len(judged) else nothing


def _gap(predictions: Predictions, base: IntArray, mine: IntArray) -> Estimate | None:
    if not predictions.has_labels:
        return None
    known = predictions.known
    base, mine = base[known[base]], mine[known[mine]]
    if len(base) < 2 or len(mine) < 2:
        return None
    truth = np.asarray(predictions.truth)
    if predictions.task.kind is Kind.CLASSIFICATION:
        wrong = (predictions.predicted != truth).astype(np.float64)
        return intervals.newcombe(float(wrong[mine].sum()), len(mine), float(wrong[base].sum()), len(base))
    from scipy import stats

    errors = np.abs(predictions.values - truth)
    found = stats.ttest_ind(errors[mine], errors[base], equal_var=False).confidence_interval(intervals.LEVEL)
    value = float(errors[mine].mean() - errors[base].mean())
    return Estimate(value, float(found.low), float(found.high), len(mine) + len(base), "Welch")
