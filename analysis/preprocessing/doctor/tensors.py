"""Judge a pipeline that was found from captured tensors against the documented one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.datasets.labels import encode_truth
from analysis.predict import rows_of
from analysis.preprocessing.doctor.losses import losses_of
from analysis.preprocessing.doctor.match import EXACT, Match
from analysis.preprocessing.doctor.report import accuracy_card, regression_card
from analysis.preprocessing.doctor.result import Conclusion, Scorecard
from analysis.progress import Progress
from analysis.runs import run
from analysis.types import Candidate, Dataset, Estimate, Kind, Pipeline


@dataclass(frozen=True)
class Judged:
    """What captured tensors say about a deployment.

    Attributes
    ----------
    conclusion : Conclusion
        *mismatch* where the tensors are reproduced by another pipeline than the documented one, *none* where
        the documented one reproduces them, *undetermined* where none that was tried does.
    sentence : str
    baseline, best : Scorecard
        The labelled data through the pipeline that made the tensors, and through the documented one.
    passes : int
        Examples that went through the network for these two scores.
    """

    conclusion: Conclusion
    sentence: str
    baseline: Scorecard
    best: Scorecard
    passes: int


def judge_match(
    candidate: Candidate, dataset: Dataset, match: Match, *, split: str | None = None, progress: Progress | None = None
) -> Judged:
    """Say what captured tensors prove, and what the difference costs on labelled data.

    Raises
    ------
    UnusableInput, Cancelled
    """
    baseline = _score(candidate, dataset, match.pipeline, split, progress)
    best = _score(candidate, dataset, candidate.pipeline, split, progress)
    changes = "; ".join(e.sentence for e in match.edits)
    conclusion = Conclusion.UNDETERMINED
    if match.documented_error <= EXACT:
        conclusion = Conclusion.NONE
        said = f"The {match.n} tensors are what the model's own configuration makes (difference {match.error:.2g})."
    elif not match.edits:
        said = (
            f"Can't tell: no pipeline tried reproduces the {match.n} tensors. The model's own configuration comes "
            f"nearest, and differs by {match.error:.2g}."
        )
    elif match.exact:
        conclusion = Conclusion.MISMATCH
        said = f"The {match.n} tensors were made otherwise than documented. To put it right: {changes}."
    else:
        said = (
            f"Can't tell: no pipeline tried reproduces the {match.n} tensors. The nearest one, which differs by "
            f"{match.error:.2g}, would need: {changes}."
        )
    return Judged(conclusion, said, baseline, best, baseline.n + best.n)


def _score(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, split: str | None, progress: Progress | None
) -> Scorecard:
    expected, _ = encode_truth(dataset, pipeline.labels)
    judged = ~np.isnan(expected) if candidate.task.kind is Kind.REGRESSION else expected >= 0
    if not judged[rows_of(dataset, split)].any():
        return Scorecard(Estimate(np.nan, np.nan, np.nan, 0, "no labels"), np.nan, 0)
    predictions = run(candidate, dataset, pipeline, split=split, progress=progress)
    known = predictions.known
    truth, scores = predictions.truth[known], np.asarray(predictions.scores)[known]
    losses = losses_of(scores, truth, predictions.task.kind)
    if predictions.task.kind is Kind.REGRESSION:
        return regression_card(scores, np.asarray(truth, dtype=np.float64), losses, seed=0)
    return accuracy_card(scores.argmax(axis=1) == truth, losses)
