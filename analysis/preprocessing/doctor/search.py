"""Search among edits: joint conventions first, then single edits by successive halving, until nothing helps.

Each round races the neighbours of the best hypothesis so far: all see a few examples, those that lag behind
are dropped, the rest see more (successive halving; Jamieson & Talwalkar 2016, on paired differences).
Label orders are tried on outputs that are there already and cost no pass.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.errors import Cancelled
from analysis.preprocessing.doctor.evaluate import Evaluator
from analysis.preprocessing.doctor.hypothesis import Hypothesis, Trial
from analysis.preprocessing.doctor.labelling import best_assignment, label_edit, left_out_scores
from analysis.preprocessing.doctor.losses import Losses, log_losses, losses_of
from analysis.preprocessing.doctor.proof import z_score
from analysis.preprocessing.doctor.proposals import input_neighbours, label_edits, starting_points
from analysis.preprocessing.doctor.select import Selector
from analysis.preprocessing.doctor.target import left_out_answers, target_edit
from analysis.preprocessing.doctor.unlabelled import nearest_to_seen
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.outputs import apply_outputs
from analysis.progress import Progress
from analysis.types import FloatArray, IntArray, Kind, Pipeline

#: Examples that every rung of a race sees, and the share of the runners that goes on.
RUNGS, SURVIVE = (12, 32), 1 / 3
#: A race never drops below so many runners.
FEWEST = 6
#: Hypotheses that are evaluated together: inputs are decoded once for all of them, and a cancel loses at most these.
TOGETHER = 8
#: Rounds of the search: so many faults at once can be found.
ROUNDS = 6
#: A change this many standard errors worse than a hypothesis that works isn't tried again on a better one.
HOPELESS = -3.0


class Search:
    """Trials of hypotheses on one set of examples, and the way the search went.

    Parameters
    ----------
    origin : Pipeline
        The pipeline in use.
    context : Context
    evaluator : Evaluator
    truth : sequence of str, or ndarray of float64
        True labels by name, or true values, for the evaluator's rows.
    folds : ndarray of int64
        Examples that are left out together.

    Attributes
    ----------
    trials : list of Trial
        Tried on all of the examples; the first is the pipeline in use.
    tried : int
        Hypotheses tried, those that a race dropped included.
    complete : bool
        False after a cancel.
    """

    def __init__(
        self,
        origin: Pipeline,
        context: Context,
        evaluator: Evaluator,
        truth: Sequence[str] | Losses,
        folds: IntArray,
    ) -> None:
        self.origin = origin
        self.context = context
        self.evaluator = evaluator
        self.folds = folds
        self.kind = context.candidate.task.kind
        self.trials: list[Trial] = []
        self.tried = 0
        self.complete = True
        self._truth = truth
        self._keys: set[frozenset[str]] = set()
        self._raced: set[frozenset[str]] = set()
        self._hopeless: set[str] = set()
        self._expected: frozenset[str] = frozenset()
        self._label_edits = label_edits(origin, context) if self.kind is Kind.CLASSIFICATION else ()
        self._everything = np.arange(len(evaluator.rows), dtype=np.int64)

    def truth_under(self, pipeline: Pipeline) -> IntArray | Losses:
        """Return the true classes as positions in the pipeline's labels, or the true values."""
        if self.kind is Kind.REGRESSION:
            return np.asarray(self._truth, dtype=np.float64)
        position = {name: i for i, name in enumerate(pipeline.labels)}
        return np.array([position[str(name)] for name in self._truth], dtype=np.int64)

    def scores(self, pipeline: Pipeline) -> FloatArray:
        """Return the scores of the examples after the pipeline's output steps."""
        scores, _ = apply_outputs(self.evaluator.outputs(pipeline), self.context.candidate.task, pipeline)
        return scores

    def run(self, progress: Progress) -> Selector:
        """Search until nothing helps, and return what selects among the trials.

        A cancel ends the search early and keeps what was found.
        """
        try:
            self._try([Hypothesis()], progress, "Scoring the pipeline in use")
            self._race(starting_points(self.origin, self.context), progress, "Trying well-known conventions")
            self._try_nearest(progress)
            self._climb(progress)
        except Cancelled:
            self.complete = False
            if not self.trials:
                raise
        return self.selector()

    def _try_nearest(self, progress: Progress) -> None:
        """Try what brings a table nearest to what the model has seen, and that without each of its edits."""
        found = nearest_to_seen(self.origin, self.context)
        if found:
            nearest, *others = found
            self._expected = nearest.steps
            parts = [nearest.without(step) for step in nearest.steps]
            tried = [nearest, *(p for p in parts if p.edits), *others]
            self._try(tried, progress, "Comparing with what the model has seen")

    def selector(self) -> Selector:
        """Return the selector for all that was tried so far."""
        return Selector(self.context.documented, self.tried, self._expected)

    def best(self) -> Trial:
        """Return the trial that all of the examples support."""
        return self.selector().select(self.trials, np.ones(len(self.evaluator.rows), dtype=np.bool_))

    def _climb(self, progress: Progress) -> None:
        visited: set[frozenset[str]] = set()
        for number in range(1, ROUNDS + 1):
            best = self.best()
            if best.hypothesis.key in visited:
                return
            visited.add(best.hypothesis.key)
            neighbours = input_neighbours(best.hypothesis, self.origin, self.context)
            hopeful = [h for h in neighbours if not _named(h, best.hypothesis) & self._hopeless]
            self._race(hopeful, progress, f"Round {number}: trying {len(hopeful)} changes")

    def _race(self, runners: list[Hypothesis], progress: Progress, what: str) -> None:
        """Try runners on more and more examples, and drop those that lag; survivors become trials."""
        runners = [h for h in runners if h.key not in self._raced | self._keys]
        self._raced |= {h.key for h in runners}
        self.tried += len(runners)
        reference = self.best()
        order = np.random.default_rng(0).permutation(self._everything)
        for rung in [r for r in RUNGS if r < len(order) * 0.7]:
            if len(runners) <= FEWEST:
                break
            seen = order[:rung]
            progress.start(f"{what} on {rung} examples", rung * len({self._forward_key(h) for h in runners}))
            self.evaluator.evaluate([h.apply(self.origin) for h in runners], seen)
            gains = {h.key: self._gain(h, reference, seen) for h in runners}
            self._give_up(runners, gains, reference)
            ranked = sorted(runners, key=lambda h: -gains[h.key][0])
            kept = max(FEWEST, int(np.ceil(len(ranked) * SURVIVE)))
            runners = [h for i, h in enumerate(ranked) if gains[h.key][1] > -2.5 and (i < kept or gains[h.key][0] >= 0)]
        self._try(runners, progress, what)

    def _forward_key(self, hypothesis: Hypothesis) -> str:
        return hypothesis.apply(self.origin).forward_fingerprint

    def _give_up(
        self, runners: list[Hypothesis], gains: dict[frozenset[str], tuple[float, float]], reference: Trial
    ) -> None:
        """Remember the single changes that spoil a hypothesis which works: they are not tried on its successors."""
        chance = np.log(max(2, len(self.origin.labels))) if self.kind is Kind.CLASSIFICATION else 1.0
        if reference.losses.mean() > 0.6 * chance:
            return
        for runner in runners:
            names = _named(runner, reference.hypothesis)
            if len(names) == 1 and gains[runner.key][1] < HOPELESS:
                self._hopeless |= names

    def _gain(self, runner: Hypothesis, reference: Trial, seen: IntArray) -> tuple[float, float]:
        """Return mean gain and z of a runner over the reference on some examples, under its better labels."""
        pipeline = runner.apply(self.origin)
        results = []
        if self.kind is Kind.REGRESSION:
            values = np.asarray(self.truth_under(pipeline), dtype=np.float64)[seen]
            plain = runner.without("target_scale").apply(self.origin)
            edit = target_edit(self.scores(plain)[seen, 0], values, plain)
            fitted = plain if edit is None else edit.apply(plain)
            saved = reference.losses[seen] - losses_of(self.scores(fitted)[seen], values, self.kind)
            results.append((float(saved.mean()), z_score(saved)))
        for labels in {self.origin.labels, reference.hypothesis.apply(self.origin).labels, pipeline.labels}:
            renamed = _with_labels(pipeline, labels)
            truth = self.truth_under(renamed)[seen]
            saved = reference.losses[seen] - losses_of(self.scores(renamed)[seen], truth, self.kind)
            results.append((float(saved.mean()), z_score(saved)))
        return max(results)

    def _try(self, hypotheses: list[Hypothesis], progress: Progress, what: str) -> None:
        """Evaluate hypotheses on all of the examples, each under every label order."""
        new = [h for h in hypotheses if h.key not in self._keys]
        if not new:
            return
        progress.start(what, len(self._everything) * len({self._forward_key(h) for h in new}))
        for start in range(0, len(new), TOGETHER):
            group = new[start : start + TOGETHER]
            self.evaluator.evaluate([h.apply(self.origin) for h in group], self._everything)
            for hypothesis in group:
                self._record(hypothesis)

    def _record(self, hypothesis: Hypothesis) -> None:
        plain = hypothesis.without("label_order").without("positive_class")
        if plain.fitted_target:
            plain = plain.without("target_scale")
        if self._changes_nothing(plain):
            return
        self._add(plain)
        if self.kind is Kind.REGRESSION:
            self._add_fitted_target(plain)
        for edit in self._label_edits:
            self._add(plain.adding((edit,)))
        if self.kind is Kind.CLASSIFICATION:
            self._add_fitted(plain)

    def _add(self, hypothesis: Hypothesis) -> None:
        if hypothesis.key in self._keys:
            return
        pipeline = hypothesis.apply(self.origin)
        truth, scores = self.truth_under(pipeline), self.scores(pipeline)
        right = np.zeros(len(scores), dtype=np.bool_)
        if self.kind is Kind.CLASSIFICATION:
            right = scores.argmax(axis=1) == truth
        self._keep(Trial(hypothesis, losses_of(scores, truth, self.kind), right))

    def _add_fitted(self, plain: Hypothesis) -> None:
        """Add the best assignment of outputs to labels, where it beats the order as it is."""
        pipeline = plain.apply(self.origin)
        truth = np.asarray(self.truth_under(pipeline), dtype=np.int64)
        scores = self.scores(pipeline)
        edit = label_edit(pipeline.labels, best_assignment(scores, truth))
        if edit is None:
            return
        hypothesis = Hypothesis(plain.adding((edit,)).edits, fitted_labels=True)
        left_out = left_out_scores(scores, truth, self.folds)
        losses = log_losses(left_out, truth)
        if hypothesis.key not in self._keys and losses.mean() < losses_of(scores, truth, self.kind).mean():
            self._keep(Trial(hypothesis, losses, left_out.argmax(axis=1) == truth))

    def _add_fitted_target(self, plain: Hypothesis) -> None:
        """Add the straight line from answers to truth: under several faults it shows what an edit is worth."""
        pipeline = plain.without("target_scale").apply(self.origin)
        truth = np.asarray(self.truth_under(pipeline), dtype=np.float64)
        edit = target_edit(self.scores(pipeline)[:, 0], truth, pipeline)
        if edit is None:
            return
        hypothesis = Hypothesis(plain.without("target_scale").adding((edit,)).edits, fitted_target=True)
        if hypothesis.key not in self._keys:
            left_out = left_out_answers(self.scores(pipeline), truth, self.folds)
            losses = losses_of(left_out, truth, self.kind)
            self._keep(Trial(hypothesis, losses, np.zeros(len(left_out), dtype=np.bool_)))

    def _changes_nothing(self, hypothesis: Hypothesis) -> bool:
        """Return whether a trial with fewer edits has the very same outputs: EXIF on photos without it."""
        outputs = self.evaluator.outputs(hypothesis.apply(self.origin))
        return any(
            t.hypothesis.key < hypothesis.key
            and np.array_equal(self.evaluator.outputs(t.hypothesis.apply(self.origin)), outputs)
            and t.hypothesis.apply(self.origin).get("target_scale") == hypothesis.apply(self.origin).get("target_scale")
            for t in self.trials
        )

    @property
    def confirmable(self) -> npt.NDArray[np.bool_]:
        """True for examples whose class has others: leaving them out still leaves something to learn from."""
        if self.kind is Kind.REGRESSION:
            return np.ones(len(self.evaluator.rows), dtype=np.bool_)
        _, which, counts = np.unique(np.asarray(self._truth), return_inverse=True, return_counts=True)
        return np.asarray(counts[which] >= 2, dtype=np.bool_)

    def _keep(self, trial: Trial) -> None:
        self._keys.add(trial.hypothesis.key)
        if trial.hypothesis.key not in self._raced:
            self.tried += 1
        self.trials.append(trial)


def _named(hypothesis: Hypothesis, reference: Hypothesis) -> set[str]:
    """Return the changes of input that one hypothesis makes beyond another, by name and value."""
    there = {(e.step, repr(sorted(e.after.items()))) for e in reference.input_edits}
    return {
        f"{e.step}:{sorted(e.after.items())!r}"
        for e in hypothesis.input_edits
        if (e.step, repr(sorted(e.after.items()))) not in there
    }


def _with_labels(pipeline: Pipeline, labels: tuple[str, ...]) -> Pipeline:
    step = pipeline.get("label_order")
    return pipeline if step is None else pipeline.replacing(step.with_params(labels=list(labels)))
