"""What the next click needs, imported and loaded while somebody reads what is there already."""

from __future__ import annotations

import gc
import logging
import threading
from typing import TYPE_CHECKING

from analysis.errors import UnusableInput
from analysis.types import Modality
from pages.shared import cache

if TYPE_CHECKING:
    from analysis.types import Candidate

#: Seconds in which the page is drawn that somebody waits for; loading at the same time would make it slower.
DRAWING = 0.5

_LOG = logging.getLogger("caveat")


def load_explainers(candidate: Candidate) -> None:
    """Begin to load what the first explanation of a candidate needs; returns at once, and does it once a server."""

    def begin() -> threading.Thread:
        work = threading.Timer(DRAWING, _load, (candidate,))
        work.name, work.daemon = "ahead", True
        work.start()
        return work

    cache.keep("ahead", (candidate.fingerprint,), begin)


def _load(candidate: Candidate) -> None:
    from analysis.candidates.network import TorchCandidate
    from analysis.candidates.sklearn import SkopsCandidate

    try:
        if isinstance(candidate, TorchCandidate):
            candidate.network  # noqa: B018
        elif isinstance(candidate, SkopsCandidate):
            candidate.estimator  # noqa: B018
    except UnusableInput as error:  # Whoever asks for it next is told.
        _LOG.info("%s could not be loaded ahead: %s", candidate.fingerprint, error)
    import analysis.explain
    import analysis.faithfulness  # noqa: F401

    if candidate.task.modality is Modality.TABULAR:
        import shap  # noqa: F401
    else:
        import captum.attr  # noqa: F401
        import torch

        # torch sets its machinery for gradients up when the first one is asked for.
        torch.ones(1, requires_grad=True).sum().backward()
    cache.keep("settled", (candidate.task.modality.value,), _settle)


def _settle() -> bool:
    """Take the libraries out of the garbage collector's sight, once for each kind of data.

    They are half a million objects that stay: to look through them all takes 0.25 s, in which every page waits.
    """
    gc.collect()
    gc.freeze()
    return True
