"""Turn the search's trials and the proof into the diagnosis that a person reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.preprocessing.doctor.hypothesis import Hypothesis, Trial
from analysis.preprocessing.doctor.losses import Losses
from analysis.preprocessing.doctor.proof import ALPHA, Paired, compare, examples_needed, holm, z_score
from analysis.preprocessing.doctor.result import Conclusion, Diagnosis, Scorecard, Tested
from analysis.preprocessing.doctor.select import APART_LEVEL, is_documented
from analysis.types import Edit, Estimate, FloatArray, Kind

if TYPE_CHECKING:
    from analysis.preprocessing.doctor.search import Search

#: Rows of the table of hypotheses, and of the list of pipelines that can't be told apart.
SHOWN, EQUIVALENT = 40, 12
#: Documented hypotheses together get half of the error that Holm's correction shares out.
DOCUMENTED_SHARE = 0.5
#: A gain below this, in nats, is nothing that anybody would act on.
NEGLIGIBLE = 0.01
#: Uncorrected p-value above which a gain is called chance, not "can't tell".
SUGGESTIVE = 0.10


@dataclass(frozen=True)
class Evidence:
    """What the conclusion rests on: the search, its best trial, and the proof."""

    search: Search
    best: Trial
    paired: Paired
    losses: tuple[Losses, Losses]
    right: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    scores: tuple[FloatArray, FloatArray]
    values: Losses
    confirmed: tuple[int, int] | None
    seed: int

    @property
    def documented(self) -> bool:
        """Whether every edit of the best pipeline is documented by the model's authors."""
        return _documented(self.best.hypothesis, self.search)


def conclude(evidence: Evidence) -> Diagnosis:
    """Return the diagnosis; rows and passes are filled in by the caller."""
    search, best = evidence.search, evidence.best
    weights = _weights([t.hypothesis for t in search.trials], search)
    p_value = _corrected(evidence.paired.p_value, best, weights, search)
    conclusion = _conclusion(evidence, p_value)
    baseline = _scorecard(evidence, 0)
    after = _scorecard(evidence, 1)
    share = weights[search.trials.index(best)] / max(sum(weights), 1e-12)
    differences = evidence.losses[0] - evidence.losses[1]
    needed = examples_needed(differences, ALPHA * share) if conclusion is Conclusion.UNDETERMINED else None
    return Diagnosis(
        conclusion=conclusion,
        sentence=sentence(conclusion, best.hypothesis.edits, baseline, after, needed, search.kind),
        baseline=baseline,
        best=after,
        edits=best.hypothesis.edits,
        pipeline=best.hypothesis.apply(search.origin),
        p_value=p_value,
        mcnemar=evidence.paired.mcnemar,
        hypotheses=_table(search, best, weights, evidence.seed),
        tried=search.tried,
        equivalent=_equivalent(search, best),
        passes=0,
        grid_passes=0,
        examples_needed=needed,
        confirmed_classes=evidence.confirmed,
        rows=np.empty(0, dtype=np.int64),
        before=evidence.scores[0],
        after=evidence.scores[1],
        complete=search.complete,
        seed=evidence.seed,
    )


def _documented(hypothesis: Hypothesis, search: Search) -> bool:
    return all(is_documented(e, search.context.documented) for e in hypothesis.edits)


def _weights(hypotheses: list[Hypothesis], search: Search) -> list[float]:
    """Return Holm weights: half of the error is shared by documented hypotheses, half by all others tried."""
    documented = [_documented(h, search) and bool(h.edits) for h in hypotheses]
    inside = max(1, sum(documented))
    outside = max(1, search.tried - sum(documented))
    return [DOCUMENTED_SHARE / inside if d else (1 - DOCUMENTED_SHARE) / outside for d in documented]


def _corrected(p_value: float, best: Trial, weights: list[float], search: Search) -> float:
    if not best.hypothesis.edits:
        return 1.0
    return min(1.0, p_value / weights[search.trials.index(best)])


def _conclusion(evidence: Evidence, p_value: float) -> Conclusion:
    """Decide. What leaves the documented pipeline must also answer more examples right.

    Otherwise a lower contrast, which merely makes an overconfident network less sure, would pass as a mismatch.
    """
    paired = evidence.paired
    if not evidence.best.hypothesis.edits or paired.gain <= NEGLIGIBLE:
        return Conclusion.NONE
    answers = evidence.documented or evidence.search.kind is Kind.REGRESSION or paired.mcnemar < ALPHA
    if p_value < ALPHA and answers:
        return Conclusion.MISMATCH
    return Conclusion.UNDETERMINED if paired.p_value < SUGGESTIVE else Conclusion.NONE


def _scorecard(evidence: Evidence, side: int) -> Scorecard:
    losses = evidence.losses[side]
    if evidence.search.kind is Kind.REGRESSION:
        return regression_card(evidence.scores[side], evidence.values, losses, evidence.seed)
    return accuracy_card(evidence.right[side], losses)


def accuracy_card(right: npt.NDArray[np.bool_], losses: Losses) -> Scorecard:
    """Return accuracy with its Wilson interval, and the mean capped log loss."""
    n, hits = len(right), int(right.sum())
    interval = stats.binomtest(hits, n).proportion_ci(method="wilson")
    accuracy = Estimate(hits / n, float(interval.low), float(interval.high), n, "Wilson")
    return Scorecard(accuracy, float(losses.mean()), n)


