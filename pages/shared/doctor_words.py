"""What the doctor found, in sentences; all of them safe in markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.types import Edit, Kind, Modality
from pages.shared.wording import count, interval_of, number, percent, plain

if TYPE_CHECKING:
    from analysis.preprocessing.doctor import Diagnosis, Scorecard
    from analysis.session import Session

NOUNS = {
    Modality.IMAGE: ("picture", "pictures"),
    Modality.TEXT: ("text", "texts"),
    Modality.TABULAR: ("row", "rows"),
}


def noun(session: Session, n: int) -> str:
    """Return "46 pictures"."""
    return count(n, *NOUNS[session.candidate.task.modality])


def reaches(card: Scorecard, kind: Kind) -> str:
    """Return "91 % right" or "R² 0.56"."""
    value = card.accuracy.value
    return f"{percent(value)} right" if kind is Kind.CLASSIFICATION else f"R² {number(value)}"


def heading(diagnosis: Diagnosis, session: Session) -> str:
    """Return the finding in one short sentence."""
    from analysis.preprocessing.doctor import Conclusion

    kind = session.candidate.task.kind
    before, after = reaches(diagnosis.baseline, kind), reaches(diagnosis.best, kind)
    if diagnosis.conclusion is Conclusion.MISMATCH:
        said = f"It is fed the wrong way: corrected, it gets {after} instead of {before.removesuffix(' right')}"
    elif diagnosis.conclusion is Conclusion.UNDETERMINED:
        said = f"Can’t tell from {noun(session, diagnosis.best.n)}: {after} instead of {before} may be chance"
    else:
        said = f"No mismatch found: nothing that was tried beats {before}"
    return said if diagnosis.complete else f"Stopped early, so far: {said[0].lower()}{said[1:]}"


def doubt(card: Scorecard, kind: Kind) -> str:
    """Return interval, n and loss of one side."""
    rate = kind is Kind.CLASSIFICATION
    loss = "log loss" if rate else "squared error"
    return f"95 % interval {interval_of(card.accuracy, rate=rate)}; {loss} {number(card.log_loss)}"


def chance(diagnosis: Diagnosis) -> tuple[str, str]:
    """Return how sure the difference is: a word or two, and the sentence with the numbers."""
    p = diagnosis.p_value
    tried = f"corrected for the {count(diagnosis.tried, 'change')} tried"
    value = "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
    if p < 0.001:
        return "Proved", f"Chance would hardly do this: {value}, {tried}"
    if p < 0.05:
        return "Proved", f"Chance does this about once in {1 / p:.0f} times: {value}, {tried}"
    if p < 1:
        return "Not proved", f"Chance does this in {percent(p)} of cases: {value}, {tried}"
    return "Not proved", f"Chance does as well: p = 1, {tried}"


def needed(diagnosis: Diagnosis, session: Session) -> str | None:
    """Return how many examples would decide it, or None where that is known already."""
    if diagnosis.examples_needed is None:
        return None
    return f"If the difference is real, about {noun(session, diagnosis.examples_needed)} would prove it."


def confirmed(diagnosis: Diagnosis) -> str | None:
    """Return how many classes confirmed the label order, or None where it wasn't fitted."""
    if diagnosis.confirmed_classes is None:
        return None
    sure, seen = diagnosis.confirmed_classes
    return (
        f"The label order was worked out from the answers: {sure} of {count(seen, 'class', 'classes')} confirmed it on "
        "examples that were left out. A class with one example can’t confirm anything."
    )


def effort(diagnosis: Diagnosis) -> str:
    """Return what the search cost against trying everything."""
    share = diagnosis.passes / max(1, diagnosis.grid_passes)
    return (
        f"The search took {count(diagnosis.passes, 'pass', 'passes')} through the model: {percent(share)} of the "
        f"{count(diagnosis.grid_passes, 'pass', 'passes')} that trying every change and pair would have taken."
    )


def beside(edits: tuple[Edit, ...], best: tuple[Edit, ...]) -> str:
    """Return in what a pipeline differs from the best one."""
    more = [e.sentence for e in edits if e not in best]
    fewer = [e.sentence.split(":", 1)[0] for e in best if e not in edits]
    parts = ([f"with {'; '.join(more)}"] if more else []) + ([f"without {', '.join(fewer)}"] if fewer else [])
    return plain(", ".join(parts) or "the same answers")
