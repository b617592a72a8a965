"""Choose among hypotheses that were tried: evidence decides, and what the model's authors wrote counts.

An edit towards the documented pipeline needs little evidence: somebody who knew said so. Any other needs as
much as the number of alternatives demands (Bonferroni), or the luckiest of a hundred would win by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.preprocessing.doctor.hypothesis import Hypothesis, Trial
from analysis.preprocessing.doctor.proof import z_score
from analysis.preprocessing.edits.base import same
from analysis.types import Edit, Pipeline

#: One-sided levels at which an edit towards the documented pipeline is taken up, and kept in the end.
DOCUMENTED_LEVEL, KEPT_LEVEL = 0.10, 0.05
#: Family-wise level for all other edits.
OTHER_LEVEL = 0.05
#: Two-sided level below which two pipelines count as told apart.
APART_LEVEL = 0.10


def is_documented(edit: Edit, documented: Pipeline) -> bool:
    """Return whether an edit sets what the documented pipeline says."""
    return all(same(documented.param(edit.place, key), value) for key, value in edit.after.items())


@dataclass(frozen=True)
class Selector:
    """Selects the hypothesis that the examples support.

    Attributes
    ----------
    documented : Pipeline
    tried : int
        Hypotheses tried in all: what the evidence for an undocumented edit is corrected for.
    expected : frozenset of str
        Steps whose edits were proposed because the inputs lie nowhere near what the model has seen: that is
        evidence already, so these need no more than documented ones.
    """

    documented: Pipeline
    tried: int
    expected: frozenset[str] = frozenset()

    def needed(self, added: Sequence[Edit], level: float = DOCUMENTED_LEVEL) -> float:
        """Return the z score that a step which adds these edits must reach; `level` is for documented ones."""
        if all(e.step in self.expected or is_documented(e, self.documented) for e in added):
            return float(stats.norm.isf(level))
        return float(stats.norm.isf(OTHER_LEVEL / max(self.tried, 20)))

    def select(self, trials: Sequence[Trial], rows: npt.NDArray[np.bool_]) -> Trial:
        """Return the trial that `rows` support; the first of `trials` is the pipeline in use.

        Greedy ascent by mean gain, then every edit that isn't needed is dropped, then documented values
        replace others that can't be told from them.
        """
        current = self._ascend(trials[0], trials, rows)
        current = self._prune(current, trials, rows)
        return self._prefer_documented(current, trials, rows)

    def _ascend(self, current: Trial, trials: Sequence[Trial], rows: npt.NDArray[np.bool_]) -> Trial:
        while True:
            best, most = current, 0.0
            for trial in trials:
                saved = (current.losses - trial.losses)[rows]
                if not saved.mean() > most:
                    continue
                if z_score(saved) > self.needed(_added(trial.hypothesis, current.hypothesis)):
                    best, most = trial, float(saved.mean())
            if best is current:
                return current
            current = best

    def _prune(self, current: Trial, trials: Sequence[Trial], rows: npt.NDArray[np.bool_]) -> Trial:
        while True:
            simpler = [t for t in trials if t.hypothesis.key < current.hypothesis.key]
            free = [t for t in simpler if self._not_worse(t, current, rows)]
            if not free:
                return current
            current = min(free, key=lambda t: (len(t.hypothesis.edits), float(t.losses[rows].mean())))

    def _not_worse(self, simpler: Trial, current: Trial, rows: npt.NDArray[np.bool_]) -> bool:
        dropped = _added(current.hypothesis, simpler.hypothesis)
        return z_score((simpler.losses - current.losses)[rows]) < self.needed(dropped, KEPT_LEVEL)

    def _prefer_documented(self, current: Trial, trials: Sequence[Trial], rows: npt.NDArray[np.bool_]) -> Trial:
        limit = float(stats.norm.isf(APART_LEVEL / 2))

        def undocumented(trial: Trial) -> float:
            # A fitted line is less likely than a round number that does as well.
            odd = 0.5 * trial.hypothesis.fitted_target
            return odd + sum(not is_documented(e, self.documented) for e in trial.hypothesis.edits)

        rivals = [
            t
            for t in trials
            if undocumented(t) < undocumented(current)
            and t.hypothesis.edits
            and len(t.hypothesis.edits) <= len(current.hypothesis.edits)
            and t.hypothesis.steps <= current.hypothesis.steps
            and z_score((t.losses - current.losses)[rows]) < limit
        ]
        return min(rivals, key=lambda t: (undocumented(t), float(t.losses[rows].mean())), default=current)


def _added(new: Hypothesis, old: Hypothesis) -> list[Edit]:
    """Return the edits of `new` that `old` has not, or has otherwise."""
    there = {(e.step, repr(sorted(e.after.items()))) for e in old.edits}
    refitted = {"label_order"} if old.fitted_labels and new.fitted_labels else set()
    refitted |= {"target_scale"} if old.fitted_target and new.fitted_target else set()
    return [e for e in new.edits if (e.step, repr(sorted(e.after.items()))) not in there and e.step not in refitted]
