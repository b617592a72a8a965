"""Every step that a pipeline may have: its parameters, what they mean, and what the step does in plain words.

A step that a pipeline leaves out does nothing; `StepSpec.neutral` has the parameters that say so.
"""

from __future__ import annotations

from analysis.preprocessing.image_specs import IMAGE_STEPS
from analysis.preprocessing.params import names, number
from analysis.preprocessing.spec import StepSpec
from analysis.preprocessing.table_specs import TABLE_STEPS
from analysis.preprocessing.text_specs import TEXT_STEPS
from analysis.types import Modality

ALL = tuple(Modality)

TARGET_SCALE = StepSpec(
    "target_scale",
    "unit of the answers",
    ALL,
    "Brings a regression's answers to the target's unit: value · scale + offset.",
    "Answers are off by a factor or a constant.",
    (
        number("scale", "What each answer is multiplied by.", default=1.0),
        number("offset", "What is then added.", default=0.0),
    ),
    {"scale": 1.0, "offset": 0.0},
)
LABEL_ORDER = StepSpec(
    "label_order",
    "label order",
    ALL,
    "Names the model's outputs in their order.",
    "Right answers are called by the wrong names.",
    (names("labels", "One name an output; empty takes the model's own.", default=[]),),
    {"labels": []},
)

#: All steps, in the order in which a pipeline runs them.
SPECS = (*IMAGE_STEPS, *TEXT_STEPS, *TABLE_STEPS, TARGET_SCALE, LABEL_ORDER)

#: Steps that only a regression has: a pipeline isn't given them unasked.
OPTIONAL = ("target_scale",)


def steps_of(modality: Modality) -> tuple[StepSpec, ...]:
    """Return the steps of a modality, in the order in which they run."""
    return tuple(spec for spec in SPECS if modality in spec.modalities)


def spec_of(modality: Modality, name: str) -> StepSpec | None:
    """Return the step of that name, or None."""
    return next((spec for spec in steps_of(modality) if spec.name == name), None)
