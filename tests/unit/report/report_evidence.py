"""Evidence with names that a report must show as text: a cost with layer groups, and a doctor's finding."""

from __future__ import annotations

import numpy as np

from analysis.diligence.cost.result import Cost, Group, Latency
from analysis.preprocessing.doctor.result import Conclusion, Diagnosis, Scorecard
from analysis.types import Edit, Estimate, FloatArray, Kind, Modality, Pipeline, Step


def cost(name: str) -> Cost:
    """Return a cost whose groups of layers are called `name`, with many small ones."""
    small = tuple(Group(("layers", f"{name} {i}"), 10 + i) for i in range(60))
    return Cost(
        kind=Kind.CLASSIFICATION,
        modality=Modality.TEXT,
        groups=(Group((name, name), 700), Group((name, "b"), 300), Group(("head",), 1000), *small),
        disk=9,
        memory=9,
        flops=9,
        length=9,
        latency=(
            Latency(1, 0, 0.010, 0.020, 9),
            Latency(8, 0, 0.040, 0.060, 9),
            Latency(32, 0, 0.320, 0.640, 9),
            Latency(1, 16, 0.010, 0.012, 9),
            Latency(1, 512, 0.050, 0.080, 9),
        ),
        peak=None,
        variants=(),
        fits=(),
        device="cpu",
        threads=1,
    )


def fed(modality: Modality, labels: tuple[str, ...]) -> Pipeline:
    """Return a pipeline whose outputs are named so."""
    return Pipeline(modality, (Step("label_order", {"labels": list(labels)}),))


def diagnosis(
    pipeline: Pipeline, before: FloatArray, after: FloatArray, name: str, *, changed: bool = True
) -> Diagnosis:
    """Return a doctor's finding about all examples, that one change called `name` makes `before` into `after`."""
    edits = (Edit("channel_order", {"order": "BGR"}, {"order": "RGB"}, f"channel order: {name}"),) if changed else ()
    score = Scorecard(Estimate(0.5, 0.4, 0.6, len(before), "Wilson"), 0.7, len(before))
    return Diagnosis(
        conclusion=Conclusion.MISMATCH if changed else Conclusion.NONE,
        sentence=name,
        baseline=score,
        best=score,
        edits=edits,
        pipeline=pipeline,
        p_value=0.001,
        mcnemar=0.001,
        hypotheses=(),
        tried=9,
        equivalent=(),
        passes=9,
        grid_passes=90,
        examples_needed=None,
        confirmed_classes=None,
        rows=np.arange(len(before), dtype=np.int64),
        before=before,
        after=after,
        complete=True,
        seed=0,
    )
