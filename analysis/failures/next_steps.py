"""What to look at next: plain sentences with reasons, ranked, each with the page that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from analysis.failures import hints_classification, hints_regression
from analysis.failures.seen import Seen, look
from analysis.failures.wording import counted, number, percent, quoted
from analysis.metrics.classification import FEW
from analysis.types import Candidate, Dataset, Finding, Kind, Predictions, Severity

Rule: TypeAlias = Callable[[Seen], Iterator[Finding]]

_GRAVITY = (Severity.BLOCKER, Severity.CAUTION, Severity.UNKNOWN, Severity.OK)
#: Findings that are shown at most.
MOST = 8


def what_to_look_at(predictions: Predictions, dataset: Dataset, candidate: Candidate) -> tuple[Finding, ...]:
    """Return what deserves a look, the gravest first, within one severity in the order of the rules.

    Parameters
    ----------
    predictions : Predictions
    dataset : Dataset
        What was predicted; its rejected rows count too.
    candidate : Candidate

    Returns
    -------
    tuple of Finding
        Ids begin with "next."; ``evidence["page"]`` is "confusions", "metrics", "explain", "doctor" or "open",
        and where the page can show it, ``true``, ``predicted`` and ``example`` select it.
    """
    seen = look(predictions, dataset, candidate)
    rules = _REGRESSION if predictions.task.kind is Kind.REGRESSION else _CLASSIFICATION
    found = [finding for rule in rules for finding in rule(seen)]
    found.sort(key=lambda finding: _GRAVITY.index(finding.severity))
    return tuple(replace(finding, id=f"next.{finding.id}") for finding in found[:MOST])


def rejected(seen: Seen) -> Iterator[Finding]:
    """Items of the data that no number counts."""
    left_out = (*seen.dataset.rejected, *seen.predictions.rejected)
    if left_out:
        first = left_out[0]
        yield Finding(
            "rejected",
            Severity.CAUTION,
            f"{counted(len(left_out), 'row or file was', 'rows or files were')} rejected and "
            f"{'is' if len(left_out) == 1 else 'are'} in no number here.",
            {"page": "open", "n": len(left_out), "first": first.item, "reason": first.reason},
            "See the list with a reason for each.",
        )


def not_finite(seen: Seen) -> Iterator[Finding]:
    """Answers that are no numbers."""
    if seen.broken:
        yield Finding(
            "not_finite",
            Severity.BLOCKER,
            f"The model answered {counted(seen.broken, 'example')} with something that is not a number.",
            {"page": "doctor", "n": seen.broken},
            "Check the weights, the precision, and the range of the input.",
        )


def splits(seen: Seen) -> Iterator[Finding]:
    """Splits on which the model fares differently, tested with Bonferroni's correction for all pairs."""
    from scipy import stats

    parts = [(name, seen.hits[rows]) for name, rows in seen.splits.items() if len(rows) >= FEW]
    if len(parts) < 2:
        return
    parts.sort(key=lambda part: float(part[1].mean()))
    (low, worse), (high, better) = parts[0], parts[-1]
    regression = seen.predictions.task.kind is Kind.REGRESSION
    if regression:
        p = float(stats.mannwhitneyu(worse, better).pvalue)
    else:
        table = np.array([[int(x.sum()), int(len(x) - x.sum())] for x in (worse, better)])
        p = float(stats.fisher_exact(table).pvalue)
    if min(1.0, p * len(parts) * (len(parts) - 1) / 2) >= 0.01:
        return
    if regression:
        sentence = (
            f"The mean absolute error is {number(-float(better.mean()))} on {quoted(high)} (n = {len(better)}) but "
            f"{number(-float(worse.mean()))} on {quoted(low)} (n = {len(worse)})."
        )
    else:
        sentence = (
            f"{percent(float(better.mean()))} are right on {quoted(high)} (n = {len(better)}) but only "
            f"{percent(float(worse.mean()))} on {quoted(low)} (n = {len(worse)})."
        )
    evidence = {"page": "metrics", "better": high, "worse": low, "p_value": p}
    yield Finding("splits", Severity.CAUTION, sentence, evidence, "Judge the model on data that it has not seen.")


_CLASSIFICATION: tuple[Rule, ...] = (
    not_finite,
    hints_classification.one_answer,
    hints_classification.label_order,
    hints_classification.worst_confusions,
    hints_classification.baseline,
    hints_classification.sure_and_wrong,
    hints_classification.confidence_gap,
    hints_classification.never_predicted,
    hints_classification.unknown_labels,
    splits,
    rejected,
    hints_classification.few_examples,
    hints_classification.nothing_wrong,
)
_REGRESSION: tuple[Rule, ...] = (
    not_finite,
    hints_regression.wrong_scale,
    hints_regression.worse_than_the_mean,
    hints_regression.bias,
    hints_regression.largest_error,
    hints_regression.worst_range,
    splits,
    rejected,
    hints_regression.few_examples,
)
