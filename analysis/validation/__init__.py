"""Does the model hold on data that it has not seen? Gaps between splits, leaks, duplicates, drift, strangers."""

from __future__ import annotations

from analysis.validation.duplicates import Duplicates, find_duplicates
from analysis.validation.validate import Validation, validate

__all__ = ["Duplicates", "Validation", "find_duplicates", "validate"]
