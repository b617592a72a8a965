"""Pipelines beside the weights: what a deployment does, and what the doctor corrected."""

from __future__ import annotations

import json

from analysis.candidates.artefact import Artefact
from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline, misfit
from analysis.types import Pipeline, Task

#: What the doctor's fix writes: Caveat opens such a model with it.
CORRECTED = "caveat_pipeline.json"
#: What a deployment does, right or wrong.
DEPLOYED = "pipeline.json"


def read_pipeline_file(artefact: Artefact, name: str, task: Task) -> Pipeline | None:
    """Return the checked pipeline of a file beside the weights, or None where there is no such file.

    Raises
    ------
    UnusableInput
        If it is there and can't be used with a model of this task; the message names it.
    """
    if not artefact.has(name):
        return None
    try:
        pipeline = check_pipeline(Pipeline.from_json(json.loads((artefact.folder / name).read_text(encoding="utf-8"))))
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableInput(f"{name} is not JSON.", "Correct or remove it.") from error
    except UnusableInput as error:
        raise UnusableInput(f"{name}: {error.what}", error.action) from error
    reason = misfit(pipeline, task)
    if reason:
        raise UnusableInput(f"{name} {reason}.", "Correct or remove it.")
    return pipeline
