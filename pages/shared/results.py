"""What is computed from a run, once for its content, and the sentences that say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.types import Estimate, Finding, Kind, Modality
from pages.shared import cache, flow, parts
from pages.shared.flow import Run
from pages.shared.wording import count, interval_of, middle, percent, plain, value_of

if TYPE_CHECKING:
    from analysis.failures.confusion import Confusion, ConfusionMatrix
    from analysis.metrics.classification import ClassScores

_NOUNS = {
    Modality.IMAGE: ("picture", "pictures"),
    Modality.TEXT: ("text", "texts"),
    Modality.TABULAR: ("row", "rows"),
}


def summary(run: Run) -> dict[str, Estimate]:
    """Return the headline metrics with their intervals."""
    from analysis import metrics

    return flow.measured("summary", run, lambda: metrics.summarise(run.predictions))


def per_class(run: Run) -> tuple[ClassScores, ...]:
    """Return precision, recall and F1 of each class."""
    from analysis.metrics import classification

    return flow.measured("per class", run, lambda: classification.per_class(run.predictions))


def matrix(run: Run, limit: int = 30) -> ConfusionMatrix:
    """Return the confusion matrix, the most confused classes where there are many."""
    from analysis.failures import confusion

    return flow.measured(f"confusion {limit}", run, lambda: confusion.confusion(run.predictions, limit=limit))


def worst(run: Run) -> tuple[Confusion, ...]:
    """Return the confusions that cost most."""
    from analysis.failures import confusion

    return flow.measured("worst", run, lambda: confusion.worst_confusions(run.predictions, top=6))


def _accuracy(run: Run) -> Estimate:
    """Return the accuracy alone: all that the headline needs, and quick where the other metrics are not."""
    from analysis.metrics import classification

    return cache.keep("accuracy", run.key, lambda: classification.accuracy(run.predictions))


def next_steps(run: Run) -> tuple[Finding, ...]:
    """Return what to look at next, with reasons."""
    from analysis.failures import next_steps as steps

    return flow.measured(
        "next", run, lambda: steps.what_to_look_at(run.predictions, run.dataset, run.session.candidate)
    )


def size_of(run: Run, label: str) -> int:
    """Return how many examples carry a label."""
    from analysis.failures import confusion

    return cache.keep("size", (*run.key, label), lambda: len(confusion.row(run.predictions, label)))


def noun(run: Run, n: int) -> str:
    """Return "49 pictures"."""
    return count(n, *_NOUNS[run.dataset.modality])


def headline(run: Run) -> str:
    """Return the finding of the whole run, safe in markdown."""
    if run.predictions.task.kind is Kind.REGRESSION:
        found = summary(run)
        error, fit = found["mae"], found["r2"]
        off = f"Off by {value_of(error, rate=False)} on average"
        return f"{off}; explains {percent(max(0.0, fit.value))} of the differences between {noun(run, fit.n)}"
    accuracy = _accuracy(run)
    if accuracy.value == 1:
        return f"All {noun(run, accuracy.n)} are named right"
    sentence = f"{percent(accuracy.value)} of {noun(run, accuracy.n)} are named right"
    first = next(iter(worst(run)), None)
    if first is not None and first.n >= 3 and first.n * 2 > first.of:
        true, called = plain(middle(first.true)), plain(middle(first.predicted))
        sentence += f"; {first.n} of {first.of} “{true}” are called “{called}”"
    return sentence


def part_headline(run: Run, part: str) -> str:
    """Return what a run holds that is narrowed to a part, safe in markdown."""
    said, n = plain(middle(parts.title(part), 80)), len(run.predictions)
    right = int((run.predictions.truth == run.predictions.predicted).sum())
    return f"{said[:1].upper()}{said[1:]}: {right} of {noun(run, n)} {'is' if right == 1 else 'are'} named right"


def metrics_headline(run: Run) -> str:
    """Return what stands out among the metrics, safe in markdown."""
    if run.predictions.task.kind is Kind.REGRESSION:
        return headline(run)
    seen = [c for c in per_class(run) if c.n]
    few = sum(c.few for c in seen)
    hardest = min(seen, key=lambda c: (c.f1.value if c.f1.value == c.f1.value else 0.0, -c.n), default=None)
    if hardest is None:
        return headline(run)
    found = f"{percent(hardest.recall.value)} of {hardest.n} found"
    sentence = f"Hardest class: “{plain(middle(hardest.label))}”, {found}"
    return f"{sentence}; {few} of {len(seen)} classes have few examples" if few else sentence


def doubt(run: Run) -> str:
    """Return how sure the headline is."""
    found = summary(run)
    first = found["r2"] if run.predictions.task.kind is Kind.REGRESSION else found["accuracy"]
    rate = run.predictions.task.kind is Kind.CLASSIFICATION
    return f"95 % interval {interval_of(first, rate=rate)}"
