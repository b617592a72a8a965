"""The report's data files: ``findings.json`` and ``predictions.csv``."""

from __future__ import annotations

import csv
import io
import math

from analysis.commands.compare import comparison_json
from analysis.commands.predict import prediction_rows
from analysis.diligence.trial import finding_json
from analysis.report.contents import Contents
from analysis.types import Json, Predictions


def findings_json(contents: Contents) -> dict[str, Json]:
    """Return the verdict with its scorecard, all findings, metrics and paired differences, as plain JSON values."""
    verdict, evidence = contents.verdict, contents.gathered.evidence
    every = (*evidence.diligence, *evidence.data, *(f for line in verdict.lines for f in line.findings))
    findings = list({(f.id, f.summary): f for f in every}.values())
    if evidence.cost is not None:
        from analysis.diligence.cost.words import findings_of

        findings += [
            f for f in findings_of(evidence.cost) if (f.id, f.summary) not in {(g.id, g.summary) for g in findings}
        ]
    result = {
        "verdict": verdict.decision.value,
        "sentence": verdict.sentence,
        "policy": verdict.policy.to_json(),
        "scorecard": [
            {"id": x.id, "title": x.title, "severity": x.severity.value, "summary": x.summary, "change": x.change}
            for x in verdict.lines
        ],
        "metrics": {
            name: {"value": e.value, "low": e.low, "high": e.high, "n": e.n, "method": e.method}
            for name, e in contents.metrics.items()
        },
        "model": contents.model,
        "data": contents.data,
        "split": contents.split,
        "made": contents.made,
        "command": contents.command,
        "fingerprints": dict(contents.fingerprints),
        "versions": dict(contents.versions),
        "findings": [finding_json(f) for f in findings],
    }
    against, predictions = evidence.against, contents.gathered.predictions
    if against is not None and predictions is not None:
        result["against"] = {"name": against.name, **comparison_json(against.comparison, predictions)}
    return {key: _finite(value) for key, value in result.items()}


def _finite(value: Json) -> Json:
    """Return plain values that strict JSON can hold: NaN and infinity become None, arrays lists."""
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return _finite(value.tolist()) if hasattr(value, "tolist") else str(value)


def predictions_csv(predictions: Predictions) -> str:
    """Return every prediction as CSV; cells that a spreadsheet would run begin with an apostrophe."""
    target = io.StringIO()
    writer = csv.DictWriter(target, ["id", "label", "predicted", "score"], lineterminator="\n")
    writer.writeheader()
    for row in prediction_rows(predictions):
        writer.writerow({k: _harmless(v) for k, v in row.items()})
    return target.getvalue()


def _harmless(cell: Json) -> Json:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
