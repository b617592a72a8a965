"""Rules of `next_steps` for classification: each yields findings, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from analysis.failures.confusion import Confusion, surest_first, worst_of
from analysis.failures.seen import Seen
from analysis.failures.wording import counted, percent, quoted
from analysis.metrics.classification import FEW
from analysis.metrics.intervals import wilson, wilson_bounds
from analysis.types import Finding, Severity

#: Confusions that are worth a sentence of their own.
_CONFUSIONS = 3
#: Examples that a hint about the label order is fitted on at most.
_FITTED = 20_000


def worst_confusions(seen: Seen) -> Iterator[Finding]:
    """Classes that are mostly taken for one other class."""
    found = worst_of(seen.predictions, seen.answers, _CONFUSIONS)
    grave = [c for c in found if c.n >= 3 and c.n * 3 >= c.of]
    for c in grave:
        yield _confusion(seen, c, Severity.CAUTION, _sentence(c))
    if not grave and found:
        c, errors = max(found, key=lambda c: c.n), len(seen.wrong)
        sentence = f"No class is mostly taken for another; most often {quoted(c.true)} for {quoted(c.predicted)}"
        alike = f"No two of the {errors} errors are alike." if errors > 1 else "There is a single error."
        yield _confusion(seen, c, Severity.OK, f"{sentence} ({c.n} of {c.of})." if c.n > 1 else alike)


def _confusion(seen: Seen, c: Confusion, severity: Severity, sentence: str) -> Finding:
    evidence = {"page": "confusions", "true": c.true, "predicted": c.predicted, "n": c.n, "of": c.of}
    examples = tuple(seen.predictions.ids[i] for i in c.rows[:6])
    return Finding("confusion", severity, sentence, evidence, "Look at these examples.", examples)


def _sentence(c: Confusion) -> str:
    if c.n == c.of:
        return f"All {c.n} examples of {quoted(c.true)} were called {quoted(c.predicted)}."
    return f"{c.n} of {c.of} examples of {quoted(c.true)} were called {quoted(c.predicted)}."


def one_answer(seen: Seen) -> Iterator[Finding]:
    """A model that says the same of everything is fed wrongly, or broken."""
    if len(seen.answers) < FEW or len(seen.predictions.truth_labels.distinct) < 2:
        return
    answers, counts = np.unique(seen.answers, return_counts=True)
    share = float(counts.max() / counts.sum())
    truth = np.asarray(seen.predictions.truth)[seen.judged]
    label = int(answers[counts.argmax()])
    usual = float((truth == label).mean()) if len(truth) else 0.0
    if share >= 0.95 and usual < 0.8:
        name = seen.predictions.task.labels[label]
        yield Finding(
            "one_answer",
            Severity.CAUTION,
            f"{percent(share)} of the examples were called {quoted(name)}, whatever they are.",
            {"page": "doctor", "predicted": name, "share": share},
            "Check how the model is fed: range, normalisation, tokeniser.",
        )


def label_order(seen: Seen) -> Iterator[Finding]:
    """Another order of the label list would make far more answers right, or the list is suspiciously sorted."""
    labels = seen.predictions.task.labels
    if len(labels) < 3 or len(seen.judged) < 2 * FEW:
        return
    gain, share = _best_order(seen)
    is_sorted = list(labels) == sorted(labels, key=str.casefold)
    if gain >= 0.2 and share >= 2 * seen.accuracy:
        also = " The list is exactly alphabetical." if is_sorted else ""
        yield Finding(
            "label_order",
            Severity.CAUTION,
            f"Under another order of the labels about {percent(share)} of these answers would be right instead of "
            f"{percent(seen.accuracy)}.{also}",
            {"page": "doctor", "accuracy": seen.accuracy, "reordered": share, "alphabetical": is_sorted},
            "Check the label list against the order that the model was trained with.",
        )
    elif is_sorted and seen.accuracy < 0.5:
        yield Finding(
            "alphabetical",
            Severity.UNKNOWN,
            "The label list is exactly alphabetical: check it against the training order (a hint, not a proof).",
            {"page": "doctor", "alphabetical": True},
            "Check the label list against the order that the model was trained with.",
        )


def _best_order(seen: Seen) -> tuple[float, float]:
    """Return by how much the best one-to-one renaming of the answers raises the accuracy, and to what.

    It is fitted on half of the examples and judged on the other, or any renaming of many classes would win.
    """
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(0)
    rows = seen.judged if len(seen.judged) <= _FITTED else rng.choice(seen.judged, _FITTED, replace=False)
    truth, answers = np.asarray(seen.predictions.truth)[rows], seen.answers[rows]
    used = np.unique(np.concatenate([truth, answers]))
    if len(used) > 2000:
        return 0.0, 0.0
    t, p = np.searchsorted(used, truth), np.searchsorted(used, answers)
    half = rng.random(len(t)) < 0.5
    right = 0
    for fit, judge in ((half, ~half), (~half, half)):
        counts = np.bincount(t[fit] * len(used) + p[fit], minlength=len(used) ** 2).reshape(len(used), -1)
        # Where the counts don't tell, an answer keeps its name.
        rows, columns = linear_sum_assignment(counts + np.eye(len(used)) * 0.5, maximize=True)
        renamed = np.empty(len(used), dtype=np.int64)
        renamed[columns] = rows
        right += int((renamed[p[judge]] == t[judge]).sum())
    share = right / len(t)
    return share - float((truth == answers).mean()), share


def baseline(seen: Seen) -> Iterator[Finding]:
    """A model that may be no better than always giving the commonest answer."""
    truth = np.asarray(seen.predictions.truth)[seen.judged]
    if len(truth) < FEW:
        return
    labels, counts = np.unique(truth, return_counts=True)
    share = float(counts.max() / counts.sum())
    if len(labels) < 2 or wilson(float(seen.hits[seen.judged].sum()), len(truth)).low > share:
        return
    name = seen.predictions.task.labels[int(labels[counts.argmax()])]
    if share > seen.accuracy:
        sentence = f"would be right more often ({percent(share)}) than the model"
    else:
        sentence = f"would be right in {percent(share)} of cases, and the model is not clearly better"
    yield Finding(
        "baseline",
        Severity.CAUTION,
        f"Always answering {quoted(name)} {sentence} ({percent(seen.accuracy)}, n = {len(truth)}).",
        {"page": "metrics", "baseline": share, "accuracy": seen.accuracy},
        "Compare balanced accuracy and the classes one by one.",
    )


def sure_and_wrong(seen: Seen) -> Iterator[Finding]:
    """Errors that the model's own confidence doesn't give away."""
    wrong = seen.wrong
    if len(wrong) < 3:
        return
    sure = float(np.mean(seen.confidence[wrong], dtype=np.float64))
    if sure >= 0.75:
        first = int(surest_first(seen.predictions, wrong)[0])
        example = seen.predictions.ids[first]
        yield Finding(
            "sure_and_wrong",
            Severity.CAUTION,
            f"Confidence is {sure:.2f} on average where the model is wrong (n = {len(wrong)}): it gives no warning.",
            {"page": "explain", "example": example, "confidence": sure, "n": len(wrong)},
            "See what the model looked at where it was surest and wrong.",
            (example,),
        )


def confidence_gap(seen: Seen) -> Iterator[Finding]:
    """Confidence that promises more, or less, than the accuracy keeps."""
    if len(seen.judged) < 3 * FEW:
        return
    sure = float(np.mean(seen.confidence[seen.judged], dtype=np.float64))
    found = wilson(float(seen.hits[seen.judged].sum()), len(seen.judged))
    if abs(sure - found.value) < 0.1 or found.low <= sure <= found.high:
        return
    word = "but right in only" if sure > found.value else "but right in"
    yield Finding(
        "confidence_gap",
        Severity.CAUTION,
        f"The model is {percent(sure)} sure on average {word} {percent(found.value)} of cases "
        f"({percent(found.low)} to {percent(found.high)}, n = {found.n}).",
        {"page": "metrics", "confidence": sure, "accuracy": found.value},
        "Don't read its scores as probabilities.",
    )


def never_predicted(seen: Seen) -> Iterator[Finding]:
    """Classes that occur but are never the answer."""
    k = len(seen.predictions.task.labels)
    size = np.bincount(np.asarray(seen.predictions.truth)[seen.judged], minlength=k)
    called = np.bincount(seen.answers, minlength=k)
    missing = np.flatnonzero((size >= 3) & (called == 0))
    if len(missing):
        names = [seen.predictions.task.labels[i] for i in missing[np.argsort(-size[missing], kind="stable")]]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield Finding(
            "never_predicted",
            Severity.CAUTION,
            f"{', '.join(quoted(name) for name in names[:3])}{more} "
            f"{'is' if len(names) == 1 else 'are'} in the data but never the model's answer.",
            {"page": "confusions", "true": names[0], "n": int(size[missing].sum()), "classes": len(names)},
            "Look at what it called them.",
        )


def unknown_labels(seen: Seen) -> Iterator[Finding]:
    """Examples on which the model can't be right."""
    strangers = np.flatnonzero(~seen.predictions.known)
    if not len(strangers):
        return
    names = Counter(seen.predictions.truth_labels.take(strangers)).most_common()
    listed = ", ".join(quoted(name) for name, _ in names[:3]) + (
        f" and {len(names) - 3} more" if len(names) > 3 else ""
    )
    yield Finding(
        "unknown_labels",
        Severity.CAUTION,
        f"{counted(len(strangers), 'example has a label', 'examples have labels')} that the model doesn't know "
        f"({listed}): no metric counts them.",
        {"page": "confusions", "true": names[0][0], "n": len(strangers), "labels": [name for name, _ in names[:20]]},
        "See what it called them, or correct how labels are matched.",
        tuple(seen.predictions.ids[i] for i in strangers[:6]),
    )


def few_examples(seen: Seen) -> Iterator[Finding]:
    """Classes that are too small to judge."""
    size = np.bincount(np.asarray(seen.predictions.truth)[seen.judged], minlength=len(seen.predictions.task.labels))
    few, seen_classes = int(((size > 0) & (size < FEW)).sum()), int((size > 0).sum())
    if few:
        which = f"All {few} classes have" if few == seen_classes > 1 else f"{few} of {seen_classes} classes have"
        yield Finding(
            "few_examples",
            Severity.UNKNOWN,
            f"{which} fewer than {FEW} examples: too few to judge one by one.",
            {"page": "metrics", "classes": few, "of": seen_classes},
            "Label more examples of them, and read the intervals.",
        )


def nothing_wrong(seen: Seen) -> Iterator[Finding]:
    """No error was seen, which is not the same as none to come."""
    if len(seen.judged) and not len(seen.wrong):
        n = len(seen.judged)
        low, _ = wilson_bounds(n, n)
        yield Finding(
            "nothing_wrong",
            Severity.OK,
            f"No error in {counted(n, 'example')}; up to {percent(1 - float(low))} of new ones may still be wrong.",
            {"page": "metrics", "n": n, "error_rate_high": 1 - float(low)},
            "Try harder data.",
        )
