"""What the doctor says: the diagnosis as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from analysis.types import Edit, Estimate, FloatArray, IntArray, Pipeline


class Conclusion(StrEnum):
    """The doctor's verdict."""

    MISMATCH = "mismatch"
    NONE = "none"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Scorecard:
    """How well one pipeline does on the examples that prove it.

    Attributes
    ----------
    accuracy : Estimate
        Share of right answers (Wilson interval); for a regression R² (bootstrap).
    log_loss : float
        Mean capped log loss in nats; for a regression the mean capped squared error in target variances.
    n : int
    """

    accuracy: Estimate
    log_loss: float
    n: int


@dataclass(frozen=True)
class Tested:
    """One hypothesis of the table.

    Attributes
    ----------
    edits : tuple of Edit
    score : Scorecard
        On the examples that it was tried on.
    p_value : float
        One-sided paired test against the pipeline in use, corrected for all that was tried (Holm).
    mcnemar : float
        One-sided exact McNemar test, uncorrected; 1 for a regression.
    significant : bool
    documented : bool
        Whether all of its edits set what the model's own configuration says.
    """

    edits: tuple[Edit, ...]
    score: Scorecard
    p_value: float
    mcnemar: float
    significant: bool
    documented: bool


@dataclass(frozen=True)
class Diagnosis:
    """Everything that the doctor found out.

    Attributes
    ----------
    conclusion : Conclusion
    sentence : str
        The finding in plain words.
    baseline, best : Scorecard
        The pipeline in use and the best one found, on the same examples, which the choice didn't use.
    edits : tuple of Edit
        From the one to the other, also when the data can't prove them.
    pipeline : Pipeline
        The best one.
    p_value : float
        Of the difference between them: one-sided paired test, corrected for all that was tried.
    mcnemar : float
        The same for right answers alone (exact McNemar), uncorrected.
    hypotheses : tuple of Tested
        The best first, then single edits and the best's neighbours, by loss.
    tried : int
        Hypotheses tried in all: what the p-values are corrected for.
    equivalent : tuple of tuple of Edit
        Pipelines that these examples can't tell from the best; documented ones first.
    passes, grid_passes : int
        Examples that went through the network, and what a full grid over up to three edits on all of the
        examples would have taken.
    examples_needed : int or None
        About how many examples would prove it, where the data can't.
    confirmed_classes : tuple of (int, int) or None
        Where the label order was fitted: classes whose name was confirmed on examples left out, and classes
        that have examples.
    rows : ndarray of int64
        Positions in the data set of the examples that prove it.
    before, after : ndarray of float32, shape (n, k)
        Scores of these under both pipelines, with the outputs named by each pipeline's ``label_order``; where
        the label order was fitted, ``after`` is by assignments that left the example out.
    complete : bool
        False when it was cancelled: the best so far.
    seed : int
    """

    conclusion: Conclusion
    sentence: str
    baseline: Scorecard
    best: Scorecard
    edits: tuple[Edit, ...]
    pipeline: Pipeline
    p_value: float
    mcnemar: float
    hypotheses: tuple[Tested, ...]
    tried: int
    equivalent: tuple[tuple[Edit, ...], ...]
    passes: int
    grid_passes: int
    examples_needed: int | None
    confirmed_classes: tuple[int, int] | None
    rows: IntArray
    before: FloatArray
    after: FloatArray
    complete: bool
    seed: int
