"""Everything that a verdict and a report rest on, gathered in one run."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.diligence import look_into
from analysis.diligence.fit_data import fit_with
from analysis.engines import LOCAL, Engine
from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Finding, Kind, Predictions
from analysis.verdict import Against, Evidence

if TYPE_CHECKING:
    from analysis.session import Session


@dataclass(frozen=True)
class Gathered:
    """The evidence, and the run that it is about.

    Attributes
    ----------
    evidence : Evidence
    session : Session or None
        None where the model was refused.
    predictions : Predictions or None
    """

    evidence: Evidence
    session: Session | None = None
    predictions: Predictions | None = None


def refused(kind: Kind, findings: tuple[Finding, ...]) -> Gathered:
    """Return what there is about a model that was not loaded."""
    return Gathered(Evidence(kind=kind, diligence=findings))


def gather(
    session: Session,
    *,
    diagnose: bool = True,
    measure: bool = False,
    corrupt: bool = False,
    simple: bool = False,
    against: Session | None = None,
    seed: int = 0,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Gathered:
    """Predict, look into the files, and where asked for diagnose, measure the cost, and corrupt.

    Parameters
    ----------
    session : Session
    diagnose : bool
        Let the doctor look at how the model is fed; a kept diagnosis is used.
    measure : bool
        Measure the cost.
    corrupt : bool
        Measure the robustness.
    simple : bool
        Fit simple models on the same data, and compare with them.
    against : Session, optional
        Another model over the same data, to compare with.
    seed : int
    engine : Engine
        Where predictions, the diagnosis and the robustness are made.
    progress : Progress, optional

    Raises
    ------
    UnusableInput, Cancelled
    """
    from analysis.metrics import summarise
    from analysis.metrics.classification import per_class
    from analysis.preprocessing.doctor.kept import diagnosis_of

    candidate, dataset = session.candidate, session.dataset
    findings = look_into(candidate.folder, progress=progress)
    loaded = tuple(f for f in candidate.findings if f.id.startswith("loading."))
    predictions = session.predictions(progress, engine=engine)
    diagnosis = None
    if diagnose:
        diagnosis = diagnosis_of(
            candidate, dataset, session.pipeline, split=session.split, seed=seed, engine=engine, progress=progress
        )
    cost = None
    if measure:
        from analysis.diligence.cost import cost_of

        cost = cost_of(session, seed=seed, progress=progress)
    robustness = None
    if corrupt:
        from analysis.robustness import robustness_of

        robustness = robustness_of(session, seed=seed, engine=engine, progress=progress)
    baselines = None
    if simple:
        from analysis.baselines import baselines_of

        # Too few examples to fit anything on are no reason to judge nothing: what is missing counts as not known.
        with contextlib.suppress(UnusableInput):
            baselines = baselines_of(session, seed=seed, progress=progress)
    classification = predictions.task.kind is Kind.CLASSIFICATION
    evidence = Evidence(
        kind=predictions.task.kind,
        diligence=(*findings, *loaded, *fit_with(session, seed=seed)),
        data=dataset.findings,
        metrics=summarise(predictions),
        classes=per_class(predictions) if classification else (),
        diagnosis=diagnosis,
        cost=cost,
        robustness=robustness,
        baselines=baselines,
        against=_compared(predictions, against, seed, engine, progress) if against is not None else None,
        rejected=len(dataset.rejected) + len(predictions.rejected),
        n=len(predictions),
    )
    return Gathered(evidence, session, predictions)


def _compared(
    predictions: Predictions, against: Session, seed: int, engine: Engine, progress: Progress | None
) -> Against:
    from analysis.comparison import compare

    return Against(
        against.candidate.name, compare(predictions, against.predictions(progress, engine=engine), seed=seed)
    )
