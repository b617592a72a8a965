"""A model card in Markdown: what was found, in the form that model hubs show."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator

from analysis.report.contents import Contents
from analysis.types import Severity

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")
MARKS = {Severity.OK: "✓", Severity.CAUTION: "!", Severity.BLOCKER: "✗", Severity.UNKNOWN: "?"}


def plain(text: str) -> str:
    """Return text from data in which nothing is Markdown or HTML any more, on one line."""
    line = " ".join(str(text).split())
    kept = "".join(c for c in line if unicodedata.category(c) not in _INVISIBLE)
    return _PUNCTUATION.sub(r"\\\1", kept)


def model_card(contents: Contents) -> str:
    """Return the card as Markdown with a YAML header."""
    return "\n".join(_lines(contents)) + "\n"


def _lines(contents: Contents) -> Iterator[str]:
    verdict = contents.verdict
    task = contents.gathered.predictions.task if contents.gathered.predictions is not None else None
    yield "---"
    if task is not None:
        yield f"pipeline_tag: {task.modality.value}-{task.kind.value}"
    # JSON strings are YAML strings: nothing in a name can end the header.
    yield f"model_name: {json.dumps(contents.model)}"
    yield "tags:\n- caveat-audit"
    yield "---"
    yield f"# {plain(contents.title)}\n"
    yield f"**{plain(verdict.sentence)}.** Judged by Caveat on {plain(contents.data)}, {contents.made}.\n"
    if contents.notes.strip():
        yield plain(contents.notes) + "\n"
    yield "## Scorecard\n"
    yield "| | line | finding | to change it |\n|---|---|---|---|"
    for line in verdict.lines:
        cells = (MARKS[line.severity], plain(line.title), plain(line.summary), plain(line.change))
        yield "| " + " | ".join(cells) + " |"
    if contents.metrics:
        yield "\n## Measured\n\n| metric | value | 95 % interval | n |\n|---|---|---|---|"
        for name, e in contents.metrics.items():
            yield f"| {plain(name)} | {e.value:.4g} | {e.low:.4g} to {e.high:.4g} | {e.n} |"
    licences = [f for f in contents.gathered.evidence.diligence if f.id.startswith("licence.")]
    if licences:
        yield "\n## Licence\n\nTerms as declared, not legal advice.\n"
        yield from (f"- {plain(f.summary)}" for f in licences)
    yield "\n## Reproduce\n"
    yield from (f"- fingerprint of {plain(k)}: `{plain(v)}`" for k, v in contents.fingerprints.items())
    yield from (f"- {plain(k)} {plain(v)}" for k, v in contents.versions.items())
    if contents.command:
        yield f"\n    {' '.join(contents.command.split())}"
