"""From a model, its data and the pipeline in use to a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.datasets.labels import encode_truth
from analysis.engines import LOCAL, Engine, Opened
from analysis.errors import UnusableInput
from analysis.predict import readable_rows, rows_of
from analysis.preprocessing.doctor.evaluate import Evaluator
from analysis.preprocessing.doctor.hypothesis import Trial
from analysis.preprocessing.doctor.labelling import confirmed_classes, left_out_scores
from analysis.preprocessing.doctor.losses import Losses, losses_of
from analysis.preprocessing.doctor.proof import compare
from analysis.preprocessing.doctor.proposals import grid_size
from analysis.preprocessing.doctor.report import Evidence, conclude
from analysis.preprocessing.doctor.result import Diagnosis
from analysis.preprocessing.doctor.search import Search
from analysis.preprocessing.doctor.target import left_out_answers
from analysis.preprocessing.edits.base import Context
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, FloatArray, IntArray, Kind, Pipeline

#: With fewer usable examples than this all take part in the search, and the proof leaves each out in turn.
FEW = 240
#: Otherwise: examples that the search uses, and others that prove what it found.
SEARCHED, PROVING = 160, 480
FOLDS = 5


def usable_rows(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, split: str | None) -> IntArray:
    """Return the rows of a split whose label the model knows.

    Raises
    ------
    UnusableInput
        If there are fewer than ten.
    """
    rows = rows_of(dataset, split)
    if candidate.task.kind is Kind.CLASSIFICATION:
        truth, _ = encode_truth(dataset, pipeline.labels)
        rows = rows[np.asarray(truth)[rows] >= 0]
    if len(rows) < 10:
        raise UnusableInput(
            f"Only {len(rows)} examples have a label that the model knows: too few for a diagnosis.",
            "Add labelled examples; ten are the least, some hundred are better. Less can be said without labels: "
            "`python -m analysis diagnose … --without-labels`.",
        )
    return rows


def stratified(labels: npt.NDArray[np.object_], generator: np.random.Generator) -> IntArray:
    """Return an order of the examples in which every prefix holds the classes about evenly."""
    shuffled = generator.permutation(len(labels))
    turn = np.empty(len(labels), dtype=np.int64)
    seen: dict[object, int] = {}
    for position in shuffled:
        label = labels[position]
        turn[position] = seen[label] = seen.get(label, -1) + 1
    # Examples that are the first of their class come first, then the second ones …
    return shuffled[np.argsort(turn[shuffled], kind="stable")].astype(np.int64)


def make_folds(n: int, labels: npt.NDArray[np.object_], generator: np.random.Generator) -> IntArray:
    """Return a fold for each of n examples such that a class's examples fall into different ones."""
    folds = np.empty(n, dtype=np.int64)
    positions = generator.permutation(n)
    by_class = positions[np.argsort(labels[positions].astype(str), kind="stable")]
    folds[by_class] = np.arange(n) % min(FOLDS, n)
    return folds


@dataclass(frozen=True)
class Sides:
    """Losses, answers and scores of the pipeline in use and of the best one, on the proving examples."""

    rows: IntArray
    losses: tuple[Losses, Losses]
    right: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    scores: tuple[FloatArray, FloatArray]


