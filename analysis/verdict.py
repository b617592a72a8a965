"""From findings to a verdict: every rule stands here. Missing evidence is never a pass.

1. One line that speaks against it: *do not adopt*.
2. Otherwise one required line that can't be told: *not enough evidence*.
3. Otherwise one line with conditions: *adopt with conditions*.
4. Otherwise: *adopt*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.diligence import Area, area_of
from analysis.diligence.licences.terms import USES, Use
from analysis.evidence import Against, Decision, Evidence, Line, Verdict, gravest
from analysis.failures.wording import percent
from analysis.policy import Policy
from analysis.types import Estimate, Finding, Kind, Severity

__all__ = ["Against", "Decision", "Evidence", "Line", "Verdict", "examples_needed", "gravest", "judge"]


def judge(evidence: Evidence, policy: Policy) -> Verdict:
    """Apply the rules."""
    lines = (
        _safety(evidence),
        *_licence(evidence, policy),
        _fit(evidence),
        *_quality(evidence, policy),
        *_classes(evidence, policy),
        *_feeding(evidence, policy),
        *_cost(evidence, policy),
        *_robustness(evidence, policy),
        *_baselines(evidence, policy),
        *_against_another(evidence),
    )
    present = {line.severity for line in lines}
    if Severity.BLOCKER in present:
        decision = Decision.REJECT
    elif Severity.UNKNOWN in present:
        decision = Decision.UNKNOWN
    else:
        decision = Decision.CONDITIONS if Severity.CAUTION in present else Decision.ADOPT
    return Verdict(decision, _sentence(decision, lines), lines, policy)


def _sentence(decision: Decision, lines: Sequence[Line]) -> str:
    def titles(severity: Severity) -> str:
        return ", ".join(line.title.lower() for line in lines if line.severity is severity)

    return {
        Decision.ADOPT: f"Adopt: all {len(lines)} lines of the scorecard pass",
        Decision.CONDITIONS: f"Adopt with conditions: {titles(Severity.CAUTION)}",
        Decision.REJECT: f"Do not adopt: {titles(Severity.BLOCKER)}",
        Decision.UNKNOWN: f"Not enough evidence: {titles(Severity.UNKNOWN)}",
    }[decision]


def _safety(evidence: Evidence) -> Line:
    about = tuple(f for f in evidence.diligence if area_of(f) is Area.SAFETY)
    if not about:
        return Line(
            "safety", "Safety of loading", Severity.UNKNOWN, "Its files were not looked into.", "Look into them."
        )
    worst = gravest(about)
    found = [f for f in about if f.severity is worst]
    summary = f"{len(about)} checks found nothing wrong." if worst is Severity.OK else found[0].summary
    change = "" if worst is Severity.OK else found[0].action
    return Line("safety", "Safety of loading", worst, summary, change, about)


def _licence(evidence: Evidence, policy: Policy) -> Iterator[Line]:
    found = {f.id: f for f in evidence.diligence}
    others = tuple(f for f in evidence.diligence if f.id in ("licence.declared", "licence.conflict"))
    severities = {"allowed": Severity.OK, "conditions": Severity.CAUTION, "forbidden": Severity.BLOCKER}
    for use in Use:
        if use.value not in policy.uses:
            continue
        finding = found.get(f"licence.{use.value}")
        title = f"Licence: {USES[use]}"
        if finding is None:
            yield Line(f"licence.{use.value}", title, Severity.UNKNOWN, "The licence was not looked at.", "Look at it.")
            continue
        severity = severities.get(str(finding.evidence.get("answer")), Severity.UNKNOWN)
        named = str(finding.evidence.get("conditions") or finding.action)
        change = "" if severity is Severity.OK else named[:1].upper() + named[1:]
        yield Line(f"licence.{use.value}", title, severity, finding.summary, change, (finding, *others))
    data = found.get("licence.training_data")
    if data is not None and set(data.evidence.get("uses", ())) & set(policy.uses):
        # Whether it binds is for a lawyer to say: a condition, neither a pass nor a refusal.
        yield Line(data.id, "Licence: training data", Severity.CAUTION, data.summary, data.action, (data,))
    if policy.licences:
        yield _accepted(evidence, policy)


def _accepted(evidence: Evidence, policy: Policy) -> Line:
    declared = next((f for f in evidence.diligence if f.id == "licence.declared"), None)
    names = [str(d["licence"]) for d in declared.evidence.get("declared", ())] if declared else []
    accepted = {name.lower() for name in policy.licences}
    title, change = "Licence: accepted by your policy", f"Accepted are {', '.join(policy.licences)}."
    if not names or not all(names):
        return Line("licence.accepted", title, Severity.UNKNOWN, "The licence is not known.", change)
    outside = [name for name in names if name.lower() not in accepted]
    if outside:
        return Line("licence.accepted", title, Severity.BLOCKER, f"{outside[0]} is not among those accepted.", change)
    return Line("licence.accepted", title, Severity.OK, f"{', '.join(dict.fromkeys(names))} is accepted.")


def _fit(evidence: Evidence) -> Line:
    about = (*(f for f in evidence.diligence if area_of(f) is Area.FIT), *evidence.data)
    # Whether the card names a task or a language is said, but the data decides: only contradictions count.
    against = [f for f in about if f.severity in (Severity.BLOCKER, Severity.CAUTION)]
    if not evidence.n:
        return Line("fit", "Fit with the data", Severity.UNKNOWN, "It was not run on any data.", "Run it on your data.")
    if against:
        worst = gravest(against)
        first = next(f for f in against if f.severity is worst)
        return Line("fit", "Fit with the data", worst, first.summary, first.action, about)
    if evidence.rejected:
        every = evidence.n + evidence.rejected
        share = percent(evidence.rejected / every)
        summary = f"{evidence.rejected:,} of {every:,} items of the data could not be used ({share})."
        return Line("fit", "Fit with the data", Severity.CAUTION, summary, "See the reasons; correct the data.", about)
    return Line("fit", "Fit with the data", Severity.OK, f"All {evidence.n:,} examples could be used.", "", about)


def _quality(evidence: Evidence, policy: Policy) -> Iterator[Line]:
    regression = evidence.kind is Kind.REGRESSION
    key, least = ("r2", policy.r2) if regression else ("accuracy", policy.accuracy)
    title = "R² on your data" if regression else "Accuracy on your data"
    estimate = evidence.metrics.get(key)
    if estimate is None or estimate.n == 0 or estimate.value != estimate.value:
        yield Line(key, title, Severity.UNKNOWN, "It was not measured.", "Run it on labelled data.")
        return
    yield _against(key, title, estimate, least, rate=not regression)


def _against(id: str, title: str, estimate: Estimate, least: float, *, rate: bool) -> Line:
    """Compare an interval with what is required: the whole of it must lie on one side."""

    def shown(value: float) -> str:
        return f"{value:.0%}".replace("%", " %") if rate else f"{value:.2f}"

    interval = f"{shown(estimate.value)} ({shown(estimate.low)} to {shown(estimate.high)}, n = {estimate.n:,})"
    finding = Finding(
        f"quality.{id}",
        Severity.OK,
        f"{title}: {interval}.",
        {
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "n": estimate.n,
            "method": estimate.method,
        },
    )
    if estimate.low >= least:
        return Line(id, title, Severity.OK, f"{interval}; at least {shown(least)} is required.", "", (finding,))
    if estimate.high < least:
        change = f"A model, or a way of feeding it, that reaches {shown(least)}."
        return Line(id, title, Severity.BLOCKER, f"{interval}; {shown(least)} is required.", change, (finding,))
    needed = examples_needed(estimate.value, least) if rate else None
    more = f"About {needed:,} examples would tell at this rate." if needed else "More examples, or a lower requirement."
    summary = f"{interval}: can't tell whether it reaches the {shown(least)} required."
    return Line(id, title, Severity.UNKNOWN, summary, more, (finding,))


def examples_needed(rate: float, least: float) -> int | None:
    """Return about how many examples would bring the Wilson interval of `rate` to one side of `least`, or None."""
    gap = abs(rate - least)
    if gap < 1e-3 or not 0 <= rate <= 1:
        return None
    # The score test of `least` (its inversion is Wilson's interval): z² least (1 - least) / gap².
    spread = max(least * (1 - least), 1e-4)
    return int(1.959964**2 * spread / gap**2) + 1


def _classes(evidence: Evidence, policy: Policy) -> Iterator[Line]:
    if policy.class_recall is None or evidence.kind is Kind.REGRESSION:
        return
    title, least = "Every class", policy.class_recall
    seen = [c for c in evidence.classes if c.n]
    if not seen:
        yield Line("classes", title, Severity.UNKNOWN, "No class was measured.", "Run it on labelled data.")
        return
    below = sorted((c for c in seen if c.recall.high < least), key=lambda c: c.recall.value)
    open_ones = [c for c in seen if c.recall.low < least <= c.recall.high]
    if below:
        found = percent(below[0].recall.value)
        summary = f"{below[0].label}: {found} of {below[0].n} found; {percent(least)} is required."
        yield Line("classes", title, Severity.BLOCKER, summary, f"{len(below)} classes need to be found more often.")
    elif open_ones:
        summary = f"{len(open_ones)} of {len(seen)} classes have too few examples to tell."
        yield Line("classes", title, Severity.UNKNOWN, summary, "More examples of these classes.")
    else:
        yield Line("classes", title, Severity.OK, f"All {len(seen)} classes reach {percent(least)}.")


def _feeding(evidence: Evidence, policy: Policy) -> Iterator[Line]:
    found, title = evidence.diagnosis, "How it is fed"
    if found is None:
        if policy.diagnosis:
            summary = "The doctor hasn't looked at how it is fed."
            yield Line(
                "feeding", title, Severity.UNKNOWN, summary, "Run the doctor, or don't require it (diagnosis = false)."
            )
        return
    changes = "; ".join(e.sentence for e in found.edits)
    severities = {"mismatch": Severity.BLOCKER, "none": Severity.OK, "undetermined": Severity.UNKNOWN}
    severity = severities[found.conclusion.value]
    finding = Finding("feeding.diagnosis", severity, found.sentence, {"p_value": found.p_value, "tried": found.tried})
    change = ""
    if severity is Severity.BLOCKER:
        change = f"Feed it as the doctor says ({changes}), and judge it again."
    elif severity is Severity.UNKNOWN:
        needed = found.examples_needed
        change = f"About {needed:,} examples would tell." if needed else "More examples."
    yield Line("feeding", title, severity, found.sentence, change, (finding,))


def _cost(evidence: Evidence, policy: Policy) -> Iterator[Line]:
    if not policy.limits_cost:
        return
    cost = evidence.cost
    if cost is None:
        yield Line("cost", "Cost", Severity.UNKNOWN, "The cost was not measured.", "Measure it.")
        return
    from analysis.diligence.cost.words import findings_of

    findings = {f.id: f for f in findings_of(cost)}
    peak = cost.peak.peak / 1e6 if cost.peak is not None else None
    limits = (
        ("cost.latency", "Latency", policy.latency_ms, 1e3 * cost.single.p95, "ms"),
        ("cost.memory", "Memory", policy.memory_mb, peak, "MB"),
        ("cost.size", "Size on disk", policy.disk_mb, cost.disk / 1e6, "MB"),
    )
    for id, title, limit, measured, unit in limits:
        if limit is None:
            continue
        evidence_of = (findings[id],)
        if measured is None:
            yield Line(id, title, Severity.UNKNOWN, "It could not be measured.", "Measure it elsewhere.", evidence_of)
            continue
        summary = f"{measured:,.3g} {unit}; at most {limit:,.3g} {unit} is allowed."
        over = measured > limit
        change = "A smaller variant, faster hardware, or a larger budget." if over else ""
        yield Line(id, title, Severity.BLOCKER if over else Severity.OK, summary, change, evidence_of)


def _robustness(evidence: Evidence, policy: Policy) -> Iterator[Line]:
    """Judge what *mild* corruptions cost; severe ones are shown, and nobody can hold a model to all of them."""
    found, limit, title = evidence.robustness, policy.robustness, "Robustness"
    if found is None:
        if limit is not None:
            yield Line("robustness", title, Severity.UNKNOWN, "Its robustness was not measured.", "Measure it.")
        return
    from analysis.robustness.words import findings_of, heading, mild_losses

    findings = findings_of(found)
    harmed = next((f for f in findings if f.severity is not Severity.OK), None)
    if limit is None:
        action = harmed.action if harmed is not None else ""
        yield Line("robustness", title, Severity.CAUTION if harmed else Severity.OK, heading(found), action, findings)
        return
    allowed = f"at most {limit:.0%} may be lost".replace("%", " %")
    losses = mild_losses(found)
    over = [x for x in losses if x.significant and x.low > limit]
    open_ones = [x for x in losses if x.high > limit]
    if over:
        change = "Train or tune it on such inputs, or keep them away from it."
        summary = f"{over[0].title}: {over[0].words}; {allowed} under mild changes."
        yield Line("robustness", title, Severity.BLOCKER, summary, change, findings)
    elif open_ones:
        summary = f"{open_ones[0].title}: {open_ones[0].words}; can't tell whether {allowed} under mild changes."
        yield Line("robustness", title, Severity.UNKNOWN, summary, "More labelled examples.", findings)
    elif harmed is not None:
        yield Line("robustness", title, Severity.CAUTION, harmed.summary, harmed.action, findings)
    else:
        yield Line("robustness", title, Severity.OK, f"{heading(found)}; {allowed}.", "", findings)


def _baselines(evidence: Evidence, policy: Policy) -> Iterator[Line]:
    """Say whether a simple model would do; it is only required that none would where the policy says so."""
    found, title = evidence.baselines, "Against simple models"
    if found is None:
        if policy.baseline:
            summary = "It was not compared with simple models."
            yield Line("baseline", title, Severity.UNKNOWN, summary, "Fit them, or don't require it.")
        return
    from analysis.baselines.words import findings_of, heading

    findings = findings_of(found)
    worst = gravest([f for f in findings if not f.id.endswith(".head")])
    if worst is Severity.UNKNOWN and not policy.baseline:
        worst = Severity.CAUTION
    elif worst is Severity.CAUTION and policy.baseline:
        worst = Severity.BLOCKER
    first = next((f for f in findings if f.severity is not Severity.OK and f.action), None)
    change = first.action if first is not None and worst is not Severity.OK else ""
    yield Line("baseline", title, worst, f"{heading(found)}.", change, findings)


def _against_another(evidence: Evidence) -> Iterator[Line]:
    """Say whether another model that was named is better on the same examples."""
    if evidence.against is None:
        return
    name, found = evidence.against.name, evidence.against.comparison
    d = found.differences[found.headline]
    facts = {"a": d.a, "b": d.b, "difference": d.difference, "low": d.low, "high": d.high, "p_value": d.p_value}
    if found.kind is Kind.CLASSIFICATION:
        values = f"right {d.a:.0%} against {d.b:.0%}".replace("%", " %")
        apart = f"{100 * d.difference:+.1f} points ({100 * d.low:+.1f} to {100 * d.high:+.1f})"
    else:
        values = f"off by {d.a:.3g} against {d.b:.3g} on average"
        apart = f"{d.difference:+.3g} ({d.low:+.3g} to {d.high:+.3g})"
    words = f"{values}: {apart}, n = {found.n:,}".replace("-", "−")
    says = {"a": f"Better than {name}", "b": f"{name} is better", "": f"Can't tell it from {name}"}[found.winner]
    severity = {"a": Severity.OK, "b": Severity.CAUTION, "": Severity.OK}[found.winner]
    finding = Finding("comparison.against", severity, f"{says} ({words}).", {**facts, "n": found.n, "test": d.test})
    change = f"Adopt {name} instead, unless something else speaks against it." if found.winner == "b" else ""
    yield Line("against", "Against another model", severity, finding.summary, change, (finding,))
