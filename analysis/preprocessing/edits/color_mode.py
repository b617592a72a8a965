"""Colours turned to grey, or inverted."""

from __future__ import annotations

from analysis.preprocessing.edits.base import Alternatives, always
from analysis.types import Modality

MODES = {"rgb": "in colour", "grey": "in grey", "inverted": "inverted"}


COLOR_MODE = Alternatives(
    step="color_mode",
    title="colour mode",
    changes="Images are read in grey, or dark and light are swapped (as with MNIST and scanned pages); the edit reads "
    "them otherwise.",
    modalities=(Modality.IMAGE,),
    keys=("mode",),
    values=always(*({"mode": mode} for mode in MODES)),
    phrase=lambda params: MODES.get(str(params.get("mode", "rgb")), str(params.get("mode"))),
)