def diagnose(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    *,
    split: str | None = None,
    seed: int = 0,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Diagnosis:
    """Find out whether the pipeline in use is the right one, and which one is.

    Parameters
    ----------
    candidate : Candidate
        Its own ``pipeline`` is what its authors documented.
    dataset : Dataset
        With its labels matched to the candidate's.
    pipeline : Pipeline
        The one in use.
    split : str, optional
    seed : int
        Of the division into searching and proving examples.
    engine : Engine
        Where examples are run through pipelines.
    progress : Progress, optional
        A cancel ends the search; what was found until then is returned with ``complete=False``.

    Returns
    -------
    Diagnosis

    Raises
    ------
    UnusableInput
        If fewer than ten examples can be used.
    Cancelled
        If nothing was found yet.
    """
    progress = progress or Progress()
    generator = np.random.default_rng(seed)
    rows = usable_rows(candidate, dataset, pipeline, split)
    strata = _strata(candidate, dataset, rows)
    rows = rows[stratified(strata, generator)]
    few = len(rows) <= FEW
    searched = rows if few else rows[: min(SEARCHED, len(rows) // 2)]
    searched = readable_rows(candidate, dataset, pipeline, searched)
    folds = make_folds(len(searched), _strata(candidate, dataset, searched), generator)
    with engine.workers(Opened(candidate, dataset)) as workers:
        evaluator = Evaluator(candidate, dataset, searched, progress, workers)
        context = Context(candidate, dataset, searched, outputs=evaluator.outputs)
        search = Search(pipeline, context, evaluator, _truth(candidate, dataset, pipeline, searched), folds)
        search.run(progress)
        best = search.best()
        if few or not search.complete:
            # After a cancel nothing more is run: the examples at hand judge what was found so far.
            sides, passes = _left_out(search, best), evaluator.passes
        else:
            proving = rows[len(searched) : len(searched) + PROVING]
            sides, more = _on_fresh_examples(search, best, proving, progress)
            passes = evaluator.passes + more
    return _finish(search, best, sides, passes=passes, n_grid=len(rows), seed=seed)


def _strata(candidate: Candidate, dataset: Dataset, rows: IntArray) -> npt.NDArray[np.object_]:
    labels = dataset.table["label"].to_numpy()[rows]
    if candidate.task.kind is Kind.REGRESSION:
        ranks = np.argsort(np.argsort(labels.astype(np.float64)))
        return (ranks * 5 // max(1, len(ranks))).astype(object)
    return labels.astype(object)


def _truth(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray) -> list[str] | Losses:
    truth, names = encode_truth(dataset, pipeline.labels)
    if candidate.task.kind is Kind.REGRESSION:
        return np.asarray(truth, dtype=np.float64)[rows]
    return [names[row] for row in rows]


def _left_out(search: Search, best: Trial) -> Sides:
    """Choose anew without each fold, and judge the choice on it: no example proves what it helped to choose."""
    selector, origin = search.selector(), search.trials[0]
    losses, right = origin.losses.copy(), origin.right.copy()
    for fold in np.unique(search.folds):
        mine = search.folds == fold
        chosen = selector.select(search.trials, ~mine)
        losses[mine], right[mine] = chosen.losses[mine], chosen.right[mine]
    before, after = search.scores(search.origin), _left_out_scores(search, best)
    judged = search.confirmable if best.hypothesis.fitted_labels else np.ones(len(losses), dtype=np.bool_)
    return Sides(
        search.evaluator.rows[judged],
        (origin.losses[judged], losses[judged]),
        (origin.right[judged], right[judged]),
        (before[judged], after[judged]),
    )


def _left_out_scores(search: Search, trial: Trial) -> FloatArray:
    """Return a trial's scores, where it was fitted to the examples by fits that left each of them out."""
    hypothesis = trial.hypothesis
    if hypothesis.fitted_labels:
        plain = hypothesis.without("label_order").without("positive_class").apply(search.origin)
        classes = np.asarray(search.truth_under(plain), dtype=np.int64)
        return left_out_scores(search.scores(plain), classes, search.folds)
    if hypothesis.fitted_target:
        plain = hypothesis.without("target_scale").apply(search.origin)
        values = np.asarray(search.truth_under(plain), dtype=np.float64)
        return left_out_answers(search.scores(plain), values, search.folds)
    return search.scores(hypothesis.apply(search.origin))


def _on_fresh_examples(search: Search, best: Trial, rows: IntArray, progress: Progress) -> tuple[Sides, int]:
    """Judge the pipeline in use and the best one on examples that the search never saw."""
    context = search.context
    candidate, dataset = context.candidate, context.dataset
    readable = readable_rows(candidate, dataset, search.origin, np.sort(rows))
    fresh = Evaluator(candidate, dataset, readable, progress, search.evaluator.workers)
    truth = _truth(candidate, dataset, search.origin, readable)
    proof = Search(search.origin, context, fresh, truth, np.zeros(len(readable), dtype=np.int64))
    pipelines = [search.origin, best.hypothesis.apply(search.origin)]
    progress.start("Confirming on other examples", 2 * len(readable))
    fresh.evaluate(pipelines, np.arange(len(readable), dtype=np.int64))
    losses, right, scores = [], [], []
    for pipeline in pipelines:
        values, answers = proof.scores(pipeline), proof.truth_under(pipeline)
        losses.append(losses_of(values, answers, search.kind))
        hit = values.argmax(axis=1) == answers
        right.append(hit if search.kind is Kind.CLASSIFICATION else np.zeros(len(values), dtype=np.bool_))
        scores.append(values)
    sides = Sides(readable, (losses[0], losses[1]), (right[0], right[1]), (scores[0], scores[1]))
    return sides, fresh.passes


def _finish(search: Search, best: Trial, sides: Sides, *, passes: int, n_grid: int, seed: int) -> Diagnosis:
    paired = compare(*sides.losses, *sides.right, seed=seed)
    confirmed = None
    if best.hypothesis.fitted_labels:
        plain = best.hypothesis.without("label_order").without("positive_class").apply(search.origin)
        truth = np.asarray(search.truth_under(plain), dtype=np.int64)
        confirmed = confirmed_classes(search.scores(plain), truth, search.folds)
    values = np.empty(0) if search.kind is Kind.CLASSIFICATION else _truth_values(search, sides.rows)
    evidence = Evidence(search, best, paired, sides.losses, sides.right, sides.scores, values, confirmed, seed)
    diagnosis = conclude(evidence)
    grid = grid_size(search.origin, search.context) * min(n_grid, len(search.evaluator.rows) + PROVING)
    return replace(diagnosis, rows=sides.rows, passes=passes, grid_passes=grid)


def _truth_values(search: Search, rows: IntArray) -> Losses:
    return search.context.dataset.table["label"].to_numpy(dtype=np.float64)[rows]
