"""The stages of a pipeline: each input step, and the pipeline that ends after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analysis.types import OUTPUT_STEPS, Pipeline, Step


def stages_of(pipeline: Pipeline) -> Iterator[tuple[Step, Pipeline]]:
    """Yield each input step with the pipeline that ends after it."""
    for position, step in enumerate(pipeline.steps):
        if step.name not in OUTPUT_STEPS:
            yield step, replace(pipeline, steps=pipeline.steps[: position + 1])
