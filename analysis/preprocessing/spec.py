"""What the registry says of a step."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.preprocessing.params import Param
from analysis.types import Modality, Params


@dataclass(frozen=True)
class StepSpec:
    """What a step is.

    Attributes
    ----------
    name : str
    title : str
        The name in words.
    modalities : tuple of Modality
    sentence : str
        What it does.
    effect : str
        What goes wrong when it is done otherwise than the model expects.
    params : tuple of Param
    neutral : mapping
        Parameters under which the step does nothing: what a pipeline without it does.
    """

    name: str
    title: str
    modalities: tuple[Modality, ...]
    sentence: str
    effect: str
    params: tuple[Param, ...]
    neutral: Params

    def param(self, name: str) -> Param | None:
        """Return the parameter called `name`, or None."""
        return next((p for p in self.params if p.name == name), None)
