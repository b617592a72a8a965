"""A regression's answers in another unit than the labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.errors import UnusableInput
from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.evidence import inputs_of, looked_at, remember
from analysis.preprocessing.edits.seen import Floats
from analysis.types import FloatArray, Kind, Modality, Params, Pipeline

#: Units that differ by a factor, beside powers of ten; and °F and °C of each other.
FACTORS = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001, -1.0)
TEMPERATURES = ({"scale": 1.8, "offset": 32.0}, {"scale": 1 / 1.8, "offset": -32 / 1.8})
#: A fitted line means another unit, and not just an imperfect model, from this slope on, or its inverse …
SLOPE = 2.0
#: … where the answers also vary more than the truth by this factor: what a bad model answers shrinks as well.
VARIED = 1.5
#: Shift of the mean that counts, in standard deviations of the truth.
SHIFT = 0.5
#: Correlation below minus which the sign of the answers is turned.
TURNED = 0.3
#: Answers that a line is fitted to.
FEWEST = 10


def words(params: Params) -> str:
    """Return in words what a ``target_scale`` step makes of the answers."""
    scale, offset = float(params.get("scale", 1.0)), float(params.get("offset", 0.0))
    if (scale, offset) == (1.0, 0.0):
        return "as answered"
    shift = "" if offset == 0 else f" {'+' if offset > 0 else '−'} {abs(offset):.4g}"
    return ("answer" if scale == 1 else f"answer · {scale:.4g}") + shift


def answers_and_truth(pipeline: Pipeline, context: Context) -> tuple[Floats, Floats]:
    """Return the candidate's own answers and the true values of the search, both float64 (n,)."""
    if context.outputs is not None:
        rows, answers = context.rows, context.outputs(pipeline)[:, 0]
    else:
        rows, answers = looked_at(context), _own_answers(pipeline, context)
    truth = context.dataset.table["label"].to_numpy(dtype=np.float64)[rows]
    usable = np.isfinite(answers) & np.isfinite(truth)
    return answers[usable].astype(np.float64), truth[usable]


def _own_answers(pipeline: Pipeline, context: Context) -> FloatArray:
    def ask(context: Context) -> FloatArray:
        try:
            return context.candidate.predict(inputs_of(context), pipeline)[:, 0]
        except UnusableInput:
            return np.full(len(looked_at(context)), np.nan, dtype=np.float32)

    return remember(ask, context, pipeline.forward_fingerprint)


def fitted_line(answers: Floats, truth: Floats) -> tuple[float, float] | None:
    """Return slope and intercept of the least-squares line from answers to truth, or None for a calibrated model."""
    if len(answers) < FEWEST or np.ptp(answers) == 0 or np.ptp(truth) == 0:
        return None
    slope, intercept = (float(v) for v in np.polyfit(answers, truth, 1))
    shifted = abs(float(truth.mean() - answers.mean())) > SHIFT * float(truth.std())
    larger = float(answers.std()) > VARIED * float(truth.std())
    turned = float(np.corrcoef(answers, truth)[0, 1]) < -TURNED
    stretched = slope > SLOPE or (abs(slope) < 1 / SLOPE and larger)
    return (slope, intercept) if shifted or stretched or turned else None


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    if context.candidate.task.kind is not Kind.REGRESSION:
        return
    yield {"scale": 1.0, "offset": 0.0}
    answers, truth = answers_and_truth(pipeline, context)
    line = fitted_line(answers, truth)
    if line is None:
        return
    slope, intercept = line
    for factor in sorted(FACTORS, key=lambda f: abs(np.log(abs(f)) - np.log(max(abs(slope), 1e-12)))):
        yield {"scale": factor, "offset": 0.0}
    yield {"scale": 1.0, "offset": float(f"{truth.mean() - answers.mean():.6g}")}
    yield {"scale": float(f"{slope:.6g}"), "offset": float(f"{intercept:.6g}")}
    yield from TEMPERATURES


TARGET_SCALE = Alternatives(
    step="target_scale",
    title="unit of the answers",
    changes="A model was trained on targets that were scaled or in another unit, and nobody undoes it; the edit "
    "multiplies and shifts the answers.",
    modalities=tuple(Modality),
    keys=("scale", "offset"),
    values=_values,
    phrase=words,
)
