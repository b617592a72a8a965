"""A diagnosis without labels: do the inputs look to the network as they did in training?

Much weaker than labels: a flipped photo, an exchanged label list or a wrong unit of the answers leave all that is
compared here as it was. So it never says that all is well; docs/doctor.md says how much of what was planted it finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.predict import readable_rows, rows_of
from analysis.preprocessing.doctor.hypothesis import Hypothesis
from analysis.preprocessing.doctor.proposals import differences_to, extend, single_edits
from analysis.preprocessing.doctor.result import Conclusion
from analysis.preprocessing.doctor.select import is_documented
from analysis.preprocessing.edits.base import Context
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Edit, IntArray, Pipeline

Floats = npt.NDArray[np.float64]

#: Examples that are looked at, spread evenly.
EXAMPLES = 96
#: A change counts only if it brings the inputs nearer by this share: other photos than those of training always
#: lie a little elsewhere, and some crop of them a little nearer.
NEARER, LEVEL = 0.2, 0.05
#: A documented value that brings the inputs about as near as another counts as nearer, and so do fewer changes.
DOCUMENTED, EACH = 0.9, 0.05
#: Changes that are added up.
ROUNDS = 3


class Measure(Protocol):
    """How far what a pipeline makes of the examples lies from what the network was trained on."""

    @property
    def sentence(self) -> str: ...
    @property
    def draws(self) -> int: ...
    @property
    def families(self) -> tuple[str, ...]: ...

    def distances(self, pipeline: Pipeline, draws: Sequence[IntArray]) -> Floats:
        """Return the distance on each draw of positions among the examples; infinity where it can't be run."""
        ...


@dataclass(frozen=True)
class Glimpsed:
    """One hypothesis: its edits, its distance, and how sure it is that this is less than that of the one in use."""

    edits: tuple[Edit, ...]
    distance: float
    p_value: float
    significant: bool


@dataclass(frozen=True)
class Unlabelled:
    """What can be said without labels.

    Attributes
    ----------
    conclusion : Conclusion
        ``MISMATCH`` or ``UNDETERMINED``; without labels nothing is ever proved to be well.
    sentence, measure : str
        The finding, and what was compared.
    baseline, best : float
        Distance of the pipeline in use, and of the nearest one.
    edits : tuple of Edit
        From the one to the other; empty where nothing is clearly nearer.
    pipeline : Pipeline
    hypotheses : tuple of Glimpsed
        The nearest first.
    n : int
        Examples that were looked at.
    passes : int
    """

    conclusion: Conclusion
    sentence: str
    measure: str
    baseline: float
    best: float
    edits: tuple[Edit, ...]
    pipeline: Pipeline
    hypotheses: tuple[Glimpsed, ...]
    n: int
    passes: int


