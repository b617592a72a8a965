"""Match captured tensors: the geometry first, whatever the numbers' scale, and then the scale by least squares."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.errors import UnusableInput
from analysis.preprocessing.describe import diff
from analysis.preprocessing.doctor.captured import Array, Captured
from analysis.preprocessing.doctor.columns import with_units
from analysis.preprocessing.doctor.hypothesis import Hypothesis
from analysis.preprocessing.doctor.proposals import extend, single_edits, starting_points
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.image import apply_image, scale_and_bias
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Edit, Modality, Params, Pipeline, Step

#: A pipeline reproduces the tensors when the mean difference is below this, in the tensors' own unit.
EXACT = 1e-3
#: Steps that only change the scale of the numbers: solved for, not searched.
SCALE_STEPS = ("rescale", "normalize", "channel_order")
ROUNDS = 5
#: Hypotheses that each round goes on from.
BEAM = 3


@dataclass(frozen=True)
class Match:
    """The pipeline that made the tensors, as well as it can be told.

    Attributes
    ----------
    pipeline : Pipeline
    edits : tuple of Edit
        From this pipeline to the documented one: what to change.
    error : float
        Mean absolute difference between its tensors and the captured ones, in the tensors' own unit.
    documented_error : float
        The same for the documented pipeline.
    exact : bool
        Whether `error` is below 1e-3.
    n : int
        Tensors compared.
    tried : int
        Pipelines tried.
    """

    pipeline: Pipeline
    edits: tuple[Edit, ...]
    error: float
    documented_error: float
    exact: bool
    n: int
    tried: int


def match_captured(
    candidate: Candidate, dataset: Dataset, captured: Captured, *, progress: Progress | None = None
) -> Match:
    """Find the pipeline that made captured tensors.

    Parameters
    ----------
    candidate : Candidate
        Its own pipeline is what the result is compared with.
    dataset : Dataset
        With the raw inputs that the tensors were made of.
    captured : Captured
    progress : Progress, optional

    Raises
    ------
    UnusableInput, Cancelled
    """
    context = Context(candidate, dataset, np.array(captured.rows, dtype=np.int64))
    search = _Search(context, captured, progress or Progress())
    found, tried = search.run()
    documented = candidate.pipeline
    error, documented_error = search.exact_error(found), search.exact_error(documented)
    if documented_error <= max(EXACT, error):
        found, error = documented, documented_error
    return Match(
        found,
        tuple(e for e in diff(found, documented) if e.step != "label_order"),
        error,
        documented_error,
        error <= EXACT,
        len(captured.rows),
        tried,
    )


class _Search:
    """Beam search over edits of the documented pipeline."""

    def __init__(self, context: Context, captured: Captured, progress: Progress) -> None:
        self.context = context
        self.captured = captured
        self.is_image = context.candidate.task.modality is Modality.IMAGE
        self.progress = progress
        self.inputs = context.dataset.inputs(context.rows)

    def run(self) -> tuple[Pipeline, int]:
        """Return the nearest pipeline and how many were tried."""
        documented = self.context.documented
        start = [Hypothesis(), *starting_points(documented, self.context)]
        seen = {self._key(h): (self.error(h), h) for h in start}
        for number in range(1, ROUNDS + 1):
            beam = sorted(seen.values(), key=lambda pair: pair[0])[:BEAM]
            if beam[0][0] <= EXACT / 10:
                break
            new: dict[str, Hypothesis] = {}
            for _, hypothesis in beam:
                pipeline = hypothesis.apply(documented)
                for edit in single_edits(pipeline, self.context):
                    if edit.step in ("label_order", "positive_class", "target_scale"):
                        continue
                    if self.is_image and edit.step in SCALE_STEPS:
                        continue
                    runner = extend(hypothesis, (edit,), documented)
                    new.setdefault(self._key(runner), runner)
            new = {key: h for key, h in new.items() if key not in seen}
            if not new:
                break
            self.progress.start(f"Comparing {len(new)} pipelines with the tensors (round {number})", len(new))
            for key, hypothesis in new.items():
                seen[key] = (self.error(hypothesis), hypothesis)
                self.progress.advance()
        _, best = min(seen.values(), key=lambda pair: (round(pair[0], 6), len(pair[1].edits)))
        pipeline = best.apply(documented)
        if self.is_image:
            pipeline = self._with_scale(pipeline)
        elif self.context.candidate.task.modality is Modality.TABULAR:
            pipeline = with_units(pipeline, self.tensors(pipeline), self.captured.tensors)
        return pipeline, len(seen)

    def _key(self, hypothesis: Hypothesis) -> str:
        return self._neutral(hypothesis.apply(self.context.documented)).forward_fingerprint

    def _neutral(self, pipeline: Pipeline) -> Pipeline:
        """Return the pipeline without its scale, so that pixels come as 0–255 in RGB order."""
        if not self.is_image:
            return pipeline
        plain: dict[str, Params] = {
            "rescale": {"factor": 1.0, "offset": 0.0},
            "normalize": {"mean": None, "std": None},
            "channel_order": {"order": "RGB"},
        }
        steps = tuple(Step(s.name, plain.get(s.name, s.params)) for s in pipeline.steps)
        return replace(pipeline, steps=steps)

    def tensors(self, pipeline: Pipeline, few: int | None = None) -> list[Array]:
        """Return what a pipeline makes of the raw inputs."""
        if self.is_image:
            data = [d for d in self.inputs if isinstance(d, bytes)][:few]
            return [apply_image(d, pipeline).astype(np.float64) for d in data]
        prepared = self.context.candidate.prepare(self.inputs, pipeline)
        return _rows(prepared)

    def error(self, hypothesis: Hypothesis) -> float:
        """Return how far a hypothesis is from the tensors, whatever the scale of the numbers for images."""
        pipeline = self._neutral(hypothesis.apply(self.context.documented))
        try:
            made = self.tensors(pipeline, few=8)
        except UnusableInput:
            return float("inf")
        pairs = zip(made, self.captured.tensors, strict=False)
        return float(np.mean([self._distance(m, c) for m, c in pairs]))

    def _distance(self, made: Array, captured: Array) -> float:
        if self.is_image:
            return _image_distance(made, captured)
        return self._exact_distance(made, captured)

    def _exact_distance(self, made: Array, captured: Array) -> float:
        if self.context.candidate.task.modality is Modality.TEXT:
            tokenizer = getattr(self.context.candidate, "tokenizer", None)
            return _token_distance(made, captured, int(getattr(tokenizer, "pad_token_id", 0) or 0))
        return _plain_distance(made, captured)

    def exact_error(self, pipeline: Pipeline) -> float:
        """Return the mean absolute difference between a pipeline's tensors and the captured ones."""
        made = self.tensors(pipeline)
        pairs = zip(made, self.captured.tensors, strict=True)
        return float(np.mean([self._exact_distance(m, c) for m, c in pairs]))

    def _with_scale(self, pipeline: Pipeline) -> Pipeline:
        """Solve for channel order, rescale and normalize, and prefer what the authors or conventions say."""
        made = self.tensors(self._neutral(pipeline))
        order, slope, offset = _fit_scale(made, self.captured.tensors)
        pipeline = pipeline.replacing(Step("channel_order", {"order": order}))
        candidates = [pipeline, *self._conventions(pipeline)]
        errors = [
            float(np.abs(s - slope).max() * 255 + np.abs(o - offset).max()) for s, o in map(scale_and_bias, candidates)
        ]
        best = int(np.argmin(errors))
        if errors[best] < 2e-2:
            return candidates[best]
        factor = float(pipeline.param("rescale", "factor", 1 / 255))
        shift = float(pipeline.param("rescale", "offset", 0.0))
        mean, std = -offset / slope * factor - shift, factor / slope
        step = Step("normalize", {"mean": [float(m) for m in mean], "std": [float(s) for s in std]})
        return pipeline.replacing(step)

    def _conventions(self, pipeline: Pipeline) -> list[Pipeline]:
        edits = single_edits(pipeline, self.context)
        rescales = [e for e in edits if e.step == "rescale"]
        normals = [e for e in edits if e.step == "normalize"]
        once = [e.apply(pipeline) for e in (*rescales, *normals)]
        presets = [h.apply(self.context.documented) for h in starting_points(self.context.documented, self.context)]
        scales = [
            pipeline.replacing(p.get("rescale") or Step("rescale")).replacing(p.get("normalize") or Step("normalize"))
            for p in presets
            if p.get("rescale") and p.get("normalize")
        ]
        return [*once, *scales, *(n.apply(r.apply(pipeline)) for r in rescales for n in normals)]


