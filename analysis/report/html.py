"""Draw a report as one HTML file: no script, no network, readable on a phone, printable."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.failures.confusion import OTHER
from analysis.failures.wording import percent, shorten
from analysis.metrics import METRICS
from analysis.report.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from analysis.report.contents import SECTIONS, SIDE_CLASSES, Contents
from analysis.types import Estimate, Kind, Severity

if TYPE_CHECKING:
    import jinja2

    from analysis.baselines import Baselines
    from analysis.diligence.cost import Cost
    from analysis.failures.confusion import ConfusionMatrix
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
    environment.filters["chance"] = lambda p: "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"
    environment.filters["place"] = lambda value: f"{value:.1f}"
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


def _cells(matrix: ConfusionMatrix) -> list[tuple[str, list[tuple[int, str, float]]]]:
    """Return a matrix row by row: label, then count, kind of cell and depth of colour."""
    shares = matrix.normalised("row")
    rows = []
    for i, label in enumerate(matrix.row_labels):
        cells = []
        for j, column in enumerate(matrix.labels):
            count = int(matrix.counts[i, j])
            # Classes that are summed up may be taken for each other within their one cell.
            kind = "mixed" if label == column == OTHER else ("right" if label == column else "wrong")
            kind = kind if count else "none"
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


def _before_and_after(contents: Contents) -> dict[str, Any] | None:
    """Return both sides of the doctor's finding: matrices, or for a regression charts, and what changed."""
    sides = contents.sides
    if sides is None:
        return None
    n, repaired, broken = len(sides.before), len(sides.repaired), len(sides.broken)
    if sides.before.task.kind is Kind.REGRESSION:
        from analysis.report.charts import before_and_after

        words = f"Of {n:,} examples {repaired:,} come much nearer to the truth, {broken:,} get further away."
        return {"charts": before_and_after(sides), "matrices": (), "words": words}
    from analysis.preprocessing.doctor.sides import matrices

    pair = matrices(sides, limit=SIDE_CLASSES)
    words = f"Of {n:,} examples {repaired:,} become right, {broken:,} become wrong." + _careful(contents)
    titles = ("As it is fed now", "Fed the best way found")
    drawn = [(title, m, _cells(m)) for title, m in zip(titles, pair, strict=True)]
    return {"charts": (), "matrices": drawn, "words": words}


def _careful(contents: Contents) -> str:
    """Say why the score of the best way may be lower than what its matrix shows."""
    sides, diagnosis = contents.sides, contents.gathered.evidence.diagnosis
    if sides is None or diagnosis is None:
        return ""
    shown, claimed = float((sides.after.truth == sides.after.predicted).mean()), diagnosis.best.accuracy.value
    if abs(shown - claimed) < 0.005:
        return ""
    return (
        f" The second matrix counts {percent(shown)} right; {percent(claimed)} is the careful number: there each "
        "example is judged by changes that were chosen without it."
    )


def _cost(cost: Cost) -> dict[str, Any]:
    from analysis.diligence.cost.words import findings_of, heading
    from analysis.report.charts import latency_charts, treemap

    return {
        "heading": heading(cost),
        "findings": findings_of(cost),
        "latency": latency_charts(cost),
        "treemap": treemap(cost),
    }


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
        rows=_cells(contents.matrix) if contents.matrix is not None else [],
        diagnosis=evidence.diagnosis,
        sides=_before_and_after(contents) if "feeding" in contents.sections else None,
        cost=_cost(evidence.cost) if evidence.cost is not None and "cost" in contents.sections else None,
        plane={"width": WIDTH, "height": HEIGHT, "left": LEFT, "bottom": BOTTOM, "top": TOP, "right": RIGHT},
        robustness=robustness,
        compared=[f for line in contents.verdict.lines if line.id in ("baseline", "against") for f in line.findings],
        baselines=_how(evidence.baselines),
        licence=licence,
        policy=contents.verdict.policy.to_toml(),
        unknown=Severity.UNKNOWN,
    )
    return drawn
