"""What the card says that the model is for, against what its files say."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.candidates.families import modality_in
from analysis.diligence.base import Area, Check, Subject, caution, ok, unknown
from analysis.types import Finding, Modality

TAGS = {
    "image-classification": Modality.IMAGE,
    "text-classification": Modality.TEXT,
    "sentiment-analysis": Modality.TEXT,
    "tabular-classification": Modality.TABULAR,
    "tabular-regression": Modality.TABULAR,
}


def run(subject: Subject) -> Iterator[Finding]:
    """Yield whether card and files agree, and which languages the card names."""
    card, artefact = subject.card, subject.artefact
    built = Modality.TABULAR if artefact.is_skops else modality_in(artefact.config)
    declared = card.header.get("pipeline_tag")
    if not isinstance(declared, str) or not declared.strip():
        yield unknown("fit.declared_task", "The card doesn't say what the model is for (pipeline_tag).", "")
    elif TAGS.get(declared.strip()) is built and built is not None:
        yield ok("fit.declared_task", f"The card says {declared[:60]}, and the files are those of such a model.")
    else:
        made = f"for {built.value} inputs" if built else "no classifier that Caveat judges"
        yield caution(
            "fit.declared_task",
            f"The card says {declared[:60]}; by its files it is {made}.",
            "Ask the publisher which of the two is right.",
            pipeline_tag=declared[:200],
            quote=card.quote("pipeline_tag"),
        )
    languages = card.names("language")
    if built is Modality.TEXT:
        if languages:
            summary = f"By its card it is made for {', '.join(languages[:10])}."
            yield ok("fit.languages", summary, "Compare with your data.", languages=list(languages))
        else:
            yield unknown(
                "fit.languages", "The card names no language.", "Judge it on texts of every language you need."
            )


CHECK = Check(Area.FIT, "Task and languages as declared, against the files", run)