def _fit_scale(made: list[Array], captured: tuple[Array, ...]) -> tuple[str, Array, Array]:
    """Return the channel order and, for each channel, the line from pixels to captured values."""
    x = np.concatenate([m.reshape(3, -1) for m in made], axis=1)
    y = np.concatenate([c.reshape(3, -1) for c in captured], axis=1)
    correlation = np.corrcoef(np.vstack([x, y]))[3:, :3]
    source = np.argmax(np.nan_to_num(correlation), axis=1)
    if len(set(source)) < 3:  # Grey pictures fit any order.
        source = np.arange(3)
    lines = [np.polyfit(x[source[c]], y[c], 1) for c in range(3)]
    order = "".join("RGB"[s] for s in source)
    return order, np.array([line[0] for line in lines]), np.array([line[1] for line in lines])


def _image_distance(made: Array, captured: Array) -> float:
    """Return what the best channel order and scale leave unexplained, as a share of the captured spread."""
    if made.shape != captured.shape:
        return float("inf")
    x, y = made.reshape(3, -1), captured.reshape(3, -1)
    unexplained = []
    for channel in y:
        spread = float(channel.std())
        if spread == 0.0:
            continue
        correlations = [np.corrcoef(other, channel)[0, 1] if other.std() > 0 else 0.0 for other in x]
        unexplained.append(float(np.sqrt(max(0.0, 1 - np.nanmax(np.square(correlations))))))
    return float(np.mean(unexplained)) if unexplained else 0.0


def _plain_distance(made: Array, captured: Array) -> float:
    """Return the mean absolute difference; infinity where the shapes differ."""
    if made.shape != captured.shape:
        return float("inf")
    return float(np.abs(made - captured).mean())


def _token_distance(made: Array, captured: Array, padding: int) -> float:
    """Return the share of positions at which two rows of token ids differ; padding at the end doesn't count."""
    rows = [np.trim_zeros(row - padding, "b") for row in (made, captured)]
    length = max(1, *map(len, rows))
    short = min(map(len, rows))
    same = int((rows[0][:short] == rows[1][:short]).sum())
    return 1.0 - same / length


def _rows(prepared: object) -> list[Array]:
    from analysis.candidates.batches import Frame, TokenBatch

    if isinstance(prepared, Frame):
        return [row.astype(np.float64) for row in prepared.data.to_numpy(dtype=np.float64)]
    assert isinstance(prepared, TokenBatch)
    ids, mask = prepared.arrays["input_ids"], prepared.arrays["attention_mask"]
    return [np.asarray(i[m == 1], dtype=np.float64) for i, m in zip(ids, mask, strict=True)]
