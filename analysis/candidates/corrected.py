"""A corrected pipeline beside the weights, as the doctor writes it: Caveat opens such a model with it."""

from __future__ import annotations

import json

from analysis.candidates.artefact import Artefact
from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.types import Pipeline

#: What the doctor's fix writes; a ``pipeline.json`` says what a deployment does, right or wrong.
CORRECTED = "caveat_pipeline.json"


def read_pipeline_file(artefact: Artefact, name: str) -> Pipeline | None:
    """Return the checked pipeline of a file beside the weights, or None where there is no such file.

    Raises
    ------
    UnusableInput
        If it is there and can't be used; the message names it.
    """
    if not artefact.has(name):
        return None
    try:
        return check_pipeline(Pipeline.from_json(json.loads((artefact.folder / name).read_text(encoding="utf-8"))))
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableInput(f"{name} is not JSON.", "Correct or remove it.") from error
    except UnusableInput as error:
        raise UnusableInput(f"{name}: {error.what}", error.action) from error