def regression_card(scores: FloatArray, truth: Losses, losses: Losses, seed: int, draws: int = 1000) -> Scorecard:
    """Return R² with its bootstrap interval, and the mean capped squared error."""
    n = len(truth)
    squares, values = (np.asarray(scores[:, 0], dtype=np.float64) - truth) ** 2, truth
    picks = np.random.default_rng(seed).integers(0, n, size=(draws, n))
    spread = np.maximum(values[picks].var(axis=1), 1e-300)
    low, high = np.quantile(1 - squares[picks].mean(axis=1) / spread, [0.025, 0.975])
    value = float(1 - squares.mean() / max(float(values.var()), 1e-300))
    return Scorecard(Estimate(value, float(low), float(high), n, f"bootstrap ({draws} draws)"), float(losses.mean()), n)


def _table(search: Search, best: Trial, weights: list[float], seed: int) -> tuple[Tested, ...]:
    origin = search.trials[0]
    tests = [compare(origin.losses, t.losses, origin.right, t.right, seed=seed) for t in search.trials]
    # Hypotheses that a race dropped were never tested: they count with a p-value of 1.
    dropped = max(0, search.tried - len(search.trials))
    rest = [(1 - DOCUMENTED_SHARE) / max(1, search.tried)] * dropped
    adjusted = holm([t.p_value for t in tests] + [1.0] * dropped, weights + rest)
    judged = search.confirmable if best.hypothesis.fitted_labels else np.ones(len(origin.losses), dtype=np.bool_)
    rows = []
    for trial, test, p in zip(search.trials[1:], tests[1:], adjusted[1:], strict=False):
        if _worth_showing(trial.hypothesis, best.hypothesis):
            card = _trial_card(search, trial, judged, seed)
            documented = _documented(trial.hypothesis, search)
            rows.append(Tested(trial.hypothesis.edits, card, float(p), test.mcnemar, bool(p < ALPHA), documented))
    return tuple(sorted(rows, key=lambda r: (r.edits != best.hypothesis.edits, r.score.log_loss))[:SHOWN])


def _worth_showing(hypothesis: Hypothesis, best: Hypothesis) -> bool:
    """Single edits, and the best hypothesis with one edit more, fewer or otherwise."""
    return len(hypothesis.edits) == 1 or len(hypothesis.key ^ best.key) <= 2


def _trial_card(search: Search, trial: Trial, judged: npt.NDArray[np.bool_], seed: int) -> Scorecard:
    if search.kind is Kind.REGRESSION:
        pipeline = trial.hypothesis.apply(search.origin)
        truth = np.asarray(search.truth_under(pipeline), dtype=np.float64)
        return regression_card(search.scores(pipeline), truth, trial.losses, seed, draws=200)
    return accuracy_card(trial.right[judged], trial.losses[judged])


def _equivalent(search: Search, best: Trial) -> tuple[tuple[Edit, ...], ...]:
    """Return the pipelines that these examples can't tell from the best one; documented ones first."""
    limit = float(stats.norm.isf(APART_LEVEL / 2))

    def undocumented(trial: Trial) -> int:
        return sum(not is_documented(e, search.context.documented) for e in trial.hypothesis.edits)

    labels = best.hypothesis.fitted_labels
    alike = [
        t
        for t in search.trials
        if t.hypothesis.key != best.hypothesis.key
        and t.hypothesis.fitted_labels == labels
        and abs(z_score(t.losses - best.losses)) < limit
    ]
    distance = {id(t): _distance(t, search) for t in alike}
    alike.sort(key=lambda t: (undocumented(t), distance[id(t)], float(t.losses.mean())))
    return tuple(t.hypothesis.edits for t in alike[:EQUIVALENT])


def _distance(trial: Trial, search: Search) -> int:
    """Count the input steps in which a trial's pipeline differs from the documented one."""
    pipeline = trial.hypothesis.apply(search.origin)
    steps = search.context.documented.steps
    return sum(pipeline.get(s.name) != s for s in steps if s.name != "label_order")


def sentence(
    conclusion: Conclusion,
    edits: tuple[Edit, ...],
    baseline: Scorecard,
    best: Scorecard,
    needed: int | None,
    kind: Kind,
) -> str:
    """Return the finding in plain words."""
    before, after = _in_words(baseline, kind), _in_words(best, kind)
    changes = "; ".join(e.sentence for e in edits)
    if conclusion is Conclusion.MISMATCH:
        return f"The model is fed the wrong way. With {changes}, it reaches {after} instead of {before}."
    if conclusion is Conclusion.UNDETERMINED:
        enough = f" About {needed} would." if needed else ""
        return (
            f"Can't tell: with {changes}, it reaches {after} instead of {before}, "
            f"but {best.n} examples don't prove it.{enough}"
        )
    return f"No mismatch found: none of the changes tried does better than {before} on {baseline.n} examples."


def _in_words(card: Scorecard, kind: Kind) -> str:
    if kind is Kind.REGRESSION:
        return f"R² {card.accuracy.value:.2f} ({card.accuracy.low:.2f}–{card.accuracy.high:.2f})"
    return f"{100 * card.accuracy.value:.0f} % ({card.accuracy.low * 100:.0f}–{card.accuracy.high * 100:.0f})"
