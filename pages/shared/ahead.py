"""Libraries that the next click needs, imported while somebody reads what is there already."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from analysis.types import Modality
from pages.shared import cache

if TYPE_CHECKING:
    from analysis.types import Candidate


def load_explainers(candidate: Candidate) -> None:
    """Begin to import what the first explanation of a candidate needs; returns at once, and does it once a server."""
    modality = candidate.task.modality

    def begin() -> threading.Thread:
        work = threading.Thread(target=_import, args=(modality,), name="ahead", daemon=True)
        work.start()
        return work

    cache.keep("ahead", (modality.value,), begin)


def _import(modality: Modality) -> None:
    import analysis.explain
    import analysis.faithfulness  # noqa: F401

    if modality is Modality.TABULAR:
        import shap  # noqa: F401

        return
    import captum.attr  # noqa: F401
    import torch

    # torch sets its machinery for gradients up when the first one is asked for.
    torch.ones(1, requires_grad=True).sum().backward()
