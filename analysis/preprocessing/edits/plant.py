"""Plant faults on purpose, to measure whether the doctor finds them.

A fault is one of the deployment (the documented pipeline with some edits), one of the data (raw inputs or labels
changed as a careless export would), or both.
"""

from __future__ import annotations

import numpy as np

from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.planting import images, outputs, tables, texts
from analysis.preprocessing.edits.planting.fault import Fault, Planter, combine
from analysis.types import Candidate, Dataset, Modality

__all__ = ["Fault", "combine", "plantable"]

PLANTERS: dict[Modality, tuple[Planter, ...]] = {
    Modality.IMAGE: (images.colour_faults, images.geometry_faults, images.file_faults),
    Modality.TEXT: (texts.deployment_faults, texts.data_faults),
    Modality.TABULAR: (
        tables.order_faults,
        tables.scaling_faults,
        tables.unit_faults,
        tables.missing_faults,
        tables.category_faults,
    ),
}
#: Of all modalities.
OUTPUTS: tuple[Planter, ...] = (outputs.label_faults, outputs.target_faults)


def plantable(candidate: Candidate, dataset: Dataset) -> tuple[Fault, ...]:
    """Return the faults that can be planted for a model and its data; every family of edits has some.

    Parameters
    ----------
    candidate : Candidate
        Its own pipeline counts as documented, and must be right.
    dataset : Dataset
        With its labels matched, and without faults.

    Returns
    -------
    tuple of Fault
        ``fault.deploy(candidate.pipeline)`` is the faulty pipeline, ``fault.spoil(dataset)`` the data that go
        with it. Names are unique.
    """
    context = Context(candidate, dataset, np.arange(len(dataset), dtype=np.int64))
    planters = (*PLANTERS[candidate.task.modality], *OUTPUTS)
    return tuple(fault for plant in planters for fault in plant(context))