def diagnose_without_labels(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    *,
    split: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Unlabelled:
    """Look for a way of feeding the model under which the inputs look as in training.

    Raises
    ------
    UnusableInput
        If the model remembers nothing of its training that inputs could be compared with.
    Cancelled
    """
    from analysis.preprocessing.doctor.measures import measure_of

    progress = progress or Progress()
    rows = rows_of(dataset, split)
    if len(rows) > EXAMPLES:
        rows = rows[np.linspace(0, len(rows) - 1, EXAMPLES).astype(np.int64)]
    rows = readable_rows(candidate, dataset, pipeline, rows)
    measure = measure_of(candidate, dataset, rows)
    generator = np.random.default_rng(seed)
    everything = np.arange(len(rows), dtype=np.int64)
    draws = [everything, *(generator.integers(0, len(rows), len(rows)) for _ in range(measure.draws))]
    search = _Search(pipeline, Context(candidate, dataset, rows), measure, draws, progress)
    best = search.climb()
    return search.conclude(best)


class _Search:
    """Distances of hypotheses on the same draws, so that they are compared in pairs."""

    def __init__(
        self, origin: Pipeline, context: Context, measure: Measure, draws: Sequence[IntArray], progress: Progress
    ) -> None:
        self.origin, self.context, self.measure = origin, context, measure
        self.draws, self.progress = draws, progress
        self.found: dict[frozenset[str], tuple[Hypothesis, Floats]] = {}
        self.before = measure.distances(origin, draws)

    def climb(self) -> Hypothesis:
        """Take the change that brings the inputs nearest, again and again, while it is clearly nearer."""
        best = Hypothesis()
        for number in range(1, ROUNDS + 1):
            pipeline = best.apply(self.origin)
            edits = [e for e in single_edits(pipeline, self.context) if e.step in self.measure.families]
            runners = [extend(best, (edit,), self.origin) for edit in edits]
            if number == 1:
                documented = differences_to(self.context.documented, self.origin)
                runners.append(extend(Hypothesis(), documented, self.origin))
            self._try([r for r in runners if r.edits], f"Looking without labels, round {number}")
            now = self._distance(best)
            nearest = min((h for h, _ in self.found.values()), key=self._likely, default=best)
            if not self._distance(nearest) <= (1 - NEARER) * now:
                return best
            best = nearest
        return best

    def _try(self, runners: Sequence[Hypothesis], what: str) -> None:
        new = [r for r in runners if r.key not in self.found]
        self.progress.start(what, len(new))
        for runner in new:
            distances = self.measure.distances(runner.apply(self.origin), self.draws)
            self.found[runner.key] = (runner, distances)
            self.progress.advance(1)

    def _distances(self, hypothesis: Hypothesis) -> Floats:
        return self.found[hypothesis.key][1] if hypothesis.edits else self.before

    def _distance(self, hypothesis: Hypothesis) -> float:
        return float(self._distances(hypothesis)[0])

    def _likely(self, hypothesis: Hypothesis) -> float:
        """Return the distance, with a head start for what the model's authors wrote, and for single changes."""
        documented = all(is_documented(e, self.context.documented) for e in hypothesis.edits)
        weight = DOCUMENTED if documented else 1.0
        return self._distance(hypothesis) * weight * (1 + EACH * (len(hypothesis.edits) - 1))

    def _p_value(self, distances: Floats) -> float:
        """Return the one-sided p-value of being nearer than the pipeline in use, corrected for all that was tried."""
        saved = self.before - distances
        if not np.isfinite(saved).all():
            return 1.0 if not np.isfinite(distances[0]) else 0.0
        spread = float(saved[1:].std())
        p = float(stats.norm.sf(saved[0] / spread)) if spread > 0 else float(saved[0] <= 0)
        return min(1.0, p * max(1, len(self.found)))

    def conclude(self, best: Hypothesis) -> Unlabelled:
        """Put what was found into a result."""
        table = []
        for hypothesis, distances in self.found.values():
            p, near = self._p_value(distances), bool(distances[0] <= (1 - NEARER) * self.before[0])
            table.append(Glimpsed(hypothesis.edits, float(distances[0]), p, near and p < LEVEL))
        table.sort(key=lambda row: row.distance)
        sure = bool(best.edits) and self._p_value(self._distances(best)) < LEVEL
        n = len(self.draws[0])
        if sure:
            named = "; ".join(e.sentence for e in best.edits)
            sentence = (
                f"To the network the inputs look unlike its training; nearer with: {named}. Labels would prove it."
            )
        else:
            sentence = (
                f"No other way of feeding the model makes these {n} inputs look clearly more like its training. "
                "Without labels that rules out little."
            )
        return Unlabelled(
            conclusion=Conclusion.MISMATCH if sure else Conclusion.UNDETERMINED,
            sentence=sentence,
            measure=self.measure.sentence,
            baseline=float(self.before[0]),
            best=self._distance(best) if sure else float(self.before[0]),
            edits=best.edits if sure else (),
            pipeline=best.apply(self.origin) if sure else self.origin,
            hypotheses=tuple(table),
            n=n,
            passes=n * (1 + len(self.found)),
        )
