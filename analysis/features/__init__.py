"""What a model for tables does with each of its columns, over all of the data."""

from __future__ import annotations

from analysis.features.coefficients import Coefficients, coefficients_of, refusal
from analysis.features.dependence import Dependence, partial_dependence
from analysis.features.importance import Importance, permutation_importance
from analysis.features.registry import VIEWS, View
from analysis.features.rows import columns_of

__all__ = [
    "VIEWS",
    "Coefficients",
    "Dependence",
    "Importance",
    "View",
    "coefficients_of",
    "columns_of",
    "partial_dependence",
    "permutation_importance",
    "refusal",
]
