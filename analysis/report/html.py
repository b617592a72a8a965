"""Draw a report as one HTML file: no script, no network, readable on a phone, printable."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.failures.wording import shorten
from analysis.metrics import METRICS
from analysis.report.contents import SECTIONS, Contents
from analysis.types import Estimate, Severity

if TYPE_CHECKING:
    import jinja2

    from analysis.baselines import Baselines
    from analysis.robustness import Robustness

WORDS = {Severity.OK: "fine", Severity.CAUTION: "caution", Severity.BLOCKER: "blocker", Severity.UNKNOWN: "unknown"}
#: Characters of one name or text that are shown: the file stays small whatever the data holds.
LONGEST = 1_000
SIGNS = {Severity.OK: "✓", Severity.CAUTION: "!", Severity.BLOCKER: "✕", Severity.UNKNOWN: "?"}


class _Whole(str):
    """What is not shortened: pictures, and what the person wrote."""

    __slots__ = ()


def _shown(value: object) -> object:
    """Return what the template prints: text of the data no longer than `LONGEST`, the rest as it is."""
    return shorten(value, LONGEST) if type(value) is str and len(value) > LONGEST else value


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,  # Labels and texts of the data stay text.
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    environment.filters["whole"] = _Whole
    environment.filters["score"] = lambda value: f"{value:.3f}"
    return environment.get_template("template.html")


def _number(value: float) -> str:
    return "–" if value != value else f"{value:,.4g}"


def _in_words(name: str, estimate: Estimate) -> tuple[str, str, str]:
    about = METRICS.get(name)
    if about is not None and about.is_rate:
        interval = f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f} %"
        return about.title, f"{100 * estimate.value:.1f} %", interval
    title = about.title if about is not None else name
    return title, _number(estimate.value), f"{_number(estimate.low)} to {_number(estimate.high)}"


def _cells(contents: Contents) -> list[tuple[str, list[tuple[int, str, float]]]]:
    """Return the matrix row by row: label, then count, kind of cell and depth of colour."""
    matrix = contents.matrix
    if matrix is None:
        return []
    shares = matrix.normalised("row")
    rows = []
    for i, label in enumerate(matrix.row_labels):
        cells = []
        for j, column in enumerate(matrix.labels):
            count = int(matrix.counts[i, j])
            kind = "none" if not count else ("right" if label == column else "wrong")
            cells.append((count, kind, round(0.15 + 0.75 * float(shares[i, j]), 2)))
        rows.append((label, cells))
    return rows


def _robustness(found: Robustness) -> dict[str, Any]:
    """Return what corruptions cost as rows of cells: level, loss, interval, whether it stands, depth of colour."""
    from analysis.robustness.words import cell, heading, sentence, severity

    rows = [
        (
            severity(found, curve),
            sentence(found, curve),
            [(p.label, *cell(found, p), p.significant, _depth(found.loss(p)[0])) for p in curve.points],
        )
        for curve in found.curves
    ]
    return {"heading": heading(found), "rows": rows, "n": found.n, "of": found.of}


def _how(found: Baselines | None) -> str:
    from analysis.baselines.words import how

    return how(found) if found is not None else ""


def _depth(loss: float) -> float:
    return round(min(0.85, max(0.0, loss) * 1.5), 2) if loss == loss else 0.0


def render(contents: Contents) -> str:
    """Return the report as the text of one HTML file.

    Nothing in it is fetched or run: a content security policy in the file forbids both.
    """
    evidence = contents.gathered.evidence
    cost: Any = None
    if evidence.cost is not None:
        from analysis.diligence.cost.words import findings_of, heading

        cost = {"heading": heading(evidence.cost), "findings": findings_of(evidence.cost)}
    robustness: Any = None
    if evidence.robustness is not None:
        robustness = _robustness(evidence.robustness)
    licence = [f for f in evidence.diligence if f.id.startswith(("licence.", "provenance."))]
    drawn: str = _template().render(
        contents=contents,
        verdict=contents.verdict,
        sections={key: SECTIONS[key] for key in contents.sections},
        words=WORDS,
        signs=SIGNS,
        metrics=[(*_in_words(name, e), e.n, e.method) for name, e in contents.metrics.items()],
        matrix=contents.matrix,
        rows=_cells(contents),
        diagnosis=evidence.diagnosis,
        cost=cost,
        robustness=robustness,
        compared=[f for line in contents.verdict.lines if line.id in ("baseline", "against") for f in line.findings],
        baselines=_how(evidence.baselines),
        licence=licence,
        policy=contents.verdict.policy.to_toml(),
        unknown=Severity.UNKNOWN,
    )
    return drawn
